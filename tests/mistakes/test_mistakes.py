"""Who makes a usual mistake is told what was wrong, and the way out."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.documents.running import Forks
from tests.faults.servers import serving
from tests.mistakes import Mistake
from tests.mistakes.commands import COMMANDS
from tests.mistakes.programs import PROGRAMS

SHOP = """
from prefect import flow

@flow
def shop(count: int = 1): ...

@flow
def need(day: str): ...
"""
DEPLOYED = ("shop.py:shop -n nightly", "shop.py:shop -n weekly", "shop.py:need -n nightly")


def named(mistake: Mistake) -> str:
    return mistake.name


class Beginner:
    """Somebody with a home, a folder and a shell."""

    def __init__(self, folder: Path, forks: Forks, port: int) -> None:
        self.home = folder / "home"
        self._forks, self._folder, self._port = forks, folder / "work", port
        self._folder.mkdir(parents=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        self._environment = {**kept, "PREFECT_HOME": str(self.home), "COLUMNS": "120", "NO_COLOR": "1"}

    def writes(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")

    def runs(self, command: str, *environment: tuple[str, str]) -> tuple[int, str]:
        """The exit code of a program or command, and what it says."""
        output = self._folder.parent / "said"
        output.write_text("")
        own = {name: self.placed(value) for name, value in environment}
        words = shlex.split(self.placed(command))
        code = self._forks.run(words, self._folder, {**self._environment, **own}, output)
        return code, output.read_text(encoding="utf-8")

    def placed(self, text: str) -> str:
        return text.replace("{home}", str(self.home)).replace("{port}", str(self._port))


@pytest.fixture(scope="session")
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


@pytest.fixture
def beginner(tmp_path: Path, forks: Forks, taken_port: int) -> Beginner:
    return Beginner(tmp_path / "beginner", forks, taken_port)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, forks: Forks, taken_port: int) -> Beginner:
    """Somebody who has deployed a flow; no mistake changes anything."""
    somebody = Beginner(tmp_path_factory.mktemp("deployed"), forks, taken_port)
    somebody.writes("shop.py", SHOP)
    assert somebody.runs("prefect work-pool create p --type process")[0] == 0
    for what in DEPLOYED:
        code, said = somebody.runs(f"prefect deploy {what} --pool p")
        assert code == 0, said
    (somebody.home / "notes.txt").write_text("Buy milk.\n" * 100)
    return somebody


@pytest.mark.parametrize("mistake", PROGRAMS, ids=named)
def test_a_program_with_a_mistake_says_what_is_wrong_and_the_way_out(mistake: Mistake, beginner: Beginner) -> None:
    text = dedent(mistake.written).lstrip()
    beginner.writes(
        "mine.py", text if "from prefect import flow" in text else f"from prefect import flow, task\n{text}"
    )

    code, said = beginner.runs("mine.py", *mistake.environment)

    assert code == 1
    assert beginner.placed(mistake.wrong) in said
    assert beginner.placed(mistake.way_out) in said


@pytest.mark.parametrize("mistake", COMMANDS, ids=named)
def test_a_command_with_a_mistake_says_so_in_a_line(mistake: Mistake, deployed: Beginner) -> None:
    code, said = deployed.runs(mistake.written, *mistake.environment)

    assert code in (1, 2)
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert deployed.placed(mistake.wrong) in said
    assert deployed.placed(mistake.way_out) in said


def test_nothing_is_made_where_a_mistake_was(deployed: Beginner) -> None:
    deployed.runs("prefect flow ls", ("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite:///{home}/a/b/runs.db"))
    deployed.runs("prefect deploy shop.py:shop -n new -p p --param cuont=3")

    assert not (deployed.home / "a").exists()
    assert "shop/new" not in deployed.runs("prefect deployment ls")[1]


def test_a_wrong_password_is_told_with_the_setting(beginner: Beginner) -> None:
    with serving("--no-worker", "--no-services", env={"PREFECT_SERVER_API_AUTH_STRING": "me:secret"}) as server:
        none = beginner.runs("prefect flow ls", ("PREFECT_API_URL", server.url))
        wrong = beginner.runs("prefect flow ls", ("PREFECT_API_URL", server.url), ("PREFECT_API_AUTH_STRING", "me:x"))

    assert none[0] == wrong[0] == 1
    assert "The server asks for a password. Say it in PREFECT_API_AUTH_STRING=user:password" in none[1]
    assert "What PREFECT_API_AUTH_STRING says is not the user:password that the server asks for" in wrong[1]
