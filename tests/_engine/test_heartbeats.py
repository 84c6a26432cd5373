"""A flow run tells that it goes on, where that is wished for."""

from __future__ import annotations

import pytest

from prefect import flow
from prefect.exceptions import ConfigurationError
from prefect.settings import temporary_settings
from tests import recorded
from tests.runner.scenes import found

BEAT = "prefect.flow-run.heartbeat"


def test_a_run_tells_again_and_again_that_it_goes_on_and_what_it_belongs_to() -> None:
    @flow(name="patient")
    def waits_for_two_of_its_own() -> None:
        found(lambda: len(recorded.events(BEAT)) > 1, "second heartbeat")

    with temporary_settings({"PREFECT_RUNNER_HEARTBEAT_FREQUENCY": 1}):
        waits_for_two_of_its_own()

    run, beat = recorded.the_flow_run(), recorded.events(BEAT)[0]
    assert beat.resource_id == f"prefect.flow-run.{run.id}"
    assert [(one["prefect.resource.role"], one["prefect.resource.name"]) for one in beat.related] == [
        ("flow", "patient")
    ]


def test_each_subflow_has_heartbeats_of_its_own() -> None:
    @flow
    def inner() -> None: ...

    @flow
    def outer() -> None:
        inner()

    with temporary_settings({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": 30}):
        outer()

    assert {beat.resource_id for beat in recorded.events(BEAT)} == {
        f"prefect.flow-run.{run.id}" for run in recorded.flow_runs()
    }


def test_without_a_frequency_a_run_tells_none_and_no_frequency_is_less_than_a_second() -> None:
    @flow
    def quiet() -> None: ...

    quiet()

    assert recorded.events(BEAT) == []
    with (
        temporary_settings({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "0"}),
        pytest.raises(ConfigurationError, match="a whole number, 1 or more"),
    ):
        quiet()
