"""How the gateway serves: the table ``[gateway]`` of ``narrowgate.toml``, or ``NARROWGATE_GATEWAY_<NAME>``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from narrowgate.model.algorithm import Algorithm
from narrowgate.model.base import Document
from narrowgate.resources import state_folder

Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/*\s]+$")]
"""Scheme, host and port, as a browser names them (RFC 6454)."""


class Serving(Document):
    """Settings of ``narrowgate serve``."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8480, ge=0, le=65535)
    """Port to listen on; 0 for any that is free."""
    clients: Path | None = None
    """File of registered clients. None: access control is off, and only loopback is listened on."""
    token_keys: str | None = None
    """Key set (JWKS, RFC 7517) by which bearer tokens are checked: a file, or an address that begins with https://."""
    token_issuer: str | None = None
    """Who must have issued bearer tokens (claim ``iss``)."""
    token_audience: str | None = None
    """Whom bearer tokens must be for (claim ``aud``)."""
    token_algorithms: tuple[Algorithm, ...] = (Algorithm.RS256,)
    """By which bearer tokens may be signed."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies that are trusted to say which certificate and address a call came with."""
    rate: int = Field(120_000, ge=1)
    """Calls a minute that a client may make."""
    burst: int = Field(10_000, ge=1)
    """Calls that it may make at once, where it made fewer before."""
    failures: int = Field(30, ge=1)
    """Attempts a minute to prove who one is that may fail from one address."""
    origins: tuple[Origin, ...] = ()
    """Origins whose pages may call the gateway from a browser (CORS), ``https://hr.force.example``."""
    public_url: str | None = Field(None, pattern=r"^https?://[^/?#\s]+/?$")
    """Where browsers reach the gateway, ``https://gateway.force.example``. Identity providers send people there."""
    sign_in_issuer: str | None = None
    """Identity provider with which people sign in to the console (OpenID Connect): its address."""
    sign_in_client: str | None = None
    """What it calls us (its client id)."""
    sign_in_secret: str | None = None
    """By which it knows that it is us. None: by PKCE alone."""
    sign_in_algorithms: tuple[Algorithm, ...] = (Algorithm.RS256,)
    """By which its id tokens may be signed."""
    session_idle: int = Field(1800, ge=60, le=86_400)
    """Seconds after which somebody who does nothing is signed out of the console."""
    session_longest: int = Field(28_800, ge=60, le=604_800)
    """Seconds after which anybody is."""
    spool: Path = Field(default_factory=lambda: state_folder() / "spool")
    """Folder for temporary files. Nobody else may look into it."""
    spool_quota: int = Field(32 << 30, ge=1)
    """Bytes that uploads may take there at once."""
    spool_reserve: int = Field(1 << 30, ge=0)
    """Bytes of its disk that are left free."""
    max_upload: int = Field(2 << 30, ge=1)
    """Bytes that a body may have."""
    upload_idle: float = Field(30.0, gt=0, le=3600)
    """Seconds that a client may be silent in the middle of a body, or take for a block of an answer."""
    upload_rate: int = Field(16 << 10, ge=1)
    """Bytes a second that a body must arrive at, on the whole."""
    places: int = Field(64, ge=1, le=4096)
    """Calls with a file that are received, wait or are worked on at once, jobs included. One client gets half."""
    at_once: int = Field(os.cpu_count() or 2, ge=1, le=256)
    """Small files that are worked on at once; beside them one that is large."""
    large: int = Field(32 << 20, ge=1)
    """Bytes from which a file is large."""
    jobs: int = Field(256, ge=1, le=65_536)
    """Jobs that are remembered, done or not. One client gets half."""
    job_time: float = Field(3600.0, gt=0, le=604_800)
    """Seconds after which a job that is done is gone, with its release."""
    log_format: Literal["json", "text"] | None = None
    """How the log is written. None: text in a terminal, else JSON, an object a line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less than this is not logged."""
    collector: str | None = Field(None, pattern="^https?://")
    """Address of a collector that traces are sent to (OpenTelemetry, OTLP over HTTP), ``http://127.0.0.1:4318``. None:
    the one that OTEL_EXPORTER_OTLP_ENDPOINT names, if that is set."""
    stopping: float = Field(60.0, ge=0, le=3600)
    """Seconds that calls and jobs under way may still take when the gateway is told to stop."""
    reload_tests: bool = True
    """Whether policies that change are taken over only if their cases and Rego tests pass."""
