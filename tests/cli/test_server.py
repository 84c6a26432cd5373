"""`prefect server …`, as far as it needs no server."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from prefect.variables import Variable
from tests.cli.terminal import Terminal


def test_the_duties_are_listed(prefect: Terminal) -> None:
    assert "ending abandoned runs" in prefect("server", "services", "ls")
    assert {told["name"] for told in prefect.json("server", "services", "list")} >= {"calling runs late"}


def test_the_duties_are_carried_out_until_somebody_ends_that() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "services", "start"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as told:
        assert "Ctrl-C" in told.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.long
def test_the_duties_go_on_in_the_background_until_they_are_stopped() -> None:
    assert "duties" in services("start", "--background")

    assert "already" in services("start", "-b")
    assert "has stopped" in services("stop")
    assert "No process of the duties runs" in services("stop")


def services(*words: str) -> str:
    """What `prefect server services` says, in a process of its own: what it starts belongs to nobody here."""
    command = [sys.executable, "-m", "prefect", "server", "services", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("server start --workers 2", "several servers on one PostgreSQL database"),
        ("server database revision -m x --autogenerate", "come with the package"),
        ("server database stamp head", "knows its version"),
        ("work-pool provision-infra p", "prefect worker start --pool p"),
    ],
)
def test_what_is_not_to_be_had_is_told_with_the_way_to_go(prefect: Terminal, words: str, told: str) -> None:
    assert told in prefect(*words.split(), expect=1)


def test_the_database_is_upgraded_and_reset(prefect: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    Variable.set("a", 1)
    assert "the latest" in prefect("server", "database", "upgrade", "--yes")
    assert "0001_first" in prefect("server", "database", "upgrade", "--dry-run")
    told = prefect.json("server", "database", "status")
    assert told["version"] == told["latest"]

    assert "--yes" in prefect("server", "database", "reset", expect=1)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert "Nothing was changed" in prefect("--prompt", "server", "database", "reset", expect=1)
    assert prefect("variable", "get", "a") == "1\n"
    prefect("server", "database", "reset", "--yes")
    assert prefect.json("variable", "ls") == []


def test_there_is_no_way_back_to_an_earlier_database(prefect: Terminal) -> None:
    assert "restore the copy" in prefect("server", "database", "downgrade", "-y", expect=1)
    assert "latest" in prefect("server", "database", "upgrade", "-r", "0", expect=1)


def test_passwords_of_databases_are_not_shown(prefect: Terminal) -> None:
    address = "postgresql://me:SEKRIT@nowhere.invalid/x"
    told = prefect("server", "database", "downgrade", expect=1, PREFECT_SERVER_DATABASE_CONNECTION_URL=address)

    assert "SEKRIT" not in told
