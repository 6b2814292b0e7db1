"""What the console keeps from one page to the next."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request

from narrowgate.gateway.console.sessions import Sessions
from narrowgate.gateway.matrices import Matrices
from narrowgate.model.serving import Serving


class Console:
    """The state of one process's console.

    Args:
        serving: how the gateway serves.
    """

    def __init__(self, serving: Serving) -> None:
        self.sessions = Sessions(serving.session_idle, serving.session_longest)
        self.matrices = Matrices()
        self.key = secrets.token_bytes(32)
        """Of what is signed for the time of a sign-in."""
        self.token = secrets.token_urlsafe(32)
        """What forms carry where nobody signs in. Only pages of ours can be read for it."""


def _console(request: Request) -> Console:
    console: Console = request.app.state.console
    return console


TheConsole = Annotated[Console, Depends(_console)]
"""The console's state, as pages ask for it."""
