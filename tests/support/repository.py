"""Git repositories of a test's own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Repository:
    """A repository in ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """What git prints."""
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, env=os.environ | _NOBODY, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, tag: str) -> None:
        """All that lies there, under a tag."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", tag, "--no-verify")
        self.git("tag", tag)
