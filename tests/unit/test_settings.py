"""Settings from options, environment and file."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowgate.errors import SourceError
from narrowgate.settings import load_settings
from support.paths import POLICIES


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path, {})
    assert (settings.engine, settings.policies, settings.pseudonym_secret) == ("private", POLICIES, None)


def test_options_before_environment_before_file(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text('engine = "http://file"\npolicies = "mine"\nengine_timeout = 3\n')
    environment = {"NARROWGATE_ENGINE": "http://environment", "NARROWGATE_POLICIES": "/env", "OTHER": "x"}
    settings = load_settings({"engine": "http://option", "schemas": None}, tmp_path, environment)
    assert settings.engine == "http://option"
    assert settings.policies == Path("/env")
    assert settings.engine_timeout == 3
    assert load_settings({}, tmp_path, {}).policies == tmp_path / "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("engine = ", "cannot be read"),
        ("engin = 'x'", "engin"),
        ("engine_timeout = 0", "engine_timeout"),
        ("engine_token = 'x'", "holds engine_token"),
    ],
)
def test_a_faulty_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "narrowgate.toml").write_text(text)
    with pytest.raises(SourceError, match=message) as caught:
        load_settings({}, tmp_path, {})
    assert caught.value.remedy


def test_a_secret_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="NARROWGATE_PSEUDONYM_SECRET_FILE"):
        load_settings({}, tmp_path, {"NARROWGATE_PSEUDONYM_SECRET_FILE": "/nowhere"})


def test_the_file_is_looked_for_upwards(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text('policies = "mine"\n')
    below = tmp_path / "policies" / "purposes"
    below.mkdir(parents=True)
    assert load_settings({}, below, {}).policies == tmp_path / "mine"


def test_a_path_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text("policies = 5\n")
    with pytest.raises(SourceError, match="setting policies"):
        load_settings({}, tmp_path, {})


def test_files_of_the_gateway_are_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text('[gateway]\nclients = "clients.yaml"\ntoken_keys = "jwks.json"\n')
    gateway = load_settings({}, tmp_path, {}).gateway
    assert gateway.clients == tmp_path / "clients.yaml"
    assert gateway.token_keys == str(tmp_path / "jwks.json")
    environment = {
        "NARROWGATE_GATEWAY_TOKEN_KEYS": "https://idp.example/keys",
        "NARROWGATE_GATEWAY_TOKEN_ALGORITHMS": "RS256, ES256",
    }
    gateway = load_settings({}, tmp_path, environment).gateway
    assert gateway.token_keys == "https://idp.example/keys"
    assert gateway.token_algorithms == ("RS256", "ES256")
    with pytest.raises(SourceError, match="token_algorithms"):
        load_settings({}, tmp_path, {"NARROWGATE_GATEWAY_TOKEN_ALGORITHMS": "HS256"})
