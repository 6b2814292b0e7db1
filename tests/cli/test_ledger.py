"""The commands that ask the ledger, and those that look after it: what they print, how they end, what they leave."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

from support.cli import Outcome, files_in, narrowgate
from support.officers import CARD, officer, officers, write_records
from support.paths import SCHEMAS
from support.policies import copy_policies

ON = "2026-01-15"
DELETE_BY = "2026-02-14"
SUPPLIERS = "suppliers/data.yaml"


@dataclass(frozen=True)
class Force:
    """Somebody with a ledger."""

    folder: Path

    def run(self, *arguments: object, **environment: str) -> Outcome:
        places = {"NARROWGATE_LEDGER": str(self.folder / "ledger.db"), "NARROWGATE_KEYS": str(self.folder / "keys")}
        return narrowgate(*arguments, cwd=self.folder, environment=places | environment)

    def document(self, name: str, *arguments: object) -> Any:
        """What a command prints for machines, after its schema."""
        document = json.loads(self.run(*arguments, "--json").out)
        jsonschema.validate(document, json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
        return document

    def send(self, name: str, records: list[dict[str, str]], *options: object, on: str = ON) -> Path:
        """Release ``records``; returns the receipt."""
        export = write_records(self.folder / "export.csv", records)
        self.run("filter", export, "-o", f"{name}.csv", *options, "--on", on).require(0)
        return self.folder / f"{name}.csv.receipt.json"


CARDS = ("--supplier", "cardco", "--purpose", "id_card_print")
UNIFORM = ("--supplier", "kitcorp", "--purpose", "uniform")


@pytest.fixture
def force(tmp_path: Path) -> Force:
    return Force(tmp_path)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Force:
    """Three officers' cards, and four officers' uniforms. It is only read."""
    force = Force(tmp_path_factory.mktemp("force"))
    force.send("cards", officers(3), *CARDS)
    force.send("kit", [*officers(3), officer(employee_number="E4999999")], *UNIFORM)
    return force


# breach


def test_breach_as_a_table(sent: Force) -> None:
    done = sent.run("breach", "cardco").require(0)
    assert f"cardco held data of 3 people up to {date.today()}, from 1 release" in done.out
    assert all(field in done.out for field in CARD)
    assert DELETE_BY in done.out
    assert "should have been deleted already: 1 release with data of 3 people" in done.out
    narrow = sent.run("breach", "cardco", COLUMNS="80").require(0)
    assert max(map(len, narrow.out.splitlines())) <= 160


def test_breach_for_machines(sent: Force) -> None:
    report = sent.document("breach", "breach", "cardco", "--from", ON, "--to", ON, "--fields", "surname,rank")
    assert (report["people"], report["at_most"], report["only_fields"]) == (3, 3, ["surname", "rank"])
    assert [each["field"] for each in report["fields"]] == ["surname", "rank"]
    assert not report["releases"][0]["overdue"]
    before = sent.document("breach", "breach", "cardco", "--to", "2026-01-14")
    assert before["releases"] == []
    assert sent.run("breach", "cardco", "--as", "json").require(0).out == sent.run("breach", "cardco", "--json").out


def test_breach_person_by_person(sent: Force) -> None:
    done = sent.run("breach", "cardco", "--as", "csv", "--purpose", "id_card_print", "--fields", "surname").require(0)
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["person", "identifier", "surname"],
        *([str(n), f"E{4_000_000 + n}", ON] for n in range(3)),
    ]
    assert "\r" not in done.out
    assert done.err == ""


def test_breach_names_nobody_without_the_secret(sent: Force, tmp_path: Path) -> None:
    done = sent.run("breach", "cardco", "--as", "csv", NARROWGATE_KEYS=str(tmp_path)).require(0)
    assert [row[:2] for row in csv.reader(io.StringIO(done.out))][1:] == [["0", ""], ["1", ""], ["2", ""]]
    assert "nobody has an identifier" in done.err
    assert files_in(tmp_path) == set()


def test_breach_writes_into_a_file(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    before = files_in(force.folder)
    for form in ("table", "csv", "json", "md"):
        done = force.run("breach", "cardco", "--as", form, "-o", f"breach.{form}").require(0)
        assert done.out == ""
        text = (force.folder / f"breach.{form}").read_bytes().decode()
        assert text.endswith("\n")
        assert "surname" in text
        assert "Kestrelby" not in text
    assert files_in(force.folder) == before | {f"breach.{form}" for form in ("table", "csv", "json", "md")}


def test_cells_are_no_formulas(force: Force) -> None:
    """A subject key of a pattern of its own could be one."""
    schemas = force.folder / "schemas"
    schemas.mkdir()
    for path in SCHEMAS.glob("*.json"):
        (schemas / path.name).write_text(path.read_text())
    document = json.loads((schemas / "personnel.schema.json").read_text())
    document["properties"]["employee_number"].pop("pattern")
    (schemas / "personnel.schema.json").write_text(json.dumps(document))
    force.send("cards", [officer(employee_number="=1+2"), officer(employee_number="-7")], *CARDS, "--schemas", schemas)
    done = force.run("breach", "cardco", "--as", "csv", "--schemas", schemas).require(0)
    assert sorted(row[1] for row in csv.reader(io.StringIO(done.out))) == ["'-7", "'=1+2", "identifier"]


def test_the_draft_of_article_33(sent: Force) -> None:
    done = sent.run("breach", "cardco", "--as", "md").require(0)
    assert "- Approximate number of data subjects: 3\n" in done.out
    assert "## (d) Measures" in done.out
    assert "to be filled in by the controller" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cardc",), "did you mean cardco?"),
        (("cardco", "--fields", "surnam"), "did you mean surname?"),
        (("cardco", "--purpose", "uniform"), "known: id_card_print"),
        (("cardco", "--from", "yesterday"), "--from yesterday is not a day"),
        (("cardco", "--from", "2026-02-01", "--to", "2026-01-01"), "is after the last"),
    ],
)
def test_breach_says_what_it_does_not_know(sent: Force, arguments: tuple[str, ...], said: str) -> None:
    assert said in sent.run("breach", *arguments).require(2).err


def test_asking_makes_no_ledger(force: Force) -> None:
    for arguments in (
        ("breach", "cardco"),
        ("subject", "E4000001"),
        ("obligations",),
        ("ropa",),
        ("attest", "0"),
        ("ledger", "list"),
        ("ledger", "show", "0"),
        ("ledger", "verify", "--key", "x"),
        ("ledger", "checkpoint"),
        ("ledger", "erase", "E4000001", "--yes"),
    ):
        done = force.run(*arguments)
        assert done.code in {2, 4}, arguments
        assert files_in(force.folder) == set()


# subject


def test_subject(sent: Force) -> None:
    done = sent.run("subject", "E4000001").require(0)
    assert "held by cardco, kitcorp" in done.out
    assert "warrant_number, forename, surname, rank" in done.out
    assert DELETE_BY in done.out
    report = sent.document("person", "subject", "E4000001")
    assert {each["supplier"] for each in report["holdings"]} == {"cardco", "kitcorp"}
    only = sent.document("person", "subject", "E4999999")
    assert {each["supplier"] for each in only["holdings"]} == {"kitcorp"}


def test_somebody_of_whom_nobody_holds_anything(sent: Force) -> None:
    assert "nobody holds anything about this person" in sent.run("subject", "E1111111").require(0).out
    assert not sent.document("person", "subject", "E1111111")["known"]


def test_subject_needs_the_secret(sent: Force, tmp_path: Path) -> None:
    done = sent.run("subject", "E4000001", NARROWGATE_KEYS=str(tmp_path)).require(2)
    assert "NARROWGATE_PSEUDONYM_SECRET" in done.err


def test_somebody_erased_is_found_no_more(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    assert "add --yes" in force.run("ledger", "erase", "E4000001").require(2).err
    assert force.run("ledger", "erase", "E4000001", "--yes").require(0).out == "erased\n"
    assert "nobody holds anything" in force.run("subject", "E4000001").require(0).out
    assert "held by cardco" in force.run("subject", "E4000000").require(0).out
    done = force.run("breach", "cardco", "--as", "csv").require(0)
    assert [row[1] for row in csv.reader(io.StringIO(done.out))] == ["identifier", "E4000000", ""]
    assert "1 line without identifier" in done.err
    assert "does not know this person" in force.run("ledger", "erase", "E4000001", "--yes").require(0).out
    assert force.run("ledger", "verify").require(0).out.startswith("sound")


# obligations and attest


def test_obligations_tell_cron(sent: Force) -> None:
    assert sent.run("obligations", "--due", "--on", DELETE_BY).require(0).out.startswith("0 releases should")
    day_after = date.fromisoformat(DELETE_BY) + timedelta(1)
    done = sent.run("obligations", "--due", "--on", day_after).require(1)
    assert "cardco" in done.out
    assert "kitcorp" not in done.out
    everything = sent.run("obligations", "--on", day_after).require(0)
    assert "1 release should have been deleted" in everything.out
    assert "; 1 to come" in everything.out
    report = sent.document("obligations", "obligations", "--on", day_after, "--supplier", "kitcorp")
    assert [each["days_late"] for each in report["obligations"]] == [0]
    sent.run("obligations", "--supplier", "kitcor").require(2)


def entered_on(receipt: Path) -> date:
    """The day of a release, by the ledger's clock. Nobody can have deleted it before."""
    return date.fromisoformat(json.loads(receipt.read_text())["entry"]["at"][:10])


