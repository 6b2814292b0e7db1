"""Does a cell hold what its header says? The catalogue's type, pattern, enum and length, on whole columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from narrowgate.errors import SourceError
from narrowgate.inspection.text.characters import UNSEEN_CLASS
from narrowgate.model.catalogue import Field

_INTEGER = r"^-?[0-9]{1,18}$"
_NUMBER = r"^-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SAMPLE = 512
CONTROLS = frozenset(map(chr, (*range(9), 11, 12, *range(14, 32), 127)))
"""Characters of ASCII that nobody sees."""


def allowed(cell: pl.Expr, field: Field) -> pl.Expr:
    """Whether the catalogue allows ``cell``; null for null."""
    tests: list[pl.Expr] = []
    match field.type:
        case "boolean":
            tests.append(cell.is_in(["true", "false"]))
        case "integer" | "number":
            number = cell.cast(pl.Float64, strict=False)
            tests.append(cell.str.contains(_INTEGER if field.type == "integer" else _NUMBER))
            if field.minimum is not None:
                tests.append(number >= field.minimum)
            if field.maximum is not None:
                tests.append(number <= field.maximum)
        case "string":
            tests += _text_tests(cell, field)
    return pl.all_horizontal(tests) if tests else pl.lit(True)


def _text_tests(cell: pl.Expr, field: Field) -> list[pl.Expr]:
    tests: list[pl.Expr] = []
    if field.enum is not None:
        tests.append(cell.is_in(list(field.enum)))
    if field.pattern is not None:
        tests.append(cell.str.contains(field.pattern))
    if field.format == "date":
        tests.append(cell.str.contains(_DATE) & cell.str.to_date("%Y-%m-%d", strict=False).is_not_null())
    if field.max_length is not None:
        tests.append(cell.str.len_chars() <= field.max_length)
    return tests


def bad_columns(frame: pl.DataFrame, fields: Mapping[str, Field]) -> dict[str, pl.Series]:
    """For each column of ``frame`` with cells that break the catalogue, which those are; see ``bad_cells``.

    Args:
        fields: by column, those to look at.
    """
    if frame.height <= _SAMPLE:
        # At once: to look at a few rows takes less long than to begin to.
        try:
            masks = frame.select(
                (~_passes(pl.col(name), _sound(pl.col(name), fields[name]))).alias(name) for name in fields
            )
            return {name: masks[name] for name in fields if masks[name].any()}
        except pl.exceptions.ComputeError:
            pass  # one by one, to see whose pattern it is
    found = ((name, bad_cells(frame.get_column(name), field)) for name, field in fields.items())
    return {name: bad for name, bad in found if bad is not None}


def bad_cells(cells: pl.Series, field: Field) -> pl.Series | None:
    """Which of ``cells`` break the catalogue, as a boolean mask; None where none does. A null breaks nothing.

    A text with characters that nobody sees breaks it, whatever its pattern says.
    """
    try:
        if len(cells) <= _SAMPLE:
            return failing(cells, lambda cell: _sound(cell, field))
        bad = failing(cells, lambda cell: allowed(cell, field))
        # Of unseen characters, ASCII has those that control something.
        if _is_free(field) and (not CONTROLS.isdisjoint(field.alphabet) or not _is_ascii(cells)):
            unseen = failing(cells, lambda cell: ~cell.str.contains(UNSEEN_CLASS))
            bad = unseen if bad is None else bad if unseen is None else bad | unseen
        return bad
    except pl.exceptions.ComputeError as error:
        message = f"the catalogue's pattern for {field.name} cannot be used"
        raise SourceError(message, "keep to what Rust's regex crate takes; give lengths as maxLength") from error


def _sound(cell: pl.Expr, field: Field) -> pl.Expr:
    """Whether the catalogue allows ``cell`` and all of it can be seen."""
    return allowed(cell, field) & ~cell.str.contains(UNSEEN_CLASS) if _is_free(field) else allowed(cell, field)


def _is_free(field: Field) -> bool:
    """Whether it is a text of any words."""
    return field.type == "string" and field.enum is None


def allowed_texts(texts: Sequence[str], field: Field) -> list[str]:
    """Those of ``texts`` that the catalogue allows as cells of ``field``."""
    bad = bad_cells(pl.Series(field.name, texts, pl.String), field)
    return [*texts] if bad is None else [text for text, is_bad in zip(texts, bad, strict=True) if not is_bad]


def _is_ascii(cells: pl.Series) -> bool:
    return bool(cells.str.len_bytes().sum() == cells.str.len_chars().sum())


def failing(cells: pl.Series, test: Callable[[pl.Expr], pl.Expr]) -> pl.Series | None:
    """Which of ``cells`` fail ``test``, as a boolean mask without nulls; None where none does.

    The test is worked out once for each value where values repeat. A null passes.
    """
    if repeats(cells):
        distinct = cells.unique()
        passed = _outcome(distinct, test)
        return None if passed.all() else cells.is_in(distinct.filter(~passed).implode()).fill_null(False)
    passed = _outcome(cells, test)
    return None if passed.all() else ~passed


def _outcome(cells: pl.Series, test: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    cell = pl.col(cells.name)
    return cells.to_frame().select(_passes(cell, test(cell))).to_series()


def _passes(cell: pl.Expr, outcome: pl.Expr) -> pl.Expr:
    return cell.is_null() | outcome.fill_null(False)


def repeats(cells: pl.Series) -> bool:
    """Whether the values of ``cells`` look few enough to be worth telling apart first."""
    return len(cells) > 4 * _SAMPLE and cells.head(_SAMPLE).n_unique() < _SAMPLE // 4
