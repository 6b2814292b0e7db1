"""What every engine owes (``policy/interface.py``), over a private OPA and a shared one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import EngineError, EngineUnavailable, NarrowgateError, OpaMissing, PolicyInvalid
from narrowgate.model.catalogue import Catalogue, load_catalogue
from narrowgate.model.history import Held, Windows
from narrowgate.model.request import Request
from narrowgate.policy.binary import find_opa
from narrowgate.policy.client import Address
from narrowgate.policy.engine import BATCH, OpaEngine
from narrowgate.policy.open import open_private, open_shared
from support.gates import DAY
from support.opa import meddling_proxy, pretended_opa, shared_opa
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose

Opener = Callable[[Path], OpaEngine]
COLUMNS = ("forename", "surname", "photo", "vetting_level", "status", "posting")


def request(**changes: Any) -> Request:
    return Request.model_validate(
        {"supplier": "cardco", "purpose": "id_card_print", "on": DAY, "columns": COLUMNS} | changes
    )


@contextmanager
def _engines(kind: str) -> Iterator[Opener]:
    catalogue = load_catalogue(SCHEMAS)
    with ExitStack() as stack:

        def opened(policies: Path) -> OpaEngine:
            if kind == "private":
                engine = open_private(policies, SCHEMAS)(catalogue)
            else:
                engine = open_shared(Address(stack.enter_context(shared_opa(policies))), SCHEMAS)(catalogue)
            stack.callback(engine.close)
            return engine

        yield opened


@pytest.fixture(params=["private", "shared"])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens engines of one kind over a folder of policies."""
    with _engines(request.param) as opened:
        yield opened


@pytest.fixture(scope="module", params=["private", "shared"])
def engine(request: pytest.FixtureRequest) -> Iterator[OpaEngine]:
    """An engine of each kind over the shipped policies."""
    with _engines(request.param) as opened:
        yield opened(POLICIES)


def test_decides_for_each_column_and_no_other(engine: OpaEngine) -> None:
    decision = engine.decide(request())
    assert set(decision.columns) == set(COLUMNS)
    assert decision.effect == "release"
    actions = {column: answer.action["action"] for column, answer in decision.columns.items()}
    leaving = {"forename": "keep", "surname": "keep", "photo": "image"}
    assert actions == {column: leaving.get(column, "drop") for column in COLUMNS}


def test_decides_each_of_many_in_order_and_in_batches(engine: OpaEngine) -> None:
    suppliers = ("cardco", "oldco", "nobody")
    requests = [request(supplier=suppliers[n % 3], columns=COLUMNS[: 1 + n % 6]) for n in range(BATCH + 7)]
    distinct = {(asked.supplier, asked.columns): engine.decide(asked) for asked in requests[:6]}
    assert engine.decide_each(requests) == [distinct[asked.supplier, asked.columns] for asked in requests]
    assert engine.decide_each([]) == []


def test_decides_each_by_the_history_given(opener: Opener, tmp_path: Path) -> None:
    data = (POLICIES / "purposes/id_card_print/data.yaml").read_text()
    capped = data.replace("retention_days: 30", "retention_days: 30\n    max_people: {days_30: 5}", 1)
    capping = opener(copy_policies(tmp_path / "p", {"purposes/id_card_print/data.yaml": capped}))
    for people, effect in ((5, "release"), (6, "refuse")):
        given = {"id_card_print": Windows(days_30=Held(people=people, people_after=people))}
        one, other = capping.decide_each([request(), request()], given)
        assert one == other == capping.decide(request(), given)
        assert one.effect == effect


def test_an_error_in_one_of_many_is_an_error(opener: Opener, tmp_path: Path) -> None:
    rules = 'permit.surname.action := "keep"\n\npermit.surname.action := "drop" if input.request.format == "json"\n'
    engine = opener(copy_policies(tmp_path / "p", purpose("disagreeing", rules)))
    asked = request(purpose="disagreeing")
    assert [each.effect for each in engine.decide_each([asked, asked])] == ["release", "release"]
    with pytest.raises(PolicyInvalid, match="disagree"):
        engine.decide_each([asked, request(purpose="disagreeing", format="json")])