def test_what_was_deleted_is_no_longer_held(force: Force) -> None:
    receipt = force.send("cards", officers(2), *CARDS)
    day = entered_on(receipt)
    done = force.run("attest", receipt, "--deleted-on", day).require(0)
    assert f"recorded in entry 1: the release of entry 0 was deleted on {day}" in done.out
    assert force.run("obligations", "--due").require(0).out.startswith("0 releases")
    assert "no longer held" in force.run("subject", "E4000001").require(0).out
    after = ("--from", day + timedelta(1), "--to", day + timedelta(1))
    assert force.document("breach", "breach", "cardco", *after)["releases"] == []
    during = force.document("breach", "breach", "cardco", "--from", day)
    assert (during["people"], during["releases"][0]["deleted_on"]) == (2, str(day))
    assert "attests that already" in force.run("attest", "0").require(2).err
    assert "deleted the release" in force.run("ledger", "show", "1").require(0).out


def test_attesting_what_cannot_be(force: Force) -> None:
    receipt = force.send("cards", officers(2), *CARDS)
    for arguments in (
        (receipt, "--deleted-on", entered_on(receipt) - timedelta(1)),
        (receipt, "--deleted-on", entered_on(receipt) + timedelta(2)),
        ("7",),
        (force.folder / "nothing.json",),
    ):
        force.run("attest", *arguments).require(2)
    receipt.write_text(receipt.read_text().replace('"read": 2', '"read": 3'))
    force.run("attest", receipt).require(4)
    assert "1 release should have been deleted" in force.run("obligations", "--on", "2026-03-01").require(0).out


