"""The private OPA: a server of our own on loopback, which nobody else can use and which dies with us."""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.errors import EngineUnavailable, OpaMissing, PolicyInvalid, UsageError
from narrowgate.policy.binary import environment

if TYPE_CHECKING:
    from narrowgate.policy.client import Opa
    from narrowgate.policy.signature import SignedCopy

IGNORED = "--ignore=*_test.rego"
"""What is not loaded, unless the bundle must be signed: what OPA passes over, it does not check."""
_AUTHZ = Path(__file__).parent / "authz" / "authz.rego"
_READY_WITHIN = 10.0
_ATTEMPTS = 3
_PR_SET_PDEATHSIG = 1


class PrivateOpa:
    """An ``opa run --server`` over a folder of policies, or a bundle file.

    Starting takes OPA about 70 ms, so the constructor only launches it; ``connect`` waits. The process is killed by
    ``close``, when the interpreter ends, and on Linux by the kernel when the thread that started it ends: a server
    starts it from a thread that lasts. Once it has answered it is never started again from here, as it might load
    other policies than those that were vetted; who needs another opens another.

    Args:
        opa: the program.
        policies: a bundle: a folder or a ``.tar.gz``.
        timeout: seconds that one question may take.
        signed: the copy of ``policies`` to load, where they must be signed; OPA checks that as it loads it.
    """

    def __init__(self, opa: Path, policies: Path, timeout: float = 10.0, signed: SignedCopy | None = None) -> None:
        if not policies.exists():
            raise UsageError(f"there are no policies at {policies}", "mend --policies, or run: narrowgate init DIR")
        self.opa, self.policies, self.timeout, self._signed = opa, policies, timeout, signed
        self._closed = threading.Event()
        self._connecting, self._looking = threading.Lock(), threading.Lock()
        self._is_up = False
        self._launch()
        atexit.register(self.close)

    def _launch(self) -> None:
        self._token, self._proof = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        self._scratch = Path(tempfile.mkdtemp(prefix="narrowgate-authz-"))
        self._write_authz()
        self._port = _free_port()
        self._log = tempfile.TemporaryFile(prefix="narrowgate-opa-")  # noqa: SIM115 - closed by _discard
        command = [
            *(str(self.opa), "run", "--server", "--addr", f"127.0.0.1:{self._port}"),
            *("--authentication=token", "--authorization=basic", "--skip-version-check"),
            *("--log-level=error", "--log-format=text"),
            *self._bundles(),
        ]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=environment(),
                preexec_fn=_die_with_parent(),
                # Ctrl-C in a terminal is for us, who may want to finish something first.
                process_group=0,
            )
        except OSError as error:
            self._log.close()
            shutil.rmtree(self._scratch)
            raise OpaMissing(f"{self.opa} does not run ({error.strerror})", "run: narrowgate opa install") from error

    def _bundles(self) -> list[str]:
        """The options that name what to load."""
        if self._signed is None:
            return [IGNORED, "--bundle", str(self.policies), str(self._scratch)]
        # A key is for every bundle named here, and ours has no signature: OPA fetches it, before it listens.
        ours = [f"--set=bundles.authz.resource={self._scratch.as_uri()}", f"--ready-timeout={_READY_WITHIN / 2:.0f}"]
        return [*self._signed.arguments, *ours, "--bundle", str(self._signed.bundle)]

    def _write_authz(self) -> None:
        package = self._scratch / "system" / "authz"
        package.mkdir(parents=True)
        shutil.copy(_AUTHZ, package)
        data = {"token_sha256": hashlib.sha256(self._token.encode()).hexdigest(), "proof": {"proof": self._proof}}
        (package / "data.json").write_text(json.dumps(data), encoding="utf-8")
        (self._scratch / ".manifest").write_text(json.dumps({"roots": ["system/authz"], "rego_version": 1}))

    def connect(self) -> Opa:
        """Wait until the server answers, and make sure that it is ours. It may be asked for several connections.

        Raises:
            PolicyInvalid: OPA could not load the policies.
            EngineUnavailable: it did not come up, or has ended since.
        """
        with self._connecting:
            if not self._is_up:
                first = self._come_up()
                self._is_up = True
                return first
        return self._handshake()

    def _come_up(self) -> Opa:
        for _ in range(_ATTEMPTS):
            if self._wait():
                try:
                    return self._handshake()
                except EngineUnavailable:
                    # Perhaps somebody else answers there, and OPA is about to find its port taken.
                    if not self._ends_within(1.0):
                        raise
            message = self._ended()
            if "Listener failed" not in message:
                raise _load_failure(message, self.policies)
            # Somebody took the port between our choosing it and OPA's listening on it.
            self._discard()
            self._launch()
        raise EngineUnavailable("the private OPA found no free port", "see what is listening on 127.0.0.1")

    def require_alive(self) -> None:
        """Raise ``EngineUnavailable`` once the process has ended: then its port is anybody's."""
        # Two that look at once would see it alive, whatever it is.
        with self._looking:
            if self._process.poll() is not None:
                raise EngineUnavailable("the private OPA has ended", "try again")

    def _wait(self) -> bool:
        """Whether the server listens; False once it has ended."""
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return self._process.poll() is None
            time.sleep(0.002)
        raise EngineUnavailable(
            f"the private OPA did not come up within {_READY_WITHIN:g} s", "see how busy the machine is, and try again"
        )

    def _ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _handshake(self) -> Opa:
        from narrowgate.policy.client import Address, Opa

        address = Address(f"http://127.0.0.1:{self._port}", token=self._token, timeout=self.timeout, is_private=True)
        opa = Opa(address, self.require_alive)
        with ExitStack() as on_failure:
            on_failure.callback(opa.close_connection)
            proof = opa.data("system/authz/proof").result.get("proof", "")
            if not secrets.compare_digest(str(proof), self._proof):
                raise EngineUnavailable("another server answers on the private OPA's port", "try again")
            on_failure.pop_all()
        # OPA has loaded the folder, which holds nothing but a hash and a number of no further use.
        shutil.rmtree(self._scratch, ignore_errors=True)
        return opa

    def _ended(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def _discard(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def close(self) -> None:
        """End the server."""
        if not self._closed.is_set():
            self._closed.set()
            atexit.unregister(self.close)
            self._discard()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> Callable[[], None] | None:
    """What to run in the child so that the kernel ends it with us; None where the kernel cannot."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return arrange


def _load_failure(message: str, policies: Path) -> PolicyInvalid | EngineUnavailable:
    """OPA's own words on why it did not start, cut down to one line for each error."""
    from narrowgate.policy.bundle import DATA_ROOTS
    from narrowgate.policy.signature import signature_fault

    prefix = f"{policies}/"
    lines = [line for line in message.splitlines() if "rego_" in line]
    faults = [line.split("occurred: ", 1)[-1].strip().removeprefix(prefix) for line in lines]
    if faults:
        first, more = faults[0], len(faults) - 1
        text = first + (f" (and {more} more)" if more else "")
        return PolicyInvalid(text, "mend that line, and try: narrowgate policy lint", faults)
    lines = [line for line in message.splitlines() if line.strip() and "running with uid" not in line.lower()]
    last = (lines[-1] if lines else "it printed nothing").removeprefix("error: ").replace(prefix, "")
    if fault := signature_fault(last, policies):
        return fault
    if "overlapping roots" in message:
        text = f"the manifest of {policies} claims more roots than are its own"
        return PolicyInvalid(text, f"write into .manifest: {json.dumps({'roots': DATA_ROOTS})}", [text])
    if "load error" in last or "bundle" in last:
        return PolicyInvalid(last, "mend the file it names, and try: narrowgate policy lint", [last])
    return EngineUnavailable(f"the private OPA ended at once: {last}", "run: narrowgate opa install --force")