def test_judges_in_order_and_in_batches(engine: OpaEngine) -> None:
    statuses = ["active", "leaver", "suspended"]
    count = BATCH * 2 + 7
    records = [{"status": statuses[n % 3], "posting": "response"} for n in range(count)]
    judged = engine.judge(request(), records)
    assert [judgement.release for judgement in judged] == [n % 3 != 1 for n in range(count)]
    assert engine.judge(request(), []) == []


def test_covert_officers_are_withheld(engine: OpaEngine) -> None:
    (judgement,) = engine.judge(request(), [{"status": "active", "posting": "covert"}])
    assert (judgement.release, judgement.reasons) == (False, ("covert posting",))


def test_a_missing_value_releases_nothing(engine: OpaEngine) -> None:
    assert [judgement.release for judgement in engine.judge(request(), [{}, {"posting": "response"}])] == [False, False]


def test_says_what_decided(engine: OpaEngine) -> None:
    assert engine.info.opa_version == "1.22.2"
    assert (engine.info.url is None) == (engine.info.kind == "private")
    assert engine.revision.bundle == "0.1.0"
    assert len(engine.revision.digest) == 64


def test_it_can_be_asked_whether_it_is_there(engine: OpaEngine) -> None:
    engine.ping()


def test_many_threads_get_the_answers_to_their_own_questions(engine: OpaEngine) -> None:
    suppliers = ("cardco", "oldco", "nobody")
    expected = [engine.decide(request(supplier=supplier)) for supplier in suppliers]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: engine.decide(request(supplier=suppliers[n % 3])), range(60)))
    assert found == expected * 20


def test_both_kinds_see_the_same_policies() -> None:
    with _engines("private") as private, _engines("shared") as shared:
        one, other = private(POLICIES), shared(POLICIES)
        assert one.revision == other.revision
        assert one.policies.purposes == other.policies.purposes
        for supplier in ("cardco", "oldco", "vetright", "nobody"):
            asked = request(supplier=supplier)
            assert one.decide(asked) == other.decide(asked)


def test_knows_what_is_read(engine: OpaEngine) -> None:
    assert engine.policies.reads("training") == ("posting", "status")
    assert engine.policies.overridable("training") == ("email", "surname", "unit")
    assert engine.policies.reads("nothing") == ()


def test_locates_rules(engine: OpaEngine) -> None:
    (at,) = engine.policies.locate("purposes.id_card_print.permit.photo")
    line = (POLICIES / at.file).read_text().splitlines()[at.line - 1]
    assert line == 'permit.photo := {"action": "image", "max_px": 600}'


def test_closing_twice_is_harmless(opener: Opener) -> None:
    opened = opener(POLICIES)
    opened.decide(request())
    opened.close()
    opened.close()
    for ask in (lambda: opened.decide(request()), opened.ping):
        with pytest.raises(EngineUnavailable, match="closed"):
            ask()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ('permit.forename.action := "keep"\n\nrelease if input.record[x] == "a"\n', "dynamic-read"),
        ('release if http.send({"url": "http://x.example", "method": "get"}).status_code == 200\n', "builtin"),
        ('permit.forename.action := "shuffle"\n', "unknown-action"),
    ],
)
def test_policies_are_vetted_before_they_decide(opener: Opener, tmp_path: Path, rules: str, message: str) -> None:
    opened = opener(copy_policies(tmp_path / "policies", purpose("made_up", rules)))
    with pytest.raises(PolicyInvalid) as caught:
        opened.decide(request())
    assert message in " ".join(caught.value.findings)
    assert "purposes/made_up/made_up.rego:" in caught.value.message


def test_strict_mode_and_schemas_are_applied(opener: Opener, tmp_path: Path) -> None:
    rules = 'permit.forename.action := "keep"\n\nrelease if {\n\tunused := 1\n\tinput.request.suplier == "x"\n}\n'
    opened = opener(copy_policies(tmp_path / "policies", purpose("made_up", rules)))
    with pytest.raises(PolicyInvalid) as caught:
        opened.decide(request())
    assert "purposes/made_up/made_up.rego:" in str(caught.value)


