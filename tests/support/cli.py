"""Running the command line as a process of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What a run left."""

    code: int
    out: str
    err: str

    def require(self, code: int) -> Outcome:
        """The same, if it ended with ``code`` and without a traceback."""
        assert "Traceback" not in self.out + self.err, self.err
        assert self.code == code, f"exit code {self.code}, expected {code}\n{self.out}\n{self.err}"
        return self


def narrowgate(
    *arguments: object,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Run ``narrowgate`` with ``arguments``, and with no settings but those in ``environment``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
    done = subprocess.run(
        [sys.executable, "-m", "narrowgate", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=inherited | dict(environment or {}),
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_a_terminal(width: int, *arguments: object) -> Outcome:
    """Run ``narrowgate`` in a terminal of so many columns: what that shows is all in ``out``."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(width), "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "narrowgate", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 65536):
                shown += block
        except OSError:
            pass  # so a terminal ends
    os.close(ours)
    return Outcome(process.returncode, shown.decode(), "")


def files_in(folder: Path) -> set[str]:
    """Every file below ``folder``, hidden ones included."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
