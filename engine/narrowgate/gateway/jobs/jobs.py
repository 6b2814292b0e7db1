"""The jobs there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from narrowgate.errors import NotThere
from narrowgate.gateway.jobs.job import Job
from narrowgate.gateway.places import Place, Places
from narrowgate.model.receipt import Receipt


class Jobs:
    """Jobs by their ids, which nobody can guess.

    Args:
        most: how many are remembered. One client may have half of them.
        lasting: seconds that one is remembered once it is done.
    """

    def __init__(self, most: int, lasting: float) -> None:
        self._places, self._lasting = Places(most, "jobs are remembered"), lasting
        self._jobs: dict[str, tuple[Job, Place]] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def is_awaited(self) -> bool:
        """Whether any is not done, or has a release that nobody has collected."""
        return any(job.receipt or not job.is_over for job, _ in self._jobs.values())

    def place(self, client: str) -> Place:
        """A place for a new job, to be had before its export is received.

        Raises:
            Busy, TooMany: there is none.
        """
        return self._places.take(client)

    def start(self, job: Job, place: Place, doing: Callable[[], Coroutine[Any, Any, Receipt]]) -> None:
        """Have a job done, and remember it in its place."""
        self._jobs[job.id] = job, place
        job.start(doing, self._remember_for_a_while)

    def of(self, client: str, id: str) -> Job:
        """A client's job.

        Raises:
            NotThere: it has none of this id, or not any more.
        """
        job, _ = self._jobs.get(id, (None, None))
        if job is None or job.client != client:
            raise NotThere("there is no such job", "one is gone when its release has been collected or its time is up")
        return job

    async def discard(self, job: Job) -> None:
        """Forget a job, with its files. One that is not done is cancelled first."""
        await job.cancel()
        self.forget(job)

    def forget(self, job: Job) -> None:
        """Forget a job that is done, with its files, if it is not forgotten already."""
        if job.id in self._jobs:
            _, place = self._jobs.pop(job.id)
            place.leave()
            if job.timer:
                job.timer.cancel()
            job.kept.close()

    async def close(self) -> None:
        """Forget all."""
        await asyncio.gather(*(self.discard(job) for job, _ in list(self._jobs.values())))

    def _remember_for_a_while(self, job: Job) -> None:
        job.keep_for(self._lasting)
        job.timer = asyncio.get_running_loop().call_later(self._lasting, self.forget, job)
