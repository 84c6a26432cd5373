"""Options are the declared ones: another name is a `TypeError` that says what is meant; signatures show them all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from prefect import Flow, Task, flow, serve, task
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron


def one() -> int:
    return 1


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        (lambda: task(retry=3), "'retry' (did you mean 'retries'?)"),  # type: ignore[call-overload]
        (lambda: task(one, retry=3), "'retry' (did you mean 'retries'?)"),  # type: ignore[call-overload]
        (lambda: Task(one, timeout_second=3), "did you mean 'timeout_seconds'"),  # type: ignore[call-arg]
        (lambda: task(one).with_options(nam="x"), "did you mean 'name'"),  # type: ignore[call-arg]
        (lambda: flow(descripton="x"), "flow() has no option 'descripton' (did you mean 'description'?)"),  # type: ignore[call-overload]
        (lambda: Flow(one, log_print=True), "did you mean 'log_prints'"),  # type: ignore[call-arg]
        (lambda: flow(one).with_options(retry=1), "did you mean 'retries'"),  # type: ignore[call-arg]
        (lambda: flow(one).to_deployment("x", corn="@daily"), "did you mean 'cron'"),  # type: ignore[call-arg]
        (lambda: flow(one).deploy("x", work_pool_name="p", corn="1"), "mean 'cron'"),  # type: ignore[call-arg]
        (lambda: flow(one).serve("x", limits=1), "did you mean 'limit'"),  # type: ignore[call-arg]
        (lambda: RunnerDeployment.from_flow(flow(one), "x", tag=["a"]), "did you mean 'tags'"),  # type: ignore[call-arg]
        (lambda: serve(pause_on_shut_down=True), "did you mean 'pause_on_shutdown'"),  # type: ignore[call-arg]
        (lambda: run_deployment("a/b", timout=1), "did you mean 'timeout'"),
        (lambda: Cron("* * * * *", aktive=False), "did you mean 'active'"),  # type: ignore[call-arg]
    ],
)
def test_a_misspelt_option_is_told_with_the_one_that_is_meant(misspelt: Callable[[], Any], meant: str) -> None:
    with pytest.raises(TypeError) as told:
        misspelt()

    assert meant in str(told.value)


def test_a_name_that_is_like_none_is_told_with_all_there_are() -> None:
    with pytest.raises(TypeError, match=r"task\(\) has no option 'xyz'\. It has: fn, name, description, .*retries"):
        task(xyz=1)  # type: ignore[call-overload]  # that is the point


@pytest.mark.parametrize(
    ("call", "some"),
    [
        (task, {"name", "retries", "cache_policy", "timeout_seconds", "on_failure"}),
        (Task, {"fn", "name", "retries", "cache_policy"}),
        (Task.with_options, {"self", "name", "retries"}),
        (Flow, {"fn", "name", "retries", "task_runner", "log_prints"}),
        (Flow.with_options, {"name", "description"}),
        (Flow.serve, {"name", "interval", "cron", "limit", "pause_on_shutdown"}),
        (Flow.deploy, {"name", "work_pool_name", "image", "build", "cron", "print_next_steps"}),
        (Flow.to_deployment, {"name", "cron", "tags", "parameters"}),
        (RunnerDeployment.from_flow, {"flow", "name", "cron"}),
        (run_deployment, {"name", "timeout", "as_subflow", "parameters"}),
    ],
)
def test_a_signature_shows_the_options(call: Callable[..., Any], some: set[str]) -> None:
    parameters = inspect.signature(call).parameters

    assert some <= set(parameters)
    assert not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
