"""Copies of a database, made as the documents say and while runs are recorded, are whole and go on."""

from __future__ import annotations

import contextvars
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect._engine.recorders import close_recorders
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import TaskRunFilter
from prefect.settings import temporary_settings
from tests.databases import empty_database, url

__all__ = ["url"]


@task
def step(x: int) -> int:
    return x


@flow
def three_steps() -> None:
    for number in range(3):
        step(number)


@contextmanager
def recorded_at(address: str) -> Iterator[None]:
    """What is run inside the block is recorded in a database."""
    with temporary_settings({"PREFECT_SERVER_DATABASE_CONNECTION_URL": address}):
        yield
        close_recorders()


@contextmanager
def runs_going_on() -> Iterator[None]:
    """Runs are recorded one after the other while the block is carried out."""
    is_over = threading.Event()

    def run() -> None:
        while not is_over.is_set():
            three_steps()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,))
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def restored(address: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database made from a copy that is taken now."""
    if address.startswith("sqlite"):
        if shutil.which("sqlite3") is None:
            pytest.skip("there is no command sqlite3 here")
        copy = folder / "copy.db"
        done("sqlite3", address.removeprefix("sqlite:///"), f".backup '{copy}'")
        yield f"sqlite:///{copy}"
        return
    bin = Path(str(import_module("pgserver").__file__)).parent / "pginstall" / "bin"
    copy, server = folder / "copy.dump", request.getfixturevalue("postgres")
    done(bin / "pg_dump", "--format=custom", f"--file={copy}", address)
    with empty_database(server) as other:
        done(bin / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={other}", copy)
        yield other


def done(*command: Any) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def test_a_copy_that_is_made_while_runs_are_recorded_is_whole_and_goes_on(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with recorded_at(url):
        Secret(value="open sesame").save("door")
        three_steps()
        with runs_going_on(), restored(url, tmp_path, request) as copy, recorded_at(copy):
            with get_client(sync_client=True) as client:
                completed = [run for run in client.read_flow_runs() if run.state_name == "Completed"]
                steps = {run.id: client.read_task_runs(task_run_filter=of(run.id)) for run in completed}
            three_steps()
            with get_client(sync_client=True) as client:
                again = [run for run in client.read_flow_runs() if run.state_name == "Completed"]

            assert completed != []
            assert {tuple(step.state_name for step in each) for each in steps.values()} == {("Completed",) * 3}
            assert Secret.load("door").get() == "open sesame"
            assert len(again) == len(completed) + 1


def of(flow_run_id: Any) -> TaskRunFilter:
    return TaskRunFilter.model_validate({"flow_run_id": {"any_": [str(flow_run_id)]}})
