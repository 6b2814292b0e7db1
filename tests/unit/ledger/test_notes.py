"""Signed notes, against the examples of Go's package and of the specifications, and malformed ones."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import EvidenceError, UsageError
from narrowgate.ledger.notes import COSIGNATURE, Cosigner, Signer, Verifier, parse_note, sign, verified

# From the documentation of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{PETER_LINE}"

# From https://c2sp.org/signed-note.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

ENOCH = Signer("EnochRoot", bytes(range(32)))
WITNESS = Cosigner("witness.example", bytes(range(1, 33)))


def test_the_example_of_go() -> None:
    signer, verifier = Signer.parse(PETER_SECRET), Verifier.parse(PETER)
    assert signer.verifier == verifier
    assert (str(verifier), signer.private()) == (PETER, PETER_SECRET)
    assert sign(TEXT, signer) == NOTE
    found = verified(NOTE, [verifier])
    assert (found.text, found.signed) == (TEXT, {verifier: None})


def test_the_example_of_the_specification() -> None:
    verifier = Verifier.parse(FOO)
    assert verified(FOO_NOTE, [verifier]).text == "This is an example message.\n"


def test_keys_are_read_as_they_are_written() -> None:
    for made in (Signer.generate("force.example/ledger"), Cosigner.generate("witness.example")):
        assert type(made).parse(made.private()) == made
        assert Verifier.parse(f" {made.verifier}\n") == made.verifier
    assert Signer.generate("a").seed != Signer.generate("a").seed


def test_a_secret_key_does_not_show_itself() -> None:
    assert "seed" not in repr(ENOCH)
    assert ENOCH.private() not in repr(ENOCH)


def test_several_sign() -> None:
    peter = Signer.parse(PETER_SECRET)
    note = sign(TEXT, peter, ENOCH)
    assert note == NOTE + ENOCH.signature(TEXT).line
    assert verified(note, [ENOCH.verifier]).signed == {ENOCH.verifier: None}
    assert verified(note, [ENOCH.verifier, peter.verifier]).signed.keys() == {ENOCH.verifier, peter.verifier}


def test_others_signatures_are_passed_over() -> None:
    stranger = Signer.generate("PeterNeumann")
    assert verified(sign(TEXT, stranger) + PETER_LINE, [Verifier.parse(PETER)]).text == TEXT
    with pytest.raises(EvidenceError, match="not signed by PeterNeumann"):
        verified(sign(TEXT, stranger), [Verifier.parse(PETER)])
    with pytest.raises(EvidenceError, match="not signed by a key that is known"):
        verified(NOTE, [])


def test_a_known_key_s_bad_signature_condemns_the_note() -> None:
    note = sign(TEXT, Signer.parse(PETER_SECRET), ENOCH).replace("think", "thought")
    both = [Verifier.parse(PETER), ENOCH.verifier]
    for keys in (both, both[:1], both[1:]):
        with pytest.raises(EvidenceError, match="is bad"):
            verified(note, keys)
    good_and_bad = sign(TEXT, ENOCH) + PETER_LINE.replace("x08go/ZJ", "x08go/ZK")
    assert verified(good_and_bad, both[1:]).text == TEXT
    with pytest.raises(EvidenceError, match="PeterNeumann is bad"):
        verified(good_and_bad, both)


def test_of_one_key_the_first_signature_counts() -> None:
    assert verified(NOTE + PETER_LINE, [Verifier.parse(PETER)]).text == TEXT
    bad = PETER_LINE.replace("x08go/ZJ", "x08go/ZK")
    assert verified(NOTE + bad, [Verifier.parse(PETER)]).text == TEXT
    with pytest.raises(EvidenceError, match="is bad"):
        verified(f"{TEXT}\n{bad}{PETER_LINE}", [Verifier.parse(PETER)])


def test_two_keys_of_one_name_and_id_are_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = ENOCH.verifier, Signer.generate("EnochRoot").verifier
    note = sign(TEXT, ENOCH)
    assert verified(note, [mine, mine]).signed == {mine: None}
    monkeypatch.setattr(Verifier, "id", mine.id)
    with pytest.raises(EvidenceError, match="two keys"):
        verified(note, [mine, other])


def test_texts_with_empty_lines() -> None:
    for text in ("\n", "\n\n", "a\n\n", "a\n\nb\n", "a\n\n\u2014 EnochRoot AAAAAAA=\n", "\u2028\u0085\n", "\x7f\n"):
        note = sign(text, ENOCH)
        assert parse_note(note).text == text
        assert verified(note, [ENOCH.verifier]).text == text


@pytest.mark.parametrize("text", ["", "a", "a\n\rb\n", "\0\n", "\ud800\n"])
def test_texts_that_no_note_holds(text: str) -> None:
    with pytest.raises(ValueError, match="a note is lines"):
        sign(text, ENOCH)


def test_somebody_signs() -> None:
    with pytest.raises(ValueError, match="somebody signs"):
        sign(TEXT)


MALFORMED = [
    "",
    "\n",
    TEXT,
    TEXT + "\n",
    PETER_LINE,
    "\n" + PETER_LINE,
    TEXT + PETER_LINE,
    NOTE[:-1],
    NOTE + "\n",
    NOTE + "more\n",
    "\t" + NOTE,
    NOTE.replace("\n", "\r\n"),
    NOTE.replace("you", "\0", 1),
    NOTE.replace("you", "\x1f", 1),
    NOTE.replace("you", "\ud800", 1),
    NOTE.replace("\u2014", "-"),
    NOTE.replace("\u2014 ", "\u2014"),
    NOTE.replace("\u2014 PeterNeumann", "\u2014 "),
    NOTE.replace("PeterNeumann", "Peter+Neumann"),
    NOTE.replace("PeterNeumann", "Peter\u00a0Neumann"),
    NOTE.replace("PeterNeumann ", "PeterNeumann  "),
    NOTE.replace("AM=", "AM"),
    NOTE.replace("AM=", "AM= "),
    NOTE.replace("AM=", "AN="),
    NOTE.replace("x08go/", "x08go_"),
    f"{TEXT}\n\u2014 PeterNeumann\n",
    f"{TEXT}\n\u2014 PeterNeumann \n",
    f"{TEXT}\n\u2014 PeterNeumann {base64.b64encode(b'four').decode()}\n",
    f"{TEXT}\n{PETER_LINE * 101}",
]


@pytest.mark.parametrize("note", MALFORMED)
def test_malformed_notes(note: str) -> None:
    with pytest.raises(EvidenceError, match="not a signed note"):
        parse_note(note)
    with pytest.raises(EvidenceError, match="not a signed note"):
        verified(note, [Verifier.parse(PETER)])


def test_a_hundred_signatures_are_not_too_many() -> None:
    assert len(parse_note(f"{TEXT}\n{PETER_LINE * 100}").signatures) == 100


@given(st.text())
def test_any_text_is_a_note_or_is_not(text: str) -> None:
    try:
        note = parse_note(text)
    except EvidenceError:
        return
    assert f"{note.text}\n" + "".join(each.line for each in note.signatures) == text


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_a_note_with_one_character_changed_is_not_verified(place: int, character: str) -> None:
    changed = NOTE[:place] + character + NOTE[place + 1 :]
    if changed == NOTE:
        assert verified(changed, [Verifier.parse(PETER)]).text == TEXT
    else:
        with pytest.raises(EvidenceError):
            verified(changed, [Verifier.parse(PETER)])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        PETER.replace("+c74f20a3", ""),
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("c74f20a3", "0xc74f20"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", ""),
        PETER.replace("PeterNeumann", "Paul"),
        PETER[:-4],
        PETER[:-1] + "=",
        PETER.replace("+AR", "+"),
        PETER + "\nmore",
        "PeterNeumann+c74f20a3+",
    ],
)
def test_bad_public_keys(key: str) -> None:
    with pytest.raises(UsageError):
        Verifier.parse(key)


def test_public_keys_of_other_kinds() -> None:
    with pytest.raises(UsageError, match="of a kind not known here: 2"):
        Verifier.parse(str(Verifier("a", bytes(32), 2)))


def test_a_secret_key_given_as_the_public_one() -> None:
    with pytest.raises(UsageError, match="a secret key was given") as caught:
        Verifier.parse(PETER_SECRET)
    assert "AYEKFALVFG" not in caught.value.message + caught.value.remedy


@pytest.mark.parametrize(
    "key",
    [
        "",
        PETER,
        PETER_SECRET.replace("PRIVATE", "PUBLIC"),
        PETER_SECRET.replace("c74f20a3", "c74f20a4"),
        PETER_SECRET.replace("PeterNeumann", "Paul"),
        PETER_SECRET.replace("+AYEKFA", "+BYEKFA"),
        PETER_SECRET[:-4],
        "x" + PETER_SECRET,
        WITNESS.private(),
    ],
)
def test_bad_secret_keys_are_not_quoted(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        Signer.parse(key)
    said = caught.value.message + caught.value.remedy
    assert not re.search(r"FALVFGyNh|AgMEBQYH", said)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "\0"])
def test_names_that_nobody_has(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a key's name"):
        Signer.generate(name)


# Cosignatures.


def test_a_cosignature_is_as_the_specification_has_it() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    line = WITNESS.signature(TEXT, 1679315147)
    assert line.value[:8] == (1679315147).to_bytes(8, "big")
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    Ed25519PublicKey.from_public_bytes(WITNESS.verifier.public).verify(line.value[8:], message)


def test_a_cosignature_tells_when() -> None:
    note = sign(TEXT, ENOCH) + WITNESS.signature(TEXT, 1679315147).line
    assert verified(note, [WITNESS.verifier]).signed == {WITNESS.verifier: 1679315147}
    both = verified(note, [WITNESS.verifier, ENOCH.verifier])
    assert both.signed == {ENOCH.verifier: None, WITNESS.verifier: 1679315147}


def cosigned(value: bytes, at: int = 0) -> str:
    line = WITNESS.signature(TEXT, at or 1)
    return f"{TEXT}\n" + type(line)(line.name, line.key_id, value + line.value[8:] if at else value).line


@pytest.mark.parametrize(
    "note",
    [
        cosigned((2).to_bytes(8, "big"), at=1),
        cosigned(WITNESS.signature(TEXT, 0).value),
        cosigned(WITNESS.signature(TEXT, 1 << 63).value),
        cosigned(WITNESS.signature(TEXT, 7).value[:-1]),
        cosigned(WITNESS.signature(TEXT, 7).value[:8]),
        cosigned(b"short"),
        cosigned(Signer(WITNESS.name, WITNESS.seed).signature(TEXT).value),
    ],
)
def test_bad_cosignatures(note: str) -> None:
    with pytest.raises(EvidenceError, match=r"witness\.example is bad"):
        verified(note, [WITNESS.verifier])


def test_a_key_of_one_kind_is_none_of_another() -> None:
    signer = Signer(WITNESS.name, WITNESS.seed)
    assert signer.verifier.public == WITNESS.verifier.public
    assert WITNESS.verifier.kind == COSIGNATURE
    assert signer.verifier.id != WITNESS.verifier.id
    with pytest.raises(EvidenceError, match="not signed by"):
        verified(f"{TEXT}\n{WITNESS.signature(TEXT, 7).line}", [signer.verifier])
    with pytest.raises(UsageError, match="for something else"):
        Cosigner.parse(signer.private())
