"""Everything that can go wrong, in one tree.

    NarrowgateError
    ├── Refused                 1  the policy, or a check on the data, says no
    ├── InputError              2  the caller can mend it
    │   ├── UsageError             an option, a name, a path
    │   ├── SourceError            a source mapping or another settings file
    │   ├── FileError              a file cannot be read or written
    │   ├── DataError              the export is malformed
    │   ├── NotThere               what is asked for does not exist, or not any more
    │   ├── WrongMethod            it is there, but that cannot be done with it
    │   ├── TooLarge               it is more than is taken
    │   ├── TooSlow                it does not arrive in time
    │   ├── UnknownType            nobody says of what format it is, or of none that is taken
    │   └── Conflict               it contradicts what was asked before
    ├── AccessError             2  the gateway does not do that for this caller
    │   ├── Unauthenticated        nobody has proved who they are
    │   ├── Forbidden              the client is not registered for that
    │   └── TooMany                it has asked too often
    ├── Busy                    3  the gateway has its hands full
    ├── EngineError             3  no trustworthy decision
    │   ├── OpaMissing             there is no OPA to ask
    │   ├── EngineUnavailable      it does not answer, or answers nonsense
    │   └── PolicyInvalid          the policies do not pass vetting, or contradict themselves
    ├── LedgerError             4  a release could not be recorded
    │   └── EvidenceError          a receipt, checkpoint or signature does not prove what it claims
    └── InternalError          70  a fault of ours

A message names the file, line, column or field and never quotes a cell. The remedy says what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar


class NarrowgateError(Exception):
    """Root of the tree.

    Args:
        message: what happened, in one line.
        remedy: what to do next, in one line; empty only where nothing can be done.
    """

    exit_code: ClassVar[int] = 70
    kind: ClassVar[str] = "internal-error"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message

    def rename(self, ours: Path, theirs: str) -> None:
        """Speak of ``theirs`` instead of ``ours``, a folder or file of our own that means nothing to anybody."""
        self.message, self.remedy = (text.replace(str(ours), theirs) for text in (self.message, self.remedy))


class Refused(NarrowgateError):
    """Nothing leaves. ``reasons`` holds one line for each ground."""

    exit_code = 1
    kind = "refused"

    def __init__(self, reasons: Sequence[str], remedy: str = "") -> None:
        super().__init__("refused: " + "; ".join(reasons), remedy)
        self.reasons = tuple(reasons)

    def rename(self, ours: Path, theirs: str) -> None:
        """See ``NarrowgateError.rename``."""
        super().rename(ours, theirs)
        self.reasons = tuple(reason.replace(str(ours), theirs) for reason in self.reasons)


class InputError(NarrowgateError):
    """The caller gave something that cannot be used."""

    exit_code = 2
    kind = "bad-input"


class UsageError(InputError):
    """An option, a name or a path is wrong."""

    kind = "bad-usage"


class SourceError(InputError):
    """A source mapping or another settings file is wrong."""

    kind = "bad-source"


class FileError(InputError):
    """A file cannot be read or written."""

    kind = "bad-file"


class DataError(InputError):
    """The export is malformed."""

    kind = "bad-data"


class NotThere(InputError):
    """What is asked for does not exist, or not any more."""

    kind = "not-there"


class WrongMethod(InputError):
    """It is there, but that cannot be done with it."""

    kind = "wrong-method"


class TooLarge(InputError):
    """It is more than is taken."""

    kind = "too-large"


class TooSlow(InputError):
    """It does not arrive in time."""

    kind = "too-slow"


class UnknownType(InputError):
    """Nobody says of what format it is, or of none that is taken."""

    kind = "unknown-type"


class Conflict(InputError):
    """It contradicts what was asked before.

    Args:
        retry_after: seconds after which that may be over; None: it does not pass.
    """

    kind = "conflict"

    def __init__(self, message: str, remedy: str = "", retry_after: int | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class AccessError(NarrowgateError):
    """The gateway does not do that for this caller."""

    exit_code = 2
    kind = "no-access"


class Unauthenticated(AccessError):
    """Nobody has proved who they are. ``presented`` says whether they tried."""

    kind = "unauthenticated"

    def __init__(self, message: str, remedy: str = "", *, presented: bool = False) -> None:
        super().__init__(message, remedy)
        self.presented = presented


class Forbidden(AccessError):
    """The client is not registered for that."""

    kind = "forbidden"


class TooMany(AccessError):
    """The client has asked too often. ``retry_after`` is in seconds."""

    kind = "too-many"

    def __init__(self, message: str, remedy: str = "", retry_after: int = 1) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class Busy(NarrowgateError):
    """The gateway has its hands full. ``retry_after`` is in seconds."""

    exit_code = 3
    kind = "busy"

    def __init__(self, message: str, remedy: str = "", retry_after: int = 1) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class EngineError(NarrowgateError):
    """There is no decision that can be trusted, so nothing leaves."""

    exit_code = 3
    kind = "no-decision"


class OpaMissing(EngineError):
    """No OPA was found, or the one found is too old or broken."""

    kind = "opa-missing"


class EngineUnavailable(EngineError):
    """The engine does not answer, or not in a form that can be trusted."""

    kind = "engine-unavailable"


class PolicyInvalid(EngineError):
    """The policies do not pass vetting or contradict themselves.

    ``findings`` holds one printable line for each fault, ``file:line: what is wrong; what to write``.
    """

    kind = "policy-invalid"
    folder: Path | None = None
    """Where the policies lie, if here: there the lines that are at fault can be read."""

    def __init__(self, message: str, remedy: str = "", findings: Sequence[str] = ()) -> None:
        super().__init__(message, remedy)
        self.findings = tuple(findings)

    def rename(self, ours: Path, theirs: str) -> None:
        """See ``NarrowgateError.rename``."""
        super().rename(ours, theirs)
        self.findings = tuple(finding.replace(str(ours), theirs) for finding in self.findings)


class LedgerError(NarrowgateError):
    """A release could not be recorded, so it did not happen."""

    exit_code = 4
    kind = "not-recorded"


class EvidenceError(LedgerError):
    """A receipt, checkpoint or signature does not prove what it claims."""

    kind = "bad-evidence"


class InternalError(NarrowgateError):
    """A fault of ours; nothing was released."""
