"""Whatever is wrong gets one clear line, the right exit code, no traceback and no output file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from narrowgate.tables.formats import _delimited
from support.cli import Outcome, files_in, narrowgate
from support.officers import csv_text, officer, officers, write_records
from support.opa import pretended_opa
from support.policies import AGREEMENT, copy_policies, purpose

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")
SECRETS = ("P0048213", "QQ123456C", "98765432", "Kestrelby", "Mill Lane", "07700 900123", "tamsin.kestrelby")


def run(tmp_path: Path, name: str, data: bytes | str | None, *arguments: object, **environment: str) -> Outcome:
    """Filter a file, expecting that nothing is left of it."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    export = folder / name
    if data is not None:
        export.write_bytes(data.encode() if isinstance(data, str) else data)
    before = files_in(folder)
    done = narrowgate("filter", export, "-o", folder / "out.csv", *(arguments or CARDS), environment=environment)
    assert "Traceback" not in done.out + done.err
    assert done.code != 0
    assert files_in(folder) == before
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if line.startswith("narrowgate: ")]
    # The first of a run to release makes the ledger, and says so.
    assert len([line for line in lines if not line.startswith("narrowgate: made ")]) == 1, done.err
    assert "→" in done.err, "a remedy is missing"
    for secret in SECRETS:
        assert secret not in done.err
    return done


GOOD = csv_text(officers(5))
HEADER, ROW = GOOD.splitlines()[0], GOOD.splitlines()[1]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("short.csv", f"{HEADER}\n{ROW}\n{ROW.rsplit(',', 1)[0]}\n", "short.csv:3: 26 cells under 27 headers"),
        ("long.csv", f"{HEADER}\n{ROW}\n{ROW},x\n", "long.csv:3: 28 cells under 27 headers"),
        ("twice.csv", f"{HEADER},rank\n{ROW},x\n", "columns 7 and 28 have the same name"),
        ("nameless.csv", f"{HEADER},\n{ROW},x\n", "column 28 has no name"),
        ("nul.csv", f"{HEADER}\n{ROW}\n{ROW[:5]}\0{ROW[6:]}\n", "nul.csv:3: there is a NUL byte"),
        (
            "latin.csv",
            f"{HEADER}\n{ROW}\n".encode() + "Zoë".encode("latin-1") + b"\n",
            "latin.csv:3: this is not UTF-8",
        ),
        ("cut.csv.gz", gzip.compress(GOOD.encode() * 50)[:120], "in the middle of its gzip stream"),
        ("plain.csv.gz", GOOD, "not sound gzip"),
        ("packed.csv", gzip.compress(GOOD.encode()), "packed.csv:1: this is not UTF-8"),
        ("twice.json", json.dumps([officer()])[:-2] + ', "pay_number": "P0048213"}]', "a key is there twice"),
        ("twice.ndjson", '{"pay_number": "P0048213", "pay_number": "1"}\n', "a key is there twice"),
        ("cut.json", json.dumps(officers(3))[:-30], "not JSON"),
        ("empty.csv", "", "empty.csv is empty"),
        ("empty.json", "", "empty.json is empty"),
        ("headers.csv", f"{HEADER}\n", "a header and no records"),
        ("none.json", "[]", "no records"),
        (
            "wide.csv",
            ",".join(f"c{n}" for n in range(5000)) + "\n" + ",".join("x" * 5000) + "\n",
            "5000 columns are more",
        ),
        ("wide.json", json.dumps([{f"c{n}": 1 for n in range(5000)}]), "more than 1000 columns"),
        ("strange.csv", "Kestrelby,P0048213\nx,y\n", "no column is one that the catalogue knows"),
        ("semicolons.csv", GOOD.replace(",", ";"), "no column is one that the catalogue knows"),
        ("both.csv", f"{HEADER},E-mail\n{ROW},x\n", "both hold email"),
        ("export.docx", GOOD, "does not tell its format"),
        ("missing.csv", None, "there is no file"),
        ("broken.parquet", b"PAR1" + b"x" * 100 + b"PAR1", "no Parquet file"),
    ],
)
def test_bad_input(tmp_path: Path, name: str, data: bytes | str | None, message: str) -> None:
    done = run(tmp_path, name, data)
    assert done.code == 2
    assert message in done.err


