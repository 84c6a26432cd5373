"""What older programs do with runs by hand: yielding, other processes, states of errors, and how a process ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from prefect import flow, task
from prefect.context import FlowRunContext, RunContext, root_settings_context
from prefect.engine import handle_engine_signals
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_in_subprocess, run_generator_flow_async, run_generator_flow_sync
from prefect.logging.formatters import format_exception_info
from prefect.results import ResultStore
from prefect.runtime import flow_run as running
from prefect.settings import PREFECT_LOGGING_LEVEL, temporary_settings
from prefect.states import Completed, araise_state_exception, exception_to_failed_state, to_state_create
from prefect.task_engine import run_generator_task_async, run_generator_task_sync
from tests import recorded


@flow
def counts(to: int) -> Iterator[int]:
    yield from range(to)


@flow
async def counts_async(to: int) -> AsyncIterator[int]:
    for number in range(to):
        yield number


@task
def steps(to: int) -> Iterator[int]:
    yield from range(to)


@task
async def steps_async(to: int) -> AsyncIterator[int]:
    for number in range(to):
        yield number


async def collected(items: AsyncIterator[int]) -> list[int]:
    return [item async for item in items]


def test_what_yields_is_carried_out_by_hand_and_recorded() -> None:
    assert list(run_generator_flow_sync(counts, parameters={"to": 3})) == [0, 1, 2]
    assert asyncio.run(collected(run_generator_flow_async(counts_async, parameters={"to": 2}))) == [0, 1]
    assert list(run_generator_task_sync(steps, parameters={"to": 2})) == [0, 1]
    assert asyncio.run(collected(run_generator_task_async(steps_async, parameters={"to": 1}))) == [0]
    with pytest.raises(ValueError, match="return_type='result'"):
        next(iter(run_generator_flow_sync(counts, parameters={"to": 3}, return_type="state")))

    assert [run.state_name for run in recorded.flow_runs()] == ["Completed", "Completed"]
    assert [run.state_name for run in recorded.task_runs()] == ["Completed", "Completed"]


@flow
def elsewhere(wanted: str) -> None:
    assert os.environ["SHOP"] == wanted


def test_a_flow_is_carried_out_in_a_process_of_its_own() -> None:
    right = run_flow_in_subprocess(elsewhere, parameters={"wanted": "north"}, env={"SHOP": "north"})
    wrong = run_flow_in_subprocess(elsewhere, parameters={"wanted": "south"}, env={"SHOP": "north"})
    for process in (right, wrong):
        process.join(60)

    assert (right.exitcode, wrong.exitcode) == (0, 1)
    assert sorted(str(run.state_name) for run in recorded.flow_runs()) == ["Completed", "Failed"]


@pytest.mark.parametrize(
    ("told", "code"), [(Abort("gone"), 0), (Pause("later"), 0), (ValueError("bad"), 1)], ids=["abort", "pause", "error"]
)
def test_a_process_ends_as_its_run_did(told: Exception, code: int) -> None:
    with pytest.raises(SystemExit) as ended, handle_engine_signals():
        raise told

    assert ended.value.code == code


def test_an_interruption_goes_on_its_way() -> None:
    with pytest.raises(KeyboardInterrupt), handle_engine_signals():
        raise KeyboardInterrupt


def test_an_error_becomes_a_state() -> None:
    store = ResultStore()

    async def caught() -> tuple[str | None, object]:
        try:
            raise KeyError("price")
        except KeyError:
            state = await exception_to_failed_state(message="Row 3:", result_store=store, write_result=True)
        with pytest.raises(KeyError, match="price"):
            await araise_state_exception(state)
        return state.message, state.data

    message, kept = asyncio.run(caught())
    assert message == "Row 3: KeyError: 'price'"
    assert repr(store.read(kept.metadata.storage_key).result) == "KeyError('price')"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="no exception"):
        asyncio.run(exception_to_failed_state())


def test_a_state_in_a_request_has_no_value_that_is_not_kept() -> None:
    told = to_state_create(Completed(message="done", data=3))

    assert (told.type, told.name, told.message, told.data) == ("COMPLETED", "Completed", "done", None)


def test_the_values_of_a_run_are_asked_for_by_functions_too() -> None:
    @flow(name="asks")
    def asks() -> tuple[object, ...]:
        assert isinstance(FlowRunContext.get(), RunContext)
        return running.get_flow_name(), running.get_tags(), running.get_id() == running.id

    assert asks() == ("asks", [], True)
    assert running.get_id() is None


def test_the_settings_at_the_root_do_not_follow_those_that_hold_here() -> None:
    at_the_root = root_settings_context().settings.logging.level
    with temporary_settings({PREFECT_LOGGING_LEVEL: "ERROR"}):
        assert root_settings_context().settings.logging.level == at_the_root != "ERROR"


def test_an_error_is_told_in_parts() -> None:
    try:
        raise KeyError("price")
    except KeyError as error:
        told = format_exception_info((type(error), error, error.__traceback__))

    assert (told["type"], told["message"]) == ("KeyError", "'price'")
    assert "test_an_error_is_told_in_parts" in told["traceback"]
