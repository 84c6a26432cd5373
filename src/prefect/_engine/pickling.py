"""Pickles of what the main program defines: `python flow.py` writes what a served run of `flow.py` reads, and back.

Elsewhere another program is the main one. So a class or function of the main program travels whole, as cloudpickle
sends it, beside the name by which its file would be imported: where that module is known, its own is taken.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from typing import Any

from prefect._engine.modules import member, name_of_main

MAIN = ("__main__", "__mp_main__")


def dumps(value: Any) -> bytes:
    """The pickle of a value. Raises what pickling it raises."""
    with io.BytesIO() as file:
        _pickler()(file).dump(value)
        return file.getvalue()


def loads(pickled: bytes) -> Any:
    """The value of a pickle. Raises what making it raises."""
    return _unpickler()(io.BytesIO(pickled)).load()


def module_named(name: str) -> Any:
    """The module of a name, if this program knows it: the main program goes by its file's name, too."""
    known = sys.modules.get(name)
    return sys.modules.get("__main__") if known is None and name == name_of_main() else known


def name_elsewhere(module: str) -> str:
    """The name by which other programs know a module: of the main program, the one of its file."""
    return (name_of_main() or module) if module in MAIN else module


@cache
def _pickler() -> Any:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # untyped library
        def reducer_override(self, obj: Any) -> Any:
            if _is_of_main(obj):
                elsewhere = name_elsewhere(obj.__module__)
                if elsewhere not in MAIN:
                    return found, (elsewhere, obj.__qualname__, cloudpickle.dumps(obj))
            return super().reducer_override(obj)

    return Pickler


def _is_of_main(value: Any) -> bool:
    """Whether a class or function of the main program is meant that can be found there by its name."""
    if getattr(value, "__module__", None) not in MAIN or not isinstance(value, (type, type(_is_of_main))):
        return False
    return member(sys.modules[value.__module__], value.__qualname__) is value


def found(module: str, path: str, whole: bytes) -> Any:
    """What a module of this program has under a path; where there is none, what was sent along."""
    import pickle

    known = member(module_named(module), path)
    return known if known is not None else pickle.loads(whole)


@cache
def _unpickler() -> Any:
    import pickle

    class Unpickler(pickle.Unpickler):
        def find_class(self, module_name: str, global_name: str, /) -> Any:
            if module_name not in sys.modules and module_name == name_of_main():
                known = member(sys.modules["__main__"], global_name)
                if known is not None:
                    return known
            return super().find_class(module_name, global_name)

    return Unpickler
