"""Files of calls: where they lie, how they are written, and what is said of them."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from narrowgate.errors import Busy, DataError, Refused
from narrowgate.gateway.sink import Sink
from narrowgate.gateway.spool import Folder, Spool

BLOCK = 1 << 20


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spool:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return Spool(quota=4 * BLOCK, reserve=0)


def written(folder: Folder, spool: Spool, pieces: list[bytes | memoryview]) -> bytes:
    """What a file holds that ``pieces`` were written to."""

    async def write() -> Path:
        async with Sink(folder.inbox / "file", folder, spool) as sink:
            for piece in pieces:
                sink.add(piece)
                await sink.settle()
            await sink.finish()
            assert sink.size == sum(map(len, pieces))
            return sink.path

    return asyncio.run(write()).read_bytes()


def test_a_folder_goes_with_all_that_is_in_it(spool: Spool, tmp_path: Path) -> None:
    with spool.folder() as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        (folder.inbox / "export.csv").write_text("x")
        (folder.outbox / "release.csv").write_text("y")
        folder.claim(BLOCK)
        assert spool.used == BLOCK
    assert spool.used == 0
    spool.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sizes", [[], [0], [1], [BLOCK], [BLOCK - 1, 2, BLOCK], [1] * 3000, [3 * BLOCK]])
def test_what_is_written_is_what_came(spool: Spool, sizes: list[int]) -> None:
    pieces: list[bytes | memoryview] = [os.urandom(size) for size in sizes]
    with spool.folder() as folder:
        assert written(folder, spool, pieces) == b"".join(pieces)
        assert spool.used == sum(sizes)
    spool.close()


def test_a_system_that_writes_less_than_it_is_told(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it may where a disk is nearly full, or a signal comes."""
    monkeypatch.setattr("os.writev", lambda file, pieces: os.write(file, pieces[0][:3]))
    with spool.folder() as folder:
        assert written(folder, spool, [b"forename", memoryview(b"surname")]) == b"forenamesurname"
    spool.close()


def test_no_more_is_written_than_there_is_room_for(spool: Spool) -> None:
    with spool.folder() as folder, pytest.raises(Busy, match="no room"):
        written(folder, spool, [bytes(BLOCK)] * 5)
    assert spool.used == 0
    with spool.folder() as folder:
        assert len(written(folder, spool, [bytes(BLOCK)] * 4)) == 4 * BLOCK
    spool.close()


def test_errors_name_no_place(spool: Spool) -> None:
    with spool.folder() as folder:
        export = folder.inbox / "export.csv"
        export.write_text("x")
        with pytest.raises(DataError) as malformed, folder.unnamed():
            raise DataError(f"{export}:17: a quote is opened", f"mend {export}")
        assert (malformed.value.message, malformed.value.remedy) == (
            "export.csv:17: a quote is opened",
            "mend export.csv",
        )
        with pytest.raises(Refused) as refused, folder.unnamed():
            raise Refused([f"{export} hides a sheet"], "")
        assert refused.value.reasons == ("export.csv hides a sheet",)
        with pytest.raises(DataError) as ours, folder.unnamed():
            raise DataError(f"{folder.outbox / 'release.csv'} cannot be written", "")
        assert ours.value.message == "spool/out/release.csv cannot be written"
    spool.close()


def test_a_write_that_nobody_waits_for_keeps_its_file(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its descriptor is closed by nobody else meanwhile, and so does not become another file's."""
    begun, go = threading.Event(), threading.Event()
    writev = os.writev

    def slowly(file: int, pieces: list[bytes]) -> int:
        begun.set()
        assert go.wait(30)
        return writev(file, pieces)

    monkeypatch.setattr("os.writev", slowly)

    async def cancelled(folder: Folder) -> int:
        async with Sink(folder.inbox / "file", folder, spool) as sink:
            sink.add(b"x" * BLOCK)
            await sink.settle()
            await asyncio.to_thread(begun.wait, 30)
            finishing = asyncio.ensure_future(sink.finish())
            await asyncio.sleep(0)
            finishing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await finishing
            return sink._file

    with spool.folder() as folder:
        file = asyncio.run(cancelled(folder))
        assert os.fstat(file).st_size == 0
        go.set()
        spool.close()
        assert (folder.inbox / "file").stat().st_size == BLOCK
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(file)
