"""Git repositories on this disk, for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from prefect.runner.git import Remote

NOBODY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


class Repository:
    """A repository with a working tree, in which tests commit."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    @property
    def remote(self) -> Remote:
        return Remote.of(str(self.folder))

    def commit(self, files: dict[str, str]) -> str:
        """Commit files with their contents; the commit's hash."""
        for name, content in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    @staticmethod
    def depth_of(folder: Path) -> int:
        return len(git(folder, "log", "--format=%H").splitlines())


def git(folder: Path, *arguments: str) -> str:
    told = subprocess.run(
        ["git", "-C", str(folder), *arguments], env={**os.environ, **NOBODY}, capture_output=True, text=True, check=True
    )
    return told.stdout
