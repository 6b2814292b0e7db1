"""axe-core, which finds faults of accessibility in pages: fetched from npm once, and checked to be what it was.

It is under the MPL, so it is not part of the repository. ``python -m support.axe`` fetches it beforehand.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from pathlib import Path
from uuid import uuid4

from support.paths import ROOT

VERSION = "4.14.1"
INTEGRITY = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
"""Of the package, as the registry has it (npm view axe-core dist.integrity)."""
_SCRIPT = ROOT / ".cache" / f"axe-core-{VERSION}" / "axe.min.js"


def axe() -> str:
    """Its script."""
    if not _SCRIPT.exists():
        _fetch()
    return _SCRIPT.read_text(encoding="utf-8")


def _fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
        (package,) = Path(folder).iterdir()
        found = b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        assert f"sha512-{found}" == INTEGRITY, f"axe-core {VERSION} is not what it was: sha512-{found}"
        with tarfile.open(package) as archive:
            script = archive.extractfile("package/axe.min.js")
            assert script is not None
            content = script.read()
    _SCRIPT.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may come by here at once.
    partial = _SCRIPT.with_name(f"{uuid4()}.part")
    partial.write_bytes(content)
    partial.replace(_SCRIPT)


if __name__ == "__main__":
    axe()
