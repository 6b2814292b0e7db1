"""The mapping of numbers to people, held against the commitments to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, permutations

import sqlalchemy as sa

from narrowgate.ledger.identify import commitment
from narrowgate.ledger.schema import subjects
from narrowgate.ledger.verify.findings import SUBJECTS, Findings, told
from narrowgate.ledger.verify.people import Commitments
from narrowgate.ledger.verify.raw import Row, read

_MOST_SWAPS = 200
"""Wrong rows among which it is looked for who was swapped with whom, each with each."""


def check_subjects(connection: sa.Connection, known: Commitments, findings: Findings) -> int:
    """Hold every row of the mapping against its commitment; returns how many rows there are."""
    there: list[int] = []
    wrong: dict[int, Row] = {}
    pseudonyms: dict[object, int] = {}
    for row in read(connection, subjects):
        number = row["number"]
        there.append(number)
        committed = known.of(number)
        if committed is None:
            findings.add("subjects", f"subject {number:,} is there, whom no entry brought in")
            continue
        if number in known.erased:
            findings.add("subjects", f"subject {number:,} is there, and was erased", committed.entry)
        wanted = committed.hash_of(number)
        if wanted is not None and _commitment(number, row, row) != wanted:
            wrong[number] = row
        elif (other := pseudonyms.setdefault(row["pseudonym"], number)) != number:
            findings.add("subjects", f"subjects {other:,} and {number:,} are the same person", committed.entry)
    _tell_wrong(wrong, known, findings)
    _tell_missing(there, known, findings)
    return len(there)


def _commitment(number: int, who: Row, nonce: Row) -> bytes | None:
    """What would commit ``number`` to a pseudonym and a nonce; None where they are none."""
    values = who["pseudonym"], nonce["nonce"]
    if not all(isinstance(value, bytes) for value in values):
        return None
    return commitment(number, *values)


def _tell_wrong(wrong: dict[int, Row], known: Commitments, findings: Findings) -> None:
    swapped = _swapped(wrong, known)
    for number in wrong:
        committed = known.of(number)
        entry = committed.entry if committed else None
        if number in swapped:
            message = f"subject {number:,} was made to be who subject {swapped[number]:,} is"
        else:
            message = f"subject {number:,} is not who was entered"
        findings.add("subjects", message, entry)


def _swapped(wrong: dict[int, Row], known: Commitments) -> dict[int, int]:
    """Who stands at which number instead, where they are among the ``wrong`` themselves."""
    found = {}
    for here, home in permutations(list(wrong)[:_MOST_SWAPS], 2):
        committed = known.of(home)
        wanted = committed.hash_of(home) if committed else None
        # The nonce may have been taken along, or left where it was.
        if wanted and any(_commitment(home, wrong[here], wrong[nonce]) == wanted for nonce in (here, home)):
            found[here] = home
    return found


def _tell_missing(there: list[int], known: Commitments, findings: Findings) -> None:
    """Say whose rows are missing though no entry erases them."""
    present = sorted(known.erased.union(number for number in there if 0 <= number < known.next))
    for first, last in _gaps(present, known.next):
        committed = known.of(first)
        verb = "is" if first == last else "are"
        message = f"{told(first, last, SUBJECTS)} {verb} gone, and no entry erases them"
        findings.add("subjects", message, committed.entry if committed else None)


def _gaps(numbers: list[int], end: int) -> Iterator[tuple[int, int]]:
    """What ascending ``numbers`` lack between 0 and ``end``, as first and last."""
    for before, after in pairwise([-1, *numbers, end]):
        if after > before + 1:
            yield before + 1, after - 1
