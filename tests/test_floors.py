"""The house rule of imports: a module imports from its floor and those below, in no circle, never inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

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
        "automations",
        "artifacts",
        "concurrency",
        "assets",
        "events",
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
        *{"__main__", "bundles", "cli", "deployments", "docker", "engine", "flow_engine", "main", "orion", "runner"},
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
    "prefect.cli.workers": {"prefect.workers.starting"},
    "prefect._engine.blocks": {"prefect.blocks.core"},
    "prefect._engine.local": {"prefect._orchestration.artifacts", "prefect._orchestration.deployments"},
    "prefect._engine.recorders": {
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
    "prefect.tasks": {"prefect._engine.background", "prefect.task_worker"},
}
"""What a module may import inside a function.

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


def imports_of(file: Path, *, inside_functions: bool) -> Iterator[str]:
    """The project's modules that a file imports, at its top or inside its functions; not those for types alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = {id(node) for function in functions for node in ast.walk(function)}
    typed = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typed or (id(node) in hidden) != inside_functions:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "prefect":
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if whole in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "prefect")


def room(module: str) -> str:
    """The part of a module's name that says its floor; empty for the front door."""
    return module.split(".")[1] if "." in module else ""


def test_every_module_has_its_floor() -> None:
    rooms = {room(module) for module in MODULES} - {""}

    assert rooms == set(LEVEL)


def is_door(module: str) -> bool:
    """Whether a module holds imports alone, and what it offers: it stands where other people's code looks for it."""
    body = ast.parse(MODULES[module].read_text(encoding="utf-8")).body
    kinds = [type(node) for node in body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    return kinds in ([ast.Expr], [ast.Expr, ast.Assign])


def imports_from_above(module: str) -> list[str]:
    """What a module imports from the floors above it."""
    return [
        wanted
        for wanted in imports_of(MODULES[module], inside_functions=False)
        if not room(wanted) or LEVEL[room(wanted)] > LEVEL[room(module)]
    ]


@pytest.mark.parametrize("module", [module for module in MODULES if room(module)])
def test_imports_go_down_but_those_of_doors(module: str) -> None:
    assert imports_from_above(module) == [] or is_door(module)


def test_nothing_of_ours_goes_through_a_door_to_a_floor_above_or_to_a_place_of_others() -> None:
    doors = {
        module for module in MODULES if is_door(module) and (room(module) == "_internal" or imports_from_above(module))
    }
    used = {
        module: wanted
        for module, file in MODULES.items()
        for inside in (True, False)
        if module not in doors and (wanted := set(imports_of(file, inside_functions=inside)) & doors)
    }

    assert used == {}


def test_the_places_of_older_versions_hold_doors_alone() -> None:
    assert [module for module in MODULES if room(module) == "_internal" and not is_door(module)] == []


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {module: set(imports_of(file, inside_functions=False)) - {module} for module, file in MODULES.items()}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_of_the_project_is_imported_inside_a_function() -> None:
    hidden = {
        module: set(imports_of(file, inside_functions=True)) - LAZY.get(module, set())
        for module, file in MODULES.items()
    }

    assert {module: wanted for module, wanted in hidden.items() if wanted} == {}


def test_the_laws_touch_no_world() -> None:
    worldly = {"asyncio", "logging", "os", "pathlib", "socket", "sqlite3", "subprocess", "threading", "time"}
    found = {}
    for module, file in MODULES.items():
        if room(module) == "_domain":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
            names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            found[module] = {name.split(".")[0] for name in names} & worldly

    assert {module: names for module, names in found.items() if names} == {}
