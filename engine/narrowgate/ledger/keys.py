"""A ledger's two secrets: what the pseudonyms of subjects are made with, and what checkpoints are signed with."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.notes import Signer
from narrowgate.model.subject import SubjectKey

SUBJECT_SECRET = "subject.secret"  # noqa: S105 - a file's name
SIGNING_KEY = "signing.key"
_SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Keys:
    """What an entry is made with."""

    subject: SubjectKey
    signer: Signer


@dataclass(frozen=True)
class KeyRing:
    """Where the secrets are.

    Args:
        folder: of files that hold those not given.
        pseudonym_secret: as given by the environment; None: the folder's subject secret serves.
        signing_key: a signed-note private key; None: the folder's.
    """

    folder: Path
    pseudonym_secret: str | None = None
    signing_key: str | None = None

    def subject_key(self, check: str | None = None) -> SubjectKey | None:
        """What tells whose a pseudonym is, if there is a secret.

        Args:
            check: of the key that is wanted. A ledger that began with the secret in the folder goes on with it,
                whatever pseudonym secret is given later.

        Raises:
            UsageError: a secret is too short to be one.
        """
        secrets = [each for each in (self.pseudonym_secret, _read(self.folder / SUBJECT_SECRET)) if each]
        if any(len(each) < _SHORTEST_SECRET for each in secrets):
            raise UsageError(
                "the pseudonym secret is too short to be one",
                "set NARROWGATE_PSEUDONYM_SECRET to 32 random characters or more, and keep it: openssl rand -hex 32",
            )
        keys = [SubjectKey(each) for each in secrets]
        return next((key for key in keys if key.check == check), keys[0] if keys else None)

    def signer(self) -> Signer | None:
        """What signs checkpoints, if there is one."""
        text = self.signing_key or _read(self.folder / SIGNING_KEY)
        return Signer.parse(text) if text else None

    def keys(self, check: str | None = None) -> Keys:
        """Both; the first the one with ``check``, if it is here.

        Raises:
            LedgerError: one is missing.
        """
        subject, signer = self.subject_key(check), self.signer()
        if subject is None:
            raise _missing("subject secret", "NARROWGATE_PSEUDONYM_SECRET", self.folder / SUBJECT_SECRET)
        if signer is None:
            raise _missing("signing key", "NARROWGATE_SIGNING_KEY", self.folder / SIGNING_KEY)
        return Keys(subject, signer)

    def complete(self, origin: str | None = None) -> list[Path]:
        """Make what is missing.

        Args:
            origin: the name for a new signing key; default: one of its own.

        Returns:
            The files that were made.
        """
        made = []
        if self.subject_key() is None:
            made.append(_write_once(self.folder / SUBJECT_SECRET, secrets.token_hex(32)))
        if self.signer() is None:
            signer = Signer.generate(origin or f"narrowgate/{secrets.token_hex(4)}")
            made.append(_write_once(self.folder / SIGNING_KEY, signer.private()))
        return made

    def ledger_of(self, signer: Signer) -> str | None:
        """The ledger that was begun with a signing key, if one was."""
        return _read(self._claim(signer))

    def claim(self, signer: Signer, ledger: str) -> None:
        """Take note that ``ledger`` was begun with a signing key: another one under it would be a fork."""
        _write_once(self._claim(signer), ledger)

    def _claim(self, signer: Signer) -> Path:
        return self.folder / f"{signer.verifier.id.hex()}.ledger"


def _missing(what: str, variable: str, path: Path) -> LedgerError:
    return LedgerError(f"the ledger's {what} is not here", f"set {variable}, or put it into {path}")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", "see who may read it, and what it holds") from error


def _write_once(path: Path, text: str) -> Path:
    """Write a secret into a file that need not be there. Where another process was quicker, its own stays."""
    try:
        write_secret(path, text)
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be written ({error.strerror})", "name another folder with NARROWGATE_KEYS"
        ) from error
    return path


def write_secret(path: Path, text: str) -> bool:
    """Write a file that only its owner reads, whole and on the disk, if there is none yet.

    Returns:
        Whether there was none.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True
