"""The command line as a user meets it: what a command prints, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from prefect.cli import run


class Terminal:
    """Runs commands in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str], environment: dict[str, str]) -> None:
        self._capture = capture
        self._environment = {"COLUMNS": "160", **environment}

    def __call__(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        """What a command prints; of one that fails the one line that it says on standard error."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self._environment | environment).items():
                patch.setenv(name, value)
            self._capture.readouterr()
            code = run(list(arguments))
        out, err = self._capture.readouterr()
        assert code == expect, err or out
        if expect == 0:
            assert err == ""
            return out
        assert err.startswith("Error: ")
        assert len(err.splitlines()) == 1
        return err

    def json(self, *arguments: str) -> Any:
        """What a command tells as JSON."""
        return json.loads(self(*arguments, "-o", "json"))


def in_its_own_process(*arguments: str, **environment: str) -> str:
    """What a command prints that has a process for itself."""
    told = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        env={**os.environ, "COLUMNS": "160", **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stderr == ""
    return told.stdout
