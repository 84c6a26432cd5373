"""What programs build of the things that the API tells of."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID, uuid4

import pytest

from prefect.client.schemas import actions, filters, objects, schedules
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


def test_a_saved_block_does_not_hold_itself() -> None:
    one, other = uuid4(), uuid4()

    assert (
        objects.BlockDocumentReference(
            parent_block_document_id=one, reference_block_document_id=other, name="login"
        ).parent_block_document_id
        == one
    )
    with pytest.raises(ValueError, match="cannot hold itself"):
        objects.BlockDocumentReference(parent_block_document_id=one, reference_block_document_id=one, name="login")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"storage_key": "abc", "serializer": {"type": "json"}}, "ResultRecordMetadata"),
        ({"type": "unpersisted"}, "Any"),
        ("abc", "Any"),
        (None, "Any"),
    ],
)
def test_data_of_a_state_tell_where_a_result_is_kept_or_are_a_value(data: object, kind: str) -> None:
    assert objects.data_discriminator(data) == kind


def test_a_branch_of_a_deployment_has_a_name_and_no_schedules_unless_asked() -> None:
    branch = actions.DeploymentBranch(branch="staging")

    assert branch.options.schedule_handling is objects.BranchingScheduleHandling.REMOVE
    with pytest.raises(ValueError, match="needs a name"):
        actions.DeploymentBranch(branch="  ")


def test_a_network_may_be_written_as_one_address() -> None:
    entry = objects.IPAllowlistEntry.model_validate({"ip_network": "10.0.0.1", "enabled": True})

    assert str(entry.ip_network) == "10.0.0.1/32"


def test_a_filter_set_means_everything_until_something_is_asked() -> None:
    asked = filters.FilterSet(flows=filters.FlowFilter.model_validate({"operator": filters.Operator.or_}))

    assert asked.model_dump(exclude_unset=True, mode="json") == {"flows": {"operator": "or_"}}
    assert filters.FilterSet().flow_runs == filters.FlowRunFilter()
    assert filters.Operator("and_") is filters.Operator.and_


@pytest.mark.parametrize(
    ("name", "is_one"), [("Asia/Shanghai", True), ("UTC", True), ("Mars/Base", False), ("", False)]
)
def test_a_time_zone_is_told_from_other_names(name: str, is_one: bool) -> None:
    assert schedules.is_valid_timezone(name) is is_one


def test_a_schedule_as_it_is_constructed_is_told_from_what_makes_one() -> None:
    assert schedules.is_schedule_type(schedules.CronSchedule(cron="0 8 * * *"))
    assert schedules.is_schedule_type(schedules.NoSchedule())
    assert not schedules.is_schedule_type({"cron": "0 8 * * *"})
