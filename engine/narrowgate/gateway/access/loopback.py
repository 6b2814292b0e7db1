"""Access control that is off: everybody may do everything, so everybody has to be here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from narrowgate.errors import Forbidden
from narrowgate.gateway.access.addresses import is_loopback

_REMEDY = "call it as 127.0.0.1 from this machine, or register clients: narrowgate client add"
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@/]*))(?::[0-9]*)?", re.ASCII)
"""RFC 3986, section 3.2, without a user."""
_FORWARDED = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"client-cert"})


def require_here(scope: Mapping[str, Any]) -> None:
    """Make sure that a call is from a program here, and not from a page in a browser or through a proxy.

    A page from elsewhere can call loopback by a name of its own (DNS rebinding), which Host then tells, or blindly,
    which Origin tells.

    Raises:
        Forbidden: it is not.
    """
    hosts = []
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(_host_of(value.decode("latin-1")))
        elif name in _FORWARDED:
            raise Forbidden("access control is off, and the call came through a proxy", _REMEDY)
        elif name == b"origin" and not is_loopback(_host_of(value.decode("latin-1").partition("://")[2])):
            raise Forbidden("access control is off, and the call is from a page elsewhere", _REMEDY)
    if not hosts or not all(map(is_loopback, hosts)):
        raise Forbidden("access control is off, and the call's Host is not loopback", _REMEDY)


def _host_of(authority: str) -> str:
    """A host without its port; nothing where it is not written as one."""
    found = _AUTHORITY.fullmatch(authority)
    return (found[1] or found[2]) if found else ""
