"""The column of pictures: each cell's path gives way to the name under which its picture leaves."""

from __future__ import annotations

import polars as pl

from narrowgate.pictures.album import Album
from narrowgate.plan.plan import Plan


def illustrated(frame: pl.DataFrame, plan: Plan, album: Album) -> pl.DataFrame:
    """``frame``, a batch of released records in order, with its pictures put into ``album``."""
    return frame.with_columns(
        pl.Series(column.name, album.admit(frame.get_column(column.name), action), dtype=pl.String)
        for column, action in plan.pictures()
    )
