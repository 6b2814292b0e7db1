"""What is asked of the gate, and its decision: the first half of every release, whatever form the records have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from narrowgate.errors import LedgerError, PolicyInvalid, Refused, UsageError
from narrowgate.ledger.again import answered_before, past_of, require_not_refused
from narrowgate.ledger.asking import Asking, Past
from narrowgate.ledger.describe import Asked
from narrowgate.ledger.notes import Verifier
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import Decision
from narrowgate.model.entry import FileDigest
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.policy.interface import Engine
from narrowgate.policy.vetting.finding import nearest
from narrowgate.tables.actions import Context
from narrowgate.tables.apply import Applier
from narrowgate.tables.judging import Judge
from narrowgate.tables.packing import split_packing
from narrowgate.tables.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    # What only decides is not to wait for a database to be imported.
    from narrowgate.ledger.ledger import Entered, Ledger

NO_PAST = Past({}, 0)
"""Of a supplier that holds nothing."""


@dataclass(frozen=True)
class Gate:
    """What every call needs: who decides, and by which catalogue."""

    engine: Engine
    catalogue: Catalogue
    schemas: Path
    pseudonym_secret: str | None = None
    ledger: Ledger | None = None
    """Where releases and refusals are entered; None where nothing is to be released."""
    verifier: Verifier | None = None
    """By which receipts are checked; None where no public key is known, and none proves anything."""

    def require_ledger(self) -> Ledger:
        """The ledger.

        Raises:
            LedgerError: there is none.
        """
        if self.ledger is None:
            raise LedgerError("there is no ledger to enter the release into", "name one with --ledger")
        return self.ledger


@dataclass(frozen=True)
class Order:
    """What somebody asks to send."""

    supplier: str
    purpose: str
    on: date
    input: Path | None = None
    """The export. None only where a decision is explained without one."""
    source: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    read_as: str | None = None
    """Format of the export; None: as its name says."""
    dialect: Mapping[str, str | int | None] = field(default_factory=dict)
    """What is told of how the file is written; the source tells the rest."""
    write_as: str | None = None
    """Format of the release; None: as its name says."""
    key: str | None = None
    """SHA-256 in hexadecimal. What is asked again under the same key is given again, and entered once."""


def make_request(order: Order, columns: tuple[str, ...], write_as: str) -> Request:
    """The request that policies decide.

    Raises:
        UsageError: a name in it cannot be one.
    """
    try:
        return Request(
            supplier=order.supplier,
            purpose=order.purpose,
            source=order.source,
            on=order.on,
            format=split_packing(write_as)[0],
            columns=columns,
            attributes=dict(order.attributes),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"{first['loc'][0]}: {first['msg']}", "names are lower case, like id_card_print") from None


def require_purpose(gate: Gate, purpose: str) -> None:
    """Raise ``Refused`` where no policy that was vetted is for ``purpose``."""
    known = gate.engine.policies.purposes
    if purpose not in known:
        raise Refused(
            [f"there is no purpose {purpose}"],
            f"{nearest(purpose, known, 'see policies/purposes')}; known are {', '.join(known)}",
        )


@dataclass
class Question:
    """What is asked and what was answered: what the ledger keeps of it, whatever comes of it."""

    gate: Gate
    request: Request
    past: Past
    with_pictures: bool = True
    key: str | None = None
    decision: Decision | None = None
    before: Entered | None = None
    """What was answered under the same key."""

    def begin(self, export: Callable[[], FileDigest]) -> None:
        """Find out what was answered before, and what the supplier holds.

        Raises:
            Refused, Conflict: under the same key this was refused, or something else asked.
        """
        ledger, request = self.gate.require_ledger(), self.request
        self.before = answered_before(ledger, self.key)
        if self.before:
            require_not_refused(self.before, request, export())
            self.past = past_of(self.before)
        else:
            self.past = ledger.past(Asking(request.supplier, request.purpose, request.on))

    def plan(self) -> Plan:
        """Ask for the decision, and bind it to the request's columns."""
        require_purpose(self.gate, self.request.purpose)
        policies = self.gate.engine.policies
        self.decision = self.gate.engine.decide(self.request, self.past.history)
        reads, overridable = policies.reads(self.request.purpose), policies.overridable(self.request.purpose)
        return make_plan(self.decision, self.request, reads, overridable, self.gate.catalogue, self.with_pictures)

    def asked(self) -> Asked:
        """What the ledger keeps of it."""
        engine = self.gate.engine
        return Asked(self.request, self.past.history, engine.revision, engine.info, self.decision, self.key)


def require_as_planned(question: Question, plan: Plan) -> None:
    """Ask again, now that the records and their people are known; the answer must be the plan that was carried out.

    Raises:
        Refused: it may not be released after all.
        PolicyInvalid: the plan is another one now.
    """
    question.gate.engine.confirm()
    if question.plan() != plan:
        raise PolicyInvalid(
            f"{question.request.purpose} decides otherwise once it knows the number of records",
            "let only refuse go by input.request.row_count and input.history",
        )


def require_few_enough(read: int, plan: Plan) -> None:
    """Raise ``Refused`` where ``read`` records are more than the agreement allows."""
    if read > plan.limits.max_rows:
        reason = f"there are more than the {plan.limits.max_rows:,} records that the agreement allows"
        raise Refused([reason], "send fewer, or agree on more")


def applier_of(gate: Gate, request: Request, plan: Plan, *, runs_formulas: bool) -> Applier:
    """What carries out ``plan``, judging by the policies that made it.

    Args:
        runs_formulas: whether the release is opened by programs that run cells beginning with ``=``.
    """
    judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records))
    context = Context(request.on, Pseudonyms(gate.pseudonym_secret, request.supplier, request.purpose))
    return Applier(plan, gate.catalogue, judge, context, runs_formulas)
