"""What the console keeps from one page to the next."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request

from narrowgate.gateway.access.limits import Buckets
from narrowgate.gateway.console.provider.provider import Provider
from narrowgate.gateway.console.sessions import Sessions
from narrowgate.model.serving import Serving

_KEPT = 10_000
"""Addresses whose attempts are counted."""


class Console:
    """The state of one process's console.

    Args:
        serving: how the gateway serves.

    Raises:
        SourceError: settings do not say enough of the identity provider.
    """

    def __init__(self, serving: Serving) -> None:
        self.sessions = Sessions(serving.session_idle, serving.session_longest)
        self.provider = Provider.of(serving)
        self.attempts = Buckets(serving.failures, serving.failures, _KEPT)
        """By address: how often a code of the provider's may be brought."""
        self.key = secrets.token_bytes(32)
        """Of what is signed for the time of a sign-in."""
        self.token = secrets.token_urlsafe(32)
        """What forms carry where nobody signs in. Only pages of ours can be read for it."""


async def _console(request: Request) -> Console:
    console: Console = request.app.state.console
    return console


TheConsole = Annotated[Console, Depends(_console)]
"""The console's state, as pages ask for it."""
