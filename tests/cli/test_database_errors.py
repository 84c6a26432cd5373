"""What a command says whose database fails while it is at work."""

from __future__ import annotations

import psycopg
import pytest
from cyclopts import App

from prefect.cli.running import exit_code

LOST = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally"


def failing(error: Exception) -> App:
    app = App(name="prefect")

    @app.command
    def work() -> None:
        raise error

    return app


def test_a_database_that_is_lost_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(failing(psycopg.OperationalError(LOST)), ["work"]) == 1

    told = capsys.readouterr().err
    assert told.startswith("Error: The database failed during the command: server closed the connection")
    assert told.count("\n") == 1


def test_an_error_of_ours_is_shown_in_full() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code(failing(ZeroDivisionError()), ["work"])
