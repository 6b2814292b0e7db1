"""Asking an OPA server, through opa-python-client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from narrowgate.errors import EngineUnavailable, PolicyInvalid, UsageError
from narrowgate.policy._opa_client import OpaClient

T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    """Where an OPA listens and how to get in.

    ``certificate`` is a client certificate and its key, ``authority`` a file of certificates to trust.
    """

    url: str
    token: str | None = None
    certificate: tuple[Path, Path] | None = None
    authority: Path | None = None
    timeout: float = 10.0
    """Seconds without a byte after which a call is given up."""
    is_private: bool = False
    """Whether it is ours, so that nobody need know where it listens."""

    def __str__(self) -> str:
        return "the private OPA" if self.is_private else f"OPA at {self.url}"


@dataclass(frozen=True)
class Provenance:
    """Which OPA answered, and by which bundles."""

    version: str
    bundles: Mapping[str, str]
    """Revision by bundle name."""


@dataclass(frozen=True)
class Answer:
    """A result and where it comes from."""

    result: Any
    provenance: Provenance


class Opa(OpaClient):  # type: ignore[misc]
    """One OPA server.

    Every method raises ``EngineUnavailable`` where the server does not answer as OPA would, and ``PolicyInvalid``
    where it says that its policies cannot be evaluated.

    Args:
        address: where it listens.
        require_alive: called before and after each call; raises where the server is no longer the one that it was.
    """

    def __init__(self, address: Address, require_alive: Callable[[], None] = lambda: None) -> None:
        parts = urlsplit(address.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise UsageError(f"{address.url} is not the address of an OPA", "write it as http://host:port")
        self.address, self._require_alive = address, require_alive
        verify = str(address.authority) if address.authority else True
        super().__init__(
            host=f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
            port=parts.port or (443 if parts.scheme == "https" else 80),
            ssl=verify if parts.scheme == "https" else False,
            cert=tuple(map(str, address.certificate)) if address.certificate else None,
            token=address.token,
            retries=0,
            timeout=address.timeout,
        )

    def _init_session(self) -> requests.Session:
        session: requests.Session = super()._init_session()
        # No retries: requests' own adapter tells a time-out from a refused connection, the client's does not.
        session.mount("http://", HTTPAdapter())
        session.mount("https://", HTTPAdapter())
        # Decisions are not to be had through a proxy that some environment variable names.
        session.trust_env = False
        return session

    def modules(self) -> list[dict[str, Any]]:
        """All modules with ``id``, ``raw`` and ``ast``."""
        document = self._read(lambda: self._session.get(f"{self.root_url}/policies", timeout=self.timeout))
        return self._expect(document.get("result"), list)

    def data(self, path: str) -> Answer:
        """The base document at ``path``; empty where there is none."""
        url = f"{self.root_url}/data/{path}?provenance=true"
        document = self._read(lambda: self._session.get(url, timeout=self.timeout))
        return Answer(self._expect(document.get("result", {}), dict), self._provenance(document))

    def ask(self, rule: str, question: Mapping[str, Any]) -> Answer:
        """The value of ``data.narrowgate.<rule>`` for the input ``question``.

        Errors in builtins are errors, and a rule without a value is none of our rules.
        """
        options = {"provenance": "true", "strict-builtin-errors": "true"}
        document = self._call(lambda: self.query_rule(dict(question), "narrowgate", rule, options))
        if "result" not in document:
            raise self._unusable(f"data.narrowgate.{rule} is undefined there")
        return Answer(document["result"], self._provenance(document))

    def _read(self, get: Callable[[], requests.Response]) -> dict[str, Any]:
        def read() -> Any:
            response = get()
            response.raise_for_status()
            return response.json()

        return self._call(read)

    def _call(self, call: Callable[[], object]) -> dict[str, Any]:
        self._require_alive()
        try:
            answer = call()
        except requests.HTTPError as error:
            raise self._failure(error.response) from None
        except requests.Timeout as error:
            raise EngineUnavailable(
                f"{self.address} took more than {self.timeout:g} s to answer",
                "see what holds it up, or raise NARROWGATE_ENGINE_TIMEOUT",
            ) from error
        except requests.JSONDecodeError as error:
            raise self._unusable("it is not JSON") from error
        except requests.RequestException as error:
            self._require_alive()
            mend = "start it, or mend --engine; leave --engine out for a private one"
            raise EngineUnavailable(
                f"{self.address} does not answer ({type(error).__name__})",
                "try again" if self.address.is_private else mend,
            ) from error
        # Whoever answers on its port once it has ended is somebody else.
        self._require_alive()
        return self._expect(answer, dict)

    def _failure(self, response: requests.Response) -> EngineUnavailable | PolicyInvalid:
        if response.status_code in {401, 403}:
            return EngineUnavailable(
                f"{self.address} does not let us in (HTTP {response.status_code})",
                "set NARROWGATE_ENGINE_TOKEN, or the client certificate it asks for",
            )
        try:
            fault = response.json()["errors"][0]
            code, message, place = fault["code"], fault["message"], fault["location"]
        except (ValueError, LookupError, TypeError):
            return EngineUnavailable(
                f"{self.address} answers HTTP {response.status_code}", "see its log for the reason"
            )
        at = f"{place.get('file', '')}:{place.get('row', '')}"
        # The rest of the message may hold what a builtin was called with.
        if code == "eval_conflict_error":
            rule = next((word for word in message.split() if word.startswith("data.")), "a rule")
            return PolicyInvalid(f"{at}: rules disagree about {rule}", "let one rule answer for each case")
        return PolicyInvalid(f"{at}: the policy cannot be evaluated ({code})", "mend the expression on that line")

    def _provenance(self, document: Mapping[str, Any]) -> Provenance:
        provenance = self._expect(document.get("provenance"), dict)
        bundles = self._expect(provenance.get("bundles", {}), dict)
        revisions = {name: str(self._expect(each, dict).get("revision", "")) for name, each in bundles.items()}
        return Provenance(str(provenance.get("version", "")), revisions)

    def _expect(self, value: object, kind: type[T]) -> T:
        if not isinstance(value, kind):
            raise self._unusable("it is not what OPA would say")
        return value

    def _unusable(self, why: str) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.address} gave an answer that cannot be used: {why}",
            "make sure that it is OPA 1.21.3 or newer, with our bundle loaded",
        )
