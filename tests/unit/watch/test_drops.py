"""When a file that was dropped is all there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narrowgate.watch.drops import Drops
from narrowgate.watch.names import fitting, is_unfinished, numbered


class Scene:
    """A folder for drops, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.pair = folder / "cardco" / "id_card_print"
        self.pair.mkdir(parents=True)
        self.strange: list[Path] = []
        self.drops = Drops(folder, 2, lambda path, _: self.strange.append(path), lambda: self.now)

    def after(self, seconds: float) -> list[str]:
        """The names of what is complete then."""
        self.now += seconds
        return [drop.path.name for drop in self.drops.complete()]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_file_is_complete_once_it_has_been_still(scene: Scene) -> None:
    file = scene.pair / "staff.csv"
    file.write_text("a")
    assert scene.after(0) == []
    assert scene.after(1.9) == []
    assert scene.after(0.1) == ["staff.csv"]
    assert scene.after(0) == ["staff.csv"]


def test_a_file_that_grows_begins_anew(scene: Scene) -> None:
    file = scene.pair / "staff.csv"
    file.write_text("a")
    scene.after(0)
    with file.open("a") as more:
        more.write("b")
    assert scene.after(2) == []
    os.utime(file, ns=(1, 1))
    assert scene.after(2) == []
    assert scene.after(2) == ["staff.csv"]


def test_a_file_that_is_replaced_begins_anew(scene: Scene, tmp_path: Path) -> None:
    file, other = scene.pair / "staff.csv", tmp_path / "other"
    for path in (file, other):
        path.write_text("a")
        os.utime(path, ns=(1, 1))
    scene.after(0)
    other.replace(file)
    assert scene.after(2) == []
    assert scene.after(2) == ["staff.csv"]


def test_a_file_that_somebody_has_open_for_writing_is_not_complete(scene: Scene) -> None:
    file = scene.pair / "staff.csv"
    with file.open("w") as writer:
        writer.write("a")
        writer.flush()
        scene.after(0)
        assert scene.after(60) == []
    with file.open("r+"):
        assert scene.after(60) == []
    with file.open():
        assert scene.after(60) == ["staff.csv"]


@pytest.mark.parametrize(
    "name", [".staff.csv", "staff.csv.part", "staff.csv.PART", "staff.tmp", "staff.csv.filepart", "staff.csv~"]
)
def test_what_says_that_it_is_unfinished_is_left_until_it_has_its_name(scene: Scene, name: str) -> None:
    assert is_unfinished(name)
    (scene.pair / name).write_text("a")
    scene.after(0)
    assert scene.after(60) == []
    (scene.pair / name).rename(scene.pair / "staff.csv")
    assert scene.after(0) == []
    assert scene.after(2) == ["staff.csv"]
    assert scene.strange == []


def test_the_oldest_comes_first(scene: Scene) -> None:
    for name, time in (("b", 2), ("a", 3), ("c", 1)):
        (scene.pair / name).write_text("a")
        os.utime(scene.pair / name, ns=(time, time))
    scene.after(0)
    assert scene.after(2) == ["c", "b", "a"]


def test_what_has_been_taken_is_forgotten(scene: Scene) -> None:
    file = scene.pair / "staff.csv"
    file.write_text("a")
    scene.after(0)
    assert scene.after(2) == ["staff.csv"]
    file.unlink()
    assert scene.after(0) == []
    file.write_text("a")
    assert scene.after(0) == []


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("staff.csv", 1, "staff.csv"),
        ("staff.csv", 2, "staff-2.csv"),
        ("staff.csv.gz", 3, "staff-3.csv.gz"),
        ("staff", 2, "staff-2"),
        (".staff", 2, ".staff-2"),
    ],
)
def test_numbers_in_names(name: str, number: int, expected: str) -> None:
    assert numbered(name, number) == expected


def test_names_that_fit() -> None:
    assert fitting("staff.csv") == "staff.csv"
    assert fitting("a\tb\udce9.csv") == "a_b_.csv"
    long = fitting("é" * 300 + ".csv.gz")
    assert long.endswith(".csv.gz")
    assert len(long.encode()) <= 200
    assert long != fitting("é" * 301 + ".csv.gz")
    assert len(fitting("x" * 10 + "." + "y" * 300).encode()) == 200
