"""What the source alone says of a flow whose file cannot be run here, such as one whose imports are missing.

Of the file only those statements are run that the flow's signature and its decorator need; one that fails leaves out
what it would have defined.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from prefect._engine.entrypoints import parts_of
from prefect._engine.modules import found_first
from prefect.utilities.hashing import file_hash

TOLD = (
    "name",
    "version",
    "description",
    "flow_run_name",
    "tags",
    "retries",
    "retry_delay_seconds",
    "timeout_seconds",
    "validate_parameters",
    "persist_result",
    "log_prints",
)
"""The options that are read from the source: those that say something before the flow is run."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Placeholder(NamedTuple):
    """A function that stands for the one that cannot be had, and the options of its flow."""

    fn: Callable[..., Any]
    options: dict[str, Any]


def placeholder_of(entrypoint: str, error: Exception) -> Placeholder | None:
    """What stands for the flow that an entrypoint names; calling it raises `error`.

    None where the source shows no such flow, or not what its name is.
    """
    place, name = parts_of(entrypoint)
    with suppress(OSError, SyntaxError, ValueError, ImportError):
        file = _file(place)
        tree = ast.parse(file.read_bytes())
        function = _found(tree.body, name.split("."))
        decorator = _decorator(function) if function is not None else None
        if function is not None and decorator is not None:
            return _placeholder(file, tree, function, name, decorator, error)
    return None


def function_of(entrypoint: str) -> FunctionNode:
    """The definition of the function that an entrypoint names. Raises `ValueError` where there is none."""
    return _source(entrypoint)[2]


def arguments_of_flow(entrypoint: str) -> dict[str, Any]:
    """What `@flow` is told there, as far as the source tells it, and the name that the flow has in any case.

    Raises `ValueError` where there is no such function.
    """
    file, tree, function = _source(entrypoint)
    told: dict[str, Any] = {"name": function.name.replace("_", "-")}
    decorator = _decorator(function)
    if not isinstance(decorator, ast.Call):
        return told
    names = _Names(file, tree, [decorator])
    for keyword in decorator.keywords:
        with suppress(Exception):
            told.update({keyword.arg: names.value(keyword.value)} if keyword.arg else names.value(keyword.value))
    return told


def _source(entrypoint: str) -> tuple[Path, ast.Module, FunctionNode]:
    place, name = parts_of(entrypoint)
    file = _file(place)
    tree = ast.parse(file.read_bytes())
    function = _found(tree.body, name.split("."))
    if function is None:
        raise ValueError(f"The source of {place!r} has no function {name!r}.")
    return file, tree, function


def _file(place: str) -> Path:
    if place.endswith(".py"):
        return Path(place)
    with found_first(Path.cwd()):
        spec = find_spec(place)
    if spec is None or spec.origin is None:
        raise ValueError(f"The module {place!r} has no file.")
    return Path(spec.origin)


def _found(body: Sequence[ast.stmt], path: Sequence[str]) -> FunctionNode | None:
    """The function of a dotted name; the last one of its name, as Python would have it."""
    for statement in reversed(body):
        if getattr(statement, "name", None) != path[0]:
            continue
        if isinstance(statement, ast.ClassDef):
            return _found(statement.body, path[1:]) if len(path) > 1 else None
        if isinstance(statement, FunctionNode):
            return statement if len(path) == 1 else None
    return None


