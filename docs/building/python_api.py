"""The pages of the Python interface, out of docstrings: one page for each module that users import from."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

from docstring_parser import DocstringStyle, parse

from prefect._domain.version import VERSION

MODULES = (
    *("prefect", "prefect.flows", "prefect.tasks", "prefect.states", "prefect.futures", "prefect.task_runners"),
    *("prefect.results", "prefect.serializers", "prefect.cache_policies", "prefect.transactions"),
    *("prefect.locking.memory", "prefect.locking.filesystem"),
    *("prefect.context", "prefect.runtime.flow_run", "prefect.runtime.task_run", "prefect.runtime.deployment"),
    *("prefect.logging", "prefect.input", "prefect.variables", "prefect.artifacts", "prefect.assets"),
    *("prefect.blocks.core", "prefect.blocks.system", "prefect.blocks.notifications", "prefect.blocks.webhook"),
    *("prefect.blocks.abstract", "prefect.filesystems", "prefect.schedules", "prefect.deployments"),
    *("prefect.deployments.steps", "prefect.runner", "prefect.runner.storage", "prefect.workers.base"),
    *("prefect.workers.process", "prefect.task_worker", "prefect.concurrency.sync", "prefect.concurrency.asyncio"),
    *("prefect.events", "prefect.automations", "prefect.settings", "prefect.client.orchestration"),
    *("prefect.testing.utilities", "prefect.types", "prefect.exceptions"),
)


def pages() -> dict[str, str]:
    """Each page by the name of its file."""
    index = [
        "# The Python interface",
        "",
        f"What programs import, in version {VERSION}. The import name is `prefect`.",
        "",
        "| module | what is in it |",
        "|---|---|",
    ]
    written = {}
    for name in MODULES:
        module = importlib.import_module(name)
        written[f"{name}.md"] = "\n".join([*_module(module), ""])
        index.append(f"| [{name}]({name}.md) | {_cell(_first_line(module))} |")
    return {"index.md": "\n".join([*index, ""]), **written}


def _module(module: ModuleType) -> Iterator[str]:
    yield f"# {module.__name__}"
    if module.__doc__:
        yield from ("", _escaped(inspect.cleandoc(module.__doc__)))
    for name in sorted(_public(module), key=str.lower):
        yield from _entry(module, name)


def _public(module: ModuleType) -> list[str]:
    """What a module offers: what `__all__` says, or else what is defined in it."""
    offered = getattr(module, "__all__", None)
    if offered is not None:
        return [name for name in offered if not name.startswith("_")]
    own = (name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__)
    return [name for name in own if not name.startswith("_")]


def _entry(module: ModuleType, name: str) -> Iterator[str]:
    value = getattr(module, name)
    yield from ("", f"## {name}")
    if inspect.isclass(value):
        yield from _class(name, value)
    elif callable(value) and hasattr(value, "__doc__") and not isinstance(value, ModuleType):
        yield from _function(name, value)
    elif isinstance(value, ModuleType):
        yield from ("", f"The module `{value.__name__}`. {_escaped(_first_line(value))}")


def _class(name: str, value: type) -> Iterator[str]:
    if issubclass(value, Enum):
        yield from ("", f"One of {', '.join(f'`{name}.{member}`' for member in value.__members__)}.")
    else:
        yield from _signature(f"class {name}", value)
    yield from _told(value.__dict__.get("__doc__"))
    for method, function in sorted(vars(value).items()):
        plain = getattr(function, "__func__", function)
        if not method.startswith("_") and inspect.isfunction(plain) and plain.__doc__:
            yield from ("", f"### {name}.{method}")
            yield from _signature(method, plain)
            yield from _told(plain.__doc__)


def _function(name: str, value: Any) -> Iterator[str]:
    yield from _signature(name, value)
    yield from _told(inspect.getdoc(value))


def _signature(name: str, value: Any) -> Iterator[str]:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return
    shown = [_shown(parameter) for parameter in signature.parameters.values() if parameter.name != "self"]
    short = f"{name}({', '.join(shown)})"
    yield from ("", "```py")
    yield from [short] if len(short) <= 100 else [f"{name}(", *(f"    {part}," for part in shown), ")"]
    yield "```"


def _shown(parameter: inspect.Parameter) -> str:
    """A parameter as it is written, without what differs from one build to the next, such as addresses."""
    text = re.sub(r"<(?:function |object |class )?([\w.']+)[^>]*>", r"\1", str(parameter)).replace("'", "")
    return re.sub(r"ForwardRef\((.*), module=[\w.]+\)", r"\1", text)


def _told(docstring: str | None) -> Iterator[str]:
    """A docstring, its parameters as a table."""
    if not docstring:
        return
    told = parse(docstring, DocstringStyle.NUMPYDOC if "\n----" in inspect.cleandoc(docstring) else DocstringStyle.REST)
    for text in (told.short_description, told.long_description):
        if text:
            yield from ("", _escaped(text))
    if told.params:
        yield from ("", "| argument | |", "|---|---|")
        yield from (f"| `{one.arg_name}` | {_cell(one.description or '')} |" for one in told.params)


def _first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n")[0]


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    """A text whose angle brackets are no tags, outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;").replace("[", "\\[") for part in parts)
