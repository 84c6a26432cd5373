"""What clients can do with flow runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote
from uuid import UUID

from typing_extensions import Unpack

from prefect._domain.states import State
from prefect.client.operations import Later, Steps, delete, get, operation, patch, post
from prefect.client.runs import Filters, given, going_out, states_in, wanted, with_state

if TYPE_CHECKING:
    from prefect._wire.flow_runs import FlowRunInput, FlowRunPolicy, FlowRunResponse
    from prefect._wire.graphs import Graph
    from prefect._wire.states import OrchestrationResult, StateCreate
    from prefect._wire.waiting_reasons import WaitingReason
else:
    FlowRunInput = Later("prefect._wire.flow_runs", "FlowRunInput")
    FlowRunResponse = Later("prefect._wire.flow_runs", "FlowRunResponse")
    Graph = Later("prefect._wire.graphs", "Graph")
    OrchestrationResult = Later("prefect._wire.states", "OrchestrationResult")
    WaitingReason = Later("prefect._wire.waiting_reasons", "WaitingReason")


class Runnable(Protocol):
    """A flow, as far as its runs are told of it."""

    name: Any
    version: Any
    retries: Any
    retry_delay_seconds: Any


def _run(answer: Any) -> FlowRunResponse:
    return with_state(FlowRunResponse.model_validate(answer))


class FlowRunOperations:
    """The operations on flow runs."""

    @operation
    def create_flow_run(
        self,
        flow: Runnable,
        name: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        parent_task_run_id: UUID | None = None,
        state: State | StateCreate | None = None,
        work_pool_name: str | None = None,
        work_queue_name: str | None = None,
        job_variables: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[FlowRunResponse]:
        """A new run of a flow, which is recorded if need be; without a state it is Pending."""
        recorded = yield post("/flows/", {"name": flow.name})
        policy = given(retries=flow.retries, retry_delay=flow.retry_delay_seconds)
        body = given(
            flow_id=recorded["id"],
            flow_version=flow.version,
            name=name,
            parameters=parameters,
            context=context,
            tags=None if tags is None else list(tags),
            parent_task_run_id=parent_task_run_id,
            state=None if state is None else going_out(state),
            work_pool_name=work_pool_name,
            work_queue_name=work_queue_name,
            job_variables=job_variables,
            idempotency_key=idempotency_key,
            empirical_policy=policy,
        )
        return _run((yield post("/flow_runs/", body)))

    @operation
    def read_flow_run(self, flow_run_id: UUID) -> Steps[FlowRunResponse]:
        """The run with that id. Raises `ObjectNotFound`."""
        return _run((yield get(f"/flow_runs/{flow_run_id}")))

    @operation
    def read_flow_run_graph(self, flow_run_id: UUID) -> Steps[Graph]:
        """The task runs and subflows of a run, and which waited for which. Raises `ObjectNotFound`."""
        return Graph.model_validate((yield get(f"/flow_runs/{flow_run_id}/graph-v2")))

    @operation
    def read_flow_runs(
        self, *, sort: str | None = None, limit: int | None = None, offset: int = 0, **filters: Unpack[Filters]
    ) -> Steps[list[FlowRunResponse]]:
        """The runs that are meant, the newest first unless another order is asked for."""
        body = {**wanted(**filters), **given(sort=sort, limit=limit, offset=offset)}
        return [_run(found) for found in (yield post("/flow_runs/filter", body))]

    @operation
    def count_flow_runs(self, **filters: Unpack[Filters]) -> Steps[int]:
        """How many runs are meant."""
        return int((yield post("/flow_runs/count", wanted(**filters))))

    @operation
    def update_flow_run(
        self,
        flow_run_id: UUID,
        flow_version: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        name: str | None = None,
        tags: Iterable[str] | None = None,
        empirical_policy: FlowRunPolicy | None = None,
        infrastructure_pid: str | None = None,
        job_variables: Mapping[str, Any] | None = None,
    ) -> Steps[None]:
        """Change what is given of a run. Raises `ObjectNotFound`."""
        body = given(
            flow_version=flow_version,
            parameters=parameters,
            name=name,
            tags=None if tags is None else list(tags),
            empirical_policy=empirical_policy,
            infrastructure_pid=infrastructure_pid,
            job_variables=job_variables,
        )
        yield patch(f"/flow_runs/{flow_run_id}", body)

    @operation
    def set_flow_run_name(self, flow_run_id: UUID, name: str) -> Steps[None]:
        """Give a run another name. Raises `ObjectNotFound`."""
        yield patch(f"/flow_runs/{flow_run_id}", {"name": name})

    @operation
    def update_flow_run_labels(self, flow_run_id: UUID, labels: Mapping[str, Any]) -> Steps[None]:
        """Give a run further labels. Raises `ObjectNotFound`."""
        yield patch(f"/flow_runs/{flow_run_id}/labels", labels)

    @operation
    def delete_flow_run(self, flow_run_id: UUID) -> Steps[None]:
        """Remove a run with its states, task runs and logs. Raises `ObjectNotFound`."""
        yield delete(f"/flow_runs/{flow_run_id}")

    @operation
    def set_flow_run_state(
        self, flow_run_id: UUID, state: State | StateCreate, force: bool = False
    ) -> Steps[OrchestrationResult]:
        """Propose a state to a run; what became of it. Raises `ObjectNotFound`."""
        body = {"state": going_out(state), "force": force}
        answer = yield post(f"/flow_runs/{flow_run_id}/set_state", body)
        return with_state(OrchestrationResult.model_validate(answer))

    @operation
    def resume_flow_run(
        self, flow_run_id: UUID, run_input: Mapping[str, Any] | None = None
    ) -> Steps[OrchestrationResult]:
        """Have a paused run go on, with the input that it waits for. Raises `ObjectNotFound`."""
        answer = yield post(f"/flow_runs/{flow_run_id}/resume", {"run_input": run_input})
        return with_state(OrchestrationResult.model_validate(answer))

    @operation
    def read_flow_run_waiting_reason(self, flow_run_id: UUID) -> Steps[WaitingReason]:
        """Why a run is not starting. Raises `ObjectNotFound`."""
        return WaitingReason.model_validate((yield get(f"/flow_runs/{flow_run_id}/waiting_reason")))

    @operation
    def read_flow_run_state(self, flow_run_state_id: UUID) -> Steps[State]:
        """One state that a flow run went through. Raises `ObjectNotFound`."""
        return states_in([(yield get(f"/flow_run_states/{flow_run_state_id}"))])[0]

    @operation
    def read_flow_run_states(self, flow_run_id: UUID) -> Steps[list[State]]:
        """The states that a run went through, oldest first."""
        return states_in((yield get("/flow_run_states/", flow_run_id=flow_run_id)))


class FlowRunInputOperations:
    """The operations on the inputs of flow runs."""

    @operation
    def create_flow_run_input(self, flow_run_id: UUID, key: str, value: str, sender: str | None = None) -> Steps[None]:
        """Send a run an input. Raises `ObjectAlreadyExists` where its key is taken."""
        yield post(f"/flow_runs/{flow_run_id}/input", given(key=key, value=value, sender=sender))

    @operation
    def filter_flow_run_input(
        self, flow_run_id: UUID, key_prefix: str, limit: int, exclude_keys: Iterable[str] = ()
    ) -> Steps[list[FlowRunInput]]:
        """The inputs whose keys begin so, but those under some keys, the oldest first."""
        body = {"prefix": key_prefix, "limit": limit, "exclude_keys": list(exclude_keys)}
        answer = yield post(f"/flow_runs/{flow_run_id}/input/filter", body)
        return [FlowRunInput.model_validate(found) for found in answer]

    @operation
    def read_flow_run_input(self, flow_run_id: UUID, key: str) -> Steps[str]:
        """The text of an input. Raises `ObjectNotFound`."""
        text: str = yield get(f"/flow_runs/{flow_run_id}/input/{quote(key, safe='')}")
        return text

    @operation
    def delete_flow_run_input(self, flow_run_id: UUID, key: str) -> Steps[None]:
        """Remove an input. Raises `ObjectNotFound`."""
        yield delete(f"/flow_runs/{flow_run_id}/input/{quote(key, safe='')}")
