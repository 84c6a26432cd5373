"""Flows in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from prefect._domain.names import require_valid_name
from prefect._wire.filters import OrderOf, later
from prefect._wire.models import Answer, Body, Labels, Listed, Name, Page, Paged, Query, Recorded, Tags
from prefect._wire.related import AmongFlows

if TYPE_CHECKING:
    from prefect._wire.filters import FlowFilter
else:
    FlowFilter = later("FlowFilter")

FlowOrder = Annotated[str, OrderOf("flow")]
FlowName = Annotated[Name, AfterValidator(lambda name: require_valid_name(name, "flow"))]
MOST_AT_ONCE = 50
"""How many things one request may remove or move."""
AtOnce = Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]


class FlowCreate(Body):
    name: FlowName
    tags: Tags = Field(default_factory=list)
    labels: Labels | None = Field(default_factory=dict)


class FlowUpdate(Body):
    tags: Tags = Field(default_factory=list)


class Flow(Recorded):
    name: str
    tags: list[str]
    labels: Labels | None


class CountFlows(AmongFlows): ...


class ReadFlows(Listed, AmongFlows):
    sort: FlowOrder = "NAME_ASC"


class PaginateFlows(Paged, AmongFlows):
    sort: FlowOrder = "NAME_ASC"


class FlowPage(Page[Flow]): ...


class DeleteFlows(Query):
    flows: FlowFilter | None = None
    limit: AtOnce = MOST_AT_ONCE


class Deleted(Answer):
    """What has been removed."""

    deleted: list[UUID]
