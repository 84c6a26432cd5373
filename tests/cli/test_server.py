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
