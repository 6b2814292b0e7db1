"""CSV for people."""

from __future__ import annotations

from narrowgate.model.spreadsheet import csv_pieces, csv_text


def test_a_cell_that_would_be_run_is_not() -> None:
    rows = [["=1+1", "a,b"], ["-x", 'say "no"'], ["\tx", "@x"], ["1-1", ""]]
    assert csv_text(["one", "two"], rows) == ('one,two\n\'=1+1,"a,b"\n\'-x,"say ""no"""\n\'\tx,\'@x\n1-1,\n')


def test_it_comes_in_pieces() -> None:
    pieces = list(csv_pieces(["number"], ([str(number)] for number in range(2500))))
    assert [piece.count("\n") for piece in pieces] == [1000, 1000, 501]
    assert "".join(pieces).splitlines() == ["number", *map(str, range(2500))]
