"""How bundles of policies are signed. Settings name it, so it imports nothing that takes time."""

from __future__ import annotations

from enum import StrEnum


class Algorithm(StrEnum):
    """How bundles are signed: by a private key, so that whoever can check a signature cannot make one."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
