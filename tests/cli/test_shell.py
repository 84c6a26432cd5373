"""`prefect shell …`: any command is a flow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.terminal import Terminal, in_its_own_process


def watched(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """`prefect shell watch …`, which writes the lines of its run, too."""
    command = [sys.executable, "-m", "prefect", "shell", "watch", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == expect, ended.stderr
    return ended


def logs_of(prefect: Terminal) -> list[str]:
    """The log lines of the latest flow run."""
    run = prefect.json("flow-run", "ls")[0]
    return [f"{line['level']} {line['message']}" for line in prefect.json("flow-run", "logs", run["id"])]


def test_a_command_is_run_and_what_it_prints_is_logged(prefect: Terminal) -> None:
    watched("echo said; echo complained >&2", "--flow-run-name", "tonight", "--tag", "a")

    run = prefect.json("flow-run", "ls")[0]
    assert (run["name"], run["state"]["name"], run["tags"]) == ("tonight", "Completed", ["a"])
    assert prefect.json("flow", "ls")[0]["name"] == "Shell Command"
    assert {"20 said", "30 complained"} <= set(logs_of(prefect))


def test_a_command_that_fails_fails_its_run(prefect: Terminal) -> None:
    told = watched("exit 3", "--flow-name", "Fails", expect=1)

    assert told.stderr.splitlines()[-1].startswith("Error: The command's run is Failed: ")
    assert "Command failed with exit code 3" in told.stderr.splitlines()[-1]
    assert prefect.json("flow-run", "ls")[0]["state"]["name"] == "Failed"
    assert prefect.json("flow", "ls")[0]["name"] == "Fails"


def test_what_is_not_logged_is_shown() -> None:
    command = "echo said; echo complained >&2"

    shown = watched(command, "--no-log-output")
    silent = watched(command, "--no-log-output", "--no-stream-stdout")

    assert "said" in shown.stdout.splitlines()
    assert "complained" in shown.stderr.splitlines()
    assert "said" not in silent.stdout + silent.stderr
    assert "complained" not in silent.stdout + silent.stderr


def test_a_command_is_served(prefect: Terminal) -> None:
    words = ["shell", "serve", "echo done >> made", "--flow-name", "makes", "--run-once", "--tag", "a"]
    in_its_own_process(*words, "--cron-schedule", "0 3 * * *", "--timezone", "Asia/Shanghai")
    prefect("deployment", "run", "makes/CLI Runner Deployment")

    in_its_own_process(*words)

    assert Path("made").read_text() == "done\n"
    run = prefect.json("flow-run", "ls", "--state", "Completed")[0]
    assert (run["state"]["name"], run["tags"]) == ("Completed", ["a"])
    deployment = prefect.json("deployment", "inspect", "makes/CLI Runner Deployment")
    assert deployment["schedules"][0]["schedule"]["timezone"] == "Asia/Shanghai"
