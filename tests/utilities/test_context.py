"""Variables of a context for a while, and the runs that one is in."""

from __future__ import annotations

from contextvars import ContextVar, copy_context
from uuid import UUID

from prefect import flow, task
from prefect.utilities.context import get_task_and_flow_run_ids, get_task_run_id, temporary_context

COLOUR: ContextVar[str] = ContextVar("colour", default="none")


def test_the_variables_of_another_context_hold_in_the_block_alone() -> None:
    other = copy_context()
    other.run(COLOUR.set, "red")

    with temporary_context(other):
        assert COLOUR.get() == "red"

    assert COLOUR.get() == "none"


def test_the_runs_that_one_is_in_are_known() -> None:
    @task
    def inside() -> tuple[UUID | None, UUID | None]:
        assert get_task_run_id() is not None
        return get_task_and_flow_run_ids()

    @flow
    def around() -> tuple[UUID | None, UUID | None, UUID | None, UUID | None]:
        return (*get_task_and_flow_run_ids(), *inside())

    nothing, of_flow, of_task, flow_of_task = around()

    assert nothing is None
    assert of_task is not None
    assert flow_of_task == of_flow is not None
    assert get_task_and_flow_run_ids() == (None, None)
    task_alone, no_flow = inside()
    assert task_alone is not None
    assert no_flow is None
