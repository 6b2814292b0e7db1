"""An identity provider, for tests: OpenID Connect over HTTP on loopback, that signs in whoever it is told to."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import jwt

from support.identity import jwk, key_set, rsa_key

CLIENT, SECRET = "narrowgate console", "so+secret/it:is"


@dataclass
class Provider:
    """What it does can be changed from test to test."""

    url: str = ""
    subject: str = "officer@force.example"
    metadata: dict[str, Any] = field(default_factory=dict)
    """What it says of itself besides, or instead."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What its tokens say besides, or instead."""
    status: int = 200
    """Of what it answers to a code."""
    answer: bytes | None = None
    """Its body, where it is another."""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What browsers came with, by the code that they left with."""
    secret_in_form: bool = False

    def told(self) -> dict[str, Any]:
        """Its metadata."""
        usual = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        if self.secret_in_form:
            usual["token_endpoint_auth_methods_supported"] = ["client_secret_post"]  # type: ignore[assignment]
        return usual | self.metadata

    def authorise(self, query: dict[str, str]) -> str:
        """Sign somebody in, and say where their browser goes."""
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, bytes]:
        """The answer to a code."""
        if self.answer is not None or self.status != 200:
            return self.status, self.answer or b"{}"
        asked = self.asked.pop(form["code"])
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert asked["code_challenge"] == challenge
        assert form["redirect_uri"] == asked["redirect_uri"]
        assert self._secret(form, authorization) == (CLIENT, SECRET)
        usual = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": self.subject,
            "exp": int(time()) + 60,
            "nonce": asked["nonce"],
        }
        token = jwt.encode({**usual, **self.claims}, rsa_key(), "RS256", {"kid": "one"})
        return 200, json.dumps({"id_token": token, "access_token": "x", "token_type": "Bearer"}).encode()

    def _secret(self, form: dict[str, str], authorization: str) -> tuple[str, str]:
        if self.secret_in_form:
            return form["client_id"], form["client_secret"]
        name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", made.authorise({k: v[0] for k, v in parse_qs(parts.query).items()}))
                self.end_headers()
            elif parts.path == "/keys":
                self._answer(200, key_set(jwk(rsa_key(), "one")).encode())
            else:
                self._answer(200, json.dumps(made.told()).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*made.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
