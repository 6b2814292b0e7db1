"""OPA's own compiler in strict mode, with our schemas and capabilities, over the files that are to decide."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.errors import PolicyInvalid
from narrowgate.policy.binary import environment
from narrowgate.policy.input_schema import renewed_schemas
from narrowgate.policy.private import IGNORED

if TYPE_CHECKING:
    from narrowgate.policy.signature import SignedCopy


class StrictCheck:
    """``opa check --strict``, launched at once and waited for later, as it runs beside OPA's own start.

    Args:
        opa: the program.
        policies: a folder or bundle file.
        schemas: the folder that holds the catalogue and ``input.json``.
        capabilities: what policies may call.
        signed: the copy of ``policies`` that decides, where they must be signed.
    """

    def __init__(
        self, opa: Path, policies: Path, schemas: Path, capabilities: Path, signed: SignedCopy | None = None
    ) -> None:
        self._policies = policies
        self._renewed = renewed_schemas(schemas)
        fields = self._renewed.name if self._renewed else str(schemas)
        ignored = () if signed else (IGNORED,)
        self._process = subprocess.Popen(
            [
                *(str(opa), "check", "--strict", "--bundle", "--max-errors=100", *ignored),
                *("--schema", fields, "--capabilities", str(capabilities)),
                str(signed.bundle if signed else policies),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
        )

    def close(self) -> None:
        """Let go of the process, if its answer was never waited for."""
        if self._process.returncode is None:
            self._process.kill()
            self._communicate()

    def require_passed(self) -> None:
        """Wait for the answer; raise ``PolicyInvalid`` with OPA's findings where it is no."""
        printed = self._communicate()
        if self._process.returncode == 0:
            return
        lines = [line.rstrip() for line in printed.decode(errors="replace").splitlines()]
        prefix = f"{self._policies}/"
        faults = [line.replace(prefix, "").strip() for line in lines if "rego_" in line]
        faults = [fault.split("occurred: ", 1)[-1] for fault in faults] or [" ".join(lines).replace(prefix, "")]
        first, more = faults[0], len(faults) - 1
        raise PolicyInvalid(
            first + (f" (and {more} more)" if more else ""),
            "mend that line; narrowgate policy lint shows them all",
            faults,
        )

    def _communicate(self) -> bytes:
        """What the process has printed, once it has ended."""
        printed, _ = self._process.communicate()
        if self._renewed:
            self._renewed.cleanup()
        return printed
