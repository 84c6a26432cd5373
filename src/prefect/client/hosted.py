"""What programs tell a hosted service and are told by it: values alone, for there is no such service here."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, Field, IPvAnyNetwork

from prefect._wire.deployments import DeploymentUpdate
from prefect._wire.models import Body, Query
from prefect._wire.objects import Built


class IPAllowlistEntry(Query):
    """A network from which a service may be called."""

    ip_network: IPvAnyNetwork
    enabled: bool
    description: str | None = None
    last_seen: str | None = None


class IPAllowlist(Query):
    """The networks from which a service may be called."""

    entries: list[IPAllowlistEntry]


class IPAllowlistMyAccessResponse(Query):
    """Whether the caller's own network is among them."""

    allowed: bool
    detail: str


class BranchingScheduleHandling(str, Enum):
    """What becomes of the schedules of a deployment in its branch."""

    KEEP = "keep"
    REMOVE = "remove"
    INACTIVE = "inactive"


class DeploymentBranchingOptions(Built):
    """How a branch of a deployment is made."""

    schedule_handling: BranchingScheduleHandling = BranchingScheduleHandling.REMOVE


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError("A branch needs a name, such as 'staging'; the one given is empty.")
    return name


class DeploymentBranch(Body):
    """A copy of a deployment that is to be made under another name."""

    branch: Annotated[str, AfterValidator(_not_blank)]
    options: DeploymentBranchingOptions = Field(default_factory=DeploymentBranchingOptions)
    overrides: DeploymentUpdate | None = None


__all__ = [
    "BranchingScheduleHandling",
    "DeploymentBranch",
    "DeploymentBranchingOptions",
    "IPAllowlist",
    "IPAllowlistEntry",
    "IPAllowlistMyAccessResponse",
]
