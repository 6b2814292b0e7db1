"""The log: one line an event, of facts that say nothing of a person.

What other libraries log is told by its place alone, and an exception by its kind and the places that it passed: their
texts may quote what a call was made with. What uvicorn says of starting and stopping is let through.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Literal, TextIO

Fact = str | int | float | bool | None | list[str]
Format = Literal["json", "text"]

_LOG = logging.getLogger("narrowgate.gateway")
_PLAIN = ("uvicorn", "narrowgate")
"""Loggers whose texts and facts quote nothing."""
_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName", "color_message"}
"""What every record has; whatever else there is are facts."""
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_PACKAGES = Path(__file__).parents[3]


def event(name: str, level: int = logging.INFO, error: BaseException | None = None, **facts: Fact) -> None:
    """Log that something happened.

    Args:
        name: what: a few words, the same each time.
        facts: about it. None may hold personal data: no query, no body, no name of a file, no part of a path.
        error: what went wrong: its kind is logged, and where, but not its text.
    """
    if _LOG.isEnabledFor(level):
        told = (type(error), error, error.__traceback__) if error else None
        # Logger.log would look for its caller up the stack, which takes longer than all the rest.
        record = logging.LogRecord(_LOG.name, level, __file__, 0, name, None, told)
        record.__dict__.update(facts)
        _LOG.handle(record)


def log_to(stream: TextIO, form: Format | None, level: str) -> None:
    """Have the whole process log to ``stream``.

    Args:
        form: None: text in a terminal, else JSON.
        level: what is less than this is not logged.
    """
    text = form == "text" or (form is None and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextLines() if text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # A line that cannot be written is no reason to print a traceback; and what no line tells need not be found out.
    logging.raiseExceptions = logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class JsonLines(logging.Formatter):
    """A JSON object a line: time (UTC), level, event, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """See ``logging.Formatter``."""
        return _ENCODE(_said(record))


class TextLines(logging.Formatter):
    """For people: ``12:30:01 info request method=GET …``."""

    def format(self, record: logging.LogRecord) -> str:
        """See ``logging.Formatter``."""
        said = _said(record)
        head = f"{str(said.pop('time'))[11:19]} {said.pop('level')} {said.pop('event')}"
        return " ".join([head, *(f"{name}={value}" for name, value in said.items() if value is not None)])


def _said(record: logging.LogRecord) -> dict[str, Fact]:
    said: dict[str, Fact] = {
        "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
    }
    if record.name.partition(".")[0] in _PLAIN:
        said["event"] = record.getMessage()
        said.update((name, value) for name, value in record.__dict__.items() if name not in _USUAL)
    else:
        said["event"] = f"{record.name} logged something at {_place(record.pathname, record.lineno)}"
    if record.exc_info and (error := record.exc_info[1]) is not None:
        said["error"], said["at"] = type(error).__name__, list(_places(record.exc_info[2]))
    return said


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _places(traceback: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(traceback):
        yield f"{_place(frame.f_code.co_filename, line)} {frame.f_code.co_name}"


def _place(file: str, line: int) -> str:
    """A place in code, without the folders that it is installed in."""
    path = Path(file)
    return f"{path.relative_to(_PACKAGES) if path.is_relative_to(_PACKAGES) else '/'.join(path.parts[-2:])}:{line}"
