"""Comparing the policies that decide with a bundle that somebody brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from narrowgate.authoring.diff.compare import Side
from narrowgate.authoring.diff.report import compare
from narrowgate.model.diff import DiffReport
from narrowgate.policy.archive import read_files
from narrowgate.policy.open import open_private
from narrowgate.service import Gate


def against(gate: Gate, bundle: Path, progress: Callable[[str], None]) -> DiffReport:
    """What would leave if ``bundle`` decided. A private OPA is asked, and has it only for as long as this takes.

    Args:
        bundle: a ``.tar.gz``. It need not be signed, as nothing leaves by it.
        progress: called with each purpose once it has been compared.

    Raises:
        PolicyInvalid: it is no bundle, or does not pass vetting.
        EngineError: an engine does not answer.
    """
    # What is too large, or leads out of its folder, does not get as far as OPA.
    read_files(bundle)
    engine = open_private(bundle, gate.schemas)(gate.catalogue)
    try:
        sides = Side(gate), Side(Gate(engine, gate.catalogue, gate.schemas))
        return compare(*sides, ("the policies that decide", "the bundle"), None, progress)
    finally:
        engine.close()