@pytest.mark.parametrize("name", ["line.csv", "line.tsv", "line.ndjson", "line.json", "line.csv.gz"])
def test_a_line_without_an_end(tmp_path: Path, name: str) -> None:
    """Given up long before it fills the memory."""
    header = ("\t" if "tsv" in name else ",").join(["forename", "posting", "status"])
    start = b'[{"forename": "' if name.endswith(".json") else b"" if "json" in name else f"{header}\n".encode()
    data = start + b"x" * (_delimited.LONGEST_RECORD * 3)
    done = run(tmp_path, name, gzip.compress(data, 1) if name.endswith(".gz") else data)
    assert done.code == 2
    assert "longer than 16 MiB" in done.err


def rows(change: Callable[[int, dict[str, str]], dict[str, str]], count: int = 100) -> str:
    return csv_text([change(n, row) for n, row in enumerate(officers(count))])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        # Columns that have slipped by one.
        (
            "x,"
            + HEADER.rsplit(",", 1)[0]
            + "\n"
            + "".join(line + "\n" for line in csv_text(officers(100)).splitlines()[1:]),
            "under posting",
        ),
        # Pay numbers sent as surnames.
        (rows(lambda _, row: {**row, "surname": row["pay_number"]}), "100 of 100 cells under surname"),
        (rows(lambda n, row: {**row, "surname": "P0048213" if n < 2 else "Marsh"}), "2 of 100 cells under surname"),
        (rows(lambda n, row: {**row, "posting": "Covert " if n < 2 else "response"}), "2 of 100 cells under posting"),
    ],
)
def test_columns_that_do_not_hold_what_their_header_says(tmp_path: Path, data: str, message: str) -> None:
    done = run(tmp_path, "slipped.csv", data)
    assert done.code == 1
    assert message in done.err


