"""Enters releases and refusals as one of several processes: ``python -m support.writer URL FOLDER NUMBER``.

It begins when a line comes by standard input, and prints the receipts, one a line.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from narrowgate.ledger.asking import Overtaken
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import open_ledger
from narrowgate.model.receipt import Receipt
from support.gates import ledger_in
from support.ledgers import FIELDS, enter_refusal, enter_release

RELEASES, REFUSALS = 12, 3
"""Of each process."""
PEOPLE = 60
"""Whom all of them send."""


def _entered(ledger: Ledger, supplier: str, chance: random.Random) -> Receipt:
    """A release of people at random, decided again as often as others are quicker."""
    sets = {FIELDS: chance.sample(range(PEOPLE), 20), FIELDS[:-1]: [PEOPLE]}
    while True:
        try:
            return enter_release(ledger, sets, supplier)
        except Overtaken:
            continue


def _work(ledger: Ledger, number: int) -> None:
    chance = random.Random(number)
    for turn in range(RELEASES):
        # Half of them to the one supplier of whom everybody has to wait for everybody.
        receipt = _entered(ledger, "cardco" if turn % 2 else f"supplier_{number}", chance)
        print(receipt.model_dump_json(by_alias=True), flush=True)
        if turn < REFUSALS:
            enter_refusal(ledger)


if __name__ == "__main__":
    url, folder, name = sys.argv[1:]
    opened = open_ledger(replace(ledger_in(Path(folder), url), timeout=60.0), sys.exit)
    print("ready", flush=True)
    sys.stdin.readline()
    _work(opened, int(name))
    opened.store.close()
