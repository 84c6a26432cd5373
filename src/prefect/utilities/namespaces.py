"""What a source defines, as far as it can be had without carrying out all of it."""

from __future__ import annotations
import __future__

import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from operator import or_
from pathlib import Path
from types import ModuleType
from typing import Any

NAME = "prefect_safe_namespace_loader"
ADDED_BY_PYTHON = {*vars(ModuleType(NAME)), "__annotations__", "__builtins__", "__warningregistry__"} - {"__name__"}
DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def safe_load_namespace(source_code: str, filepath: str | None = None) -> dict[str, Any]:
    """What the imports, functions, classes and assignments of a source define; what fails among them is left out.

    Nothing else of the source is carried out. With `filepath` the modules beside that file are found. Raises
    `SyntaxError`.
    """
    statements = ast.parse(source_code).body
    module = ModuleType(NAME)
    flags = _future_flags(statements)
    with _known(module), _found_beside(filepath):
        for statement in statements:
            if isinstance(statement, DEFINING):
                with suppress(Exception):
                    tree = ast.Module([statement], [])
                    exec(compile(tree, filepath or "<source>", "exec", flags, dont_inherit=True), module.__dict__)
    return {name: value for name, value in vars(module).items() if name not in ADDED_BY_PYTHON}


def _future_flags(statements: Sequence[ast.stmt]) -> int:
    """What `from __future__ import ...` says of the whole source."""
    said = [one for one in statements if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    features = [getattr(__future__, alias.name, None) for one in said for alias in one.names]
    return reduce(or_, (feature.compiler_flag for feature in features if feature is not None), 0)


@contextmanager
def _known(module: ModuleType) -> Iterator[None]:
    """Have Python know a module meanwhile: classes look there for the names in their annotations."""
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        del sys.modules[module.__name__]


@contextmanager
def _found_beside(filepath: str | None) -> Iterator[None]:
    before = list(sys.path)
    if filepath is not None:
        sys.path[:0] = [str(Path(filepath).resolve().parent), str(Path.cwd())]
    try:
        yield
    finally:
        sys.path[:] = before
