"""Carrying a submitted task run out on the thread that took it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from prefect._domain.states import State
from prefect._engine.drivers import adrive, drive
from prefect._engine.jobs import TaskJob, task_job
from prefect._engine.outcomes import crashed, pending
from prefect._engine.task_run import done_before, run_task
from prefect.results import ResultRecord

if TYPE_CHECKING:
    from prefect._engine.code import TaskCode


def submitted(
    task: TaskCode, parameters: dict[str, Any], wait_for: Iterable[Any] | None, open_jobs: dict[int, TaskJob]
) -> TaskJob:
    """A new run of a task, among the open ones and recorded as pending, so that it is known even if never begun.

    Of a step that an earlier process did nothing is recorded: its run of old stands for it, as `kept` says.
    """
    job = task_job(task, parameters, wait_for)
    job.gathers = True
    job.kept = done_before(job)
    if job.kept is not None:
        return job
    open_jobs[id(job)] = job
    job.look_at_inputs()
    job.enter(pending())
    return job


def perform(job: TaskJob) -> State:
    """Run a task to its end and give its state; a generator task's result is the list of its values."""
    job.gathers = True
    if job.task.isasync and job.elsewhere is None:
        import asyncio

        return asyncio.run(adrive(run_task(job))).state
    return drive(run_task(job)).state


def abandon(job: TaskJob, why: BaseException) -> None:
    """Record a run as crashed that is left behind; what it comes to later is not recorded any more."""
    job.abandon(crashed(why, ResultRecord))
