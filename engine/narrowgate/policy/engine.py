"""The engine over OPA, private or shared: the same questions, the same distrust of the answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from narrowgate.errors import EngineUnavailable, OpaMissing
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.entry import EngineInfo, PolicyRevision
from narrowgate.model.history import History, complete
from narrowgate.model.request import Request
from narrowgate.policy.binary import OLDEST, parse_version
from narrowgate.policy.bundle import (
    DATA_ROOTS,
    ENTRY_POINTS,
    GUARDRAILS,
    PURPOSES,
    ROOT,
    Bundle,
    Module,
    stray_data,
)
from narrowgate.policy.client import Opa, Provenance
from narrowgate.policy.connections import Connections
from narrowgate.policy.interface import Record
from narrowgate.policy.vetting import require_vetted

BATCH = 500
"""Records or requests in one call: large enough to forget the round trip, small enough to answer in a blink."""

_DECISION = TypeAdapter(Decision)
_DECISIONS = TypeAdapter(list[Decision])
_JUDGEMENTS = TypeAdapter(list[Judgement])

T = TypeVar("T")


class OpaEngine:
    """Decides through an OPA server. Its methods may be called from many threads, which do not wait for each other.

    Args:
        connect: called when the first answer is needed, and for each further one that is asked for meanwhile.
        kind: whose OPA it is.
        catalogue: the fields that policies may name.
        folder: where the bundle's files lie, if here.
        before_use: called once vetting has passed, to wait for further checks.
        close: called once, at the end.
    """

    def __init__(
        self,
        connect: Callable[[], Opa],
        kind: Literal["private", "shared"],
        catalogue: Catalogue,
        folder: Path | None = None,
        before_use: Callable[[Bundle], None] = lambda _: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._kind, self._catalogue = kind, catalogue
        self._folder, self._before_use, self._close = folder, before_use, close
        self._connections = Connections(connect)
        self._vetting = threading.RLock()

    @cached_property
    def _vetted(self) -> tuple[Bundle, Provenance]:
        bundle, provenance = self._report()
        if parse_version(provenance.version) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise OpaMissing(f"OPA {provenance.version} is too old", f"use {oldest} or newer: narrowgate opa install")
        if self._kind == "shared" and not any(provenance.bundles.values()):
            raise EngineUnavailable(
                "the shared OPA's policies carry no revision, so that a change would go unseen",
                "serve them as a bundle made with: narrowgate policy bundle -o policies.tar.gz",
            )
        require_vetted(bundle, self._catalogue, self._folder)
        self._before_use(bundle)
        return bundle, provenance

    def _report(self) -> tuple[Bundle, Provenance]:
        """What the server says it decides by."""
        with self._connections.one() as opa:
            purposes, suppliers, rules = (opa.data(root) for root in DATA_ROOTS)
            modules = _modules(opa.modules())
        if not purposes.provenance == suppliers.provenance == rules.provenance:
            raise EngineUnavailable("the policies changed while they were being read", "try again")
        strays = stray_data(rules.result, modules)
        vetted = tuple(module for module in modules if not _is_test(module))
        return Bundle(vetted, purposes.result, suppliers.result, strays), purposes.provenance

    @property
    def policies(self) -> Bundle:
        """What decides, vetted."""
        return self._used()[0]

    @property
    def revision(self) -> PolicyRevision:
        """By which policies, for the receipt."""
        bundle, provenance = self._used()
        revisions = sorted(revision for revision in provenance.bundles.values() if revision)
        return PolicyRevision(digest=bundle.digest, bundle=", ".join(revisions))

    @property
    def info(self) -> EngineInfo:
        """What decides, for the receipt."""
        _, provenance = self._used()
        with self._connections.one() as opa:
            url = opa.address.url if self._kind == "shared" else None
        return EngineInfo(kind=self._kind, opa_version=provenance.version, url=url)

    def _used(self) -> tuple[Bundle, Provenance]:
        """What was vetted; the first to ask has it vetted, and the others wait for that."""
        with self._vetting:
            return self._vetted

    def decide(self, request: Request, history: History | None = None) -> Decision:
        """See ``Engine.decide``."""
        question = {"request": request.document(), "history": self._history(history, {request.purpose})}
        decision = _read(_DECISION, self._ask("decision", question), "decision")
        _require_columns(decision, request)
        return decision

    def decide_each(self, requests: Sequence[Request], history: History | None = None) -> list[Decision]:
        """See ``Engine.decide_each``."""
        document = self._history(history, {request.purpose for request in requests})
        decisions: list[Decision] = []
        for start in range(0, len(requests), BATCH):
            batch = requests[start : start + BATCH]
            question = {"requests": [request.document() for request in batch], "history": document}
            answered = _read(_DECISIONS, self._ask("decisions", question), "decision")
            _require_all(batch, answered, "requests", "decided")
            for request, decision in zip(batch, answered, strict=True):
                _require_columns(decision, request)
            decisions += answered
        return decisions

    def _history(self, history: History | None, purposes: set[str]) -> dict[str, Any]:
        past = complete(history or {}, {*self.policies.purposes, *purposes})
        return {purpose: windows.model_dump(mode="json") for purpose, windows in past.items()}

    def judge(self, request: Request, records: Sequence[Record]) -> list[Judgement]:
        """See ``Engine.judge``."""
        judgements: list[Judgement] = []
        for start in range(0, len(records), BATCH):
            batch = [dict(record) for record in records[start : start + BATCH]]
            answer = self._ask("judgements", {"request": request.document(), "records": batch})
            answered = _read(_JUDGEMENTS, answer, "judgement")
            _require_all(batch, answered, "records", "judged")
            judgements += answered
        return judgements

    def _ask(self, rule: str, question: dict[str, Any]) -> Any:
        _, vetted = self._used()
        with self._connections.one() as opa:
            answer = opa.ask(rule, question)
        if answer.provenance != vetted:
            raise _changed()
        return answer.result

    def confirm(self) -> None:
        """See ``Engine.confirm``. A private OPA takes no changes, so only a shared one is asked again."""
        if self._kind == "private":
            return
        vetted, now = self._used(), self._report()
        if (now[0].digest, now[1]) != (vetted[0].digest, vetted[1]):
            raise _changed()

    def ping(self) -> None:
        """See ``Engine.ping``."""
        _, vetted = self._used()
        with self._connections.one() as opa:
            now = opa.data("suppliers").provenance
        if now != vetted:
            raise _changed()

    def close(self) -> None:
        """See ``Engine.close``."""
        self._connections.close()
        self._close()


def _require_columns(decision: Decision, request: Request) -> None:
    if set(decision.columns) != set(request.columns):
        raise EngineUnavailable("the decision is for other columns than were asked about", "see what answers there")


def _require_all(asked: Sequence[object], answered: Sequence[object], what: str, done: str) -> None:
    if len(answered) != len(asked):
        message = f"{len(asked)} {what} were asked about and {len(answered)} {done}"
        raise EngineUnavailable(message, "see what answers there")


def _modules(reported: list[dict[str, Any]]) -> tuple[Module, ...]:
    """The modules below the bundle's roots, their paths made relative to the bundle."""
    try:
        modules = [Module(str(each["id"]), str(each["raw"]), each["ast"]) for each in reported]
        ours = [module for module in modules if module.package[0] in DATA_ROOTS]
    except (KeyError, TypeError, IndexError):
        raise EngineUnavailable("OPA does not report its policies as we know them", "use OPA 1.21.3 or newer") from None
    entry = next((m.path for m in ours if m.package == ROOT and m.path.endswith(f"/{ENTRY_POINTS}")), ENTRY_POINTS)
    prefix = entry.removesuffix(ENTRY_POINTS)
    return tuple(
        sorted((Module(m.path.removeprefix(prefix), m.text, m.tree) for m in ours), key=lambda module: module.path)
    )


def _is_test(module: Module) -> bool:
    """Tests are not vetted, and what is vetted cannot call them. None is inside a purpose or a guardrail."""
    named = module.path.endswith("_test.rego") and module.package[-1].endswith("_test")
    return named and not (module.package[:2] in {PURPOSES, GUARDRAILS} and len(module.package) > 3)


def _changed() -> EngineUnavailable:
    return EngineUnavailable("the policies changed after they were vetted", "try again, and they are vetted anew")


def _read(form: TypeAdapter[T], answer: object, what: str) -> T:
    """``answer`` in its form, strictly: ``"yes"`` is no truth value."""
    try:
        return form.validate_json(json.dumps(answer), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EngineUnavailable(
            f"the {what} cannot be used: {where}: {first['msg']}", "see what answers there"
        ) from None