def test_a_supplier_with_a_key_has_to_sign(force: Force) -> None:
    theirs = force.folder / "theirs"
    theirs.mkdir()
    verifier = force.run("receipt", "key", theirs / "cardco.key", "--name", "cardco.example").require(0).out.strip()
    assert (theirs / "cardco.key").stat().st_mode & 0o777 == 0o600
    policies = copy_policies(force.folder / "policies")
    path = policies / SUPPLIERS
    path.write_text(path.read_text().replace("kind: card printer,", f'kind: card printer, key: "{verifier}",', 1))
    ours = {"NARROWGATE_POLICIES": str(policies)}
    receipt = force.send("cards", officers(2), *CARDS, "--policies", policies)
    other = force.send("more", officers(2), *CARDS, "--policies", policies)
    assert "has to sign" in force.run("attest", receipt, **ours).require(2).err

    day = entered_on(receipt)
    confirm = ("receipt", "confirm-deletion", receipt, "--deleted-on", day, "--key-file")
    assert "is the secret key" in force.run(*confirm, theirs / "cardco.key", "-o", theirs / "cardco.key").require(2).err
    force.run(*confirm, theirs / "cardco.key", "-o", theirs / "deleted.note").require(0)
    note = (theirs / "deleted.note").read_text()
    identity = json.loads(receipt.read_text())["id"]
    assert note.startswith(f"narrowgate deletion/1\n{identity}\n{day}\n\n— cardco.example ")
    assert force.run(*confirm, theirs / "cardco.key").require(0).out == note

    signed = ("--signed", theirs / "deleted.note")
    force.run("attest", other, *signed, **ours).require(4)
    force.run("attest", receipt, *signed, "--deleted-on", day - timedelta(1), **ours).require(4)
    (theirs / "altered.note").write_text(note.replace(str(day), str(day - timedelta(1))))
    force.run("attest", receipt, "--signed", theirs / "altered.note", **ours).require(4)
    force.run("receipt", "key", theirs / "another.key", "--name", "cardco.example").require(0)
    force.run(*confirm, theirs / "another.key", "-o", theirs / "another.note").require(0)
    force.run("attest", receipt, "--signed", theirs / "another.note", **ours).require(4)

    assert f"deleted on {day}" in force.run("attest", receipt, *signed, **ours).require(0).out
    assert "signed by it" in force.run("ledger", "show", "2").require(0).out
    # Policies that have forgotten the key do not let it go unsigned.
    assert "has to sign" in force.run("attest", other).require(2).err
    force.run("ledger", "verify").require(0)