def _decorator(function: FunctionNode) -> ast.expr | None:
    """What makes a flow of a function: `@flow`, `@flow(...)`, `@prefect.flow`."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if getattr(called, "id", getattr(called, "attr", None)) == "flow":
            return decorator
    return None


def _placeholder(
    file: Path, tree: ast.Module, function: FunctionNode, name: str, decorator: ast.expr, error: Exception
) -> Placeholder | None:
    names = _Names(file, tree, [function.args, decorator])
    options = _options(decorator, names)
    if options is None:
        return None
    fn = _function(function, error)
    fn.__name__, fn.__qualname__, fn.__doc__ = function.name, name, ast.get_docstring(function)
    fn.__signature__ = _signature(function.args, names)  # type: ignore[attr-defined]  # inspect reads it there
    return Placeholder(fn, {"version": file_hash(str(file)), **options})


class _Names:
    """What names in a file stand for, as far as that can be told without running all of it."""

    def __init__(self, file: Path, tree: ast.Module, wanted: Sequence[ast.AST]) -> None:
        self._known: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
        for statement in _needed(tree.body, wanted):
            with suppress(Exception):
                exec(compile(ast.Module([statement], []), str(file), "exec", dont_inherit=True), self._known)

    def value(self, node: ast.expr) -> Any:
        """What an expression comes to. Raises whatever it raises."""
        return eval(compile(ast.Expression(node), "<signature>", "eval", dont_inherit=True), self._known)


def _needed(body: Sequence[ast.stmt], wanted: Sequence[ast.AST]) -> list[ast.stmt]:
    """The statements that define the names that are used, and those that these use, in their order."""
    names = {name for node in wanted for name in _used(node)}
    needed = []
    for statement in reversed(body):
        if names & set(_defined(statement)):
            needed.append(statement)
            names |= set(_used(statement))
    return needed[::-1]


def _used(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            yield part.value  # an annotation may be written as text


def _defined(statement: ast.stmt) -> Iterator[str]:
    for part in ast.walk(statement):
        match part:
            case ast.alias():
                yield part.asname or part.name.partition(".")[0]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield part.name
            case ast.Name(ctx=ast.Store()):
                yield part.id


def _options(decorator: ast.expr, names: _Names) -> dict[str, Any] | None:
    """The options that can be told; None where one that cannot be told may be the flow's name."""
    options: dict[str, Any] = {}
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        try:
            value = names.value(keyword.value)
        except Exception:  # noqa: BLE001  # it is the user's code
            if keyword.arg in ("name", None):
                return None
            continue
        options.update(value if keyword.arg is None else {keyword.arg: value})
    return {name: value for name, value in options.items() if name in TOLD}


def _signature(args: ast.arguments, names: _Names) -> inspect.Signature:
    """The parameters with the types and defaults that can be told; an unknown default is None."""
    kinds = inspect.Parameter
    ordinary = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(ordinary) - len(args.defaults)) + list(args.defaults)
    parameters = [
        _parameter(arg, kinds.POSITIONAL_ONLY if arg in args.posonlyargs else kinds.POSITIONAL_OR_KEYWORD, names, value)
        for arg, value in zip(ordinary, defaults)
    ]
    if args.vararg is not None:
        parameters.append(_parameter(args.vararg, kinds.VAR_POSITIONAL, names))
    parameters += [
        _parameter(arg, kinds.KEYWORD_ONLY, names, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults)
    ]
    if args.kwarg is not None:
        parameters.append(_parameter(args.kwarg, kinds.VAR_KEYWORD, names))
    return inspect.Signature(parameters)


def _parameter(arg: ast.arg, kind: Any, names: _Names, default: ast.expr | None = None) -> inspect.Parameter:
    annotation = _told(arg.annotation, names, unknown=inspect.Parameter.empty)
    if isinstance(annotation, str):
        annotation = _told(_parsed(annotation), names, unknown=inspect.Parameter.empty)
    return inspect.Parameter(arg.arg, kind, default=_told(default, names, unknown=None), annotation=annotation)


def _told(node: ast.expr | None, names: _Names, *, unknown: Any) -> Any:
    """What an expression comes to; `unknown` where that cannot be told, and no value where there is none."""
    if node is None:
        return inspect.Parameter.empty
    try:
        return names.value(node)
    except Exception:  # noqa: BLE001  # it is the user's code
        return unknown


def _parsed(annotation: str) -> ast.expr | None:
    """An annotation that is written as text."""
    with suppress(SyntaxError):
        return ast.parse(annotation, mode="eval").body
    return None


def _function(function: FunctionNode, error: Exception) -> Callable[..., Any]:
    """A function of the same kind, which raises `error` when it is called."""
    yields = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own_parts(function))
    if isinstance(function, ast.AsyncFunctionDef):
        return _async_generator(error) if yields else _coroutine_function(error)
    return _generator(error) if yields else _plain(error)


def _own_parts(function: FunctionNode) -> Iterator[ast.AST]:
    """All parts of a function but those of functions and classes in it."""
    within: list[ast.AST] = list(function.body)
    while within:
        part = within.pop()
        if not isinstance(part, (FunctionNode, ast.Lambda, ast.ClassDef)):
            yield part
            within.extend(ast.iter_child_nodes(part))


def _plain(error: Exception) -> Callable[..., Any]:
    def placeholder(*_: Any, **__: Any) -> Any:
        raise error

    return placeholder


def _coroutine_function(error: Exception) -> Callable[..., Any]:
    async def placeholder(*_: Any, **__: Any) -> Any:
        raise error

    return placeholder


def _generator(error: Exception) -> Callable[..., Any]:
    def placeholder(*_: Any, **__: Any) -> Any:
        raise error
        yield

    return placeholder


def _async_generator(error: Exception) -> Callable[..., Any]:
    async def placeholder(*_: Any, **__: Any) -> Any:
        raise error
        yield

    return placeholder
