"""The few files that pages fetch: what lies in ``static``, and nothing else."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from narrowgate.gateway.console.navigation import ROOT

_FOLDER = Path(__file__).with_name("static")
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def static_files() -> dict[str, bytes]:
    """Content by name."""
    return {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in MEDIA_TYPES}


@cache
def address(name: str) -> str:
    """Where the file is fetched from. It changes with what the file holds, so that browsers may keep it."""
    digest = hashlib.sha256(static_files()[name]).hexdigest()
    return f"{ROOT}/static/{name}?{digest[:12]}"
