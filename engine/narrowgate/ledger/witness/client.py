"""Having a witness cosign a checkpoint."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

from narrowgate.errors import EvidenceError, LedgerError, UsageError
from narrowgate.ledger.notes import Verifier, parse_note, verified
from narrowgate.ledger.witness.judge import TREE_SIZE, Request
from narrowgate.outside import opener

_LARGEST = 1 << 16
_LONGEST_REASON = 200
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n?", re.ASCII)
_REMEDY = "see whether its address is right and it runs: narrowgate witness serve"


class OtherSizeError(LedgerError):
    """The witness last cosigned a checkpoint of another size than was said.

    Args:
        size: of that one.
    """

    def __init__(self, url: str, size: int) -> None:
        super().__init__(f"the witness at {url} last cosigned {size:,} entries", "prove growth from that size")
        self.size = size


def cosigned(
    url: str, note: str, old_size: int, proof: Sequence[bytes], witness: Verifier, timeout: float = 10.0
) -> str:
    """The note with the witness's cosignature added, in place of an older one.

    Args:
        url: of the witness, without ``/add-checkpoint``.
        note: a signed checkpoint.
        old_size: of the checkpoint that the witness cosigned last; 0 where there is none.
        proof: of consistency with that one.
        witness: the witness's public key.
        timeout: seconds to wait for it.

    Raises:
        OtherSizeError: it last cosigned a checkpoint of another size.
        LedgerError: it refuses, or does not answer.
        EvidenceError: what it answers is not its cosignature.
    """
    lines = _post(url, Request(old_size, proof, note).text().encode(), timeout)
    mine = parse_note(note)
    theirs = parse_note(f"{mine.text}\n{lines}").signatures
    name = witness.name, witness.id
    found = next((each for each in theirs if (each.name, each.key_id) == name), None)
    if found is None:
        raise EvidenceError(f"the witness at {url} is not {witness.name}", "see whose public key was given")
    verified(f"{mine.text}\n{found.line}", [witness])
    kept = [each for each in mine.signatures if (each.name, each.key_id) != name]
    return f"{mine.text}\n" + "".join(each.line for each in [*kept, found])


def cosigned_from(
    url: str,
    note: str,
    size: int,
    prove: Callable[[int], Sequence[bytes]],
    witness: Verifier,
    timeout: float = 10.0,
) -> str:
    """The same, where it is not known which checkpoint the witness cosigned last: it is asked.

    Args:
        size: of the checkpoint.
        prove: gives the proof of consistency with the tree of a smaller size.

    Raises:
        EvidenceError: also where the witness cosigned more entries than the checkpoint has.
    """
    try:
        return cosigned(url, note, 0, (), witness, timeout)
    except OtherSizeError as error:
        old = error.size
    if old > size:
        raise EvidenceError(
            f"the witness at {url} says that it cosigned {old:,} entries, and the ledger has {size:,}: it was cut "
            "short, or an old copy of it put back",
            "run: narrowgate ledger verify",
        )
    return cosigned(url, note, old, prove(old), witness, timeout)


def _post(url: str, body: bytes, timeout: float) -> str:
    """What the witness answers to a request that it grants."""
    request = _request(url, body)
    try:
        with opener().open(request, timeout=timeout) as response:
            return _decoded(response.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(url, error, _decoded(error.read(_LARGEST))) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise LedgerError(f"the witness at {url} does not answer ({reason})", _REMEDY) from error


def _request(url: str, body: bytes) -> urllib.request.Request:
    if "@" in url:
        raise UsageError("a witness's address holds no user and no password", "give its host and port alone")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url} is not a witness's address", "give one that begins with https:// or http://")
    address = url.rstrip("/") + "/add-checkpoint"
    try:
        return urllib.request.Request(address, body, {"Content-Type": "text/plain; charset=utf-8"})  # noqa: S310
    except ValueError:
        raise UsageError(f"{url} is not a witness's address", _REMEDY) from None


def _refused(url: str, error: urllib.error.HTTPError, said: str) -> LedgerError:
    size = _SIZE.fullmatch(said)
    if error.code == http.client.CONFLICT and size and error.headers.get_content_type() == TREE_SIZE:
        return OtherSizeError(url, int(size[1]))
    line = said.partition("\n")[0][:_LONGEST_REASON]
    reason = "".join(each for each in line if each.isprintable()) or str(error.code)
    return LedgerError(f"the witness at {url} refuses: {reason}", "run: narrowgate ledger verify")


def _decoded(data: bytes) -> str:
    return data.decode(errors="replace")
