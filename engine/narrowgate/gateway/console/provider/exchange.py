"""From a code to an id token: the one call that is made to the provider for each sign-in (RFC 6749, 4.1.3)."""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from narrowgate.errors import Busy, Unauthenticated
from narrowgate.outside import opener

_TIMEOUT = 5.0
_LARGEST = 1 << 18


@dataclass(frozen=True)
class Relying:
    """Ourselves, as the provider knows us.

    Args:
        client: by which name.
        secret: by which it knows that it is us; None: it goes by the verifier alone.
        redirect: where it sends people back to.
    """

    client: str
    secret: str | None
    redirect: str


def id_token(endpoint: str, basic: bool, relying: Relying, code: str, verifier: str) -> str:
    """The id token that ``code`` stands for.

    Args:
        basic: whether the secret goes into a header (``client_secret_basic``), or into the form.

    Raises:
        Unauthenticated: the provider does not give one for it.
        Busy: it does not answer.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": relying.redirect,
        "client_id": relying.client,
        "code_verifier": verifier,
    }
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if relying.secret is not None and basic:
        pair = f"{quote_plus(relying.client)}:{quote_plus(relying.secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif relying.secret is not None:
        form["client_secret"] = relying.secret
    try:
        found = json.loads(_posted(endpoint, urlencode(form).encode(), headers))["id_token"]
    except urllib.error.HTTPError as error:
        if error.code >= http.client.INTERNAL_SERVER_ERROR:
            raise _silent() from None
        raise _denied() from None
    except (OSError, http.client.HTTPException):
        raise _silent() from None
    except (ValueError, KeyError, TypeError):
        raise _denied() from None
    if not isinstance(found, str):
        raise _denied()
    return found


def _posted(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The answer. Goes through no proxy, and nowhere else when told to."""
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - see discovery.is_safe
    with opener().open(request, timeout=_TIMEOUT) as answer:
        found: bytes = answer.read(_LARGEST)
    return found


def _denied() -> Unauthenticated:
    return Unauthenticated("the identity provider does not vouch for this sign-in", "sign in again")


def _silent() -> Busy:
    return Busy("the identity provider does not answer", "try again in a little while", 30)
