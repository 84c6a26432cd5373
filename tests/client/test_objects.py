"""What programs build of the things that the API tells of."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID, uuid4

import pytest

from prefect.client.schemas import objects
from prefect.client.schemas.objects import (
    Flow,
    FlowRun,
    FlowRunInput,
    SavedSearch,
    State,
    StateType,
    TaskRun,
    WorkPool,
)
from prefect.client.schemas.responses import DeploymentResponse


def test_a_flow_run_is_built_of_its_flow_alone() -> None:
    run = FlowRun(flow_id=uuid4())

    again = FlowRun.model_validate_json(run.model_dump_json())
    assert again == run
    assert (run.parameters, run.tags, run.state) == ({}, [], None)
    assert run.id != FlowRun(flow_id=run.flow_id).id


def test_a_deployment_is_built_of_its_flow_and_its_name() -> None:
    built = DeploymentResponse(name="nightly", flow_id=uuid4())

    assert (built.paused, built.schedules, built.enforce_parameter_schema) == (False, [], True)
    assert DeploymentResponse.model_validate_json(built.model_dump_json()) == built


def test_a_flow_run_that_is_built_has_a_state_with_its_methods() -> None:
    told = FlowRun.model_validate({"flow_id": str(uuid4()), "name": "x", "state": {"type": "COMPLETED"}})

    assert told.state is not None
    assert told.state.is_completed()
    assert FlowRun(flow_id=uuid4(), state=State(type=StateType.RUNNING)).model_copy(update={"name": "y"}).name == "y"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("Artifact", {"key": "k"}),
        ("BlockDocument", {"block_schema_id": uuid4(), "block_type_id": uuid4()}),
        ("BlockSchema", {"checksum": "c", "fields": {}}),
        ("BlockType", {"name": "B", "slug": "b"}),
        ("ConcurrencyLimit", {"tag": "t", "concurrency_limit": 1}),
        ("Deployment", {"name": "d", "flow_id": uuid4()}),
        ("Flow", {"name": "f"}),
        ("Log", {"name": "l", "level": 20, "message": "m"}),
        ("TaskRun", {"task_key": "k", "dynamic_key": "d"}),
        ("Variable", {"name": "v", "value": 1}),
        ("WorkPool", {"name": "p", "type": "process"}),
        ("WorkQueue", {"name": "q"}),
        ("Worker", {"name": "w", "work_pool_id": uuid4(), "last_heartbeat_time": datetime.now(timezone.utc)}),
        ("WorkerMetadata", {"integrations": [{"name": "x", "version": "1"}], "more": 1}),
    ],
)
def test_things_are_built_of_the_fields_that_upstream_needs(kind: str, fields: dict[str, object]) -> None:
    built = getattr(objects, kind)(**fields)

    assert {name: getattr(built, name) for name in fields if name != "integrations"} == {
        name: value for name, value in fields.items() if name != "integrations"
    }


def test_what_is_built_is_no_older_than_its_building() -> None:
    assert (Flow(name="f").created, TaskRun(task_key="k", dynamic_key="d").created) == (None, None)
    assert WorkPool(name="p", type="x").base_job_template == {}


def test_inputs_and_searches_have_ids_of_their_own_from_the_start() -> None:
    sent = FlowRunInput(flow_run_id=UUID(int=1), key="answer", value='{"n": 4}')

    assert (sent.decoded_value, sent.sender, sent.created) == ({"n": 4}, None, None)
    assert sent.id != FlowRunInput(flow_run_id=UUID(int=1), key="answer", value="1").id
    assert SavedSearch(name="late").filters == []
