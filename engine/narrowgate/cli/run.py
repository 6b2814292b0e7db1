"""Running a command: what it raises becomes one line and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from narrowgate.cli.app import app
from narrowgate.errors import InternalError, NarrowgateError, PolicyInvalid, Refused, UsageError

if TYPE_CHECKING:
    from rich.console import Console

_INTERRUPTED = 130


def run() -> NoReturn:
    """Run the command that ``sys.argv`` names, and end the process."""
    code = 0
    signal.signal(signal.SIGTERM, _terminated)
    try:
        app()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except NarrowgateError as error:
        code = report(error)
    except UnicodeEncodeError as error:
        given = UsageError("what was given is not UTF-8", "give it as text")
        code = report(given if error.encoding == "utf-8" else _internal(error))
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - no traceback, as it may show data; a panic is no Exception
        code = report(_internal(error))
    sys.exit(code)


def _terminated(*_: object) -> NoReturn:
    """Leave in an orderly way, so that what was put aside of an export is removed."""
    raise KeyboardInterrupt


def report(error: NarrowgateError) -> int:
    """Say what happened, and return the exit code."""
    if "--json" in sys.argv:
        print(json.dumps({"error": error_document(error)}, indent=2, ensure_ascii=False))
        return error.exit_code
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("narrowgate: ", "bold red"), error.message))
    if isinstance(error, PolicyInvalid):
        _print_findings(console, error)
    if error.remedy:
        console.print(Text(f"  → {error.remedy}", style="dim"))
    return error.exit_code


def _print_findings(console: Console, error: PolicyInvalid) -> None:
    """Each finding, where there are several, and below it the author's own line."""
    from rich.text import Text

    from narrowgate.policy.vetting.finding import Finding, quoted

    for finding in error.findings:
        if len(error.findings) > 1:
            console.print(Text(f"  {finding}"))
        if line := quoted(Finding.parse(finding).at, error.folder):
            console.print(Text(f"      {line}", style="cyan"))


def error_document(error: NarrowgateError) -> dict[str, Any]:
    """An error as a plain document."""
    document: dict[str, Any] = {
        "kind": error.kind,
        "message": error.message,
        "remedy": error.remedy,
        "exit_code": error.exit_code,
    }
    if isinstance(error, Refused):
        document["reasons"] = list(error.reasons)
    if isinstance(error, PolicyInvalid):
        document["findings"] = list(error.findings)
    return document


def _internal(error: BaseException) -> InternalError:
    # What an unexpected error says may hold a cell, so only its kind and place are told.
    if os.environ.get("NARROWGATE_DEBUG"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return InternalError(
        f"an unexpected {type(error).__name__} at {where}",
        "please report it, and see whether a release and its receipt are there; NARROWGATE_DEBUG=1 shows more, and "
        "may show data",
    )
