"""What the engine needs of the flows and tasks that it carries out; their classes stand on the floor above."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import timedelta

    from typing_extensions import Self

    from prefect._domain.task_runs import TaskRunPolicy
    from prefect._engine.inputs import Signature
    from prefect._engine.kept_steps import ChangedTasks
    from prefect._wire.assets import Asset
    from prefect.cache_policies import CachePolicy


class Code(Protocol):
    """What a flow and a task have in common: a function, and how its runs are to be treated."""

    name: str
    version: str | None
    tags: frozenset[str]
    fn: Callable[..., Any]
    signature: Signature
    isasync: bool
    isgenerator: bool
    timeout_seconds: float | None
    log_prints: bool | None
    persist_result: bool | None
    result_storage: Any
    result_serializer: Any
    on_completion_hooks: list[Callable[..., Any]]
    on_failure_hooks: list[Callable[..., Any]]
    on_running_hooks: list[Callable[..., Any]]


class FlowCode(Code, Protocol):
    """A flow."""

    retries: int
    retry_delay_seconds: float
    max_resumes: int | None
    changed_tasks: ChangedTasks
    flow_run_name: str | Callable[..., str] | None
    task_runner: Any
    should_validate_parameters: bool
    on_cancellation_hooks: list[Callable[..., Any]]
    on_crashed_hooks: list[Callable[..., Any]]

    def validate_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...
    def serialize_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]: ...
    def secrets_in(self, parameters: Mapping[str, Any]) -> Iterator[str]: ...


class TaskCode(Code, Protocol):
    """A task."""

    task_key: str
    task_run_name: str | Callable[..., str] | None
    run_policy: TaskRunPolicy
    retry_condition_fn: Callable[..., Any] | None
    skip_on_upstream_skip: bool
    at_most_once: bool
    cache_policy: CachePolicy | None
    cache_expiration: timedelta | None
    refresh_cache: bool | None
    result_storage_key: str | None
    assets: Sequence[Asset]
    asset_deps: list[Asset]
    materialized_by: str | None
    on_commit_hooks: list[Callable[..., Any]]
    on_rollback_hooks: list[Callable[..., Any]]

    def with_options(self, *, persist_result: bool, cache_policy: CachePolicy | None) -> Self: ...
