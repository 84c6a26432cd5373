"""Programs of users, in processes of their own: with a server, or alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.runner.scenes import HEAD


@contextmanager
def program(
    code: str, *, name: str = "program", start: Sequence[str] = (), **env: str
) -> Iterator[subprocess.Popen[str]]:
    """A program at work, which is killed at the end of the block if it has not ended; `start` is what starts it."""
    file = Path(f"{name}.py")
    file.write_text(HEAD + code, encoding="utf-8")
    process = subprocess.Popen(
        [*start, sys.executable, str(file)],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def carried_out(
    code: str, *, name: str = "program", within: float = 60, start: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """A program that has ended within so many seconds, with what it said."""
    with program(code, name=name, start=start, **env) as process:
        said, complained = process.communicate(timeout=within)
        return subprocess.CompletedProcess(process.args, process.returncode, said, complained)
