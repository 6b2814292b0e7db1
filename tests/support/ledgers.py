"""Ledgers with invented releases, entered without an export."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from narrowgate.ledger.asking import Asking
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import make_ledger
from narrowgate.model.decision import ColumnAnswer, Decision, Limits, Obligations, Output
from narrowgate.model.entry import (
    AttestationEntry,
    ColumnOutcome,
    Counts,
    EngineInfo,
    FileDigest,
    Owed,
    PolicyRevision,
    RefusalEntry,
    ReleaseEntry,
)
from narrowgate.model.history import Windows
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request
from narrowgate.policy.bundle import Bundle
from support.gates import DAY, ledger_in

ENGINE = EngineInfo(kind="private", opa_version="1.22.2")
FIELDS = ("warrant_number", "forename", "surname", "rank", "photo")
WITHHELD = ("home_address", "bank_account_number", "next_of_kin_name", "vetting_level", "salary")
BUNDLE = Bundle((), {"uniform": {"agreements": []}}, {"cardco": {"name": "Card Company"}})
NEWER_BUNDLE = Bundle((), {"uniform": {"agreements": []}}, {"cardco": {"name": "The Card Company"}})
Sets = Mapping[tuple[str, ...], Iterable[int]]


def ledger_with_nothing(folder: Path, url: str | None = None) -> Ledger:
    """An empty ledger in ``folder``, or at ``url``."""
    return make_ledger(ledger_in(folder, url), lambda _: None)


def request_of(supplier: str, purpose: str, on: date) -> Request:
    """What is asked for a release of ``FIELDS``."""
    columns = (*FIELDS, *WITHHELD)
    return Request(supplier=supplier, purpose=purpose, on=on, columns=columns, row_count=100)


def _decision(effect: Literal["release", "refuse"], purpose: str) -> Decision:
    drop = {name: ColumnAnswer(action={"action": "drop"}, reason="the purpose does not permit it") for name in WITHHELD}
    keep = {
        name: ColumnAnswer(
            action={"action": "keep"},
            reason="permitted by the purpose",
            rules=(f"purposes.{purpose}.permit.{name}",),
        )
        for name in FIELDS
    }
    return Decision(
        effect=effect,
        reasons=() if effect == "release" else ("there is no agreement in force",),
        columns={**keep, **drop},
        limits=Limits(max_rows=100_000, max_bad_share=0.01, on_leak="withhold", on_hidden="refuse"),
        output=Output(),
        obligations=Obligations(agreement="TEST-1", lawful_basis="public task", retention_days=30),
    )


def enter_release(
    ledger: Ledger,
    sets: Sets,
    supplier: str = "cardco",
    purpose: str = "id_card_print",
    on: date = DAY,
    unidentified: int = 0,
    bundle: Bundle = BUNDLE,
) -> Receipt:
    """Enter a release of ``sets``: people, told by number, by the fields that left of them."""
    of = ledger.subject_key.of
    pseudonyms = {fields: b"".join(of(f"0{person:06}") for person in people) for fields, people in sets.items()}
    identified = ledger.identify(pseudonyms, unidentified)
    request = request_of(supplier, purpose, on)
    past = ledger.past(Asking(supplier, purpose, on, identified))
    released = sum(len(each) // 16 for each in pseudonyms.values()) + unidentified
    decision = _decision("release", purpose)
    entry = ReleaseEntry(
        at="",
        request=request,
        history=past.history,
        policy=PolicyRevision(digest=bundle.digest, bundle="0.1.0"),
        engine=ENGINE,
        decision=decision,
        columns=tuple(
            ColumnOutcome(field=name, name=name, action=each.action, reason=each.reason, rules=each.rules)
            for name, each in decision.columns.items()
        ),
        unknown_columns=1,
        records=Counts(read=released + 1, released=released, withheld=1, reasons={"covert posting": 1}),
        input=FileDigest(format="csv", bytes=4096, sha256="0" * 64),
        release=FileDigest(format="csv", bytes=1024, sha256="1" * 64),
        obligations=Owed(agreement="TEST-1", lawful_basis="public task", delete_by=on + timedelta(30)),
        subjects=(),
        unidentified=unidentified,
    )
    return ledger.enter_release(entry, identified, bundle.content, past)


def enter_refusal(ledger: Ledger, supplier: str = "cardco", bundle: Bundle = BUNDLE) -> None:
    """Enter a refusal."""
    entry = RefusalEntry(
        at="",
        request=request_of(supplier, "id_card_print", DAY),
        history={"id_card_print": Windows()},
        policy=PolicyRevision(digest=bundle.digest, bundle="0.1.0"),
        engine=ENGINE,
        decision=_decision("refuse", "id_card_print"),
        reasons=("there is no agreement in force",),
        input=FileDigest(format="csv", bytes=4096, sha256="0" * 64),
    )
    ledger.enter_refusal(entry, bundle.content)


def enter_attestation(ledger: Ledger, receipt: Receipt) -> None:
    """Enter that the receipt's release has been deleted."""
    supplier = receipt.entry.request.supplier
    ledger.enter_attestation(
        AttestationEntry(at="", supplier=supplier, release=receipt.id, deleted_on=DAY + timedelta(3), statement=None)
    )


def varied_ledger(folder: Path, url: str | None = None, releases: int = 12, people: int = 400) -> Ledger:
    """A ledger with everything that there is: each kind of entry, whole sets and differences."""
    ledger, chance = ledger_with_nothing(folder, url), random.Random(7)
    # Everybody first, so that later sets hold numbers here and there, as they do after some years.
    receipts = [enter_release(ledger, {FIELDS: range(people)}, "surveyor", "staff_survey")]
    staff = chance.sample(range(people), people // 2)
    for number in range(1, releases):
        staff += [people + number]
        here = {person for person in staff if chance.random() < 0.995}
        pictured = {person for person in here if person % 7}
        sets = {FIELDS: sorted(pictured), FIELDS[:-1]: sorted(here - pictured)}
        supplier, purpose = ("cardco", "id_card_print") if number % 3 else ("tailor", "uniform")
        bundle = BUNDLE if number < releases // 2 else NEWER_BUNDLE
        receipts.append(enter_release(ledger, sets, supplier, purpose, DAY + timedelta(number), number % 2, bundle))
        if number == 3:
            enter_refusal(ledger)
        if number == 5:
            assert ledger.erase(f"0{staff[0]:06}")
            staff = staff[1:]
        if number in {4, 8}:
            enter_attestation(ledger, receipts[number - 3])
    return ledger
