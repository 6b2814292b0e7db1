"""What the gate needs of whatever decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from narrowgate.model.catalogue import Value
from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.entry import EngineInfo, PolicyRevision
from narrowgate.model.history import History
from narrowgate.model.request import Request
from narrowgate.policy.bundle import Bundle

Record = Mapping[str, Value]


class Engine(Protocol):
    """Decides by one vetted set of policies.

    Every method either answers by exactly the policies in ``policies`` or raises an ``EngineError``: an engine that
    does not answer, answers late, in another shape or by another revision has not answered. Methods may be called
    from any thread.
    """

    @property
    def policies(self) -> Bundle:
        """What decides. Vetted before it is returned; raises ``PolicyInvalid`` where it does not pass."""

    @property
    def revision(self) -> PolicyRevision:
        """By which policies, for the receipt."""

    @property
    def info(self) -> EngineInfo:
        """What decides, for the receipt."""

    def decide(self, request: Request, history: History | None = None) -> Decision:
        """The decision for ``request``, with an answer for each of its columns and no others.

        Args:
            history: what the supplier has been given; None: nothing.
        """

    def decide_each(self, requests: Sequence[Request], history: History | None = None) -> list[Decision]:
        """One decision for each of ``requests``, in order, by few calls. Where one of them is an error, all are.

        Args:
            history: what each one's supplier has been given; None: nothing.
        """

    def judge(self, request: Request, records: Sequence[Record]) -> list[Judgement]:
        """One judgement for each record, in order.

        Args:
            request: the request that was decided.
            records: the fields that the policies read, each with a value the catalogue allows.
        """

    def confirm(self) -> None:
        """Make sure that what decided is still what was vetted; called before a release is recorded."""

    def ping(self) -> None:
        """Make sure that it answers, and by what was vetted, as far as one small question tells."""

    def close(self) -> None:
        """Let go of connections and processes. Calling it twice is harmless."""
