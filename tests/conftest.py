"""Every test has a home of its own: its own database, results, profiles and settings."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from prefect._engine.recorders import close_recorders
from tests.databases import postgres
from tests.documents.running import Forks
from tests.listening import Listener, listening
from tests.repositories import Repository

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for whatever a shell starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["postgres"]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # tests start hundreds of programs, each of which would compile it all

settings.register_profile("quick", max_examples=60, deadline=None)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that stands for `~/.prefect`; the working directory is an empty one beside it."""
    folder, here = tmp_path / "home", tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("PREFECT_HOME", str(folder))
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT__FLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    close_recorders()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Runs programs and commands in forks of a process that has imported everything."""
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def another_repository(tmp_path: Path) -> Callable[[str], Repository]:
    """Makes empty git repositories of given names."""
    return lambda name: Repository(tmp_path / "repositories" / name)


@pytest.fixture
def repository(another_repository: Callable[[str], Repository]) -> Repository:
    """An empty git repository named `shop`."""
    return another_repository("shop")


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A real HTTP server that writes down what it is sent."""
    with listening() as ear:
        yield ear
