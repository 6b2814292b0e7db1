"""JSON, as an array of records or one to a line: parsing, flattening and writing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import jiter
import polars as pl

from narrowgate.errors import DataError
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import JSON_CELL, NATIVE, WriterOptions
from narrowgate.tables.mapping import unindexed

CHUNK = 4 << 20
LONGEST_RECORD = 16 << 20
MOST_COLUMNS = 1000

Record = dict[str, Any]
Path = tuple[str | int | None, ...]
"""Keys, positions in lists, and None for any position in a list."""
Split = Callable[[InputFile], Generator[list[Record], None, None]]

_BROKEN = "\0"
"""Stands for a cell that holds an object or a list: no field allows it."""


class JsonReader:
    """Reads records that may be nested.

    Columns are dotted paths to values, ``contact.email``, and through lists, ``posts[].rank``. As any record may bring
    a new one, the file is read once for its columns, and once more for its records.

    Args:
        split: the file's records in runs of bounded size.
    """

    typed: Mapping[str, pl.DataType] = {}
    findings: tuple[Finding, ...] = ()

    def __init__(self, file: InputFile, split: Split) -> None:
        self._file, self._split = file, split
        self._columns = columns_of(split(file), file.path)
        self.columns = self._columns.names

    def chunks(self) -> Generator[list[Record], None, None]:
        """See ``TableReader.chunks``."""
        return self._split(self._file)

    def digest(self) -> FileDigest:
        """See ``TableReader.digest``."""
        assert self._file.digest is not None
        return self._file.digest

    def close(self) -> None:
        """See ``TableReader.close``."""
        self._file.close()

    def frame(self, chunk: list[Record], wanted: Mapping[str, str]) -> pl.DataFrame:
        """See ``TableReader.frame``."""
        return self._columns.frame(chunk, wanted)


@dataclass(frozen=True)
class Columns:
    """The columns of records that may be nested.

    Args:
        steps: the path to each column's values, by its name, in the order of first appearance.
    """

    steps: Mapping[str, Path]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.steps)

    def frame(self, records: list[Record], wanted: Mapping[str, str]) -> pl.DataFrame:
        """Records as a frame with the columns ``wanted``, field by name."""
        frame = pl.DataFrame(
            [made for column, field in wanted.items() for made in _series(field, _cells(records, self._path(column)))]
        )
        return frame.with_columns(pl.col(*wanted.values()).replace("", None))

    def _path(self, column: str) -> Path:
        """The steps to ``column``; one with indices, ``posts[0].rank``, is not among the names."""
        if column in self.steps:
            return self.steps[column]
        indices = [int(index) for index in re.findall(r"\[(\d+)\]", column)]
        return tuple(indices.pop(0) if step is None else step for step in self.steps[unindexed(column)])


def columns_of(runs: Iterable[list[Record]], path: object) -> Columns:
    """The columns that there are in runs of records.

    Args:
        path: how the file is called, for people.

    Raises:
        DataError: there is none, or there are too many, or two cannot be told apart.
    """
    shape = _Shape()
    for records in runs:
        shape.learn(records)
        if shape.size() > MOST_COLUMNS:
            raise DataError(f"{path}: more than {MOST_COLUMNS} columns", "export fewer of them")
    paths = list(shape.paths())
    steps = {_spelt(each): each for each in paths}
    if not paths:
        raise DataError(f"{path} holds no records", "export it again")
    if len(steps) < len(paths):
        raise DataError(f"{path}: a key with a dot or bracket in it reads like a nested one", "rename the key")
    return Columns(steps)


class Malformed(Exception):
    """A text is not an array of records.

    ``at_end`` tells a text that is merely cut off from one that is wrong in itself.
    """

    def __init__(self, message: str, data: bytes) -> None:
        self.what, _, place = message.rpartition(" at line ")
        numbers = [int(number) for number in re.findall(r"\d+", place)] or [1, 1]
        self.line, column = numbers[0], numbers[-1]
        last = data.count(b"\n") + 1, len(data) - data.rfind(b"\n") - 1
        self.at_end = "EOF" in self.what or (self.line, column + 1) >= last

    def as_error(self, path: object, line: int) -> DataError:
        """In our form, ``line`` being where the text begins. It quotes nothing of the text."""
        return _fault(self.what, f"{path}:{line + self.line - 1}")


def load(data: bytes) -> list[Any]:
    """A JSON array of records.

    Raises:
        Malformed: it is no JSON, repeats a key in an object, or holds something other than objects.
    """
    try:
        records = jiter.from_json(data, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys")
    except ValueError as error:
        raise Malformed(str(error), data) from None
    if type(records) is not list or not set(map(type, records)) <= {dict}:
        raise Malformed("a record is no object at line 1 column 1", data)
    return records


def parse(data: bytes, path: object, line: int) -> list[Any]:
    """``load`` that raises ``DataError``; ``line`` is where ``data`` begins in ``path``."""
    try:
        return load(data)
    except Malformed as error:
        raise error.as_error(path, line) from None


def _fault(what: str, at: str) -> DataError:
    if "is no object" in what:
        return DataError(f"{at}: from here on, {what}", "export one object for each record")
    if what.startswith("Detected duplicate key"):
        # jiter names the key; where objects are keyed by people, that is somebody's number.
        return DataError(f"{at}: a key is there twice in one object", "keep one of them")
    if "utf-8" in what or "unicode" in what:
        return DataError(f"{at}: this is not UTF-8", "JSON is UTF-8 (RFC 8259)")
    return DataError(f"{at}: this is not JSON ({what})", "export it again; it may be cut short")


class _Shape:
    """The keys at one place of the records seen so far, in the order of first appearance.

    What is known does not depend on how the records came in runs, as those are cut by size, and what is withheld has
    a size too.
    """

    def __init__(self) -> None:
        self._keys: dict[str, _Shape] = {}
        self._items: _Shape | None = None
        self._is_value = False

    def learn(self, values: list[Any]) -> None:
        """Take in what stands at this place in some records."""
        kinds = set(map(type, values))
        if dict in kinds:
            objects = [value for value in values if type(value) is dict] if len(kinds) > 1 else values
            for key in dict.fromkeys(key for keys in dict.fromkeys(map(tuple, objects)) for key in keys):
                self._keys.setdefault(key, _Shape()).learn([each[key] for each in objects if key in each])
        if list in kinds:
            self._items = self._items or _Shape()
            self._items.learn([item for value in values if type(value) is list for item in value])
        self._is_value = self._is_value or bool(kinds - {dict, list})

    def size(self) -> int:
        """How many columns there are."""
        return sum(1 for _ in self.paths())

    def paths(self, before: Path = ()) -> Iterator[Path]:
        """The paths to values; an object or list without anything in it counts as one."""
        for key, below in self._keys.items():
            yield from below.paths((*before, key))
        if self._items is not None:
            yield from self._items.paths((*before, None))
        if before and (self._is_value or not (self._keys or self._items)):
            yield before


def _spelt(path: Path) -> str:
    return "".join("[]" if step is None else f".{step}" for step in path).removeprefix(".")


def _cells(records: list[Record], path: Path) -> list[Any]:
    """The value at ``path`` in each record, None where there is none."""
    first, *rest = path
    assert isinstance(first, str)
    cells: list[Any] = [record.get(first) for record in records]
    for step in rest:
        cells = [_step(cell, step) for cell in cells]
    return cells


def _step(cell: Any, step: str | int | None) -> Any:
    if isinstance(step, str):
        return cell.get(step) if type(cell) is dict else None
    return cell[step] if step is not None and type(cell) is list and step < len(cell) else None


def _series(field: str, cells: list[Any]) -> Iterator[pl.Series]:
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {str}:
        yield pl.Series(field, cells, dtype=pl.String)
        return
    yield pl.Series(field, [_text(cell) for cell in cells], dtype=pl.String)
    yield pl.Series(field + JSON_CELL, [_literal(cell) for cell in cells], dtype=pl.String)


def _text(cell: Any) -> str | None:
    if cell is None or type(cell) is str:
        return cell
    literal = _literal(cell)
    # 7.0 is 7 in everybody's mind, and in what is searched for.
    return _BROKEN if literal is None else literal.removesuffix(".0")


def _literal(cell: Any) -> str | None:
    """A number or truth value as JSON; None for all else."""
    if type(cell) is bool:
        return "true" if cell else "false"
    return repr(cell) if type(cell) is int or (type(cell) is float and math.isfinite(cell)) else None


class RowEncoder:
    """Turns frames into JSON objects, one to a line.

    Args:
        options: names of the columns.
    """

    def __init__(self, options: WriterOptions) -> None:
        self._names = options.names

    def lines(self, frame: pl.DataFrame) -> pl.Series:
        """One JSON object for each row, without line ends."""
        pieces: list[pl.Expr] = []
        for number, name in enumerate(self._names):
            key = json.dumps(name, ensure_ascii=False)
            pieces += [pl.lit(f"{',' if number else '{'}{key}:"), self._value(frame, name)]
        return frame.select(pl.concat_str([*pieces, pl.lit("}")]).alias("line")).to_series()

    def _value(self, frame: pl.DataFrame, name: str) -> pl.Expr:
        text = _quoted(pl.col(name))
        if name + JSON_CELL in frame.columns:
            return pl.coalesce(pl.col(name + JSON_CELL), text, pl.lit("null"))
        dtype = frame.schema.get(name + NATIVE)
        if dtype is not None and (dtype.is_integer() or dtype == pl.Boolean):
            return pl.coalesce(pl.col(name + NATIVE).cast(pl.String), pl.lit("null"))
        if dtype is not None and dtype.is_float():
            number = pl.col(name + NATIVE)
            # JSON has no word for infinity.
            return pl.coalesce(pl.when(number.is_finite()).then(number.cast(pl.String)), pl.lit("null"))
        return pl.coalesce(text, pl.lit("null"))


def _quoted(text: pl.Expr) -> pl.Expr:
    """``text`` as a JSON string; null for null."""
    wrapped = pl.struct(text.alias("")).struct.json_encode()
    # {"":"…"}
    return pl.when(text.is_not_null()).then(wrapped.str.slice(4, wrapped.str.len_chars() - 5))


@dataclass(frozen=True)
class Layout:
    """What stands before, between and after the lines of a file."""

    before: str
    between: str
    after: str

    def write(self, parts: Iterable[pl.Series], target: BinaryIO) -> None:
        """Write the lines of ``parts``."""
        target.write(self.before.encode())
        started = False
        for part in parts:
            if part.is_empty():
                continue
            target.write(self.between.encode() if started else b"")
            # Joined by Polars; a batch's lines become Python objects nowhere.
            target.write(part.str.join(self.between).item().encode())
            started = True
        target.write(self._end(started).encode())

    def text(self, lines: Sequence[str]) -> str:
        """The same of a few lines."""
        return self.before + self.between.join(lines) + self._end(bool(lines))

    def _end(self, started: bool) -> str:
        return self.after if started else self.after.lstrip("\n")
