"""Looking into a file: which kind it is, and what that kind's inspector finds."""

from __future__ import annotations

from pathlib import Path

from narrowgate.errors import DataError, FileError
from narrowgate.inspection.formats import inspector_of, inspectors
from narrowgate.inspection.interface import Inspection, Inspector, Subject

DEEPEST = 4
"""Containers within containers."""
_RANK = {"high": 0, "medium": 1, "low": 2}


def inspect_file(
    path: Path, name: str | None = None, delimiter: str | None = None, kind: str | None = None
) -> Inspection:
    """Every hidden channel in a file.

    Args:
        name: how it is called, where that is not its path's name.
        delimiter: what stands between the cells of a text table, where that is known.
        kind: of the file, where that is known and need not be found out.

    Raises:
        FileError: it cannot be read.
        DataError: it is of no known kind, or too broken to be followed.
    """
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder", "name a file")
        with path.open("rb") as file:
            subject = Subject(file, path.name if name is None else name, delimiter=delimiter)
            return inspect_subject(subject, kind)
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}", "check the path") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}", "check its permissions") from error
    except DataError as error:
        raise DataError(f"{path}: {error.message}", error.remedy) from error


def inspect_subject(subject: Subject, kind: str | None = None) -> Inspection:
    """Every hidden channel in what may lie within another file.

    Args:
        kind: of the file, where that is known.

    Raises:
        DataError: it is of no known kind, or too broken to be followed.
    """
    if subject.depth > DEEPEST:
        raise DataError(f"containers lie more than {DEEPEST} deep in one another", "unpack them")
    if not subject.size():
        raise DataError("the file is empty", "export it again")
    inspector = inspector_of(kind) if kind else _found_out(subject)
    found = inspector.inspect(subject)
    findings = sorted(found.findings, key=lambda each: _RANK[each.severity])
    return Inspection(inspector.name, tuple(findings), found.workbook)


def _found_out(subject: Subject) -> Inspector:
    """The inspector for a file, by its content, or else by the ending of its name."""
    name = subject.name.lower()
    by_content = next((each for each in inspectors() if each.recognises(subject)), None)
    inspector = by_content or next((each for each in inspectors() if name.endswith(each.suffixes or ("\0",))), None)
    if inspector is None:
        known = ", ".join(each.name for each in inspectors())
        raise DataError("this is no kind of file that can be looked into", f"known are {known}")
    return inspector
