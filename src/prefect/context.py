"""What is going on around the code that runs now: the flow run, the task run, the tags.

Contexts are plain objects in `ContextVar`s, so they follow a call into coroutines; the task runners carry them into
threads and processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.task_runs import TaskRun
from prefect._engine.kept_steps import KeptSteps
from prefect._engine.origins import Origins
from prefect.exceptions import MissingContextError
from prefect.settings import get_current_settings
from prefect.settings.current import Settings, in_force, settings_with_profile
from prefect.settings.profiles import Profile, load_current_profile, load_profile
from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from typing_extensions import Self

    from prefect._outside.carrying import hydrated_context, serialize_context
    from prefect._outside.contexts import ContextModel

P = ParamSpec("P")
R = TypeVar("R")


class _Context:
    """A context that can be entered with `with` and asked for with `get()`."""

    __var__: ClassVar[ContextVar[Any]]

    @classmethod
    def get(cls) -> Self | None:
        """The innermost context of this kind, or None."""
        context: Self | None = cls.__var__.get()
        return context

    def __enter__(self) -> Self:
        self._outer = self.__var__.get()
        self.__var__.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.__var__.set(self._outer)


class RunContext(_Context):
    """The run whose function is running, of a flow or of a task."""


@dataclass
class FlowRunContext(RunContext):
    """The flow run whose function is running."""

    __var__ = ContextVar("prefect_flow_run", default=None)

    flow: Any
    flow_run: FlowRun
    parameters: dict[str, Any]
    task_runner: Any
    result_store: Any
    start_time: datetime
    log_prints: bool = False
    persist_result: bool = False
    recorder: Any = None
    epoch: int | None = None
    client: Any = None
    origins: Origins = field(default_factory=Origins)
    subflow_counts: dict[str, int] = field(default_factory=dict)
    lineage: dict[str, frozenset[Any]] = field(default_factory=dict)
    """For the ids of task runs the assets that they made, or else used; only where there are any."""
    pauses: int = 0
    was_begun: bool = False
    """Whether an earlier try, or an earlier process, has begun the run."""
    steps: KeptSteps | None = None
    """The steps of a durable flow."""
    packed: Any = None
    """What of it goes to other processes, once it has been packed."""


EngineContext = FlowRunContext
"""The name of the same in packages."""


@dataclass
class TaskRunContext(RunContext):
    """The task run whose function is running."""

    __var__ = ContextVar("prefect_task_run", default=None)

    task: Any
    task_run: TaskRun
    parameters: dict[str, Any]
    result_store: Any = None
    start_time: datetime | None = None
    log_prints: bool = False
    persist_result: bool = False
    client: Any = None
    assets: AssetContext | None = None
    step: str | None = None
    """The key of the step that it is, in a durable flow."""


@dataclass
class AssetContext:
    """What assets the task run makes that runs here, what it makes them of, and what is told of them."""

    direct_asset_dependencies: set[Any] = field(default_factory=set)
    downstream_assets: set[Any] = field(default_factory=set)
    upstream_assets: set[Any] = field(default_factory=set)
    materialized_by: str | None = None
    task_run_id: UUID | None = None
    materialization_metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    copy_to_child_ctx: bool = False

    @classmethod
    def get(cls) -> AssetContext | None:
        """That of the task run that runs here: an empty one where no asset is around it; None outside of tasks."""
        task = TaskRunContext.get()
        return None if task is None else task.assets or cls(task_run_id=task.task_run.id)

    def add_asset_metadata(self, asset_key: str, metadata: Mapping[str, Any]) -> None:
        """Tell something of an asset that is made here. Raises `ValueError` for one that is not."""
        if all(asset.key != asset_key for asset in self.downstream_assets):
            made = ", ".join(sorted(asset.key for asset in self.downstream_assets)) or "none"
            raise ValueError(
                "Can only add metadata to assets that the task makes that runs here, those in its @materialize: "
                f"{made}; {asset_key!r} is none of them."
            )
        if not isinstance(metadata, Mapping):
            raise TypeError(f"What is told of an asset is a dictionary, such as {{'rows': 3}}, not {metadata!r}.")
        self.materialization_metadata[asset_key] = {**self.materialization_metadata.get(asset_key, {}), **metadata}


def calling_task(flow: FlowRunContext | None) -> TaskRun | None:
    """The task run, of this flow run or of none, in which the code that runs now stands."""
    task = TaskRunContext.get()
    if task is None or task.task_run.flow_run_id != (None if flow is None else flow.flow_run.id):
        return None
    return task.task_run


@dataclass
class TagsContext(_Context):
    """The tags that runs made here get."""

    __var__ = ContextVar("prefect_tags", default=None)

    current_tags: frozenset[str] = frozenset()


def current_tags() -> frozenset[str]:
    """The tags set by the enclosing `tags()` blocks."""
    context = TagsContext.get()
    return context.current_tags if context is not None else frozenset()


@contextmanager
def tags(*new_tags: str) -> Iterator[set[str]]:
    """Give tags to every flow and task run made inside the block; nested blocks add up."""
    with TagsContext(current_tags() | frozenset(new_tags)) as context:
        yield set(context.current_tags)


def get_run_context() -> TaskRunContext | FlowRunContext:
    """The context of the task run that is running, else of the flow run.

    Raises `MissingContextError` outside of runs.
    """
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None:
        raise MissingContextError("There is no run here: call this from inside a flow or a task.")
    return context


def with_context(fn: Callable[P, R]) -> Callable[P, R]:
    """Carry the contexts of here and now along with a function into another thread."""
    context = copy_context()

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(fn, *args, **kwargs)

    return call


@dataclass
class SettingsContext:
    """The settings that hold, and the profile that they come from."""

    profile: Profile
    settings: Settings

    @classmethod
    def get(cls) -> SettingsContext:
        return get_settings_context()


def get_settings_context() -> SettingsContext:
    """The settings of here and now."""
    return SettingsContext(_profile.get() or load_current_profile(), get_current_settings())


def root_settings_context() -> SettingsContext:
    """The settings of the environment and the active profile, whatever holds here and now."""
    profile = load_current_profile()
    return SettingsContext(profile, settings_with_profile(profile, over_environment=False))


def refresh_global_settings_context() -> SettingsContext:
    """The settings of here and now; they follow the environment and the profiles by themselves."""
    return get_settings_context()


@contextmanager
def use_profile(
    profile: Profile | str, override_environment_variables: bool = False, include_current_context: bool = True
) -> Iterator[SettingsContext]:
    """Have a profile's settings hold inside the block.

    The environment comes before the profile, unless `override_environment_variables`. The settings around the block
    never show through; `include_current_context` is taken for older programs. Raises `MissingProfileError`.
    """
    chosen = load_profile(profile) if isinstance(profile, str) else profile
    token = _profile.set(chosen)
    try:
        with in_force(settings_with_profile(chosen, over_environment=override_environment_variables)) as settings:
            yield SettingsContext(chosen, settings)
    finally:
        _profile.reset(token)


HOMES = {
    "AsyncClientContext": "prefect._outside.client_contexts",
    "ContextModel": "prefect._outside.contexts",
    "SyncClientContext": "prefect._outside.client_contexts",
    "hydrated_context": "prefect._outside.carrying",
    "serialize_context": "prefect._outside.carrying",
}
"""What carries contexts to other processes, and contexts of packages and programs."""
__getattr__ = lazy_names(__name__, HOMES)


_profile: ContextVar[Profile | None] = ContextVar("prefect_profile", default=None)

__all__ = [
    "AssetContext",
    "ContextModel",
    "EngineContext",
    "FlowRunContext",
    "RunContext",
    "SettingsContext",
    "TagsContext",
    "TaskRunContext",
    "current_tags",
    "get_run_context",
    "get_settings_context",
    "hydrated_context",
    "refresh_global_settings_context",
    "root_settings_context",
    "serialize_context",
    "tags",
    "use_profile",
    "with_context",
]
