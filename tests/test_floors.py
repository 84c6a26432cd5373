"""The house rule of imports: a module imports from its floor and those below, in no circle, never inside a function.

What is imported for types alone counts like the rest: whoever names a type knows its module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "prefect"
FLOORS: list[set[str]] = [
    {"_clock", "_interrupting", "exceptions", "utilities"},
    {"_domain"},
    {"_store"},
    {"_orchestration"},
    {"settings", "_wire"},
    {"_api"},
    {"client"},
    {
        "_engine",
        "blocks",
        "cache_policies",
        "context",
        "filesystems",
        "futures",
        "locking",
        "logging",
        "plugins",
        "runtime",
        "results",
        "serializers",
        "transactions",
        "types",
    },
    {
        "_deployable",
        "_deployment_options",
        "docker",
        "automations",
        "artifacts",
        "backfills",
        "concurrency",
        "assets",
        "events",
        "durable",
        "flow_runs",
        "flows",
        "input",
        "schedules",
        "states",
        "task_runners",
        "tasks",
        "variables",
    },
    {
        *{"__main__", "bundles", "cli", "deployments", "engine", "flow_engine", "main", "orion", "runner"},
        *{"infrastructure", "server", "task_engine", "task_runs", "task_worker", "testing", "workers"},
        *{"_experimental", "_internal", "_outside"},
    },
]
"""The first part of each module's name, from the ground up."""

LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
HTTP = "prefect.utilities.lean_httpx"
LAZY = {
    "prefect.client.orchestration": {HTTP},
    "prefect.client.transports": {HTTP},
    "prefect.cli.api": {HTTP},
    "prefect._deployable": {"prefect.deployments.of_flows"},
    "prefect.cli": {"prefect.cli.running"},
    "prefect.cli.dashboard": {"prefect.server.pid_file"},
    "prefect.cli.flow_runs": {"prefect.runner.execution"},
    "prefect.cli.server": {
        HTTP,
        "prefect.cli.stopping",
        "prefect.server.moved",
        "prefect.server.pid_file",
        "prefect.server.serving",
        "prefect.server.starting",
    },
    "prefect.cli.work_pools": {"prefect.workers.starting"},
    "prefect.cli.workers": {"prefect.workers.installing", "prefect.workers.starting"},
    "prefect._engine.blocks": {"prefect.blocks.core"},
    "prefect._engine.local": {"prefect._orchestration.artifacts", "prefect._orchestration.deployments"},
    "prefect._engine.recorder": {"prefect._engine.collecting"},
    "prefect._engine.recorders": {
        "prefect._engine.collecting",
        "prefect._engine.local",
        "prefect._engine.recorder",
        "prefect._engine.remote",
        "prefect._store.opened",
    },
    "prefect._engine.slots": {
        "prefect._engine.slots_here",
        "prefect._engine.slots_there",
        "prefect._store.opened",
    },
    "prefect._engine.validation": {"prefect._wire.json_schema"},
    "prefect.logging.handlers": {"prefect.logging.highlighters"},
    "prefect.runner.pulling": {"prefect.deployments.steps.core"},
    "prefect.task_runners": {"prefect._engine.background", "prefect._engine.processes"},
    "prefect.flows": {"prefect.deployments.of_flows"},
    "prefect.tasks": {"prefect._engine.background", "prefect.task_worker"},
}
"""What a module may import inside a function, and, for the type of what it gives there, at its top.

A flow can be deployed, and a task served, by what is above their floor. The command line answers `--version` before it
loads its commands; only who uses the process pool, a server, pull steps or background tasks pays for their parts, and
only who talks to a server for an HTTP client.
"""


