"""Actions do what the vectors say."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import UsageError
from narrowgate.model.actions import Generalise, Mask, Pseudonymise, Truncate, parse_action
from narrowgate.model.catalogue import Catalogue
from narrowgate.tables.actions import Context, expression
from narrowgate.tables.pseudonyms import Pseudonyms
from support.gates import DAY, SECRET
from support.vectors import vectors

CONTEXT = Context(DAY, Pseudonyms(SECRET, "askaround", "staff_survey"))


def apply(action: Any, field: str, cells: list[str | None] | pl.Series, context: Context = CONTEXT) -> list[str | None]:
    frame = pl.DataFrame({field: cells}, schema={field: pl.String})
    column = frame.select(expression(action, field, context).alias("out")).to_series()
    made = column if len(column) == len(cells) else pl.Series([column.item()] * len(cells))
    return made.to_list()


@pytest.mark.parametrize("case", vectors("actions"), ids=lambda case: f"{case['field']} {case['action']}")
def test_vectors(case: dict[str, Any], catalogue: Catalogue) -> None:
    action = parse_action(case["action"])
    assert action is not None
    assert action.suits(catalogue[case["field"]])
    assert apply(action, case["field"], list(case["cells"])) == list(case["cells"].values())


@pytest.mark.parametrize("case", vectors("actions"), ids=lambda case: f"{case['field']} {case['action']}")
def test_cells_in_pieces_the_first_of_them_empty(case: dict[str, Any]) -> None:
    """As they are where no record of a Parquet file's row group leaves."""
    cells = pl.Series(["x"]).append(pl.Series(list(case["cells"]), dtype=pl.String))
    leaving = cells.filter(pl.Series([False] + [True] * len(case["cells"])))
    assert leaving.chunk_lengths()[0] == 0
    assert apply(parse_action(case["action"]), case["field"], leaving) == list(case["cells"].values())


@pytest.mark.parametrize("case", vectors("actions"), ids=lambda case: f"{case['field']} {case['action']}")
def test_what_comes_out_has_the_form_that_check_goes_by(case: dict[str, Any]) -> None:
    action = parse_action(case["action"])
    assert action is not None
    out = pl.Series([cell for cell in case["cells"].values() if cell is not None], dtype=pl.String)
    assert out.str.contains(action.form()).all()


@pytest.mark.parametrize("case", vectors("pseudonyms"), ids=lambda case: case["pseudonym"][:6])
def test_pseudonym_vectors(case: dict[str, str]) -> None:
    pseudonyms = Pseudonyms(case["secret"], case["supplier"], case["purpose"])
    assert pseudonyms.of(case["field"], pl.Series([case["value"], None])).to_list() == [case["pseudonym"], None]


@pytest.mark.parametrize("secret", [None, "", "too short"])
def test_no_pseudonym_without_a_secret(secret: str | None) -> None:
    with pytest.raises(UsageError, match="secret") as caught:
        Pseudonyms(secret, "a", "b").of("f", pl.Series(["x"]))
    assert "NARROWGATE_PSEUDONYM_SECRET" in caught.value.remedy


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


@given(texts, st.integers(0, 4), st.integers(0, 4))
def test_a_mask_shows_no_more_than_it_says(cell: str, first: int, last: int) -> None:
    (masked,) = apply(Mask(keep_first=first, keep_last=last), "surname", [cell])
    assert masked is not None
    assert len(masked) == len(cell)
    hidden = [a == "*" for a in masked]
    if len(cell) <= first + last:
        assert all(hidden)
    else:
        assert masked[:first] == cell[:first]
        assert masked[len(cell) - last :] == cell[len(cell) - last :]
        assert all(hidden[first : len(cell) - last])


@given(texts, st.integers(1, 5))
def test_truncate_is_a_prefix(cell: str, length: int) -> None:
    assert apply(Truncate(length=length), "forename", [cell]) == [cell[:length]]


@given(st.dates(max_value=DAY), st.integers(2, 30))
def test_an_age_band_holds_the_age(born: Any, width: int) -> None:
    if born.year < 1000:
        return
    (band,) = apply(Generalise(to="age_band", width=width), "date_of_birth", [str(born)])
    age = DAY.year - born.year - ((DAY.month, DAY.day) < (born.month, born.day))
    assert band is not None
    low, high = map(int, band.split("-"))
    assert low <= age <= high
    assert low % width == 0
    assert high - low == width - 1


@given(st.lists(texts, min_size=1, max_size=8))
def test_pseudonyms_are_equal_for_equal_cells_alone(cells: list[str]) -> None:
    made = apply(Pseudonymise(), "employee_number", list(cells))
    assert len(set(made)) == len(set(cells))
    assert len(dict(zip(cells, made, strict=True))) == len(set(cells))


def test_null_stays_null() -> None:
    for action in (Mask(keep_first=1), Pseudonymise(), Truncate(length=1)):
        assert apply(action, "surname", [None]) == [None]
