"""Bundles as a real OPA reports them, vetted or not."""

from __future__ import annotations

from pathlib import Path

from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.binary import find_opa
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.engine import OpaEngine
from narrowgate.policy.private import PrivateOpa


def reported(policies: Path, catalogue: Catalogue) -> Bundle:
    """What a private OPA reports of ``policies``, whatever vetting would say."""
    server = PrivateOpa(find_opa(), policies)
    engine = OpaEngine(server.connect, "private", catalogue, close=server.close)
    try:
        return engine._report()[0]
    finally:
        engine.close()
