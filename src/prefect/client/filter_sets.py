"""Filters put together: those of flows and all that belongs to them, and how conditions are joined."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from prefect._wire.filters import Asked, DeploymentFilter, FlowFilter, FlowRunFilter, TaskRunFilter
from prefect._wire.models import Query
from prefect.utilities.collections import AutoEnum


class Operator(AutoEnum):
    """Whether all conditions of a filter have to hold, or one of them."""

    and_ = AutoEnum.auto()
    or_ = AutoEnum.auto()


class OperatorMixin:
    """A part of models whose conditions can be joined."""

    operator: Operator = Field(default=Operator.and_, description="Whether all conditions have to hold, or one.")


class FilterSet(Query):
    """Which flows are meant, by what they, their runs, tasks and deployments are; without conditions all."""

    flows: FlowFilter = Field(default_factory=FlowFilter)
    flow_runs: FlowRunFilter = Field(default_factory=FlowRunFilter)
    task_runs: TaskRunFilter = Field(default_factory=TaskRunFilter)
    deployments: DeploymentFilter = Field(default_factory=DeploymentFilter)


class WorkerFilterWorkPoolId(Asked):
    """Workers of some work pools. The API lists the workers of one pool at a time and has no such condition."""

    any_: list[UUID] | None = None


__all__ = ["FilterSet", "Operator", "OperatorMixin", "WorkerFilterWorkPoolId"]
