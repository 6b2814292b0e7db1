"""What keeps a file from being handled now, and perhaps not later."""

from __future__ import annotations

import errno

from narrowgate.errors import EngineError, FileError, LedgerError, NarrowgateError, PolicyInvalid, SourceError

_PASSING = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
    *(errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOLCK),
}
"""What the system says where it is at fault, and no file is."""


class Waiting(Exception):
    """A file has to wait.

    Args:
        cause: what for.
        is_everybodys: whether no other file would fare better.
    """

    def __init__(self, cause: NarrowgateError, is_everybodys: bool = False) -> None:
        super().__init__(cause.message)
        self.cause, self.is_everybodys = cause, is_everybodys


def require_final(error: NarrowgateError) -> None:
    """Raise ``Waiting`` where an error is not the file's own: engine, ledger, disk and settings can be mended."""
    match error:
        case PolicyInvalid() | SourceError():
            raise Waiting(error) from error
        case EngineError() | LedgerError():
            raise Waiting(error, is_everybodys=True) from error
        case FileError(__cause__=OSError(errno=number)) if number in _PASSING:
            raise Waiting(error, is_everybodys=True) from error
