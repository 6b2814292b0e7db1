"""Third-party files, damaged: looking into them and reading them end in what was asked for, or in an error of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrowgate.errors import InputError
from narrowgate.inspection.inspect import inspect_file
from narrowgate.model.source import Dialect
from narrowgate.tables.formats import formats
from narrowgate.tables.input import InputFile
from support.paths import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "hidden-data"
FILES = sorted(path for path in FOLDER.glob("*") if path.suffix != ".tsv" and path.stat().st_size < 100_000)

damage = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "double", "zero"]), st.floats(0, 1), st.integers(1, 64)),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    for what, place, size in changes:
        at = int(place * len(data))
        match what:
            case "flip":
                data = data[:at] + bytes(byte ^ size for byte in data[at : at + 1]) + data[at + 1 :]
            case "cut":
                data = data[:at] + data[at + size :]
            case "double":
                data = data[: at + size] + data[at:]
            case _:
                data = data[:at] + bytes(size) + data[at + size :]
    return data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.rpartition("__")[2])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=damage)
def test_damaged(tmp_path: Path, path: Path, changes: list[tuple[str, float, int]]) -> None:
    broken = tmp_path / f"broken{path.suffix}"
    broken.write_bytes(damaged(path.read_bytes(), changes))
    try:
        kind = inspect_file(broken).kind
    except InputError:
        return
    if kind not in formats() or kind == "parquet":
        return
    file = InputFile(broken, kind)
    try:
        reader = formats()[kind].open(file, Dialect())
        for chunk in reader.chunks():
            reader.frame(chunk, {column: column for column in reader.columns})
    except InputError:
        pass
    finally:
        file.close()
