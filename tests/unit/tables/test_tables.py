"""Files, mapping, pipeline, judging."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from narrowgate.errors import DataError, FileError
from narrowgate.model.actions import Keep
from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.model.decision import CsvDialect, Judgement, Limits, Obligations
from narrowgate.model.source import Source
from narrowgate.plan.plan import Plan, PlannedColumn
from narrowgate.tables.files import OutputFile
from narrowgate.tables.judging import Judge
from narrowgate.tables.mapping import bind, translate
from narrowgate.tables.pipeline import Prefetched, in_order
from support.cli import files_in
from support.gates import DAY

# Output


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with OutputFile(path) as output:
        with output.stream() as stream:
            stream.write(b"abc")
        digest = output.seal()
        assert not path.exists()
        output.publish()
        assert path.read_bytes() == b"abc"
    assert (digest.bytes, digest.sha256[:8]) == (3, "ba7816bf")
    with pytest.raises(ZeroDivisionError), OutputFile(tmp_path / "other") as output, output.stream() as stream:
        stream.write(b"abc")
        raise ZeroDivisionError
    assert files_in(tmp_path) == {"out"}


def test_no_folder_to_write_into(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"), OutputFile(tmp_path / "no" / "out"):
        pass


# Mapping


def test_binding_without_a_source(catalogue: Catalogue) -> None:
    binding = bind(("Warrant No.", "SURNAME", "shoe"), catalogue, None)
    assert binding.fields == {"Warrant No.": "warrant_number", "SURNAME": "surname"}
    assert binding.unknown == ("shoe",)
    assert bind(("Nr", "x"), catalogue, None, {"Nr": "warrant_number"}).fields == {"Nr": "warrant_number"}


def test_a_source_alone_decides(catalogue: Catalogue) -> None:
    source = Source(headers={"A": "surname", "posts[0].rank": "rank"}, constants={"posting": "headquarters"})
    binding = bind(("A", "surname", "posts[].rank", "posts[].x"), catalogue, source)
    assert binding.fields == {"A": "surname", "posts[0].rank": "rank"}
    assert binding.unknown == ("surname", "posts[].x")
    assert binding.columns == ("surname", "rank", "posting")


def test_two_columns_for_one_field(catalogue: Catalogue) -> None:
    with pytest.raises(DataError, match="both hold email"):
        bind(("Email", "E-mail"), catalogue, None)


def test_translation(catalogue: Catalogue) -> None:
    source = Source(
        headers={"S": "status", "B": "date_of_birth"},
        values={"status": {"1": "active"}},
        dates={"date_of_birth": "%d/%m/%Y"},
        constants={"posting": "headquarters"},
    )
    binding = bind(("S", "B"), catalogue, source)
    frame = pl.DataFrame({"status": ["1", "active", None], "date_of_birth": ["17/05/1984", "1984-05-17", None]})
    out = translate(frame, binding, source)
    assert out["status"].to_list() == ["active", "\0", None]
    assert out["date_of_birth"].to_list() == ["1984-05-17", "\0", None]
    assert out["posting"].to_list() == ["headquarters"] * 3


# Pipeline


def test_outcomes_are_in_order() -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number

    assert list(in_order(work, iter(range(50)), workers=4)) == list(range(50))


def test_not_too_far_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    outcomes = in_order(lambda number: number, items(), workers=3)
    next(outcomes)
    assert len(taken) <= 5
    outcomes.close()  # type: ignore[attr-defined]


def test_an_error_comes_in_its_place() -> None:
    def work(number: int) -> float:
        return 1 / (number - 2)

    outcomes = in_order(work, iter(range(5)))
    assert [next(outcomes), next(outcomes)] == [-0.5, -1.0]
    with pytest.raises(ZeroDivisionError):
        next(outcomes)


def _numbers(closed: list[bool], fail: bool = False) -> Generator[int, None, None]:
    try:
        yield from range(20)
        if fail:
            raise KeyError
    finally:
        closed.append(True)


def test_prefetching() -> None:
    closed: list[bool] = []
    with Prefetched(_numbers(closed)) as items:
        assert list(items) == list(range(20))
    assert closed == [True]
    with pytest.raises(KeyError), Prefetched(_numbers(closed, fail=True)) as items:
        list(items)
    before = threading.active_count()
    with Prefetched(_numbers(closed)) as items:
        next(iter(items))
    assert len(closed) == 3
    assert threading.active_count() <= before


# Judging


def _plan(reads: tuple[str, ...]) -> Plan:
    column = PlannedColumn(field="surname", name="surname", action=Keep(), reason="", rules=())
    return Plan(
        supplier="cardco",
        purpose="id_card_print",
        on=DAY,
        columns=(column,),
        withheld=(),
        reads=reads,
        overridable=(),
        searched=(),
        limits=Limits(max_rows=1, max_bad_share=0, on_leak="withhold", on_hidden="refuse"),
        csv=CsvDialect(),
        obligations=Obligations(agreement="A", lawful_basis="public task", retention_days=1),
    )


class Asked:
    """Judges by a made-up rule, and remembers what it was asked."""

    def __init__(self) -> None:
        self.records: list[Mapping[str, Value]] = []

    def __call__(self, records: Sequence[Mapping[str, Value]]) -> list[Judgement]:
        self.records += records
        return [self._judged(record.get("status") == "active") for record in records]

    @staticmethod
    def _judged(active: bool) -> Judgement:
        return Judgement(release=active, reasons=() if active else ("no",), override={})


def test_policies_are_asked_once_for_each_combination(catalogue: Catalogue) -> None:
    asked = Asked()
    judge = Judge(_plan(("posting", "status")), catalogue, asked)
    frame = pl.DataFrame({"posting": ["response"] * 1000, "status": ["active", "leaver"] * 500})
    for _ in range(3):
        classes, bad = judge.classify(frame)
        assert bad == {}
        assert [judge.verdicts[number].release for number in classes[:4]] == [True, False, True, False]
    assert len(asked.records) == 2


def test_policies_are_never_asked_about_what_is_not_allowed(catalogue: Catalogue) -> None:
    asked = Asked()
    judge = Judge(_plan(("posting", "status")), catalogue, asked)
    rows: list[tuple[Any, Any]] = [("Covert ", "active"), (None, "active"), ("response", None), ("response", "gone")]
    classes, bad = judge.classify(pl.DataFrame(rows, schema={"posting": pl.String, "status": pl.String}, orient="row"))
    assert asked.records == []
    assert [judge.verdicts[number].reasons for number in classes] == [
        ("posting is not what the catalogue allows",),
        ("posting is missing",),
        ("status is missing",),
        ("status is not what the catalogue allows",),
    ]
    assert not any(verdict.release for verdict in judge.verdicts)
    assert {field: cells.to_list() for field, cells in bad.items()} == {
        "posting": [True, False, False, False],
        "status": [False, False, False, True],
    }


def test_values_have_the_catalogues_types(catalogue: Catalogue) -> None:
    asked = Asked()
    judge = Judge(_plan(("full_time_equivalent", "pay_point", "protected", "joined_on")), catalogue, asked)
    row = {"full_time_equivalent": "0.5", "pay_point": "7", "protected": "true", "joined_on": "2009-03-02"}
    judge.verdict_on([row])
    assert asked.records == [
        {"full_time_equivalent": 0.5, "pay_point": 7, "protected": True, "joined_on": "2009-03-02"}
    ]


def test_rules_that_read_nothing(catalogue: Catalogue) -> None:
    judge = Judge(_plan(()), catalogue, Asked())
    classes, _ = judge.classify(pl.DataFrame({"surname": ["a", "b"]}))
    assert len(classes) == 2
