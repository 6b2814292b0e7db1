"""An album: which pictures leave, and under which names."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from narrowgate.inspection.archive import Archive
from narrowgate.model.actions import Image as ImageAction
from narrowgate.pictures.album import Album
from narrowgate.pictures.source import ArchivePictures, FolderPictures

SMALL = ImageAction(max_px=20)


def jpeg(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, "JPEG")
    return target.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, one of them broken, and one outside."""
    (tmp_path / "export" / "photos").mkdir(parents=True)
    for name, data in {"a": jpeg("red"), "b": jpeg("blue"), "broken": jpeg("red")[:80]}.items():
        (tmp_path / "export" / "photos" / f"{name}.jpg").write_bytes(data)
    (tmp_path / "outside.jpg").write_bytes(jpeg("green"))
    (tmp_path / "export" / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    return tmp_path / "export"


def test_numbers_go_by_the_order_of_records(folder: Path) -> None:
    put: dict[str, bytes] = {}
    with Album(FolderPictures(folder), put.__setitem__) as album:
        assert album.admit(["photos/b.jpg", None, "photos/missing.jpg"], SMALL) == ["000001.jpg", None, None]
        assert album.admit(["photos/a.jpg", "photos/b.jpg", "photos/broken.jpg"], SMALL) == [
            "000002.jpg",
            "000001.jpg",
            None,
        ]
    assert list(put) == ["000001.jpg", "000002.jpg"]
    counts = album.counts
    assert (counts.released, counts.missing, counts.refused) == (2, 1, 1)


def test_another_action_makes_another_picture(folder: Path) -> None:
    put: dict[str, bytes] = {}
    with Album(FolderPictures(folder), put.__setitem__) as album:
        album.admit(["photos/a.jpg"], SMALL)
        assert album.admit(["photos/a.jpg"], ImageAction(max_px=20, format="png")) == ["000002.png"]
    assert put["000002.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["../outside.jpg", "photos/../../outside.jpg", "link.jpg", "photos", "", "/etc/hosts"])
def test_nothing_outside_the_folder_is_read(folder: Path, path: str) -> None:
    source = FolderPictures(folder)
    assert source.read(path) is None
    assert source.read(str(folder.parent / "outside.jpg")) is None


def test_pictures_in_an_archive() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as bundle:
        bundle.writestr("export/staff.csv", "photo\n")
        bundle.writestr("export/photos/a.jpg", jpeg("red"))
        bundle.writestr("top.jpg", jpeg("blue"))
        bundle.writestr("notes.txt", "")
    archive = Archive(target)
    table = archive.member("export/staff.csv")
    assert table is not None
    source = ArchivePictures(archive, table)
    assert source.read("photos/a.jpg") == jpeg("red")
    assert source.read("export/photos/a.jpg") == jpeg("red")
    assert source.read("top.jpg") == jpeg("blue")
    assert source.read("notes.txt") is None
    assert source.unreferenced(["photos/a.jpg", "photos/none.jpg"]) == 1
    assert source.unreferenced([]) == 2
