"""Other programs, run from async code, and commands as texts, for packages that import these tools from here."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from anyio.abc import ByteReceiveStream, Process, TaskStatus


def get_sys_executable() -> str:
    """The Python that runs this program."""
    return sys.executable


def command_to_string(command: list[str]) -> str:
    """A command as a shell takes it."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def command_from_string(command: str) -> list[str]:
    """The parts of a command that is written as for a shell."""
    return shlex.split(command, posix=os.name != "nt")


def sanitize_subprocess_env(env: Mapping[str, str | None] | None, *, remove_from: Any = None) -> dict[str, str]:
    """An environment for a process: variables that are None are left out, of `remove_from`, too, if that is given."""
    if remove_from is not None:
        for name, value in (env or {}).items():
            if value is None:
                remove_from.pop(name, None)
    return {name: value for name, value in (env or {}).items() if value is not None}


@asynccontextmanager
async def open_process(command: list[str], **kwargs: Any) -> AsyncIterator[Process]:
    """A program that runs inside the block, and is ended after it. Raises `TypeError` for a command that is a text."""
    import anyio

    if isinstance(command, str):
        raise TypeError(f"A command is a list of its parts; it was the text {command!r}. Use command_from_string().")
    process = await anyio.open_process(command, **kwargs)
    try:
        async with process:
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
            with anyio.CancelScope(shield=True):
                await process.aclose()


async def run_process(
    command: list[str],
    *,
    stream_output: bool | tuple[TextIO | None, TextIO | None] = False,
    task_status: TaskStatus[Any] | None = None,
    task_status_handler: Callable[[Process], Any] | None = None,
    **kwargs: Any,
) -> Process:
    """Run a program to its end; its process, with the exit code.

    `stream_output` hands its output on, to this program's own or to a pair of files (out, err). A `task_status` is told
    when it has begun: its process, or what `task_status_handler` makes of that.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} if stream_output else {}
    out, err = stream_output if isinstance(stream_output, tuple) else (sys.stdout, sys.stderr)
    async with open_process(command, **{**pipes, **kwargs}) as process:
        if task_status is not None:
            task_status.started(task_status_handler(process) if task_status_handler else process)
        if stream_output:
            await consume_process_output(process, out, err)
        await process.wait()
    return process


async def consume_process_output(
    process: Process, stdout_sink: TextIO | None = None, stderr_sink: TextIO | None = None
) -> None:
    """Hand a program's output on until it ends."""
    import anyio

    async with anyio.create_task_group() as group:
        for source, sink in ((process.stdout, stdout_sink), (process.stderr, stderr_sink)):
            if source is not None:
                group.start_soon(stream_text, source, sink)


async def stream_text(source: ByteReceiveStream, *sinks: TextIO | None) -> None:
    """Write the text of a stream into files as it comes."""
    from anyio.streams.text import TextReceiveStream

    async for text in TextReceiveStream(source, errors="replace"):
        for sink in filter(None, sinks):
            sink.write(text)
            sink.flush()
