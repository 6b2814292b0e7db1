"""One export that is worked on after its call has been answered."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from narrowgate.errors import Conflict, InternalError, NarrowgateError, NotThere, Refused
from narrowgate.model.job import JobReport, JobState
from narrowgate.model.problem import Problem
from narrowgate.model.receipt import Receipt

_LOG = logging.getLogger(__name__)
_SOON = 1
"""Seconds after which to ask again."""


@dataclass
class Job:
    """An export on its way.

    Args:
        client: who made it, and alone may know of it.
        kept: all that it holds, which goes when it goes.
        release: where its release will be.
        total: bytes of the export.
        told: what there is to tell of an error.
    """

    client: str
    kept: ExitStack
    release: Path
    total: int
    told: Callable[[NarrowgateError], Problem]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    state: JobState = "queued"
    read: int = 0
    """Bytes of the export that have been read."""
    receipt: Receipt | None = None
    problem: Problem | None = None
    expires: datetime | None = None
    collecting: bool = False
    """Whether somebody is getting the release just now."""
    timer: asyncio.TimerHandle | None = None
    """Forgets it in the end."""
    _task: asyncio.Task[None] | None = None

    def start(self, doing: Callable[[], Coroutine[Any, Any, Receipt]], then: Callable[[Job], None]) -> None:
        """Begin.

        Args:
            doing: makes the release.
            then: called when it is done, whatever came of it, unless it is cancelled.
        """
        self._task = asyncio.get_running_loop().create_task(self._follow(doing, then))

    async def cancel(self) -> None:
        """End it, and wait until it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def progress(self, count: int) -> None:
        """So many more bytes have been read."""
        self.state, self.read = "running", self.read + count

    def keep_for(self, seconds: float) -> None:
        """Tell how long it is remembered."""
        self.expires = datetime.now(UTC) + timedelta(seconds=seconds)

    @property
    def is_over(self) -> bool:
        """Whether it is done, one way or the other."""
        return self.state not in {"queued", "running"}

    def require_release(self) -> Receipt:
        """The receipt, where there is a release to be had.

        Raises:
            Conflict: not yet, or somebody else is getting it.
            NotThere: there is none.
        """
        if not self.is_over:
            raise Conflict("the job is not done", "ask for the job until it is released", _SOON)
        if self.receipt is None:
            raise NotThere("the job has no release", "ask for the job: it says why")
        if self.collecting:
            raise Conflict("the release is being downloaded", "wait; if that breaks off, try again", _SOON)
        return self.receipt

    def report(self, place: str) -> JobReport:
        """What there is to tell.

        Args:
            place: address of the job.
        """
        released = self.receipt is not None
        return JobReport(
            id=self.id,
            state=self.state,
            read=self.read,
            total=self.total,
            receipt=self.receipt.id if self.receipt else None,
            records=self.receipt.entry.records if self.receipt else None,
            release=f"{place}/release" if released else None,
            problem=self.problem,
            expires=self.expires,
        )

    async def _follow(self, doing: Callable[[], Coroutine[Any, Any, Receipt]], then: Callable[[Job], None]) -> None:
        try:
            self.receipt = await doing()
            self.state = "released"
        except Refused as error:
            self.state, self.problem = "refused", self.told(error)
        except NarrowgateError as error:
            self.state, self.problem = "failed", self.told(error)
        except Exception as error:  # noqa: BLE001 - nobody awaits this; whoever made the job is to hear of it
            # Its text may hold a value of the export.
            _LOG.error("job failed by a fault of ours: %s", type(error).__name__)
            self.state = "failed"
            self.problem = self.told(InternalError("something went wrong inside", "tell whoever runs the gateway"))
        finally:
            if self.is_over:
                then(self)