def test_a_note_that_nobody_can_check(force: Force) -> None:
    receipt = force.send("cards", officers(2), *CARDS)
    force.run("receipt", "key", "a.key", "--name", "cardco.example").require(0)
    force.run("receipt", "key", "a.key", "--name", "cardco.example").require(2)
    force.run("receipt", "confirm-deletion", receipt, "--key-file", "a.key", "-o", "a.note").require(0)
    assert "has no key" in force.run("attest", receipt, "--signed", "a.note").require(2).err


# receipts


def test_a_receipt_is_checked_with_the_public_key_alone(sent: Force, force: Force) -> None:
    key = sent.run("ledger", "key").require(0).out.strip()
    receipt = force.folder / "r.json"
    receipt.write_bytes((sent.folder / "cards.csv.receipt.json").read_bytes())
    assert "--key" in force.run("receipt", "verify", receipt).require(2).err
    done = force.run("receipt", "verify", receipt, "--key", key).require(0)
    assert "proven" in done.out
    assert force.run("receipt", "verify", receipt, NARROWGATE_LEDGER_KEY=key).require(0).out == done.out
    found = json.loads(force.run("receipt", "verify", receipt, "--key", key, "--json").require(0).out)
    assert (found["number"], found["supplier"], found["delete_by"]) == (0, "cardco", DELETE_BY)
    assert files_in(force.folder) == {"r.json"}
    document = json.loads(receipt.read_text())
    document["number"] = 1
    receipt.write_text(json.dumps(document))
    assert "proof" in force.run("receipt", "verify", receipt, "--key", key).require(4).err


def test_another_ledgers_key_proves_nothing(sent: Force, force: Force) -> None:
    force.run("ledger", "init").require(0)
    force.run("receipt", "verify", sent.folder / "cards.csv.receipt.json").require(4)


