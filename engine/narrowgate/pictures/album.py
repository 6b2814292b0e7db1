"""The pictures of one release."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

from narrowgate.model.actions import Image
from narrowgate.pictures.redraw import redraw
from narrowgate.pictures.source import PictureSource


@dataclass
class PictureCounts:
    """What became of pictures."""

    released: int = 0
    missing: int = 0
    """Cells whose picture is not there."""
    refused: int = 0
    """Cells whose picture is none that can be decoded, or absurdly large."""
    unreferenced: int = 0
    """Pictures in the export that no record names."""


class Album:
    """Numbers pictures in the order of the records that leave with them, and hands them on.

    Args:
        put: takes each picture's name in the release and what it holds.
    """

    def __init__(self, source: PictureSource, put: Callable[[str, bytes], None]) -> None:
        self._source, self._put = source, put
        self._names: dict[tuple[str, Image], str | None] = {}
        self._pool = ThreadPoolExecutor(cpu_count() or 2, thread_name_prefix="narrowgate-picture")
        self.counts = PictureCounts()

    def admit(self, paths: Iterable[str | None], action: Image) -> list[str | None]:
        """The name under which each picture leaves; None where there is none that can.

        A picture that several records name leaves once.

        Args:
            paths: cells of released records, in order.
        """
        cells = list(paths)
        new = list(dict.fromkeys(path for path in cells if path is not None and (path, action) not in self._names))
        for path, drawn in zip(new, self._pool.map(lambda path: self._drawn(path, action), new), strict=True):
            self._names[path, action] = self._numbered(drawn, action)
        return [None if path is None else self._names[path, action] for path in cells]

    def __enter__(self) -> Album:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _drawn(self, path: str, action: Image) -> bytes | None:
        data = self._source.read(path)
        return b"" if data is None else redraw(data, action.max_px, action.format)

    def _numbered(self, drawn: bytes | None, action: Image) -> str | None:
        if drawn is None:
            self.counts.refused += 1
        elif not drawn:
            self.counts.missing += 1
        else:
            self.counts.released += 1
            name = f"{self.counts.released:06}.{action.suffix}"
            self._put(name, drawn)
            return name
        return None
