"""How the gateway serves: the table ``[gateway]`` of ``narrowgate.toml``, or ``NARROWGATE_GATEWAY_<NAME>``."""

from __future__ import annotations

from pydantic import Field

from narrowgate.model.base import Document


class Serving(Document):
    """Settings of ``narrowgate serve``."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8480, ge=0, le=65535)
    """Port to listen on; 0 for any that is free."""