# ledger


def test_a_ledger_is_made_once(force: Force) -> None:
    done = force.run("ledger", "init", "--origin", "anyshire.example/disclosures").require(0)
    key = force.run("ledger", "key").require(0).out.strip()
    assert key.startswith("anyshire.example/disclosures+")
    assert key in done.out
    again = force.run("ledger", "init").require(0)
    assert key in again.out
    assert again.err == ""
    force.run("ledger", "init", "--origin", "somebody.else").require(2)
    assert files_in(force.folder) >= {"ledger.db", "keys/signing.key", "keys/subject.secret"}


def test_entries_are_listed(sent: Force) -> None:
    lines = sent.run("ledger", "list").require(0).out.splitlines()
    assert [line.split()[0] for line in lines] == ["entry", "1", "0"]
    few = sent.document("entries", "ledger", "list", "--limit", "1", "--kind", "release")
    assert (few["found"], [each["number"] for each in few["entries"]]) == (2, [1])
    assert "no such entries" in sent.run("ledger", "list", "--kind", "refusal").require(0).out
    assert "did you mean cardco" in sent.run("ledger", "list", "-s", "cardc").require(2).err


def test_an_entry_is_shown_with_its_receipt(sent: Force, tmp_path: Path) -> None:
    identity = json.loads((sent.folder / "cards.csv.receipt.json").read_text())["id"]
    done = sent.run("ledger", "show", identity[:8], "--receipt", tmp_path / "again.json").require(0)
    assert "3 of 3 records released" in done.out
    again = json.loads((tmp_path / "again.json").read_text())
    assert again["id"] == identity
    sent.run("receipt", "verify", tmp_path / "again.json").require(0)
    assert sent.document("entry", "ledger", "show", "0")["entry"] == again["entry"]
    sent.run("ledger", "show", "2").require(2)


def test_refusals_are_shown(force: Force) -> None:
    write_records(force.folder / "export.csv", officers(1))
    force.run("filter", "export.csv", "-o", "o.csv", "-s", "oldco", "-p", "id_card_print", "--on", ON).require(1)
    assert "refused: " in force.run("ledger", "show", "0").require(0).out
    force.run("ledger", "show", "0", "--receipt", "r.json").require(2)
    assert "r.json" not in files_in(force.folder)


def test_a_sound_ledger_verifies(sent: Force, tmp_path: Path) -> None:
    checkpoint = tmp_path / "kept.note"
    assert sent.run("ledger", "checkpoint", "-o", checkpoint).require(0).out == ""
    assert checkpoint.read_text() == sent.run("ledger", "checkpoint").require(0).out
    receipt = sent.folder / "cards.csv.receipt.json"
    done = sent.run("ledger", "verify", "--checkpoint", checkpoint, "--receipt", receipt).require(0)
    assert done.out.startswith("sound: ")
    copy = tmp_path / "copy.checkpoints"
    copy.write_bytes((sent.folder / "ledger.db.checkpoints").read_bytes())
    assert "4 checkpoints" in sent.run("ledger", "verify", "--checkpoint", copy).require(0).out
    sent.run("ledger", "verify", "--checkpoint", tmp_path / "none").require(2)
    sent.run("ledger", "verify", "--checkpoint", receipt).require(4)
    assert sent.document("verification", "ledger", "verify")["findings"] == []


