"""All that calls with a file need: room on disk, a place, a turn, and jobs that outlive their calls."""

from __future__ import annotations

from narrowgate.gateway.idempotency import Keys
from narrowgate.gateway.jobs.jobs import Jobs
from narrowgate.gateway.places import Places
from narrowgate.gateway.spool import Spool
from narrowgate.gateway.work import Lanes
from narrowgate.model.serving import Serving


class Files:
    """One for the whole gateway.

    Args:
        serving: how much of everything there is.
    """

    def __init__(self, serving: Serving) -> None:
        self.spool = Spool(serving.spool_quota, serving.spool_reserve)
        self.places = Places(serving.places, "calls with a file are under way")
        self.lanes = Lanes(serving.at_once, serving.large)
        self.keys = Keys()
        self.jobs = Jobs(serving.jobs, serving.job_time)

    def stop(self) -> None:
        """Take nothing new. What is under way goes on."""
        self.places.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and nobody still has a release to collect."""
        return not self.places.taken and not self.jobs.is_awaited

    async def close(self) -> None:
        """End what is under way, and remove all files."""
        await self.jobs.close()
        self.lanes.close()
        self.spool.close()
