"""Steps that run commands and install packages."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import IO, TextIO, TypedDict

from prefect.deployments.steps.core import installer
from prefect.utilities.asyncutils import dispatched


class RunShellScriptResult(TypedDict):
    """What commands printed."""

    stdout: str
    stderr: str


@dispatched
def run_shell_script(
    script: str,
    directory: str | None = None,
    env: Mapping[str, str] | None = None,
    stream_output: bool = True,
    expand_env_vars: bool = False,
    shell: bool = False,
) -> RunShellScriptResult:
    """Run the lines of a script, each as a command of its own; with `shell`, the whole script in a shell.

    Raises `RuntimeError` where a command fails.
    """
    environment = {**os.environ, **(env or {})}
    text = Template(script).safe_substitute(environment) if expand_env_vars else script
    commands = [["sh", "-c", text]] if shell else _commands(text)
    printed = [run_command(command, directory, environment, stream_output) for command in commands]
    return {
        "stdout": "\n".join(one["stdout"] for one in printed if one["stdout"]),
        "stderr": "\n".join(one["stderr"] for one in printed if one["stderr"]),
    }


def _commands(script: str) -> list[list[str]]:
    lines = [line.strip() for line in script.splitlines()]
    return [shlex.split(line) for line in lines if line and not line.startswith("#")]


@dispatched
def pip_install_requirements(
    directory: str | None = None, requirements_file: str = "requirements.txt", stream_output: bool = True
) -> RunShellScriptResult:
    """Install what a requirements file names, for this interpreter. Raises `RuntimeError` where that fails."""
    command = [*installer(), "-r", str(Path(requirements_file))]
    return run_command(command, directory, dict(os.environ), stream_output)


def run_command(
    command: Sequence[str], directory: str | None, environment: Mapping[str, str], stream_output: bool
) -> RunShellScriptResult:
    """Run a command to its end, showing what it prints meanwhile. Raises `RuntimeError`."""
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise RuntimeError(f"The command {command[0]!r} could not be started: {error}") from error
    with process:
        printed = _collected(process, stream_output)
    if process.returncode != 0:
        said = printed["stderr"] or printed["stdout"]
        raise RuntimeError(f"The command {command[0]!r} failed with exit code {process.returncode}: {said}")
    return printed


def _collected(process: subprocess.Popen[str], stream_output: bool) -> RunShellScriptResult:
    assert process.stdout is not None
    assert process.stderr is not None
    complaints: list[str] = []
    aside = threading.Thread(target=_copy, args=(process.stderr, complaints, sys.stderr if stream_output else None))
    aside.start()
    lines: list[str] = []
    _copy(process.stdout, lines, sys.stdout if stream_output else None)
    aside.join()
    return {"stdout": "".join(lines).strip(), "stderr": "".join(complaints).strip()}


def _copy(source: IO[str], lines: list[str], shown: TextIO | None) -> None:
    for line in source:
        lines.append(line)
        if shown is not None:
            shown.write(line)
            shown.flush()


__all__ = ["RunShellScriptResult", "pip_install_requirements", "run_shell_script"]
