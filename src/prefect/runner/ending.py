"""Ending a forked process as an interpreter ends, but for what it shares with the process from which it was forked.

An interpreter that ends takes apart every module. In a fork that copies all of their memory first, which takes longer
than most runs. So only what was loaded since the fork is taken apart, in the order in which the interpreter does it.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys
import threading
import weakref
from collections.abc import Collection
from contextlib import suppress
from types import ModuleType
from typing import Any, NoReturn

UNDISTURBED = 3600.0
"""Seconds for which no other thread gets its turn, so that none runs while its modules are taken apart."""
_libc = ctypes.PyDLL(None)


def end_process(code: int, shared: Collection[str]) -> NoReturn:
    """Wait for the threads that are to be waited for, call what wants to be called at the end, and end the process.

    `shared` names the modules that were loaded before the fork.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter calls first, too
    atexit._run_exitfuncs()
    sys.setswitchinterval(UNDISTURBED)
    _take_apart([name for name in sys.modules if name not in shared])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # a stream that was closed or taken away
            stream.flush()
    _libc.exit(code)  # which also writes what libraries in C hold back
    raise AssertionError("exit() does not return")


def _take_apart(names: Collection[str]) -> None:
    """Let go of modules and what they hold, so that files are written and finalizers called."""
    modules = [sys.modules.pop(name) for name in names]
    # What only says that it is a module (a library of cffi, a lazy stand-in) is let go of like any other value.
    known = [weakref.ref(module) for module in modules if issubclass(type(module), ModuleType)]
    modules.clear()
    gc.collect()
    for reference in reversed(known):
        module = reference()
        if module is not None:
            _empty(vars(module))
            del module
    gc.collect()


def _empty(namespace: dict[str, Any]) -> None:
    """Forget the values of a module: those of names with an underscore first, as the interpreter does."""
    names = [name for name in namespace if not name.startswith("__")]
    for name in sorted(names, key=lambda name: not name.startswith("_")):
        namespace[name] = None
