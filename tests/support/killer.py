"""Runs the command line and kills it at a step: ``python -m support.killer STEP ARGUMENTS…``.

A step is ``before:NAME`` or ``after:NAME``, where NAME is a function that the release goes through.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from narrowgate import service
from narrowgate.cli import main
from narrowgate.tables.files import OutputFile

PLACES: dict[str, tuple[Any, str]] = {
    "decide": (service, "decide"),
    "open": (OutputFile, "__enter__"),
    "stream": (OutputFile, "write"),
    "confirm": (service, "_confirm"),
    "seal": (OutputFile, "seal"),
    "record": (service, "write_receipt"),
    "publish": (OutputFile, "publish"),
}
STEPS = [f"{when}:{name}" for name in PLACES for when in ("before", "after")]


def _deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    def killing(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    return killing


if __name__ == "__main__":
    step, *sys.argv[1:] = sys.argv[1:]
    moment, _, name = step.partition(":")
    owner, attribute = PLACES[name]
    setattr(owner, attribute, _deadly(getattr(owner, attribute), moment))
    main()
