"""Processes that user code forks inside of a run: the run stays with the process that carries it out."""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn


def end_this_fork(error: BaseException | None) -> NoReturn:
    """End a forked process that left the user's function, as Python would have ended it.

    It must not go on in the engine: its run would get a second end.
    """
    code = 0 if error is None else _exit_code(error)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
    os._exit(code)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return error.code or 0
    if isinstance(error, SystemExit):
        print(error.code, file=sys.stderr)
    else:
        traceback.print_exception(type(error), error, error.__traceback__)
    return 1
