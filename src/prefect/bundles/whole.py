"""Values as text that another machine can read: modules of the user's project travel along, installed ones do not."""

from __future__ import annotations

import base64
import gzip
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib"))
OURS = Path(__file__).resolve().parents[1]


def written(value: Any) -> str:
    """A value as text: pickled, compressed, in base 64."""
    return base64.b64encode(gzip.compress(cloudpickle.dumps(value))).decode()


def read(text: str) -> Any:
    """The value of such a text, which is to come from somebody who may run code here."""
    return cloudpickle.loads(gzip.decompress(base64.b64decode(text)))


@contextmanager
def sent_whole(name: str) -> Iterator[None]:
    """Inside the block, what a module of the user's project and those that it imports define is pickled whole."""
    with ExitStack() as sent:
        for module in project_modules(name):
            if module.__name__ not in cloudpickle.list_registry_pickle_by_value() and module.__name__ != "__main__":
                cloudpickle.register_pickle_by_value(module)
                sent.callback(cloudpickle.unregister_pickle_by_value, module)
        yield


def project_modules(name: str) -> list[ModuleType]:
    """A module, if it is of the user's project, and those of the project that it imports, however far."""
    found: dict[str, ModuleType] = {}
    waiting = [name]
    while waiting:
        module = sys.modules.get(waiting.pop())
        if module is not None and module.__name__ not in found and _is_of_the_project(module):
            found[module.__name__] = module
            waiting += _modules_named_in(module)
    return list(found.values())


def _is_of_the_project(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    if module.__name__ == "__main__":
        return True
    if file is None or module.__name__.partition(".")[0] in sys.stdlib_module_names:
        return False
    place = Path(file).resolve()
    return not any(place.is_relative_to(folder) for folder in (*INSTALLED, OURS))


def _modules_named_in(module: ModuleType) -> Iterator[str]:
    for value in list(vars(module).values()):
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if isinstance(name, str):
            yield name
