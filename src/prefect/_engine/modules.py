"""The one name that a file's module has: the name by which its neighbours would import it.

It is the same in every process, so that what a file defines can be pickled here and read there, by a pool of processes
or by another run. Two files of one name in different folders do not meet: the second one loaded goes by a longer name,
with the names of the folders around it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source, find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from prefect.utilities.hashing import file_hash, stable_hash

FOLDERS_IN_A_NAME = 4
"""With how many of the folders around it a file is named before it gets a name that no other process finds."""

_contents: dict[str, str] = {}
"""A hash of the file of each module that was loaded here, as it was then."""


class Name(NamedTuple):
    """A module's name, and the folder that must be on `sys.path` for it to be found."""

    dotted: str
    root: Path


def loaded(file: Path) -> ModuleType:
    """The module of a file, which is run unless it was loaded before and has not changed since.

    The folders in which it and its neighbours are found stay on `sys.path`, behind those that are there, so that the
    processes which are started from here find them, too. What running the file raises is raised.
    """
    file = Path(os.path.abspath(file))
    name, broken = _free_name(file)
    places = [file.parent, Path.cwd(), *([name.root] if name is not None else [])]
    with found_first(*places):
        try:
            module = _imported(name.dotted, file) if name is not None else _run_under_a_hash(file)
        except ImportError as error:
            if broken is not None:
                raise broken from error
            raise
    find_in(*places)
    return module


def imported(name: str) -> ModuleType:
    """The module of a dotted name, looked for in the working directory, too. Raises what importing it raises."""
    with found_first(Path.cwd()):
        module = importlib.import_module(name)
    find_in(Path.cwd())
    return module


def find_in(*folders: Path) -> None:
    """Have modules found in folders, behind those that are found already."""
    sys.path.extend(place for place in dict.fromkeys(map(str, folders)) if place not in sys.path)


def names_of(file: Path) -> Iterator[Name]:
    """The names that a file's module may have, the best one first.

    As part of its package, if it is in one; alone; then with the names of the folders around it.
    """
    own = [] if file.stem == "__init__" else [file.stem]
    root = _root_of_package(file)
    folders = file.parent.parts[1:]
    around = len(folders) - len(root.parts[1:])
    for depth in dict.fromkeys((around, 0, *range(1, min(FOLDERS_IN_A_NAME, len(folders)) + 1))):
        parts = [*folders[len(folders) - depth :], *own]
        if parts and not any("." in part for part in parts):
            yield Name(".".join(parts), file.parents[depth])


def _root_of_package(file: Path) -> Path:
    """The folder around a file's package; a package ends at the working directory and at folders on `sys.path`."""
    folder = file.parent
    while folder.name.isidentifier() and (folder / "__init__.py").is_file():
        if folder == Path.cwd() or (folder != file.parent and str(folder) in sys.path):
            break
        folder = folder.parent
    return folder


def name_of_main() -> str | None:
    """The name by which the main program would be imported; None where it is no file."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name).removesuffix(".__main__")
    file = getattr(main, "__file__", None)
    if file is None or not os.path.isfile(file):
        return None
    names = (name.dotted for name in names_of(Path(os.path.abspath(file))))
    return next((name for name in names if not _is_pythons(name)), None)


def member(module: Any, path: str) -> Any:
    """What a dotted path names in a module; None where it names nothing."""
    for part in path.split("."):
        module = getattr(module, part, None)
    return module


def _free_name(file: Path) -> tuple[Name | None, Exception | None]:
    """The best name by which a file is found and no other; and what a package around it raised, if one did."""
    broken: Exception | None = None
    for name in names_of(file):
        if _is_taken(name.dotted, file):
            continue
        with _found_last(name.root):
            try:
                if name.dotted in sys.modules or _is_found(name.dotted, file):
                    return name, broken
            except Exception as error:  # noqa: BLE001  # a package around the file is the user's
                broken = broken or error
    return None, broken


def _is_taken(name: str, file: Path) -> bool:
    """Whether another module has the name, or Python's own library."""
    if _is_pythons(name):
        return True
    known = sys.modules.get(name)
    if known is None or _is_of(known, file):
        return False
    if known.__dict__.get("__file__") is None or Path(str(known.__file__)).exists():
        return True
    del sys.modules[name]  # its file was removed, as the folders of pulled code are
    return False


def _is_pythons(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def _is_of(module: ModuleType, file: Path) -> bool:
    its_file = module.__dict__.get("__file__")
    return its_file is not None and os.path.realpath(its_file) == os.path.realpath(file)


def _is_found(name: str, file: Path) -> bool:
    """Whether importing the name brings the file; runs the packages around it, and raises what they raise."""
    importlib.invalidate_caches()
    try:
        spec = find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            return False
        raise
    return spec is not None and spec.origin is not None and os.path.realpath(spec.origin) == os.path.realpath(file)


def _imported(name: str, file: Path) -> ModuleType:
    content = file_hash(file)
    if name in sys.modules and _contents.setdefault(name, content) != content:
        del sys.modules[name]
        with suppress(OSError):  # Python would not notice a change within a second
            os.unlink(cache_from_source(str(file)))
    _contents[name] = content
    return importlib.import_module(name)


def _run_under_a_hash(file: Path) -> ModuleType:
    spec = spec_from_file_location(f"__prefect_{stable_hash(str(file))}__", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


@contextmanager
def found_first(*folders: Path) -> Iterator[None]:
    """Inside the block modules are found in folders before others, as when a program is started there."""
    places = list(dict.fromkeys(map(str, folders)))
    sys.path[:0] = places
    try:
        yield
    finally:
        for place in places:
            if place in sys.path:
                sys.path.remove(place)


@contextmanager
def _found_last(folder: Path) -> Iterator[None]:
    """Inside the block modules are found in a folder, too, behind all others."""
    sys.path.append(str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            del sys.path[len(sys.path) - 1 - sys.path[::-1].index(str(folder))]
