"""Whether a witness cosigns a checkpoint: what https://c2sp.org/tlog-witness says of ``add-checkpoint``, and no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from narrowgate.errors import EvidenceError
from narrowgate.ledger.checkpoints import Checkpoint
from narrowgate.ledger.encoding import from_base64, to_base64
from narrowgate.ledger.merkle import EMPTY_ROOT, is_consistent
from narrowgate.ledger.notes import Note, Verifier, parse_note, verified

PLAIN, TREE_SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_LONGEST_PROOF = 63
_HASH = 32


@dataclass(frozen=True)
class Request:
    """What a log submits.

    Args:
        old: size of the checkpoint that the witness cosigned last.
        proof: that the tree of the new one begins with the tree of that one.
        note: the new checkpoint, signed.
    """

    old: int
    proof: Sequence[bytes]
    note: str

    def text(self) -> str:
        """As it is sent."""
        return f"old {self.old}\n" + "".join(f"{to_base64(each)}\n" for each in self.proof) + "\n" + self.note

    @classmethod
    def parse(cls, body: bytes) -> Request | None:
        """Read what was sent; None where it is malformed."""
        try:
            head, _, note = body.decode().partition("\n\n")
        except UnicodeDecodeError:
            return None
        first, *lines = head.split("\n")
        old, proof = _OLD.fullmatch(first), [from_base64(line) for line in lines]
        hashes = [each for each in proof if each is not None and len(each) == _HASH]
        if old is None or len(hashes) != len(proof) or len(proof) > _LONGEST_PROOF:
            return None
        return cls(int(old[1]), hashes, note)


@dataclass(frozen=True)
class Refusal:
    """Why a checkpoint is not cosigned.

    Args:
        body: the reason, in one line; with ``TREE_SIZE`` the size that was cosigned last.
    """

    status: HTTPStatus
    body: str
    content_type: str = PLAIN


@dataclass(frozen=True)
class Accepted:
    """A checkpoint to cosign, with those of its signatures that were verified."""

    checkpoint: Checkpoint
    note: Note


def judge(body: bytes, logs: Sequence[Verifier], latest: Callable[[str], Checkpoint | None]) -> Accepted | Refusal:
    """Judge a request.

    Args:
        body: of the request.
        logs: the keys of the logs that are known. A log's origin is the name of its keys.
        latest: the checkpoint of an origin that was cosigned last.
    """
    request = Request.parse(body)
    if request is None:
        return _bad("the request is not an old size, a proof, an empty line and a checkpoint")
    try:
        note = parse_note(request.note)
        checkpoint = Checkpoint.parse(note.text)
    except EvidenceError as error:
        return _bad(error.message)
    signed = _signed(request.note, note, [key for key in logs if key.name == checkpoint.origin])
    if isinstance(signed, Refusal):
        return signed
    if request.old > checkpoint.size:
        return _bad("the old size is above that of the checkpoint")
    known = latest(checkpoint.origin)
    if request.old != (size := known.size if known else 0):
        return Refusal(HTTPStatus.CONFLICT, str(size), TREE_SIZE)
    return _grown(request, known, checkpoint) or Accepted(checkpoint, signed)


def _signed(text: str, note: Note, keys: Sequence[Verifier]) -> Note | Refusal:
    """The note with the signatures of the log's keys only."""
    if not keys:
        return Refusal(HTTPStatus.NOT_FOUND, "a log of this origin is not known here")
    try:
        by = {(key.name, key.id) for key in verified(text, keys).signed}
    except EvidenceError as error:
        return Refusal(HTTPStatus.FORBIDDEN, error.message)
    return Note(note.text, tuple(dict.fromkeys(each for each in note.signatures if (each.name, each.key_id) in by)))


def _grown(request: Request, known: Checkpoint | None, new: Checkpoint) -> Refusal | None:
    """A refusal, unless the tree of ``new`` begins with that of ``known``."""
    if new.size == 0 and new.root != EMPTY_ROOT:
        return _unproven("the root is not that of an empty tree")
    old_root = known.root if known else EMPTY_ROOT
    if request.old == new.size and old_root != new.root:
        return _unproven(f"another root was cosigned for {new.size} leaves: the log was forked")
    if not is_consistent(request.old, old_root, new.size, new.root, request.proof):
        return _unproven(f"the proof does not show that the tree begins with the {request.old} leaves cosigned last")
    return None


def _bad(reason: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, reason)


def _unproven(reason: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, reason)
