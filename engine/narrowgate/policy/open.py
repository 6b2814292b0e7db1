"""Opening an engine.

Both functions launch what takes time and return at once; what they return makes the engine when it is given the
catalogue. So OPA starts while Python is still importing. This module imports nothing heavy for the same reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.errors import OpaMissing
from narrowgate.policy.binary import find_opa
from narrowgate.policy.private import PrivateOpa
from narrowgate.policy.strict import StrictCheck
from narrowgate.resources import shipped

if TYPE_CHECKING:
    from narrowgate.model.catalogue import Catalogue
    from narrowgate.policy.bundle import Bundle
    from narrowgate.policy.client import Address
    from narrowgate.policy.engine import OpaEngine

Opening = Callable[["Catalogue"], "OpaEngine"]


def open_private(policies: Path, schemas: Path, timeout: float = 10.0) -> Opening:
    """A private OPA over the bundle ``policies``: a folder or a ``.tar.gz``.

    Raises:
        OpaMissing: there is no OPA to start.
        UsageError: there are no policies.
    """
    opa = find_opa()
    server = PrivateOpa(opa, policies, timeout)
    check = StrictCheck(opa, policies, schemas, _capabilities())

    def close() -> None:
        server.close()
        check.close()

    def engine(catalogue: Catalogue) -> OpaEngine:
        from narrowgate.policy.engine import OpaEngine

        return OpaEngine(
            connect=server.connect,
            kind="private",
            catalogue=catalogue,
            folder=policies if policies.is_dir() else None,
            before_use=lambda _: check.require_passed(),
            close=close,
        )

    return engine


def open_shared(address: Address, schemas: Path) -> Opening:
    """The OPA that listens at ``address``, with whatever bundle it has loaded."""

    def engine(catalogue: Catalogue) -> OpaEngine:
        from narrowgate.policy.client import Opa
        from narrowgate.policy.engine import OpaEngine

        return OpaEngine(
            connect=lambda: Opa(address),
            kind="shared",
            catalogue=catalogue,
            before_use=lambda bundle: _check_reported(bundle, schemas),
        )

    return engine


def _check_reported(bundle: Bundle, schemas: Path) -> None:
    """OPA's strict check over the texts that a shared OPA reported, where there is an OPA here to do it."""
    try:
        opa = find_opa()
    except OpaMissing:
        return
    with tempfile.TemporaryDirectory(prefix="narrowgate-policies-") as scratch:
        for module in bundle.modules:
            # A path is what a server says: it stays inside the scratch folder whatever it is.
            path = Path(scratch, *(part for part in Path(module.path).parts if part not in {"..", "/"}))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(module.text, encoding="utf-8")
        StrictCheck(opa, Path(scratch), schemas, _capabilities()).require_passed()


def _capabilities() -> Path:
    return shipped("policies") / "capabilities.json"
