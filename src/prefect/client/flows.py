"""What clients can do with flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote
from uuid import UUID

from typing_extensions import Unpack

from prefect.client.operations import Later, Steps, delete, get, operation, post
from prefect.client.runs import Filters, given, wanted

if TYPE_CHECKING:
    from prefect._wire.flows import Flow
else:
    Flow = Later("prefect._wire.flows", "Flow")


class Named(Protocol):
    """A flow, as far as it is told of: its name."""

    name: Any


class FlowOperations:
    """The operations on flows."""

    @operation
    def create_flow(self, flow: Named) -> Steps[UUID]:
        """Record a flow; the id of the flow of its name."""
        return UUID((yield post("/flows/", {"name": flow.name}))["id"])

    @operation
    def create_flow_from_name(self, flow_name: str) -> Steps[UUID]:
        """Record a flow of that name; its id."""
        return UUID((yield post("/flows/", {"name": flow_name}))["id"])

    @operation
    def read_flow(self, flow_id: UUID) -> Steps[Flow]:
        """The flow with that id. Raises `ObjectNotFound`."""
        return Flow.model_validate((yield get(f"/flows/{flow_id}")))

    @operation
    def read_flow_by_name(self, flow_name: str) -> Steps[Flow]:
        """The flow of that name. Raises `ObjectNotFound`."""
        return Flow.model_validate((yield get(f"/flows/name/{quote(flow_name, safe='')}")))

    @operation
    def read_flows(
        self, *, sort: str | None = None, limit: int | None = None, offset: int = 0, **filters: Unpack[Filters]
    ) -> Steps[list[Flow]]:
        """The flows that are meant, by name unless another order is asked for."""
        body = {**wanted(**filters), **given(sort=sort, limit=limit, offset=offset)}
        return [Flow.model_validate(found) for found in (yield post("/flows/filter", body))]

    @operation
    def delete_flow(self, flow_id: UUID) -> Steps[None]:
        """Remove a flow with its runs and deployments. Raises `ObjectNotFound`."""
        yield delete(f"/flows/{flow_id}")
