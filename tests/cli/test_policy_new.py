"""``narrowgate policy new`` adds a purpose that is tested, or nothing."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from narrowgate.model.yaml import load_yaml
from narrowgate.policy.binary import find_opa
from support.cli import files_in, narrowgate
from support.paths import SCHEMAS
from support.purposes import KITCORP, Answers, answers, options

NEW = ("policy", "new", "parking_permits")
Make = Callable[[], Path]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("new")
    narrowgate("init", "my-force", "--on", "2026-06-01", cwd=parent).require(0)
    return parent / "my-force"


@pytest.fixture
def repository(begun: Path, tmp_path: Path) -> Path:
    """A repository that has just begun, for one test."""
    return Path(shutil.copytree(begun, tmp_path / "my-force"))


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def test_a_purpose_is_added_and_passes_everything(repository: Path) -> None:
    before = contents(repository)
    done = narrowgate(*NEW, *options(answers()), cwd=repository).require(0)
    assert "added parking_permits: 3 fields to cardco under DSA-2026-021, 2026-01-01 to 2027-12-31" in done.out
    made = {f"policies/purposes/parking_permits/{name}" for name in ("cases.yaml", "data.yaml")}
    made |= {f"policies/purposes/parking_permits/parking_permits{end}.rego" for end in ("", "_test")}
    assert set(contents(repository)) == {*before, *made}
    assert all(f"  {name}\n" in done.out for name in made)
    assert {name: text for name, text in contents(repository).items() if name not in made} == before
    _require_sound(repository, cases=6)


def test_what_was_asked_for_is_what_leaves(repository: Path, tmp_path: Path) -> None:
    said = {
        **KITCORP,
        "--title": "Uniforms: “tunics”, hats # and all",
        "--formats": "csv,json",
        "--field": ("surname=mask:first=1", "date_of_birth=age_band:10", "salary=band:5000", "sickness_days=band:10"),
        "--article-9": "9(2)(h) occupational medicine",
        "--release": ("status in active,suspended", "protected in false"),
    }
    narrowgate(*NEW, *options(answers(said)), cwd=repository).require(0)
    _require_sound(repository, cases=6)
    export = tmp_path / "staff.csv"
    export.write_text(
        "surname,date_of_birth,salary,sickness_days,rank,status,posting,protected\n"
        "Kestrelby,1984-05-17,41200,3,Sergeant,active,response,false\n"
        "Larkmead,1990-01-01,30000,4,Sergeant,active,response,true\n"
        "Marsham,1991-01-01,31000,5,Sergeant,leaver,response,false\n"
    )
    asked = ("--supplier", "kitcorp", "--purpose", "parking_permits", "--on", "2026-01-01")
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *asked, cwd=repository).require(0)
    released = (tmp_path / "out.csv").read_text()
    assert released == "surname,date_of_birth,salary,sickness_days\nK********,40-49,40000 to 44999,0 to 9\n"


def test_the_edges_of_what_can_be_answered(repository: Path) -> None:
    """An agreement of one day and one record, every format, every value of a field."""
    said: Answers = {
        "--from": "2026-12-01",
        "--until": "2026-12-01",
        "--max-rows": "1",
        "--retention-days": "0",
        "--formats": "csv,json,ndjson,parquet,tsv,xlsx",
        "--field": ("unit=replace:not: said", "rank=truncate:1", "protected=keep", "home_postcode=area"),
        "--release": (
            "employment_type in staff,special constable",
            "status in active,suspended,leaver",
            "posting in response,covert",
            "protected in true,false",
        ),
    }
    narrowgate(*NEW, *options(answers(said)), cwd=repository).require(0)
    _require_sound(repository, cases=6)


def test_comments_among_suppliers_are_kept(repository: Path) -> None:
    suppliers = repository / "policies/suppliers/data.yaml"
    text = suppliers.read_text() + "# The printer moved in May.\n"
    suppliers.write_text(text.rstrip("\n"))
    narrowgate(*NEW, *options(answers(KITCORP)), cwd=repository).require(0)
    assert suppliers.read_text() == text + "kitcorp: {name: Kitcorp Uniforms, kind: uniform supplier, country: GB}\n"


REFUSED: dict[str, tuple[Answers, str, str]] = {
    "a guardrail takes it away": (
        {"--field": ("surname=keep", "vetting_level=keep")},
        "vetting_level would not leave: it leaves only to a vetting provider (guardrails/vetting_level.rego:7)",
        "leave --field vetting_level out",
    ),
    "a guardrail takes both away": (
        {"--field": ("photo=image:600", "home_address=keep")},
        "photo and home address never leave together",
        "no purpose can overrule a guardrail",
    ),
    "an invariant would not hold": (
        {"--field": ("surname=keep", "bank_account_number=keep")},
        "bank_account_number would leave, against an invariant: bank details leave only to whoever pays (invariants",
        "leave the field out",
    ),
    "too fine": (
        {"--field": ("surname=keep", "date_of_birth=month")},
        "date_of_birth as the month is too fine",
        '"to": "year"',
    ),
    "nobody would leave": (
        {"--release": ("posting in covert,undercover",)},
        "no record would leave: covert posting",
        "change --release",
    ),
    "special categories without a condition": (
        {"--field": ("blood_group=keep",)},
        "blood_group is special-category data",
        "--article-9",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_not_come_out_as_wanted_is_not_written(case: str, repository: Path) -> None:
    changes, message, remedy = REFUSED[case]
    before = contents(repository)
    done = narrowgate(*NEW, *options(answers(changes)), cwd=repository).require(2)
    assert message in done.err
    assert remedy in done.err
    assert contents(repository) == before


def test_nothing_is_added_to_policies_that_cannot_be_used(repository: Path) -> None:
    rego = repository / "policies/purposes/id_card_print/id_card_print.rego"
    rego.write_text(rego.read_text().replace("permit.rank", "permit.rnak"))
    before = contents(repository)
    done = narrowgate(*NEW, *options(answers()), cwd=repository).require(3)
    assert "purposes/id_card_print/id_card_print.rego" in done.err
    assert "did you mean rank?" in done.err
    assert contents(repository) == before


def test_nothing_is_written_over(repository: Path) -> None:
    narrowgate(*NEW, *options(answers()), cwd=repository).require(0)
    before = contents(repository)
    done = narrowgate(*NEW, *options(answers({"--agreement": "DSA-2026-022"})), cwd=repository).require(2)
    assert "there is a purpose parking_permits already" in done.err
    assert contents(repository) == before


def test_a_pipe_is_told_what_is_missing(repository: Path) -> None:
    done = narrowgate(*NEW, *options(answers(without="--basis")), cwd=repository, stdin=b"public task\n").require(2)
    assert "--basis is missing" in done.err


def test_the_shipped_policies_are_not_added_to(tmp_path: Path) -> None:
    done = narrowgate(*NEW, *options(answers()), cwd=tmp_path).require(2)
    assert "these are the policies that ship with Narrowgate" in done.err
    assert "narrowgate init DIR" in done.err


def test_records_of_its_own_where_there_are_no_fixtures(repository: Path) -> None:
    for name in ("fixtures.yaml", "cases.yaml"):
        (repository / "policies" / name).unlink()
    shutil.rmtree(repository / "policies/purposes/id_card_print")
    narrowgate(*NEW, *options(answers()), cwd=repository).require(0)
    _require_sound(repository, cases=2)


def test_fixtures_of_other_people_serve(repository: Path) -> None:
    """None of them is served as it is, one is short, and a name that would be given is taken."""
    (repository / "policies/fixtures.yaml").write_text(
        "on: 2026-06-01\nrecords:\n  leaver: {surname: Marsham, rank: Sergeant, status: leaver, posting: response}\n"
        "  served: {surname: Larkmead}\n  covert: {surname: Kestrelby}\n"
    )
    (repository / "policies/cases.yaml").unlink()
    shutil.rmtree(repository / "policies/purposes/id_card_print")
    narrowgate(*NEW, *options(answers()), cwd=repository).require(0)
    cases = load_yaml((repository / "policies/purposes/parking_permits/cases.yaml").read_text())
    assert cases["records"]["served_2"]["like"] == "leaver"
    assert cases["records"]["posting_covert"] == {"like": "served_2", "posting": "covert"}
    assert "on" not in cases
    _require_sound(repository, cases=2)


def test_it_asks_in_a_terminal(repository: Path) -> None:
    said = [
        *(
            "Parking permits",
            "public tasks",
            "public task",
            "90",
            "kitcorp",
            "Kitcorp Uniforms",
            "uniform supplier",
            "GB",
        ),
        *(
            "DSA-2026-021",
            "2026-01-01",
            "2027-12-31",
            "",
            "5000",
            "surnam=keep",
            "surname=keep",
            "blood_group=keep",
            "",
        ),
        *("9(2)(h) occupational medicine", "status in active", ""),
    ]
    code, shown = _in_a_terminal(repository, said)
    assert code == 0, shown
    again = shown.replace("\r\n", "\n").partition("the same as a command: narrowgate ")[2].partition("\x1b")[0]
    answered = shlex.split(again)
    assert answered[:5] == [*NEW, "--title", "Parking permits"]
    assert answered[-4:] == ["--article-9", "9(2)(h) occupational medicine", "--release", "status in active"]
    assert "did you mean public task?" in shown
    assert "did you mean surname?" in shown
    assert "The supplier is new. What is its full name?" in shown
    assert "In which formats?" in shown
    assert "[csv]" in shown
    assert "added parking_permits: 2 fields to kitcorp" in shown
    assert "(cardco, or a new name)" in shown
    _require_sound(repository, cases=6)


def test_ctrl_c_ends_the_questions(repository: Path) -> None:
    before = contents(repository)
    code, shown = _in_a_terminal(repository, ["Parking permits", "\x03"])
    assert code == 130
    assert "Traceback" not in shown
    assert contents(repository) == before


def _require_sound(repository: Path, cases: int) -> None:
    """Tests and lint pass, files are formatted, and editors find no fault."""
    tested = narrowgate("policy", "test", "--fail-under", "100", "--json", cwd=repository).require(0)
    assert json.loads(tested.out)["passed"] == cases
    narrowgate("policy", "lint", "--on", "2026-06-01", cwd=repository).require(0)
    narrowgate("policy", "verify", cwd=repository).require(0)
    done = subprocess.run([find_opa(), "fmt", "--list", repository / "policies"], capture_output=True, check=True)
    assert done.stdout == b""
    for path in (repository / "policies").rglob("cases.yaml"):
        jsonschema.validate(load_yaml(path.read_text()), json.loads((SCHEMAS / "cases.schema.json").read_text()))


def _in_a_terminal(repository: Path, lines: list[str]) -> tuple[int, str]:
    """Run ``policy new`` in a terminal, and type ``lines``: its exit code and what the terminal shows."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "narrowgate", *NEW],
        cwd=repository,
        env=inherited,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    shown = b""
    try:
        for line in [*lines, None]:
            shown += _until(mine, b"> " if line is not None else b"")
            if line == "\x03":
                _interrupt(process, mine)
            elif line is not None:
                os.write(mine, line.encode() + b"\n")
        return process.wait(60), shown.decode()
    finally:
        process.kill()
        process.wait()
        os.close(mine)


def _interrupt(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Press Ctrl-C, and again as people do: between a prompt and the reading of its answer, Python misses one."""
    for _ in range(60):
        os.write(terminal, b"\x03")
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            continue
        return


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _until(terminal: int, prompt: bytes) -> bytes:
    """What is shown until ``prompt``, or to the end."""
    shown = b""
    while not (prompt and shown.endswith((prompt, b"> [csv] "))):
        assert select.select([terminal], [], [], 120)[0], f"nothing more is shown after {shown!r}"
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    return shown
