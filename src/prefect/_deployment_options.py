"""What can be said of deployments and of how their runs are started: each option declared once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from prefect._wire.deployments import ConcurrencyLimitConfig
    from prefect.docker.docker_image import DockerImage
    from prefect.types.entrypoint import EntrypointType


NO_AGREEMENTS = "A hosted service watches over service level agreements, and there is none here: they have no effect."


class CommonOptions(TypedDict, total=False):
    """What can be said of a deployment beside its name, flow and pool. Schedules are said in one way only."""

    interval: Any
    cron: Any
    rrule: Any
    schedule: Any
    schedules: Any
    paused: bool | None
    concurrency_limit: int | ConcurrencyLimitConfig | None
    parameters: Mapping[str, Any] | None
    triggers: Sequence[Any] | None
    description: str | None
    tags: Iterable[str] | None
    version: str | None
    version_type: str | None
    enforce_parameter_schema: bool
    work_queue_name: str | None
    job_variables: Mapping[str, Any] | None
    entrypoint_type: EntrypointType
    expect_within: timedelta | float | str | None
    _sla: Any


class DeploymentOptions(CommonOptions, total=False):
    """The same, with the pool."""

    work_pool_name: str | None


class RunnerOptions(TypedDict, total=False):
    """How deployments are served: `limit` is how many of their runs may be at work at once."""

    pause_on_shutdown: bool
    print_starting_message: bool
    limit: int | None
    webserver: bool


class PoolOptions(TypedDict, total=False):
    """How deployments get to a pool."""

    image: str | DockerImage | None
    build: bool
    push: bool
    print_next_steps_message: bool
    ignore_warnings: bool


class ServeOptions(DeploymentOptions, RunnerOptions, total=False):
    """How a flow is deployed and served; `global_limit` is the deployment's own concurrency limit."""

    global_limit: Any


class DeployOptions(CommonOptions, PoolOptions, total=False):
    """How a flow is deployed to a pool."""

    print_next_steps: bool


class RunOptions(TypedDict, total=False):
    """What can be said of the run of a deployment, and of waiting for it; `client` is taken for older programs."""

    client: Any
    parameters: Mapping[str, Any] | None
    scheduled_time: datetime | None
    flow_run_name: str | None
    timeout: float | None
    poll_interval: float | None
    tags: Iterable[str] | None
    idempotency_key: str | None
    work_queue_name: str | None
    as_subflow: bool
    job_variables: Mapping[str, Any] | None
