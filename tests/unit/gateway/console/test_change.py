"""Comparing policies with a bundle that somebody brings."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from narrowgate.model.serving import Serving
from narrowgate.policy.archive import pack, read_files
from narrowgate.service import Gate
from support.cli import files_in
from support.pages import console, text_of, upload
from support.paths import POLICIES
from support.processes import opas_of

CARDS = "purposes/id_card_print/id_card_print.rego"


def bundle(**changes: str) -> bytes:
    """The shipped policies, with texts replaced in one purpose's."""
    files = read_files(POLICIES)
    text = files[CARDS].decode()
    for before, after in changes.items():
        text = text.replace(f'permit.{before}.action := "keep"', after)
    return pack(files | {CARDS: text.encode()})


def test_the_same_would_leave(client: TestClient) -> None:
    answer = upload(client, "/console/change", bundle(), "policies.tar.gz")
    assert answer.status_code == 200
    assert "The same would leave." in text_of(answer)


def test_more_and_less_would_leave(client: TestClient) -> None:
    changed = bundle(rank='permit.unit.action := "keep"')
    text = text_of(upload(client, "/console/change", changed, "policies.tar.gz"))
    assert "More would leave." in text
    assert "unit id_card_print withheld as it is cardco, oldco everywhere purposes/id_card_print" in text
    assert "rank id_card_print as it is withheld cardco, oldco everywhere" in text


@pytest.mark.parametrize("rank", ['permit.rank.action := "keep"', 'permit.rank.action := "shout"'])
def test_nothing_is_kept(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = gate.engine.revision, opas_of(os.getpid())
    with console(gate, serving=Serving(spool=tmp_path / "spool")) as client:
        upload(client, "/console/change", bundle(rank=rank), "policies.tar.gz")
    assert files_in(tmp_path) == set()
    assert (gate.engine.revision, opas_of(os.getpid())) == before


def leading_out() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../outside.rego")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "No file was chosen, or an empty one."),
        (b"surname\nx\n", 422, "policies.tar.gz is no bundle"),
        (gzip.compress(b"surname\nx\n"), 422, "policies.tar.gz is no bundle"),
        (gzip.compress(bytes(65 << 20)), 422, "policies.tar.gz holds more than 64 MiB."),
        (leading_out(), 422, "twice, or where it cannot be"),
        (bundle(rank='permit.rank.action := "shout"'), 422, "shout"),
        (bundle(rank="permit.rank := http.send({})"), 422, "http.send"),
    ],
    ids=["nothing", "text", "no archive", "too large", "leading out", "no action", "calling out"],
)
def test_what_is_no_bundle_is_told(client: TestClient, content: bytes, status: int, said: str) -> None:
    answer = upload(client, "/console/change", content, "policies.tar.gz")
    assert said in text_of(answer)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "/policies.tar.gz" not in answer.text
