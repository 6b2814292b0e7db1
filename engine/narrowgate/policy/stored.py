"""Policies as a ledger keeps them, loaded into an OPA once more."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from narrowgate.errors import PolicyInvalid
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.binary import find_opa
from narrowgate.policy.bundle import DATA_ROOTS, Bundle
from narrowgate.policy.client import Provenance
from narrowgate.policy.engine import OpaEngine
from narrowgate.policy.private import PrivateOpa


class _StoredEngine(OpaEngine):
    """Decides by policies that were vetted when they first decided, and that need not pass today's vetting."""

    def __init__(self, server: PrivateOpa, digest: str) -> None:
        super().__init__(server.connect, "private", Catalogue({}), close=server.close)
        self._digest = digest

    @cached_property
    def _vetted(self) -> tuple[Bundle, Provenance]:
        bundle, provenance = self._report()
        if bundle.digest != self._digest:
            raise PolicyInvalid(
                "OPA does not make of the stored policies what it made of them then",
                "use the version of OPA that decided: narrowgate ledger show",
            )
        return bundle, provenance


@contextmanager
def open_stored(content: bytes, digest: str, timeout: float = 10.0) -> Iterator[OpaEngine]:
    """A private OPA that decides as it did by ``content``.

    Args:
        content: of a bundle, as ``Bundle.content`` has it.
        digest: what an entry says of it.
        timeout: seconds that one question may take.

    Raises:
        PolicyInvalid: they are not the policies that ``digest`` is of, or OPA no longer knows how to read them.
        OpaMissing: there is no OPA to start.
    """
    if hashlib.sha256(content).hexdigest() != digest:
        raise PolicyInvalid("the stored policies have been changed", "run: narrowgate ledger verify")
    with tempfile.TemporaryDirectory(prefix="narrowgate-policies-") as folder:
        _write(json.loads(content), Path(folder))
        engine = _StoredEngine(PrivateOpa(find_opa(), Path(folder), timeout), digest)
        try:
            yield engine
        finally:
            engine.close()


def _write(content: dict[str, Any], folder: Path) -> None:
    """Write a bundle's content as a bundle."""
    for name, text in content["modules"]:
        # A shared OPA may have called a module anything: it stays inside the folder whatever that is.
        path = Path(folder, *(part for part in Path(name).parts if part not in {"..", "/"}))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    data = {root: content[root] for root in ("purposes", "suppliers")}
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / ".manifest").write_text(json.dumps({"rego_version": 1, "roots": list(DATA_ROOTS)}), encoding="utf-8")
