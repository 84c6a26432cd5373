"""The names of the modules that files become."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prefect.deployments.sources import flow_from_source
from prefect.exceptions import ScriptError
from prefect.flows import load_flow_from_entrypoint

FLOW = """
from prefect import flow

class Value: ...

@flow
def main():
    return Value
"""
POOL = """
import multiprocessing
from prefect import flow

def double(x):
    return 2 * x

@flow
def main():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.map(double, [1, 2])
"""
KEEPS = """
from dataclasses import dataclass
from pydantic import BaseModel
from prefect import flow, task
from prefect.cache_policies import INPUTS

@dataclass
class Point:
    x: int

class Model(BaseModel):
    x: int

@task(persist_result=True, cache_policy=INPUTS)
def pickled(x):
    print("made")
    return Point(x)

@task(persist_result=True, cache_policy=INPUTS, result_serializer="json")
def written(x):
    print("made")
    return Model(x=x)

@flow
def main():
    print(type(pickled(1)) is Point, type(written(2)) is Model)

if __name__ == "__main__":
    main()
"""
LOADS = "from prefect.flows import load_flow_from_entrypoint\nload_flow_from_entrypoint('keeping_flow.py:main')()\n"


@pytest.fixture(autouse=True)
def _modules_and_path_as_before() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(Path.cwd())):
            del sys.modules[name]


def written(text: str, *places: str) -> None:
    for place in places:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(text)


def module_of(entrypoint: str) -> str:
    return str(load_flow_from_entrypoint(entrypoint).fn.__module__)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("alone_flow.py", "alone_flow"),
        ("folder/inner_flow.py", "inner_flow"),
        ("some_package/sub/packed_flow.py", "some_package.sub.packed_flow"),
        ("some_package/__init__.py", "some_package"),
        ("with-dash.py", "with-dash"),
    ],
)
def test_a_file_has_the_name_that_its_neighbours_import(place: str, name: str) -> None:
    written("", "some_package/__init__.py", "some_package/sub/__init__.py")
    written(FLOW, place)

    flow = load_flow_from_entrypoint(f"{place}:main")

    assert flow.fn.__module__ == name
    assert pickle.loads(pickle.dumps(flow())) is flow()


def test_a_package_ends_at_the_working_directory() -> None:
    written("", "__init__.py")
    written(FLOW, "top_flow.py")

    assert module_of("top_flow.py:main") == "top_flow"


def test_two_files_of_one_name_do_not_meet() -> None:
    written(FLOW, "east/twin_flow.py", "west/twin_flow.py")

    east, west = (load_flow_from_entrypoint(f"{side}/twin_flow.py:main") for side in ("east", "west"))

    assert [east.fn.__module__, west.fn.__module__] == ["twin_flow", "west.twin_flow"]
    assert east() is not west()
    assert [pickle.loads(pickle.dumps(kind)) for kind in (east(), west())] == [east(), west()]


def test_a_file_named_like_a_module_of_python_takes_nothing_from_it() -> None:
    written(FLOW, "jobs/calendar.py")

    assert module_of("jobs/calendar.py:main") == "jobs.calendar"


def test_a_file_that_no_name_can_stand_for_is_run_all_the_same() -> None:
    written(FLOW, "flow.v2.py")

    assert load_flow_from_entrypoint("flow.v2.py:main")().__name__ == "Value"


def test_a_file_is_run_once_and_again_when_it_has_changed() -> None:
    written(FLOW, "changing_flow.py")
    first, same = (load_flow_from_entrypoint("changing_flow.py:main") for _ in range(2))
    written(FLOW.replace("Value", "Other"), "changing_flow.py")

    changed = load_flow_from_entrypoint("changing_flow.py:main")

    assert first is same
    assert changed().__name__ == "Other"


def test_a_file_in_a_package_that_breaks_is_run_alone() -> None:
    written("import no_such_library", "broken_package/__init__.py")
    written(FLOW, "broken_package/lonely_flow.py")
    written("from . import thing", "broken_package/joined_flow.py")

    assert module_of("broken_package/lonely_flow.py:main") == "lonely_flow"
    with pytest.raises(ScriptError, match="no_such_library"):
        load_flow_from_entrypoint("broken_package/joined_flow.py:main")


def test_a_module_whose_folder_was_removed_leaves_its_name() -> None:
    written(FLOW, "gone/pulled_flow.py", "here/pulled_flow.py")
    module_of("gone/pulled_flow.py:main")
    Path("gone/pulled_flow.py").unlink()

    assert module_of("here/pulled_flow.py:main") == "pulled_flow"


def test_a_flow_from_a_source_leaves_the_one_that_the_program_has_alone() -> None:
    written(FLOW, "sourced_flow.py")
    own = load_flow_from_entrypoint("sourced_flow.py:main")

    found: Any = flow_from_source(str(Path.cwd()), "sourced_flow.py:main")

    assert found.source is not None
    assert own.source is None


def test_a_spawned_process_finds_what_the_file_defines() -> None:
    written(POOL, "elsewhere/pool_flow.py")
    written(
        "from prefect.flows import load_flow_from_entrypoint\n"
        "if __name__ == '__main__':\n"
        "    print(load_flow_from_entrypoint('elsewhere/pool_flow.py:main')())\n",
        "program.py",
    )

    assert ran("program.py") == ["[2, 4]"]


@pytest.mark.parametrize("order", [("keeping_flow.py", "loads.py"), ("loads.py", "keeping_flow.py")])
def test_results_are_read_whether_the_file_is_the_main_program_or_loaded(order: tuple[str, str]) -> None:
    written(KEEPS, "keeping_flow.py")
    written(LOADS, "loads.py")

    told = [ran(program) for program in order]

    assert told == [["made", "made", "True True"], ["True True"]]


def ran(program: str) -> list[str]:
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()
