"""What programs that drive the command line, or are like it, import from it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NoReturn

NOT_OURS = ("site-packages", "__pycache__", "node_modules", ".git", ".venv", "venv")
"""Folders in which nobody keeps flows of their own."""


def exit_with_error(message: str | Exception, code: int = 1, **_: Any) -> NoReturn:
    """Say what went wrong on standard error, and end the program with an exit code.

    More arguments are taken for older programs.
    """
    print(message, file=sys.stderr)
    raise SystemExit(code)


def search_for_flow_functions(directory: str = ".", exclude_patterns: list[str] | None = None) -> list[dict[str, str]]:
    """The flows that the Python files below a folder define, by their source: nothing is run.

    Of each its `flow_name`, `function_name` and `filepath`. Files that match a pattern are left out.
    """
    return [
        {"flow_name": name, "function_name": function, "filepath": str(file)}
        for file in sorted(Path(directory).resolve().rglob("*.py"))
        if not _is_left_out(file.relative_to(Path(directory).resolve()), exclude_patterns or ())
        for name, function in _flows_in(file)
    ]


def _is_left_out(file: Path, patterns: Sequence[str]) -> bool:
    return any(part in NOT_OURS for part in file.parts) or any(fnmatch(str(file), pattern) for pattern in patterns)


def _flows_in(file: Path) -> Iterator[tuple[str, str]]:
    """The name of each flow of a file, and that of its function; none of what is no Python."""
    try:
        parsed = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    for found in ast.walk(parsed):
        if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in found.decorator_list:
                if _called(decorator) == "flow":
                    yield _named(decorator) or found.name.replace("_", "-"), found.name


def _called(decorator: ast.expr) -> str | None:
    """The last name of a decorator: `flow` of `@flow`, `@flow(...)` and `@prefect.flow(...)`."""
    bare = decorator.func if isinstance(decorator, ast.Call) else decorator
    return bare.attr if isinstance(bare, ast.Attribute) else bare.id if isinstance(bare, ast.Name) else None


def _named(decorator: ast.expr) -> str | None:
    """The name that a decorator gives to its flow, where it is written out."""
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    values = [keyword.value for keyword in keywords if keyword.arg == "name"]
    said = values[0].value if values and isinstance(values[0], ast.Constant) else None
    return said if isinstance(said, str) else None


__all__ = ["exit_with_error", "search_for_flow_functions"]