def test_a_copy_of_the_checkpoints_shows_that_an_old_ledger_was_put_back(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    old = {path: path.read_bytes() for path in force.folder.glob("ledger.db*")}
    force.send("more", officers(2), *CARDS)
    copy = force.folder / "copy.checkpoints"
    copy.write_bytes((force.folder / "ledger.db.checkpoints").read_bytes())
    for path, content in old.items():
        path.write_bytes(content)
    force.run("ledger", "verify").require(0)
    assert "not sound" in force.run("ledger", "verify", "--checkpoint", copy).require(4).out


def test_answers_from_an_old_copy_say_so(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    old = (force.folder / "ledger.db").read_bytes()
    force.send("kit", officers(3), *UNIFORM)
    (force.folder / "ledger.db").write_bytes(old)
    for question in (("breach", "cardco"), ("subject", "E4000001"), ("obligations",), ("ledger", "list"), ("ropa",)):
        assert "the ledger has 1 entries, and had 2" in force.run(*question).require(0).err


def test_a_changed_ledger_does_not(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    database = sqlite3.connect(force.folder / "ledger.db")
    database.execute("DROP TRIGGER releases_no_update")
    database.execute("UPDATE releases SET delete_by = '2030-01-01'")
    database.commit()
    database.close()
    done = force.run("ledger", "verify").require(4)
    assert done.out.startswith("not sound: ")
    assert "entry 0" in done.out
    assert json.loads(force.run("ledger", "verify", "--json").require(4).out)["findings"]


def test_replay(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    assert force.run("ledger", "replay", "0").require(0).out.startswith("decided alike")
    rego = "purposes/id_card_print/id_card_print.rego"
    policies = copy_policies(force.folder / "policies")
    text = (policies / rego).read_text().replace('permit.rank.action := "keep"\n', "")
    (policies / rego).write_text(text)
    done = force.run("ledger", "replay", "0", "--policies", policies).require(1)
    assert done.out.startswith("decided otherwise")
    assert "columns.rank.action" in done.out
    report = json.loads(force.run("ledger", "replay", "0", "--policies", policies, "--json").require(1).out)
    jsonschema.validate(report, json.loads((SCHEMAS / "replay.schema.json").read_text()))
    assert report["recorded_policy"] != report["replayed_policy"]


@contextmanager
def serving(folder: Path, log: str) -> Iterator[str]:
    """A witness for ``log``; yields its address."""
    command = [sys.executable, "-m", "narrowgate", "witness", "serve", folder, "--log", log, "--port", "0"]
    with subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(30)


def test_a_witness_cosigns_what_goes_on(force: Force) -> None:
    force.run("ledger", "init").require(0)
    key = force.run("witness", "init", "witness", "--name", "witness.example").require(0).out.strip()
    with serving(force.folder / "witness", force.run("ledger", "key").require(0).out.strip()) as url:
        submit = ("ledger", "witness", url, "--key", key)
        assert "holds nothing yet" in force.run(*submit).require(2).err
        force.send("cards", officers(2), *CARDS)
        assert force.run(*submit).require(0).out.startswith("witness.example cosigned 1 entry at ")
        old = {path: path.read_bytes() for path in force.folder.glob("ledger.db*")}
        force.send("more", officers(2), *CARDS)
        force.send("kit", officers(2), *UNIFORM)
        assert "cosigned 3 entries" in force.run(*submit, "-o", "cosigned.note").require(0).out
        assert "cosigned 3 entries" in force.run(*submit).require(0).out
        note = (force.folder / "cosigned.note").read_text()
        assert note.count("\n— ") == 2
        assert note in (force.folder / "ledger.db.checkpoints").read_text()
        force.run("ledger", "verify", "--checkpoint", "cosigned.note").require(0)
        force.send("again", officers(2), *CARDS)
        for path, content in old.items():
            path.write_bytes(content)
        assert "the ledger has 1" in force.run(*submit).require(4).err
    force.run("ledger", "verify", "--checkpoint", "cosigned.note").require(4)
    assert "does not answer" in force.run(*submit).require(4).err


def test_an_sqlite_file_knows_no_roles(sent: Force) -> None:
    assert "knows no roles" in sent.run("ledger", "grant", "gate").require(2).err


# ropa


def test_the_record_of_processing(sent: Force) -> None:
    done = sent.run("ropa", "--controller", "Anyshire Police", "--on", ON).require(0)
    assert "record of processing of Anyshire Police" in done.out
    assert "DSA-2021-003 (ended)" in done.out
    record = sent.document("record-of-processing", "ropa", "--on", ON)
    lines = {(each["purpose"], each["recipient"]["id"]): each for each in record["processing"]}
    cards = lines["id_card_print", "cardco"]
    assert [each["field"] for each in cards["fields"]] == ["warrant_number", "forename", "surname", "photo", "rank"]
    assert cards["left"]["people"] == 3
    assert cards["left"]["fields"] == list(CARD)
    assert (cards["retention_days"], cards["status"], cards["third_country"]) == (30, "in force", None)
    assert lines["id_card_print", "oldco"]["left"]["releases"] == 0
    assert lines["occupational_health", "fitwell"]["article_9_condition"]


def test_the_record_of_processing_keeps_what_left_under_old_agreements(force: Force) -> None:
    force.send("cards", officers(2), *CARDS)
    policies = copy_policies(force.folder / "policies")
    agreements = policies / "purposes/id_card_print/data.yaml"
    agreements.write_text(agreements.read_text().replace("DSA-2025-014", "DSA-2026-001"))
    path = policies / SUPPLIERS
    path.write_text(path.read_text().replace("country: GB", "country: IE", 1))
    record = json.loads(force.run("ropa", "--policies", policies, "--json").require(0).out)
    lines = {each["agreement"]: each for each in record["processing"]}
    assert lines["DSA-2025-014"]["status"] == "not in the policies"
    assert lines["DSA-2025-014"]["left"]["people"] == 2
    assert lines["DSA-2026-001"]["left"]["people"] == 0
    assert lines["DSA-2026-001"]["third_country"] == "IE"


def test_the_record_of_processing_as_files(sent: Force, tmp_path: Path) -> None:
    for form in ("table", "csv", "xlsx", "jsonld"):
        assert sent.run("ropa", "--as", form, "-o", tmp_path / f"ropa.{form}").require(0).out == ""
    assert files_in(tmp_path) == {"ropa.table", "ropa.csv", "ropa.xlsx", "ropa.jsonld"}
    rows = list(csv.reader(io.StringIO((tmp_path / "ropa.csv").read_text())))
    sheet = openpyxl.load_workbook(tmp_path / "ropa.xlsx").active
    assert [[str("" if cell is None else cell) for cell in row] for row in sheet.iter_rows(values_only=True)] == rows
    first = (tmp_path / "ropa.xlsx").read_bytes()
    sent.run("ropa", "--as", "xlsx", "-o", tmp_path / "ropa.xlsx").require(0)
    assert (tmp_path / "ropa.xlsx").read_bytes() == first
    assert "-o" in sent.run("ropa", "--as", "xlsx").require(2).err


def test_the_record_of_processing_in_terms_of_dpv(sent: Force) -> None:
    document = json.loads(sent.run("ropa", "--as", "jsonld").require(0).out)
    assert document["@context"]["dpv"] == "https://w3id.org/dpv#"
    cards = next(each for each in document["dct:hasPart"] if each["@id"].endswith(":cardco:DSA-2025-014"))
    assert cards["@type"] == "dpv:Process"
    assert cards["dpv:hasLegalBasis"][0]["@type"] == "dpv:PublicInterest"
    assert {kind for each in cards["dpv:hasPersonalData"] for kind in each["@type"]} == {
        *("pd:OfficialID", "pd:Name", "pd:Picture", "pd:Job")
    }
    health = next(each for each in document["dct:hasPart"] if "occupational_health" in each["@id"])
    assert any("dpv:SpecialCategoryPersonalData" in each["@type"] for each in health["dpv:hasPersonalData"])
    named = {each["@id"] for each in document["@included"]}
    for process in document["dct:hasPart"]:
        assert process["dpv:hasRecipient"]["@id"] in named
        assert process["dpv:hasDataController"]["@id"] in named
