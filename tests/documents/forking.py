"""A process that has imported everything and forks for each program: `python -m tests.documents.forking`.

It reads orders, a JSON object a line, and answers each with the process of the program, and when that has ended with
its exit code. It has one thread and opens nothing, so that its forks are sound.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import traceback
from typing import Any

import prefect.cli
from prefect._api.table import all_routes
from prefect.runner.ending import end_process
from prefect.runner.preloading import preload


def load_everything() -> None:
    """What a flow needs, and all commands, with the models that they read and write."""
    preload()
    for place, _ in prefect.cli.COMMANDS.values():
        importlib.import_module(f"prefect.cli.{place.partition(':')[0]}")
    for route in all_routes():
        route.body, route.answer, route.parameters  # noqa: B018  # each is made when it is first asked for
    gc.freeze()


def next_program() -> dict[str, Any] | None:
    """In a forked child the program that it is to run; None in the process itself, once nobody asks any more."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return dict(json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def become(program: dict[str, Any]) -> None:
    """Take the environment, the folder and the streams of a program."""
    os.setsid()
    os.environ.clear()
    os.environ.update(program["environment"])
    os.chdir(program["folder"])
    output = os.open(program["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for end, stream in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(end, stream)
    sys.argv = program["arguments"]


def exit_code() -> int:
    """Run what is to be run, as an interpreter does; the code with which that ends."""
    try:
        if sys.argv[0] == "prefect":
            return prefect.cli.run(sys.argv[1:])
        sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # whatever it is, the process ends by it
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    load_everything()
    shared = set(sys.modules)
    wanted = next_program()
    if wanted is not None:
        become(wanted)
        end_process(exit_code(), shared)
