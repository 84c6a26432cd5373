"""What is said in settings and does nothing is told, with what was meant or why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prefect.settings import get_current_settings
from prefect.settings.doubts import doubts

FLOW = """
from prefect import flow

@flow
def hello(): ...

hello()
hello()
"""


def told() -> list[str]:
    return list(doubts(get_current_settings()))


def test_nothing_is_doubted_where_nobody_says_anything() -> None:
    assert told() == []


def test_a_misspelt_name_is_told_with_the_one_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_LOGING_LEVEL", "DEBUG")
    Path(".env").write_text("PREFECT_API_ULR=http://127.0.0.1:4200/api\nSOMETHING_ELSE=1\n")
    Path("prefect.toml").write_text("[server.api]\nprot = 4300\n")

    assert told() == [
        "PREFECT_LOGING_LEVEL in the environment is no setting and does nothing. Did you mean PREFECT_LOGGING_LEVEL?",
        "PREFECT_API_ULR in .env is no setting and does nothing. Did you mean PREFECT_API_URL?",
        "server.api.prot in prefect.toml is no setting and does nothing. Did you mean server.api.port?",
    ]


def test_a_setting_without_a_meaning_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SQLALCHEMY_POOL_SIZE", "20")

    (sentence,) = told()

    assert sentence.startswith("PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE in the environment means nothing here: ")
    assert "connection of its own" in sentence


def test_what_is_so_anyway_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("PREFECT_CLIENT_METRICS_ENABLED", "0")

    assert told() == []


def test_an_address_that_does_not_end_with_api_is_doubted_unless_that_is_silenced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200")
    assert told() == ["PREFECT_API_URL is 'http://127.0.0.1:4200'; the address of a server ends with /api."]

    monkeypatch.setenv("PREFECT_SILENCE_API_URL_MISCONFIGURATION", "true")
    assert told() == []


def test_a_program_is_warned_once_and_its_children_are_not(home: Path) -> None:
    program = FLOW + "import subprocess, sys\nsys.exit(subprocess.run([sys.executable, 'child.py']).returncode)"
    Path("child.py").write_text(FLOW)
    environment = {**os.environ, "PREFECT_TASKS_DEFAULT_RETRYS": "3", "PREFECT_HOME": str(home)}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)

    assert done.returncode == 0
    assert done.stderr.count("PREFECT_TASKS_DEFAULT_RETRYS") == 1
    assert "Did you mean PREFECT_TASKS_DEFAULT_RETRIES?" in done.stderr
    assert done.stderr.count("Finished in state Completed()") == 4
