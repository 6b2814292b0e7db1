"""Reports for people that go to standard output, or into a file."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from narrowgate.cli.asking import put
from narrowgate.cli.render import console

_WIDTH = 100
"""Of a table in a file."""


def report_console(output: Path | None, width: int = _WIDTH) -> Console:
    """Standard output, or a text of ``width`` columns that is to become a file."""
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False) if output else console()


def finish_report(target: Console, output: Path | None) -> None:
    """Write the file, if it is to be one."""
    if output is not None and isinstance(target.file, io.StringIO):
        put("".join(f"{line.rstrip()}\n" for line in target.file.getvalue().splitlines()), output)
