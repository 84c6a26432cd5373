"""Running what a page says, as its reader would: in an empty folder, with nothing recorded yet."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from tests.documents.pages import ROOT, Block, Command, commands, missing_lines
from tests.faults.servers import free_port

SECONDS = 60.0
"""The most that a program or a command may take."""
PORTS = ("4200", "8000")
"""The ports of the server and of a program of the reader's, in pages; here each is a free one."""
OF_A_SHELL = set("|&;<>()$`*?\n")
OURS = ("python", "prefect")
"""The commands that are forked, not started anew."""


class Forks:
    """Has programs run by a process that has imported everything."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.documents.forking"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str], output: Path) -> int:
        """Run a program to its end; its exit code."""
        order = {"arguments": arguments, "folder": str(folder), "environment": environment, "output": str(output)}
        told, heard = self._process.stdin, self._process.stdout
        assert told is not None
        assert heard is not None
        told.write(json.dumps(order) + "\n")
        told.flush()
        late = threading.Timer(SECONDS, os.killpg, (int(heard.readline()), signal.SIGKILL))
        late.start()
        try:
            return int(heard.readline())
        finally:
            late.cancel()

    def close(self) -> None:
        with self._process:
            pass


class Running(NamedTuple):
    """A command that was left running, and what it has printed so far."""

    command: str
    process: subprocess.Popen[bytes]
    output: Path

    def says(self, lines: tuple[str, ...]) -> None:
        """Wait until it has printed some lines. Raises `AssertionError` where it does not in time."""
        deadline = time.monotonic() + SECONDS
        while missing_lines(lines, (printed := self.output.read_text(encoding="utf-8"))):
            assert self.process.poll() is None, f"{self.command} ends with {self.process.returncode}:\n{printed}"
            assert time.monotonic() < deadline, f"{self.command} prints only:\n{printed}"
            time.sleep(0.05)


class Reader:
    """Somebody who does what a page says, in a folder of his own."""

    def __init__(self, folder: Path, forks: Forks, ports: Sequence[int]) -> None:
        self._forks = forks
        self._ports = dict(zip(PORTS, map(str, ports)))
        self._outputs = (folder / f"output-{number}" for number in count())
        self._folder = folder / "shop"
        self._folder.mkdir()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "XDG_"))}
        own = {"HOME": str(folder), "PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "TZ": "UTC"}
        self.environment = {**known, **own, "PREFECT_HOME": str(folder / "home")}
        self.environment |= {"PREFECT_SERVER_API_PORT": str(ports[0]), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        self._left_running: dict[str, Running] = {}

    def read(self, blocks: Iterable[Block]) -> None:
        """Do it all. What does not go as the page says is an AssertionError that names the line."""
        program: list[Block] = []
        printed = ""
        for block in chain(blocks, [Block("end", "", "", 0, {})]):
            if block.language == "python" and block.is_run and not block.title:
                program.append(block)
            elif block.language in ("console", "output", "end") and block.is_run:
                if program:
                    printed = self._run_program(program)
                    program = []
                self._follow(block, printed)
            elif "appears" in block.remarks:
                self._left_running[block.remarks["appears"]].says(tuple(block.text.splitlines()))
            elif block.is_run and block.title:
                self._write(block)

    def does(self, command: str) -> str:
        """What a command prints that no page names."""
        code, printed = self._done(command)
        assert code == 0, printed
        return printed

    def said_by(self, command: str) -> str:
        """What a command has printed that was left running."""
        return self._left_running[command].output.read_text(encoding="utf-8")

    def _follow(self, block: Block, printed: str) -> None:
        if block.language == "output":
            missing = missing_lines(tuple(block.text.splitlines()), printed)
            assert not missing, f"line {block.line}: the program does not print {missing[0]!r} there, but:\n{printed}"
        elif block.language == "console":
            typed = commands(block.text)
            for command in typed:
                self._type(command, block, is_last=command is typed[-1])

    def _write(self, block: Block) -> None:
        file = self._folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._placed(block.text), encoding="utf-8")

    def _run_program(self, program: list[Block]) -> str:
        """Run blocks as one program, each line of which has the number that it has in the page."""
        text = ""
        for block in program:
            text += "\n" * (block.line - 1 - text.count("\n")) + self._placed(block.text)
        file = self._folder / "page.py"
        file.write_text(text, encoding="utf-8")
        code, printed = self._forked([str(file)])
        assert code == 0, f"line {program[0].line}: the program ends with {code}:\n{printed}"
        return printed

    def _type(self, command: Command, block: Block, *, is_last: bool) -> None:
        where = f"line {block.line}: {command.text}"
        if is_last and "goes on" in block.remarks:
            self._leave_running(command)
            return
        code, printed = self._done(self._placed(command.text))
        expected = int(block.remarks.get("exits") or 0) if is_last else 0
        assert code == expected, f"{where} ends with {code}:\n{printed}"
        missing = missing_lines(command.output, self._as_in_pages(printed))
        assert not missing, f"{where} does not print {missing[0]!r} there, but:\n{printed}"

    def _done(self, text: str) -> tuple[int, str]:
        """Carry a command out: its exit code, and what it prints."""
        words = shlex.split(text, comments=True)
        if words[0] == "cd":
            self._folder = (self._folder / words[1]).resolve()
            return 0, ""
        if words[0] == "export":
            self.environment |= dict([words[1].split("=", 1)])
            return 0, ""
        if words[0] in OURS and not OF_A_SHELL & set(text.partition(" #")[0]) and words[1] != "-m":
            return self._forked(words[1:] if words[0] == "python" else words)
        ended = subprocess.run(
            text,
            shell=True,
            cwd=self._folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        return ended.returncode, ended.stdout.decode()

    def _forked(self, arguments: list[str]) -> tuple[int, str]:
        output = next(self._outputs)
        code = self._forks.run(arguments, self._folder, self.environment, output)
        return code, output.read_text(encoding="utf-8")

    def _leave_running(self, command: Command) -> None:
        """Start a command and return once it has said what the page shows of it."""
        output = next(self._outputs)
        with output.open("wb") as file:
            process = subprocess.Popen(
                f"exec {self._placed(command.text)}",
                shell=True,
                cwd=self._folder,
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._left_running[command.text] = started = Running(command.text, process, output)
        started.says(command.output)

    def _placed(self, text: str) -> str:
        """A text of a page with the ports that are free here."""
        for known, free in self._ports.items():
            text = re.sub(rf"\b{known}\b", free, text)
        return text

    def _as_in_pages(self, text: str) -> str:
        for known, free in self._ports.items():
            text = text.replace(f"127.0.0.1:{free}", f"127.0.0.1:{known}")
        return text

    def leave(self) -> None:
        """End what was left running."""
        for started in self._left_running.values():
            started.process.send_signal(signal.SIGINT)
            started.process.wait(SECONDS)
        if (Path(self.environment["PREFECT_HOME"]) / "server.pid").exists():
            self._done("prefect server stop")


@contextmanager
def reader(folder: Path, forks: Forks) -> Iterator[Reader]:
    somebody = Reader(folder, forks, [free_port() for _ in PORTS])
    try:
        yield somebody
    finally:
        somebody.leave()