def test_a_conflict_refuses(opener: Opener, tmp_path: Path) -> None:
    rules = (
        'permit.forename.action := "keep"\n\npermit.forename.action := "drop" if input.request.supplier == "cardco"\n'
    )
    opened = opener(copy_policies(tmp_path / "policies", purpose("made_up", rules)))
    with pytest.raises(PolicyInvalid, match=r"made_up\.rego:\d+: rules disagree about .*permit\.forename"):
        opened.decide(request(purpose="made_up"))


def test_a_conflict_whatever_is_asked_is_found_on_loading(opener: Opener, tmp_path: Path) -> None:
    rules = 'permit.forename.action := "keep"\n\npermit.forename.action := "drop"\n'
    opened = opener(copy_policies(tmp_path / "policies", purpose("made_up", rules)))
    with pytest.raises(PolicyInvalid, match=r"made_up\.rego:\d+: rules disagree about .*permit\.forename"):
        _ = opened.policies


def test_a_failing_builtin_quotes_nothing(opener: Opener, tmp_path: Path) -> None:
    """OPA's message holds what the function was called with."""
    rules = 'permit.forename.action := "keep"\n\nrelease if time.parse_rfc3339_ns(input.record.unit) > 0\n'
    opened = opener(copy_policies(tmp_path / "policies", purpose("made_up", rules)))
    with pytest.raises(PolicyInvalid, match=r"made_up\.rego:\d+: the policy cannot be evaluated") as caught:
        opened.judge(request(purpose="made_up"), [{"unit": "CONFIDENTIAL", "posting": "response"}])
    assert "CONFIDENTIAL" not in str(caught.value) + caught.value.remedy


def test_a_packed_bundle_will_do(opener: Opener, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.tar.gz"
    command = [str(find_opa()), "build", "--bundle", str(POLICIES), "--revision", "packed", "--ignore", "*_test.rego"]
    subprocess.run([*command, "--output", str(bundle)], check=True, capture_output=True)
    opened = opener(bundle)
    assert opened.decide(request()).effect == "release"
    assert opened.revision.bundle == "packed"


# What only a private OPA can be, or only a shared one


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"guardrails/more.rego": "package narrowgate.guardrails.more\n\nrefuse contains (\n"},
            "guardrails/more.rego:4",
        ),
        ({"purposes/payroll/data.yaml": "agreements: [\n"}, "data.yaml"),
        ({".manifest": "{"}, "manifest"),
        (
            purpose("made_up", "release if a\n\na if b\n\nb if a\n"),
            "recursive",
        ),
    ],
)
def test_what_opa_cannot_load(tmp_path: Path, catalogue: Catalogue, changes: dict[str, str], message: str) -> None:
    opened = open_private(copy_policies(tmp_path / "policies", changes), SCHEMAS)(catalogue)
    try:
        with pytest.raises(PolicyInvalid, match=message):
            opened.decide(request())
    finally:
        opened.close()


def test_a_private_opa_answers_nobody_else(catalogue: Catalogue) -> None:
    import requests

    opened = open_private(POLICIES, SCHEMAS)(catalogue)
    try:
        opened.decide(request())
        with opened._connections.one() as opa:
            url, authorization = opa.root_url, opa.headers["Authorization"]
        calls = [("GET", "policies"), ("PUT", "policies/x"), ("POST", "data/narrowgate/decision"), ("GET", "data")]
        for method, path in calls:
            assert requests.request(method, f"{url}/{path}", json={"input": {}}, timeout=5).status_code == 401
        headers = {"Authorization": authorization}
        for method, path in [
            ("PUT", "policies/x"),
            ("DELETE", "policies/x"),
            ("GET", "data"),
            ("PATCH", "data/purposes"),
        ]:
            answer = requests.request(method, f"{url}/{path}", data="package x", headers=headers, timeout=5)
            assert answer.status_code == 401, (method, path)
    finally:
        opened.close()