def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        parts = ("prefect", *file.relative_to(SOURCE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()


class Import(NamedTuple):
    """A name that a file imports from a module of the project."""

    module: str
    name: str
    is_hidden: bool
    """Whether it stands inside a function."""
    is_for_types: bool

    @property
    def wanted(self) -> str:
        """The module that is meant."""
        whole = f"{self.module}.{self.name}"
        return whole if whole in MODULES else self.module


def nodes_in(tree: ast.AST, kind: type | tuple[type, ...]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> list[Import]:
    """The names that a module imports from others of the project."""
    tree = tree_of(module)
    functions = nodes_in(tree, (ast.FunctionDef, ast.AsyncFunctionDef))
    hidden = {id(node) for function in functions for node in ast.walk(function)}
    typed = {
        id(node)
        for block in nodes_in(tree, ast.If)
        if "TYPE_CHECKING" in ast.unparse(block.test)
        for statement in block.body
        for node in ast.walk(statement)
    }
    found = []
    for node in nodes_in(tree, (ast.Import, ast.ImportFrom)):
        if isinstance(node, ast.ImportFrom):
            whole = [(node.module or "", name.name) for name in node.names]
        else:
            whole = [(name.name, "") for name in node.names]
        places = id(node) in hidden, id(node) in typed
        found += [Import(source, name, *places) for source, name in whole if source.split(".")[0] == "prefect"]
    return found


@cache
def lazy_names_of(module: str) -> dict[str, str]:
    """The names that a module offers and does not hold (`prefect.utilities.lazy_names`), with their modules."""
    assigned = {
        ast.unparse(node.targets[0]): node.value for node in tree_of(module).body if isinstance(node, ast.Assign)
    }
    if "__getattr__" not in assigned:
        return {}
    homes: dict[str, str] = ast.literal_eval(assigned["HOMES"])
    return homes


def needs_of(module: str) -> set[str]:
    """What a module imports at its top: at run time or for types, but for names that it only offers."""
    lazy, offered = LAZY.get(module, set()), lazy_names_of(module)
    return {
        one.wanted
        for one in imports_of(module)
        if not one.is_hidden and not (one.is_for_types and (one.wanted in lazy or offered.get(one.name) == one.module))
    }


def hidden_needs_of(module: str) -> set[str]:
    """What a module imports inside its functions."""
    return {one.wanted for one in imports_of(module) if one.is_hidden}


def room(module: str) -> str:
    """The part of a module's name that says its floor; empty for the front door."""
    return module.split(".")[1] if "." in module else ""


def test_every_module_has_its_floor() -> None:
    rooms = {room(module) for module in MODULES} - {""}

    assert rooms == set(LEVEL)


def is_door(module: str) -> bool:
    """Whether a module holds imports alone, and what it offers: it stands where other people's code looks for it."""
    kinds = [type(node) for node in tree_of(module).body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    return kinds in ([ast.Expr], [ast.Expr, ast.Assign])


def needs_from_above(module: str) -> list[str]:
    """What a module imports from the floors above it."""
    return sorted(
        wanted for wanted in needs_of(module) if not room(wanted) or LEVEL[room(wanted)] > LEVEL[room(module)]
    )


@pytest.mark.parametrize("module", [module for module in MODULES if room(module)])
def test_imports_go_down_but_those_of_doors(module: str) -> None:
    assert needs_from_above(module) == [] or is_door(module)


def test_nothing_of_ours_goes_through_a_door_to_a_floor_above_or_to_a_place_of_others() -> None:
    doors = {
        module for module in MODULES if is_door(module) and (room(module) == "_internal" or needs_from_above(module))
    }
    used = {
        module: wanted
        for module in MODULES
        if module not in doors and (wanted := (needs_of(module) | hidden_needs_of(module)) & doors)
    }

    assert used == {}


def test_nothing_of_ours_takes_a_name_from_a_module_that_only_offers_it() -> None:
    taken = {
        (module, one.module, one.name)
        for module in MODULES
        for one in imports_of(module)
        if one.module in MODULES and one.name in lazy_names_of(one.module)
    }

    assert taken == set()


def test_the_places_of_older_versions_hold_doors_alone() -> None:
    assert [module for module in MODULES if room(module) == "_internal" and not is_door(module)] == []


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {module: needs_of(module) - {module} for module in MODULES}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_of_the_project_is_imported_inside_a_function() -> None:
    hidden = {module: hidden_needs_of(module) - LAZY.get(module, set()) for module in MODULES}

    assert {module: wanted for module, wanted in hidden.items() if wanted} == {}


def test_what_may_be_imported_late_is_imported_late() -> None:
    unused = {module: wanted - hidden_needs_of(module) for module, wanted in LAZY.items()}

    assert {module: wanted for module, wanted in unused.items() if wanted} == {}


def test_the_laws_touch_no_world() -> None:
    worldly = {"asyncio", "logging", "os", "pathlib", "socket", "sqlite3", "subprocess", "threading", "time"}
    found = {}
    for module in MODULES:
        if room(module) == "_domain":
            names = {name.name for node in nodes_in(tree_of(module), ast.Import) for name in node.names}
            names |= {node.module or "" for node in nodes_in(tree_of(module), ast.ImportFrom)}
            found[module] = {name.split(".")[0] for name in names} & worldly

    assert {module: names for module, names in found.items() if names} == {}