def test_what_records_are_judged_by_is_missing(tmp_path: Path) -> None:
    data = csv_text([{key: value for key, value in officer().items() if key != "posting"}])
    done = run(tmp_path, "export.csv", data)
    assert done.code == 1
    assert "the export has no posting" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-s", "oldco", "-p", "id_card_print", "--on", "2026-06-01"), "not in force on 2026-06-01"),
        (("-s", "cardco", "-p", "id_card_print", "--on", "2028-01-01"), "not in force on 2028-01-01"),
        (("-s", "nobody", "-p", "id_card_print"), "nobody is not a supplier we know"),
        (("-s", "learnly", "-p", "id_card_print"), "learnly has no agreement for id_card_print"),
        (("-s", "cardco", "-p", "id_card_prnt"), "there is no purpose id_card_prnt"),
        ((*CARDS, "--attr", "urgency=high"), "declares no attribute urgency"),
    ],
)
def test_the_policy_says_no(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 1
    assert message in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*CARDS[:-1], "yesterday"), "--on yesterday is not a day"),
        ((*CARDS, "--source", "peoplesoft"), "there is no source peoplesoft"),
        ((*CARDS, "--attr", "urgency"), "is not NAME=VALUE"),
        ((*CARDS, "--from", "xml"), "there is no format xml"),
        ((*CARDS, "--to", "xml"), "there is no format xml"),
        ((*CARDS, "--encoding", "klingon"), "there is no encoding klingon"),
        ((*CARDS, "--delimiter", ";;"), "not one character"),
        ((*CARDS, "--policies", "/nowhere"), "there are no policies at /nowhere"),
        ((*CARDS, "--schemas", "/nowhere"), "not a catalogue"),
        ((*CARDS, "--engine", "localhost"), "not the address of an OPA"),
        (("-s", "Card Co", "-p", "id_card_print"), "supplier"),
    ],
)
def test_bad_usage(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 2
    assert message in done.err


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    export = write_records(tmp_path / "export.csv", officers(3))
    done = narrowgate("filter", export, "-o", tmp_path / "no" / "out.csv", *CARDS).require(2)
    assert "there is no folder" in done.err
    done = narrowgate("filter", export, "-o", tmp_path / "out.csv", *CARDS, "--receipt", tmp_path / "no" / "r").require(
        4
    )
    assert "the receipt could not be written" in done.err
    done = narrowgate("filter", export, "-o", export, *CARDS).require(2)
    assert files_in(tmp_path) == {"export.csv"}


def test_standard_output_needs_a_receipt_and_a_format(tmp_path: Path) -> None:
    export = write_records(tmp_path / "export.csv", officers(3))
    assert "--receipt" in narrowgate("filter", export, "-o", "-", *CARDS).require(2).err
    assert "--to" in narrowgate("filter", export, "-o", "-", *CARDS, "--receipt", tmp_path / "r").require(2).err
    assert "--from" in narrowgate("filter", "-", "-o", tmp_path / "o.csv", *CARDS, stdin=b"x").require(2).err


RULES = {
    "syntax error": ("permit.forename.action := \n", "rego_parse_error"),
    "conflict": (
        'permit.forename := {"action": "keep"}\n\npermit.forename := {"action": "drop"} if input.request.on > "2000"\n',
        "rules disagree",
    ),
    "recursion": ("release if a\n\na if b\n\nb if a\n", "rego_recursion_error"),
    "misspelt field": ('release if input.record.vettting_level == "DV"\n', "vettting_level"),
    "clock": ("release if time.now_ns() > 0\n", "time.now_ns"),
    "unused variable": ("release if {\n\tx := 1\n}\n", "rego_compile_error"),
}


@pytest.mark.parametrize("name", RULES)
def test_policies_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    rules, message = RULES[name]
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    arguments = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 3
    assert message in done.err
    assert "made_up.rego:" in done.err or "narrowgate.rego:" in done.err


def test_more_records_than_agreed(tmp_path: Path) -> None:
    agreement = AGREEMENT.replace("1000000", "4")
    rules = 'permit.rank.action := "keep"\n\nrelease if input.record.status == "active"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules, agreement))
    arguments = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 1
    assert "more than the 4 records" in done.err


def test_a_format_that_was_not_agreed(tmp_path: Path) -> None:
    agreement = AGREEMENT.replace("[csv, tsv, json, ndjson, parquet]", "[json]")
    policies = copy_policies(tmp_path / "policies", purpose("made_up", 'permit.rank.action := "keep"\n', agreement))
    arguments = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 1
    assert "allows json, not csv" in done.err


def test_a_decision_that_turns_on_the_number_of_records(tmp_path: Path) -> None:
    """Only refuse may go by it, and then the export is refused once all of it has been read."""
    rules = (
        'permit.rank.action := "keep"\n\nrelease if input.record.status == "active"\n\n'
        'refuse contains "too many at once" if input.request.row_count > 3\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    arguments = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    done = run(tmp_path, "export.csv", GOOD, *arguments)
    assert done.code == 1
    assert "too many at once" in done.err


def test_a_leak_that_refuses(tmp_path: Path) -> None:
    rules = 'permit.photo.action := "keep"\n\nrelease if input.record.status == "active"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules, AGREEMENT + "    on_leak: refuse\n"))
    arguments = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    done = run(tmp_path, "export.csv", csv_text([officer(photo="photos/P0048213.jpg")]), *arguments)
    assert done.code == 1
    assert "a withheld pay_number stands in 1 cell of photo" in done.err


@pytest.mark.parametrize(("status", "body"), [(500, b"oops"), (200, b"<html>"), (200, b"{}"), (401, b"{}")])
def test_an_engine_that_talks_nonsense(tmp_path: Path, status: int, body: bytes) -> None:
    with pretended_opa(lambda *_: (status, body)) as url:
        assert run(tmp_path, "export.csv", GOOD, *CARDS, "--engine", url).code == 3


def test_an_engine_that_is_down_or_slow(tmp_path: Path) -> None:
    import threading

    assert run(tmp_path, "export.csv", GOOD, *CARDS, "--engine", "http://127.0.0.1:9").code == 3
    done = threading.Event()

    def respond(*_: object) -> tuple[int, bytes]:
        done.wait(20)
        return 200, b"{}"

    with pretended_opa(respond) as url:
        slow = run(tmp_path, "export.csv", GOOD, *CARDS, "--engine", url, NARROWGATE_ENGINE_TIMEOUT="0.3")
        done.set()
    assert slow.code == 3
    assert "took more than 0.3 s" in slow.err


def test_no_opa(tmp_path: Path) -> None:
    done = run(tmp_path, "export.csv", GOOD, *CARDS, NARROWGATE_OPA="/nowhere/opa")
    assert done.code == 3
    assert "NARROWGATE_OPA" in done.err
    nothing = {"PATH": "/nowhere", "XDG_CACHE_HOME": str(tmp_path)}
    assert "narrowgate opa install" in run(tmp_path, "export.csv", GOOD, *CARDS, **nothing).err


def test_secrets_do_not_belong_into_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text('pseudonym_secret = "hunter2hunter2hunter2hunter2hunter2"\n')
    done = narrowgate("explain", *CARDS, cwd=tmp_path).require(2)
    assert "hunter2" not in done.err
    assert "environment" in done.err


def test_errors_for_machines(tmp_path: Path) -> None:
    export = write_records(tmp_path / "export.csv", officers(3))
    done = narrowgate(
        "filter", export, "-o", tmp_path / "o.csv", "-s", "oldco", "-p", "id_card_print", "--json"
    ).require(1)
    error = json.loads(done.out)["error"]
    assert error["kind"] == "refused"
    assert error["exit_code"] == 1
    assert len(error["reasons"]) == 1
    assert error["remedy"]


def test_a_folder_where_the_release_should_go(tmp_path: Path) -> None:
    write_records(tmp_path / "staff.csv", officers(2))
    (tmp_path / "out.csv").mkdir()
    done = narrowgate("filter", tmp_path / "staff.csv", "-o", tmp_path / "out.csv", *CARDS).require(2)
    assert "is a folder" in done.err
    assert files_in(tmp_path) == {"staff.csv"}


def test_a_constant_for_what_the_file_holds(tmp_path: Path) -> None:
    """A declared posting must not outvote a covert one that is there to be read."""
    file = tmp_path / "staff.csv"
    file.write_text("BusinessEntityID,JobTitle,CurrentFlag,Posting\n200001,Sergeant,1,covert\n")
    done = narrowgate("filter", file, "--source", "adventureworks", "-o", tmp_path / "out.csv", *CARDS).require(2)
    assert "column Posting holds posting, which the source takes for headquarters" in done.err
    assert files_in(tmp_path) == {"staff.csv"}


def test_a_name_and_a_format_that_disagree(tmp_path: Path) -> None:
    write_records(tmp_path / "staff.csv", officers(2))
    done = narrowgate("filter", tmp_path / "staff.csv", "-o", tmp_path / "out.csv.gz", "--to", "csv", *CARDS).require(2)
    assert "--to csv.gz" in done.err
    assert files_in(tmp_path) == {"staff.csv"}


def test_a_filter_that_no_case_passes() -> None:
    done = narrowgate("policy", "test", "--filter", "nosuch").require(2)
    assert "no case's or test's purpose or name holds nosuch" in done.err