def test_a_shared_opa_without_a_revision_is_not_used(tmp_path: Path, catalogue: Catalogue) -> None:
    manifest = json.dumps({"roots": ["narrowgate", "purposes", "suppliers"]})
    with shared_opa(copy_policies(tmp_path / "policies", {".manifest": manifest})) as url:
        opened = open_shared(Address(url), SCHEMAS)(catalogue)
        with pytest.raises(EngineUnavailable, match="no revision"):
            opened.decide(request())
        opened.close()


def test_a_shared_opa_whose_bundle_changes_is_asked_no_more(tmp_path: Path, catalogue: Catalogue) -> None:
    policies = copy_policies(tmp_path / "policies")
    with shared_opa(policies, "--watch") as url:
        opened = open_shared(Address(url), SCHEMAS)(catalogue)
        assert opened.decide(request()).effect == "release"
        manifest = json.loads((policies / ".manifest").read_text()) | {"revision": "next"}
        (policies / ".manifest").write_text(json.dumps(manifest))
        shutil.copy(policies / "suppliers/data.yaml", policies / "suppliers/data.new")
        (policies / "suppliers/data.new").rename(policies / "suppliers/data.yaml")
        with pytest.raises(EngineUnavailable, match="changed after they were vetted"):
            for _ in range(1000):
                opened.decide(request())
        opened.close()


def test_a_change_without_a_new_revision_is_found_before_release(tmp_path: Path, catalogue: Catalogue) -> None:
    changed = {"on": False}

    def meddle(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if changed["on"] and path == "/v1/data/suppliers":
            answer["result"]["cardco"]["kind"] = "vetting provider"
        return answer

    with shared_opa(POLICIES) as real, meddling_proxy(real, meddle) as url:
        opened = open_shared(Address(url), SCHEMAS)(catalogue)
        opened.decide(request())
        opened.confirm()
        changed["on"] = True
        with pytest.raises(EngineUnavailable, match="changed"):
            opened.confirm()
        opened.close()


def _expect(catalogue: Catalogue, url: str, **address: Any) -> NarrowgateError:
    opened = open_shared(Address(url, **address), SCHEMAS)(catalogue)
    try:
        with pytest.raises(EngineError) as caught:
            opened.decide(request())
            opened.judge(request(), [{"status": "active", "posting": "response"}])
    finally:
        opened.close()
    assert caught.value.remedy
    assert caught.value.exit_code == 3
    return caught.value


Meddle = Callable[[str, dict[str, Any]], dict[str, Any]]


def _on(path: str, change: Callable[[dict[str, Any]], object]) -> Meddle:
    def meddle(asked: str, answer: dict[str, Any]) -> dict[str, Any]:
        if asked.endswith(path):
            change(answer)
        return answer

    return meddle


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda answer: answer.pop("result"), id="undefined"),
        pytest.param(lambda answer: answer["result"].pop(), id="one too few"),
        pytest.param(lambda answer: answer["result"].reverse(), id="of other columns"),
        pytest.param(lambda answer: answer["result"][0].update(effect="maybe"), id="unknown effect"),
        pytest.param(lambda answer: answer["provenance"]["bundles"].clear(), id="another revision"),
    ],
)
def test_answers_to_many_that_cannot_be_trusted(catalogue: Catalogue, change: Callable[[Any], object]) -> None:
    with shared_opa(POLICIES) as real, meddling_proxy(real, _on("/decisions", change)) as url:
        engine = open_shared(Address(url), SCHEMAS)(catalogue)
        with pytest.raises(EngineUnavailable):
            engine.decide_each([request(), request(columns=("surname",))])
        engine.close()


