"""Policies made for a test: the shipped ones with changes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from support.paths import POLICIES

AGREEMENT = """\
agreements:
  - id: TEST-1
    supplier: cardco
    from: 2026-01-01
    until: 2027-12-31
    formats: [csv, tsv, json, ndjson, parquet]
    max_rows: 1000000
    retention_days: 30
"""

HEADER = """\
# METADATA
# schemas:
#   - input: schema.input
package narrowgate.purposes.{purpose}

meta := {{"title": "Made up", "lawful_basis": "public task", "retention_days": 30}}

"""


def copy_policies(folder: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """A copy of the shipped policies in ``folder``.

    Args:
        changes: by file, its new text, or None to remove it.
    """
    shutil.copytree(POLICIES, folder)
    for name, text in (changes or {}).items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


def purpose(name: str, rules: str, agreement: str = AGREEMENT) -> dict[str, str | None]:
    """The files of one more purpose, for ``copy_policies``."""
    return {
        f"purposes/{name}/{name}.rego": HEADER.format(purpose=name) + rules,
        f"purposes/{name}/data.yaml": agreement,
    }
