"""Actions as Polars expressions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from narrowgate.model.actions import (
    Action,
    Drop,
    Generalise,
    Image,
    Keep,
    Mask,
    Pseudonymise,
    Replace,
    Truncate,
)
from narrowgate.tables.pseudonyms import Pseudonyms


@dataclass(frozen=True)
class Context:
    """What an action may depend on besides the cell."""

    on: date
    pseudonyms: Pseudonyms


def expression(action: Action, field: str, context: Context) -> pl.Expr:
    """What becomes of the text column ``field``; cells that the catalogue does not allow are null by then."""
    cell = pl.col(field)
    match action:
        case Keep() | Image():
            # A picture's path: what stands there instead is known once it is drawn.
            return cell
        case Drop():
            return pl.lit(None, dtype=pl.String)
        case Mask(keep_first=first, keep_last=last):
            return _mask(cell, first, last)
        case Truncate(length=length):
            return cell.str.slice(0, length)
        case Replace(value=value):
            return pl.lit(value)
        case Pseudonymise():
            # Here, as Polars would make an error of its own of one that is raised while it works.
            pseudonyms = context.pseudonyms.ready()
            return cell.map_batches(
                lambda cells: pseudonyms.of(field, cells), return_dtype=pl.String, is_elementwise=True
            )
        case Generalise():
            return _generalise(cell, action, context.on)


def _mask(cell: pl.Expr, first: int, last: int) -> pl.Expr:
    length = cell.str.len_chars().cast(pl.Int64)
    stars = r"(?s)."
    middle = cell.str.slice(first, (length - first - last).clip(0)).str.replace_all(stars, "*")
    shown = pl.concat_str(cell.str.slice(0, first), middle, cell.str.slice(length - last, last))
    return pl.when(length > first + last).then(shown).otherwise(cell.str.replace_all(stars, "*"))


def _generalise(cell: pl.Expr, action: Generalise, on: date) -> pl.Expr:
    width = action.width or 1
    match action.to:
        case "year":
            return cell.str.slice(0, 4)
        case "month":
            return cell.str.slice(0, 7)
        case "age_band":
            born = cell.str.to_date("%Y-%m-%d", strict=False)
            day_of_year = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
            had_birthday = day_of_year <= on.month * 100 + on.day
            age = on.year - born.dt.year() - pl.when(had_birthday).then(0).otherwise(1)
            low = age // width * width
            return pl.when(age >= 0).then(_span(low, "-", width))
        case "band":
            low = (cell.cast(pl.Float64, strict=False) / width).floor().cast(pl.Int64) * width
            return _span(low, " to ", width)
        case "outward":
            return cell.str.replace_all(" ", "", literal=True).str.head(-3)
        case "area":
            return cell.str.extract(r"^([A-Z]{1,2})")


def _span(low: pl.Expr, between: str, width: int) -> pl.Expr:
    """A band from ``low`` on."""
    # Not by pl.format: that of Polars 2.1 panics where the first chunk of cells is empty.
    return pl.concat_str(low.cast(pl.String), pl.lit(between), (low + width - 1).cast(pl.String))


def in_form(cell: pl.Expr, action: Action) -> pl.Expr:
    """Whether ``cell`` looks as ``action`` leaves cells: a coarser value is as good, a finer one is not."""
    looks = cell.str.contains(action.form())
    if not (isinstance(action, Generalise) and action.width):
        return looks
    low, high = (cell.str.extract(r"^(-?[0-9]{1,12})(?:-| to )(-?[0-9]{1,12})$", n).cast(pl.Int64) for n in (1, 2))
    return looks & (low % action.width == 0) & (high == low + action.width - 1)
