"""What holds for all commands, and settings and profiles."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pydantic
import pytest

from prefect import flow
from prefect.cli.output import print_columns
from tests.cli.terminal import Terminal, in_its_own_process
from tests.recorded import flow_runs


@flow
def extract(x: int) -> int:
    return x


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flow-rn", "ls"], 'Did you mean "flow-run"?'),
        (["task-run", "ls", "--limit", "nonsense"], "See: prefect task-run ls --help"),
        (["flow-run", "ls", "--limit", "x"], "See: prefect flow-run ls --help"),
        (["flow-run", "ls", "--nonsense"], "--nonsense"),
        (["variable", "set"], "See: prefect variable set --help"),
    ],
)
def test_wrong_usage_is_told_with_the_way_to_help(prefect: Terminal, arguments: list[str], told: str) -> None:
    assert told in prefect(*arguments, expect=2)


def test_help_and_version(prefect: Terminal) -> None:
    assert "flow-run" in prefect("--help")
    assert "--limit" in prefect("flow-run", "ls", "--help")
    assert prefect("--version").strip().startswith("3.9.1+tidemill")


def test_the_version_says_what_it_is_and_on_what_it_runs(prefect: Terminal, home: Path) -> None:
    told = prefect.json("version")

    assert told["Server type"] == "embedded"
    assert (told["Database"], told["Database version"]) == ("sqlite", sqlite3.sqlite_version)
    assert told["Pydantic version"] == pydantic.VERSION
    assert told["Git commit"] == "unknown" or len(told["Git commit"]) == 40
    assert told["Built"] == "development"
    assert not (home / "prefect.db").exists()


def test_what_is_not_known_of_a_database_is_not_made_up(prefect: Terminal) -> None:
    away, remote = "postgresql://127.0.0.1:1/none", "http://127.0.0.1:1/api"

    told = prefect("version", "-o", "json", PREFECT_SERVER_DATABASE_CONNECTION_URL=away)
    assert json.loads(told)["Database version"] == "unknown"
    assert "Database" not in prefect("version", PREFECT_API_URL=remote)


def test_settings_come_from_the_environment_before_files_before_the_profile(prefect: Terminal, home: Path) -> None:
    prefect("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG")
    assert "PREFECT_LOGGING_LEVEL='DEBUG' (from the profile" in in_its_own_process("config", "view")

    Path("pyproject.toml").write_text('[tool.prefect.logging]\nlevel = "WARNING"\n')
    assert "'WARNING' (from pyproject.toml)" in in_its_own_process("config", "view")
    Path("prefect.toml").write_text('[logging]\nlevel = "ERROR"\n')
    assert "'ERROR' (from prefect.toml)" in in_its_own_process("config", "view")
    Path(".env").write_text("PREFECT_LOGGING_LEVEL=CRITICAL\n")
    assert "'CRITICAL' (from .env)" in in_its_own_process("config", "view")
    assert "'INFO' (from the environment)" in in_its_own_process("config", "view", PREFECT_LOGGING_LEVEL="INFO")

    prefect("config", "unset", "PREFECT_LOGGING_LEVEL")
    assert "DEBUG" not in (home / "profiles.toml").read_text()


def test_a_setting_that_is_not_there_or_does_not_fit_is_told(prefect: Terminal) -> None:
    assert "There is no setting 'NONSENSE'" in prefect("config", "set", "NONSENSE=1", expect=1)
    assert "LOUD" in prefect("config", "set", "PREFECT_LOGGING_LEVEL=LOUD", expect=1)
    assert "PREFECT_LOGGING_LEVEL" in prefect("config", "view", PREFECT_LOGGING_LEVEL="LOUD", expect=1)


def test_profiles(prefect: Terminal) -> None:
    prefect("profile", "create", "work")
    prefect("profile", "use", "work")
    prefect("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG")

    assert "* work" in prefect("profile", "ls")
    assert "DEBUG" in prefect("profile", "inspect", "work")
    assert "DEBUG" not in prefect("config", "view", PREFECT_PROFILE="ephemeral")
    prefect("profile", "rename", "work", "office")
    assert "* office" in prefect("profile", "ls")
    assert "nothing" in prefect("profile", "use", "nothing", expect=1)
    prefect("profile", "use", "ephemeral")
    prefect("profile", "delete", "office")
    assert "office" not in prefect("profile", "ls")


def test_a_closed_pipe_is_no_error(prefect: Terminal) -> None:
    for number in range(5):
        extract(number + 10)
    flow_runs()
    told = subprocess.run(
        f"{sys.executable} -m prefect flow-run ls | head -1", shell=True, capture_output=True, text=True, check=True
    )

    assert told.stderr == ""
    assert told.stdout.split()[0] == "Id"


def test_a_list_that_is_piped_loads_nothing_that_draws() -> None:
    code = "import sys\nfrom prefect.cli import run\nrun(['flow-run', 'ls'])\nprint(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert {name for name in told.stdout.split() if name == "rich" or name.startswith("rich.")} == set()


def test_columns_stand_below_each_other_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns([("Name", "State"), ("数据", "Late"), ("long name", None)])

    assert capsys.readouterr().out == "Name       State\n数据       Late\nlong name\n"
