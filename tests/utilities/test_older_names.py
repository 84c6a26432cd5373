"""What is gone is told when it is imported, and to nobody else: who looks for it hears that it is not there."""

from __future__ import annotations

import importlib
import sys

import pytest

import prefect
from prefect import Flow, flow, task
from prefect.utilities.older_names import ATTRIBUTES, GONE, OPTIONS, answer_for_gone_names


@pytest.mark.parametrize("name", sorted(GONE))
def test_what_is_gone_is_not_there(name: str) -> None:
    module, _, own = name.rpartition(".")

    if module != "prefect.task_runners" and module != "prefect.engine":
        assert not hasattr(importlib.import_module(module), own)


@pytest.mark.parametrize(
    "name", ["prefect.executors", "prefect.orion.nothing", "prefect.executors.dask", "prefect.none"]
)
def test_an_import_that_may_fail_fails_as_ever(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)


def test_the_finder_stands_behind_all_others_once() -> None:
    before = list(sys.meta_path)

    answer_for_gone_names()

    assert sys.meta_path == before


@task
def load() -> None: ...


@flow
def shop() -> int:
    return 1


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_flows_and_tasks_have_no_attribute_of_old_but_those_that_they_have(name: str) -> None:
    assert hasattr(load, name) == (name in ("submit", "map"))
    assert hasattr(shop, name) == (name == "run")


def test_a_flow_is_run_as_in_prefect_1() -> None:
    assert shop.run() == 1


def test_no_option_that_there_is_is_told_as_gone() -> None:
    known = {*prefect.task.__signature__.parameters, *Flow.__init__.__signature__.parameters}  # type: ignore[attr-defined]

    assert not known & OPTIONS.keys()