@pytest.mark.parametrize(
    "meddle",
    [
        pytest.param(_on("/decision", lambda answer: answer.pop("result")), id="undefined decision"),
        pytest.param(_on("/decision", lambda answer: answer.update(result=[])), id="decision of another shape"),
        pytest.param(_on("/decision", lambda answer: answer["result"].update(effect="maybe")), id="unknown effect"),
        pytest.param(_on("/decision", lambda answer: answer["result"].update(more=1)), id="more than a decision"),
        pytest.param(_on("/decision", lambda answer: answer["result"]["columns"].pop("photo")), id="a column missing"),
        pytest.param(
            _on("/decision", lambda a: a["result"]["columns"].update(salary=a["result"]["columns"]["photo"])),
            id="a column nobody asked about",
        ),
        pytest.param(_on("/decision", lambda answer: answer.pop("provenance")), id="no provenance"),
        pytest.param(_on("/decision", lambda answer: answer["provenance"]["bundles"].clear()), id="another revision"),
        pytest.param(_on("/judgements", lambda answer: answer.pop("result")), id="undefined judgements"),
        pytest.param(_on("/judgements", lambda answer: answer["result"].append(answer["result"][0])), id="one more"),
        pytest.param(_on("/judgements", lambda answer: answer["result"].clear()), id="one too few"),
        pytest.param(
            _on("/judgements", lambda answer: answer["result"][0].update(release="yes")), id="not a truth value"
        ),
        pytest.param(_on("/policies", lambda answer: answer.update(result={})), id="policies of another shape"),
        pytest.param(_on("/policies", lambda answer: answer["result"].clear()), id="no policies"),
        pytest.param(_on("/policies", lambda answer: answer["result"][0].pop("ast")), id="no syntax tree"),
        pytest.param(_on("/suppliers", lambda answer: answer["provenance"]["bundles"].clear()), id="a change"),
        pytest.param(_on("/purposes", lambda answer: answer.update(result="x")), id="data of another shape"),
    ],
)
def test_answers_that_cannot_be_trusted(catalogue: Catalogue, meddle: Meddle) -> None:
    with shared_opa(POLICIES) as real, meddling_proxy(real, meddle) as url:
        _expect(catalogue, url)


def test_an_old_opa(catalogue: Catalogue) -> None:
    def meddle(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if "provenance" in answer:
            answer["provenance"]["version"] = "1.20.0"
        return answer

    with shared_opa(POLICIES) as real, meddling_proxy(real, meddle) as url:
        assert isinstance(_expect(catalogue, url), OpaMissing)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, b"oops", "HTTP 500"),
        (500, b'{"code": "internal_error"}', "HTTP 500"),
        (503, b"", "HTTP 503"),
        (404, b"{}", "HTTP 404"),
        (401, b"{}", "does not let us in"),
        (200, b"<html>", "not JSON"),
        (200, b"", "not JSON"),
        (200, b"[]", "not what OPA would say"),
        (200, b"{}", "not what OPA would say"),
        (200, b'{"result": 7, "provenance": {"version": "1.22.2", "bundles": {}}}', "not what OPA would say"),
        (200, b'{"result": {}, "provenance": {"version": "x", "bundles": 7}}', "not what OPA would say"),
        (302, b"", "not JSON"),
    ],
)
def test_nonsense(catalogue: Catalogue, status: int, body: bytes, message: str) -> None:
    with pretended_opa(lambda *_: (status, body)) as url:
        assert message in str(_expect(catalogue, url))


def test_a_slow_opa(catalogue: Catalogue) -> None:
    import threading

    done = threading.Event()

    def respond(*_: object) -> tuple[int, bytes]:
        done.wait(5)
        return 200, b"{}"

    with pretended_opa(respond) as url:
        error = _expect(catalogue, url, timeout=0.2)
        done.set()
    assert "took more than 0.2 s" in str(error)


def test_no_opa_at_all(catalogue: Catalogue) -> None:
    assert "does not answer" in str(_expect(catalogue, "http://127.0.0.1:9"))


def test_a_token_is_sent_and_needed(tmp_path: Path, catalogue: Catalogue) -> None:
    authz = tmp_path / "authz" / "system" / "authz"
    authz.mkdir(parents=True)
    text = 'package system.authz\n\ndefault allow := false\n\nallow if input.identity == "sesame"\n'
    (authz / "authz.rego").write_text(text)
    (tmp_path / "authz" / ".manifest").write_text('{"roots": ["system/authz"], "revision": "a"}')
    flags = ["--authentication=token", "--authorization=basic", "--bundle", str(tmp_path / "authz")]
    with shared_opa(POLICIES, *flags) as url:
        assert "does not let us in" in str(_expect(catalogue, url))
        opened = open_shared(Address(url, token="sesame"), SCHEMAS)(catalogue)
        assert opened.decide(request()).effect == "release"
        opened.close()
