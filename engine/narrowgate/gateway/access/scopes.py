"""What a client can be allowed to do, as routes name it."""

from __future__ import annotations

from narrowgate.model.scope import Scope as Scope
