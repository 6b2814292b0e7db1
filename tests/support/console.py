"""Sessions at a console as documentation shows them: run, and compared with what they are said to print."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.paths import ROOT

_PORT = "8480"


@dataclass(frozen=True)
class Step:
    """A command and what it prints; ``...`` stands for anything, on a line of its own for any lines."""

    command: str
    printed: str


def steps(text: str) -> list[Step]:
    """The steps of a ``console`` block. A command goes on after a backslash at a line's end."""
    found: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], ""))
        elif found[-1].command.endswith("\\"):
            found[-1] = Step(f"{found[-1].command}\n{line}", "")
        else:
            found[-1] = Step(found[-1].command, found[-1].printed + line + "\n")
    return found


@dataclass(frozen=True)
class Edit:
    """What a reader is told to do to a file.

    A block whose first line is ``rego > FILE`` holds the whole file, one with ``rego >> FILE`` what is added at its
    end; ``diff FILE`` holds lines that are taken out and put in, after lines that stay.
    """

    how: str
    file: str
    text: str

    def make(self, folder: Path) -> None:
        """Do it."""
        path = folder / self.file
        match self.how:
            case ">":
                path.write_text(self.text, encoding="utf-8")
            case ">>":
                path.write_text(path.read_text(encoding="utf-8") + self.text, encoding="utf-8")
            case _:
                before, after = (_side(self.text, sign) for sign in "-+")
                text = path.read_text(encoding="utf-8")
                assert text.count(before) == 1, f"{self.file} holds this {text.count(before)} times:\n{before}"
                path.write_text(text.replace(before, after), encoding="utf-8")


def _side(diff: str, sign: str) -> str:
    """What stood there (``-``), or is to stand there (``+``)."""
    return "".join(f"{line[1:]}\n" for line in diff.splitlines() if line[:1] in {" ", sign})


def script(document: Path) -> list[Step | Edit]:
    """What a reader of ``document`` does, in order: commands and edits."""
    found: list[Step | Edit] = []
    fence = r"^```(?:console|(diff|\w+ >{1,2}) (\S+))\n(.*?)^```$"
    for what, file, text in re.findall(fence, document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        found += [Edit(what.rpartition(" ")[2], file, text)] if file else steps(text)
    return found


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of ``document`` that are in ``language``."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def matches(expected: str, printed: str) -> bool:
    """Whether ``printed`` is what ``expected`` says, however wide its gaps are."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        words = [r"[^\n]*?".join(re.escape(part) for part in word.split("...")) for word in line.split()]
        pattern += r"[ ]*" + r"[ ]+".join(words).replace(r"[ ]+[^\n]*?[ ]+", r"[^\n]*?") + r"[ ]*\n"
    return re.fullmatch(pattern, printed) is not None


class Session:
    """A console in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self._here, self._port = folder, port
        self._running: list[subprocess.Popen[bytes]] = []
        programs = folder / "bin"
        programs.mkdir()
        ours = {name: f"'{ROOT}/tests/support/{name}.py'" for name in ("curl", "openssl")}
        if shutil.which("openssl"):
            del ours["openssl"]
        for name, arguments in ({"narrowgate": "-m narrowgate", "python": "", "python3": ""} | ours).items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
            (programs / name).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
        places = {"XDG_STATE_HOME": str(folder / "bin/state"), "XDG_CONFIG_HOME": str(folder / "bin/config")}
        who = {f"GIT_{role}_{what}": "reader" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self._environment = kept | places | who | {"PATH": f"{programs}:{os.environ['PATH']}"}

    def run(self, step: Step) -> None:
        """Run ``step``, and require that it prints what it should."""
        command = step.command.replace(_PORT, str(self._port))
        if command.startswith("cd "):
            self._here /= command[3:]
            return
        if command.endswith("&"):
            self._start(f"{command[:-1]} --port {self._port}")
            return
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self._here,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        printed = done.stdout.decode()
        if done.returncode:
            printed += f"[exit code {done.returncode}]\n"
        assert matches(step.printed, printed), f"$ {command}\n{printed}"

    def edit(self, edit: Edit) -> None:
        """Do to a file what a reader is told to do."""
        edit.make(self._here)

    def _start(self, command: str) -> None:
        self._running.append(
            subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], cwd=self._here, env=self._environment)
        )
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError(f"{command} does not answer")

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.terminate()
            process.wait(30)


@contextmanager
def console(folder: Path) -> Iterator[Session]:
    """A session in ``folder``, in which the narrowgate and curl on the path are those of the tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    session = Session(folder, port)
    try:
        yield session
    finally:
        session.close()
