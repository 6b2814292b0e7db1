"""Opening an engine.

Both functions launch what takes time and return at once; what they return makes the engine when it is given the
catalogue. So OPA starts while Python is still importing. This module imports nothing heavy for the same reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.errors import OpaMissing, PolicyInvalid
from narrowgate.policy.binary import find_opa
from narrowgate.policy.private import PrivateOpa
from narrowgate.policy.strict import StrictCheck
from narrowgate.resources import shipped

if TYPE_CHECKING:
    from narrowgate.model.catalogue import Catalogue
    from narrowgate.policy.bundle import Bundle
    from narrowgate.policy.client import Address
    from narrowgate.policy.engine import OpaEngine
    from narrowgate.policy.signature import SignedCopy, TrustedKey

Opening = Callable[["Catalogue"], "OpaEngine"]


def open_private(policies: Path, schemas: Path, timeout: float = 10.0, key: TrustedKey | None = None) -> Opening:
    """A private OPA over the bundle ``policies``: a folder or a ``.tar.gz``.

    Args:
        policies: what is to decide.
        schemas: the folder of the schemas that policies are checked by.
        timeout: seconds that one question may take.
        key: by which the policies must be signed, if they must.

    Raises:
        OpaMissing: there is no OPA to start.
        UsageError: there are no policies.
        PolicyInvalid: they are not signed, or by another key.
    """
    opa = find_opa()
    with ExitStack() as opened:
        signed = _copy(policies, key) if key else None
        if signed:
            opened.callback(signed.close)
        server = PrivateOpa(opa, policies, timeout, signed)
        opened.callback(server.close)
        check = StrictCheck(opa, policies, schemas, _capabilities(), signed)
        opened.callback(check.close)
        close = opened.pop_all().close

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


def _copy(policies: Path, key: TrustedKey) -> SignedCopy:
    from narrowgate.policy.signature import SignedCopy

    return SignedCopy(policies, key)


def open_shared(address: Address, schemas: Path, signed: Opening | None = None) -> Opening:
    """The OPA that listens at ``address``, with whatever bundle it has loaded.

    Args:
        address: where it listens.
        schemas: the folder of the schemas that policies are checked by.
        signed: the signed policies that it must have loaded, if they must be signed. What it loaded bears no
            signature any more, so these are checked here, and must be the same.
    """

    def engine(catalogue: Catalogue) -> OpaEngine:
        from narrowgate.policy.client import Opa
        from narrowgate.policy.engine import OpaEngine

        checked = signed(catalogue) if signed else None
        return OpaEngine(
            connect=lambda: Opa(address),
            kind="shared",
            catalogue=catalogue,
            before_use=lambda bundle: (
                _require_same(bundle, checked, address) if checked else _check_reported(bundle, schemas)
            ),
            close=lambda: checked.close() if checked else None,
        )

    return engine


def _require_same(bundle: Bundle, checked: OpaEngine, address: Address) -> None:
    if bundle.digest != checked.policies.digest:
        text = f"the OPA at {address.url} has other policies than the signed ones here"
        remedy = "have it pull that bundle, or name the bundle that it has pulled with --policies"
        raise PolicyInvalid(text, remedy, [text])


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
