"""An engine whose questions are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.entry import EngineInfo, PolicyRevision
from narrowgate.model.history import History
from narrowgate.model.request import Request
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.interface import Engine, Record

Step = Callable[[str], AbstractContextManager[None]]
"""Is told of a question, by name; it takes as long as the block."""


class WatchedEngine:
    """An engine that tells of each question. See ``Engine``.

    Args:
        engine: what answers.
        step: is told.
    """

    def __init__(self, engine: Engine, step: Step) -> None:
        self._engine, self._step = engine, step

    @property
    def policies(self) -> Bundle:
        """See ``Engine.policies``."""
        return self._engine.policies

    @property
    def revision(self) -> PolicyRevision:
        """See ``Engine.revision``."""
        return self._engine.revision

    @property
    def info(self) -> EngineInfo:
        """See ``Engine.info``."""
        return self._engine.info

    def decide(self, request: Request, history: History | None = None) -> Decision:
        """See ``Engine.decide``."""
        with self._step("decide"):
            return self._engine.decide(request, history)

    def decide_each(self, requests: Sequence[Request], history: History | None = None) -> list[Decision]:
        """See ``Engine.decide_each``."""
        with self._step("decide"):
            return self._engine.decide_each(requests, history)

    def judge(self, request: Request, records: Sequence[Record]) -> list[Judgement]:
        """See ``Engine.judge``."""
        with self._step("judge"):
            return self._engine.judge(request, records)

    def confirm(self) -> None:
        """See ``Engine.confirm``."""
        self._engine.confirm()

    def ping(self) -> None:
        """See ``Engine.ping``."""
        self._engine.ping()

    def close(self) -> None:
        """See ``Engine.close``."""
        self._engine.close()
