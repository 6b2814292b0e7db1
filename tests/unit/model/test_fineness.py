"""Which of two actions lets more through: every pair, and what is made of values."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.actions import Action, parse_action
from narrowgate.model.fineness import no_finer
from narrowgate.tables.actions import Context, expression
from narrowgate.tables.pseudonyms import Pseudonyms
from support.gates import DAY, SECRET

CONTEXT = Context(DAY, Pseudonyms(SECRET, "askaround", "staff_survey"))


def action(**document: object) -> Action:
    found = parse_action(document)
    assert found is not None
    return found


ACTIONS: dict[str, Action | None] = {
    "withheld": None,
    "drop": action(action="drop"),
    "keep": action(action="keep"),
    "pseudonym": action(action="pseudonymise"),
    "none": action(action="replace", value="none"),
    "some": action(action="replace", value="some"),
    "mask": action(action="mask"),
    "mask 1-": action(action="mask", keep_first=1),
    "mask 3-": action(action="mask", keep_first=3),
    "mask -4": action(action="mask", keep_last=4),
    "mask 3-4": action(action="mask", keep_first=3, keep_last=4),
    "initial": action(action="truncate", length=1),
    "first 4": action(action="truncate", length=4),
    "year": action(action="generalise", to="year"),
    "month": action(action="generalise", to="month"),
    "age 5": action(action="generalise", to="age_band", width=5),
    "age 7": action(action="generalise", to="age_band", width=7),
    "age 10": action(action="generalise", to="age_band", width=10),
    "band 5": action(action="generalise", to="band", width=5),
    "band 10": action(action="generalise", to="band", width=10),
    "area": action(action="generalise", to="area"),
    "outward": action(action="generalise", to="outward"),
    "jpeg 300": action(action="image", max_px=300),
    "jpeg 600": action(action="image", max_px=600),
    "png 300": action(action="image", max_px=300, format="png"),
    "png 600": action(action="image", max_px=600, format="png"),
}
"""Every action, and of those with parameters enough to be told apart by each."""
LEAVE = [name for name in ACTIONS if name not in {"withheld", "drop"}]
CONSTANT = ["none", "some"]

NO_FINER = {
    ("mask", "mask 1-"),
    ("mask", "mask 3-"),
    ("mask", "mask -4"),
    ("mask", "mask 3-4"),
    ("initial", "first 4"),
    ("year", "month"),
    ("age 10", "age 5"),
    ("band 10", "band 5"),
    ("area", "outward"),
    ("jpeg 300", "jpeg 600"),
    ("png 300", "png 600"),
    ("jpeg 300", "png 300"),
    ("jpeg 600", "png 600"),
    ("jpeg 300", "png 600"),
}
"""Besides an action and itself, what is withheld, what is kept, and what is replaced."""


@pytest.mark.parametrize("one", ACTIONS)
def test_every_pair(one: str) -> None:
    for other in ACTIONS:
        expected = (
            one == other
            or one in {"withheld", "drop"}
            or other == "keep"
            or (one in CONSTANT and other in LEAVE)
            or (one, other) in NO_FINER
        )
        assert no_finer(ACTIONS[one], ACTIONS[other]) is expected, (one, other)


def test_it_is_an_order() -> None:
    """What is no finer than something that is no finer than a third is no finer than that."""
    for one, other, third in product(ACTIONS.values(), repeat=3):
        if no_finer(one, other) and no_finer(other, third):
            assert no_finer(one, third)


NAMES = st.text("AaBbé '-", min_size=1, max_size=9)
DATES = st.dates(min_value=DAY.replace(year=1930), max_value=DAY).map(str)
NUMBERS = st.one_of(st.integers(-200, 200), st.decimals(-200, 200, places=2)).map(str)
POSTCODES = st.from_regex(r"[AB]{1,2}[0-9][A0-9]? [0-9]AA", fullmatch=True)
VALUES = st.one_of(*(st.lists(kind, min_size=2, max_size=12) for kind in (NAMES, DATES, NUMBERS, POSTCODES)))
SHOWN = [(name, each) for name, each in ACTIONS.items() if each is not None and each.action != "drop"]


@given(VALUES, st.sets(st.integers(0, 11)))
def test_what_is_no_finer_tells_no_more_apart(values: list[str], gaps: set[int]) -> None:
    """Cells that look alike by the finer action look alike by the coarser one."""
    cells = pl.DataFrame({"x": [None if n in gaps else value for n, value in enumerate(values)]}, {"x": pl.String})
    made = {name: _applied(cells, each) for name, each in SHOWN}
    for (one, its), (other, others) in product(SHOWN, repeat=2):
        if no_finer(its, others) and made[one] is not None and made[other] is not None:
            by_finer: dict[str | None, str | None] = {}
            for coarse, fine in zip(made[one] or [], made[other] or [], strict=True):
                assert by_finer.setdefault(fine, coarse) == coarse, (one, other, fine)


def _applied(cells: pl.DataFrame, each: Action) -> list[str | None] | None:
    """What becomes of the cells; None where the action means nothing for such values."""
    made = cells.with_columns(expression(each, "x", CONTEXT).cast(pl.String).alias("x"))
    shown: list[str | None] = made.get_column("x").to_list()
    undone = any(cell is not None and new is None for cell, new in zip(cells["x"], shown, strict=True))
    return None if undone else shown
