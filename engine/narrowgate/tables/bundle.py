"""A release in a ZIP: its pictures as they come, and its table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from narrowgate.tables._pack import Pack
from narrowgate.tables.packing import Packing

TABLE = "records"
"""What the table is called, before its ending. Pictures have numbers for names."""
PutPicture = Callable[[str, bytes], None]
"""Takes a picture's name and what it holds."""


@contextmanager
def contents(stream: BinaryIO, packing: Packing, suffix: str) -> Iterator[tuple[BinaryIO, PutPicture]]:
    """Where a release's table is to be written, and how pictures are put beside it.

    In a ZIP the table comes last, when the block is left; in anything else there can be no pictures.

    Args:
        suffix: ending of the table's name.
    """
    if packing != "zip":
        yield stream, _no_pictures
        return
    pack = Pack(stream)
    with pack.streamed(TABLE + suffix) as table:
        yield cast("BinaryIO", table), lambda name, data: pack.add(name, data, compress=False)
    pack.close()


def _no_pictures(_name: str, _data: bytes) -> None:
    raise AssertionError("pictures leave only in a ZIP")
