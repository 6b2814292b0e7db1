"""What the ledger proves, checked by an implementation that is not ours: Go's, of its checksum database."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import EvidenceError
from narrowgate.ledger import merkle
from narrowgate.ledger.checkpoints import Checkpoint, open_checkpoint
from narrowgate.ledger.merkle import MemoryTree
from narrowgate.ledger.notes import Cosigner, Signer, sign, verified
from narrowgate.ledger.receipts import write_receipt
from support.ledgers import varied_ledger
from support.paths import ROOT

GO = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
SOURCE = ROOT / "tests" / "ledger_go"

pytestmark = pytest.mark.skipif(GO is None, reason="there is no Go here")

SIGNER = Signer("force.example/ledger", bytes(range(32)))
BODIES = [b'{"entry":%d}' % number for number in range(70)]
TREE = MemoryTree.from_leaves(map(merkle.leaf_hash, BODIES))

Question = dict[str, Any]
Ask = Callable[[Iterable[Question]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """``ask(questions)``: what the Go program answers to each."""
    assert GO is not None
    program = tmp_path_factory.mktemp("go") / "verify"
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0", "GOWORK": "off"}
    subprocess.run([GO, "build", "-o", program, "."], cwd=SOURCE, env=environment, check=True)

    def run(questions: Iterable[Question]) -> list[dict[str, Any]]:
        given = json.dumps(list(questions)).encode()
        done = subprocess.run([program], input=given, capture_output=True, check=True, timeout=60)
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return run


def encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


def checkpoint(size: int, signer: Signer = SIGNER) -> str:
    return sign(Checkpoint(signer.name, size, TREE.root(size)).text(), signer)


def of_checkpoint(size: int) -> Question:
    return {"vkey": str(SIGNER.verifier), "checkpoint": checkpoint(size)}


def of_record(index: int, size: int) -> Question:
    proof = merkle.inclusion_proof(index, size, TREE.read)
    body = base64.b64encode(BODIES[index]).decode()
    return of_checkpoint(size) | {"record": {"body": body, "index": index, "proof": encoded(proof)}}


def of_growth(old: int, new: int) -> Question:
    proof = merkle.consistency_proof(old, new, TREE.read)
    return of_checkpoint(new) | {"old": {"checkpoint": checkpoint(old), "proof": encoded(proof)}}


def test_go_opens_our_checkpoints(ask: Ask) -> None:
    for size, answer in enumerate(ask(of_checkpoint(size) for size in range(len(BODIES) + 1))):
        assert answer == {"error": "", "note": "", "origin": SIGNER.name, "size": size}


def test_go_opens_what_a_witness_cosigned(ask: Ask) -> None:
    note = checkpoint(7) + Cosigner.generate("witness.example").signature("anything\n", 1).line
    [answer] = ask([of_checkpoint(7) | {"checkpoint": note}])
    assert answer["error"] == ""


def test_go_opens_with_keys_that_were_made_here(ask: Ask) -> None:
    signer = Signer.generate("force.example/another")
    [answer] = ask([{"vkey": str(signer.verifier), "checkpoint": checkpoint(7, signer)}])
    assert answer["error"] == ""


def test_go_accepts_our_proofs_of_inclusion(ask: Ask) -> None:
    questions = [of_record(index, size) for size in range(1, len(BODIES) + 1) for index in range(size)]
    assert {answer["error"] for answer in ask(questions)} == {""}


def test_go_accepts_our_proofs_of_consistency(ask: Ask) -> None:
    questions = [of_growth(old, new) for new in range(1, len(BODIES) + 1) for old in range(1, new + 1)]
    assert {answer["error"] for answer in ask(questions)} == {""}


def test_go_accepts_receipts_as_suppliers_have_them(ask: Ask, tmp_path: Path) -> None:
    """From the file alone: its entry as canonical JSON is the record, which nothing of ours is needed to make."""
    ledger = varied_ledger(tmp_path)
    questions = []
    for number in (0, 1, 11):
        path = tmp_path / f"{number}.receipt.json"
        write_receipt(ledger.receipt(number), path)
        receipt = json.loads(path.read_text())
        body = json.dumps(receipt["entry"], ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        proof = [base64.b64encode(bytes.fromhex(each)).decode() for each in receipt["proof"]]
        record = {"body": base64.b64encode(body).decode(), "index": receipt["number"], "proof": proof}
        questions.append({"vkey": str(ledger.verifier), "checkpoint": receipt["checkpoint"], "record": record})
    ledger.store.close()
    assert [answer["error"] for answer in ask(questions)] == ["", "", ""]
    mixed = questions[0] | {"record": questions[0]["record"] | {"body": questions[1]["record"]["body"]}}
    assert ask([mixed])[0]["error"]


def altered(question: Question, part: str) -> list[Question]:
    """The question with something wrong about ``part`` of it."""
    whole = question[part]
    proof: list[str] = whole["proof"]
    other = encoded([merkle.leaf_hash(b"other")])
    changes: list[dict[str, Any]] = [
        {"proof": proof[:-1]},
        {"proof": proof[1:]},
        {"proof": proof + other},
        {"proof": other + proof[1:]},
        {"proof": proof[:-1] + other},
        {"proof": proof[::-1]},
    ]
    if part == "record":
        changes += [{"index": whole["index"] + 1}, {"index": -1}, {"index": 70}]
        changes += [{"body": base64.b64encode(b"another entry").decode()}]
    else:
        changes += [{"checkpoint": checkpoint(12)}, {"checkpoint": checkpoint(64)}]
    return [question | {part: whole | change} for change in changes]


def test_go_accepts_nothing_that_was_altered(ask: Ask) -> None:
    stranger = Signer.generate(SIGNER.name)
    questions = altered(of_record(13, 37), "record") + altered(of_growth(13, 37), "old")
    questions += [
        of_record(13, 37) | {"checkpoint": checkpoint(38)},
        of_record(13, 37) | {"vkey": str(stranger.verifier)},
        of_record(13, 37) | {"checkpoint": checkpoint(37, stranger)},
        of_record(13, 37) | {"checkpoint": checkpoint(37).replace("\n37\n", "\n38\n")},
    ]
    for question, answer in zip(questions, ask(questions), strict=True):
        assert answer["error"] != "", question


def test_what_go_signs_is_opened_here(ask: Ask) -> None:
    texts = [Checkpoint(SIGNER.name, size, TREE.root(size), more).text() for size in (1, 7) for more in ((), ("more",))]
    answers = ask({"skey": SIGNER.private(), "text": text} for text in texts)
    for text, answer in zip(texts, answers, strict=True):
        assert answer["error"] == ""
        assert answer["note"] == sign(text, SIGNER)
        assert open_checkpoint(answer["note"], SIGNER.verifier).text() == text


def test_what_is_opened_here_go_opens_too(ask: Ask) -> None:
    """Changed notes, most of them malformed: where ours accepts one, so does Go, and with the same text."""
    chance = random.Random(1)
    note = checkpoint(7)
    line = note.partition("\n\n")[2]
    pieces = ["\n", "\n\n", "\u2014 ", " ", "=", "A", "\0", "\r", "\t", "\u00a0", "\u2028", "\x7f", "+", line, ""]
    notes = []
    for _ in range(2000):
        place = chance.randrange(len(note) + 1)
        notes.append(note[:place] + chance.choice(pieces) + note[place + chance.randrange(2) :])
    answers = ask({"vkey": str(SIGNER.verifier), "checkpoint": each} for each in notes)
    accepted = 0
    for each, answer in zip(notes, answers, strict=True):
        try:
            text = verified(each, [SIGNER.verifier]).text
        except EvidenceError:
            continue
        accepted += 1
        assert answer["error"] == "", each
        assert (answer["origin"], str(answer["size"])) == tuple(text.split("\n")[:2])
    assert accepted > 20
    assert any(answer["error"] for answer in answers)
