"""Deployments in the older spelling, as many programs have it.

    Deployment.build_from_flow(flow=my_flow, name="every-morning", schedule=CronSchedule(cron="0 8 * * *")).apply()

Without a work pool it goes to the default one, whose runs the server's own worker starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypedDict

from typing_extensions import Unpack

from prefect._domain.deployments import checked_name
from prefect._domain.job_templates import joined
from prefect._domain.work_pools import DEFAULT_POOL, DEFAULT_QUEUE
from prefect.deployments.entrypoints import entrypoint_of
from prefect.deployments.flow_runs import run_deployment
from prefect.deployments.recording import Known, Wanted, known, record
from prefect.deployments.schedules import as_mapping, schedules_of
from prefect.deployments.triggers import triggers_of
from prefect.flows import Flow
from prefect.infrastructure import Process
from prefect.runner.storage import BlockStorageAdapter
from prefect.schedules import Schedule
from prefect.utilities.asyncutils import Awaitable, AwaitableId, waited_for
from prefect.utilities.files import write_whole
from prefect.utilities.options import declares
from prefect.utilities.yaml_text import read_yaml_file, written_yaml

IN_FILES = ("name", "flow_name", "entrypoint", "path", "version", "description", "tags", "parameters")
"""What is in the file of a deployment as it is; its schedules, pool and queue are there, too."""


class BuildOptions(TypedDict, total=False):
    """What can be said of a deployment beside its flow and its name."""

    schedule: Any
    schedules: Any
    is_schedule_active: bool | None
    description: str | None
    version: str | None
    tags: Iterable[str] | None
    parameters: Mapping[str, Any] | None
    storage: Any
    infrastructure: Process | None
    infra_overrides: Mapping[str, Any] | None
    path: str | None
    entrypoint: str | None
    work_pool_name: str | None
    work_queue_name: str | None
    enforce_parameter_schema: bool | None
    triggers: Sequence[Any] | None


@dataclass
class Deployment(Awaitable):
    """A deployment on its way to be recorded; `apply()` does it.

    What was not said is taken from the deployment of that name where `load()` finds one.
    """

    name: str
    flow_name: str = ""
    entrypoint: str | None = None
    path: str | None = None
    version: str | None = None
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    schedules: list[Schedule] | None = None
    is_schedule_active: bool | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    infra_overrides: dict[str, Any] = field(default_factory=dict)
    infrastructure: Process | None = None
    storage: Any = None
    enforce_parameter_schema: bool = True
    parameter_openapi_schema: dict[str, Any] = field(default_factory=dict)
    triggers: Sequence[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        checked_name(self.name)
        if self.infrastructure is not None and not isinstance(self.infrastructure, Process):
            raise TypeError(
                f"A deployment's infrastructure is a Process of prefect.infrastructure; {self.infrastructure!r} is "
                "none. For other kinds name a work pool (work_pool_name=...)."
            )
        self.schedules = schedules_of(schedules=self.schedules)
        self.triggers = triggers_of(self.triggers)

    @classmethod
    @declares(BuildOptions)
    def build_from_flow(
        cls,
        flow: Flow[..., Any],
        name: str,
        output: str | Path | None = None,
        skip_upload: bool = False,
        ignore_file: str | None = ".prefectignore",
        apply: bool = False,
        load_existing: bool = True,
        **options: Unpack[BuildOptions],
    ) -> Deployment:
        """A deployment of a flow that a file defines; with `apply`, recorded at once; with `output`, written there.

        With a `storage` block the working directory is uploaded to it, unless `skip_upload`. Raises `TypeError` where
        `flow` is no flow or `infrastructure` no `Process`, `ValueError` for a name that is not allowed, for a flow that
        no file defines, and where both `schedule` and `schedules` are given.
        """
        if not isinstance(flow, Flow):
            raise TypeError(f"A deployment is built from a flow; {flow!r} is none. Decorate the function with @flow.")
        made = cls._of(flow, name, options)
        if load_existing:
            made.load()
        if made.storage is not None and not skip_upload:
            made.upload_to_storage(ignore_file=ignore_file)
        if output is not None:
            made.to_yaml(output)
        if apply:
            made.apply()
        return made

    @classmethod
    def _of(cls, flow: Flow[..., Any], name: str, options: BuildOptions) -> Deployment:
        storage = options.get("storage")
        return cls(
            name=name,
            flow_name=flow.name,
            entrypoint=options.get("entrypoint") or entrypoint_of(flow),
            path=options.get("path") or (None if storage is not None else str(Path.cwd())),
            version=options.get("version") or flow.version,
            description=options.get("description") or flow.description,
            tags=list(options.get("tags") or ()),
            parameters=dict(options.get("parameters") or {}),
            schedules=schedules_of(schedule=options.get("schedule"), schedules=options.get("schedules")),
            is_schedule_active=options.get("is_schedule_active"),
            work_pool_name=options.get("work_pool_name"),
            work_queue_name=options.get("work_queue_name"),
            infra_overrides=dict(options.get("infra_overrides") or {}),
            infrastructure=options.get("infrastructure"),
            storage=storage,
            enforce_parameter_schema=options.get("enforce_parameter_schema") is not False,
            parameter_openapi_schema=flow.parameters.model_dump(),
            triggers=list(options.get("triggers") or ()),
        )

    @property
    def location(self) -> str:
        """Where its code is: a folder here, or one in its storage."""
        base = getattr(self.storage, "basepath", None) if self.storage is not None else None
        return "/".join(part.rstrip("/") for part in (str(base or ""), self.path or "") if part) or "."

    def load(self) -> bool:
        """Take what was not said from the deployment of that name; whether there is one."""
        found = known(self.flow_name, self.name)
        if found is None:
            return False
        for name in ("description", "tags", "parameters", "work_pool_name", "work_queue_name", "schedules"):
            if not getattr(self, name) and not (name == "schedules" and self.schedules is not None):
                setattr(self, name, getattr(found, name))
        self.infra_overrides = self.infra_overrides or dict(found.job_variables)
        self._take_activity(found)
        return True

    def _take_activity(self, found: Known) -> None:
        if self.is_schedule_active is None:
            all_are_off = bool(found.schedules) and not any(schedule.active for schedule in found.schedules)
            self.is_schedule_active = not found.paused and not all_are_off

    def update(self, ignore_none: bool = False, **changes: Any) -> None:
        """Change fields by name; with `ignore_none`, not to None. Raises `ValueError` for a name that is none."""
        names = {one.name for one in fields(self)}
        unknown = sorted(set(changes) - names)
        if unknown:
            raise ValueError(f"A deployment has no {', '.join(unknown)}; it has {', '.join(sorted(names))}.")
        for name, value in changes.items():
            if value is not None or not ignore_none:
                setattr(self, name, value)
        self.__post_init__()

    def upload_to_storage(
        self, storage_block: str | None = None, ignore_file: str | None = ".prefectignore"
    ) -> int | None:
        """Put the working directory into the storage, where its runs bring it from; how many files those were."""
        if self.storage is None:
            raise ValueError("The deployment has no storage to upload to; give it a storage block.")
        told = self.storage.put_directory(local_path=".", to_path=self.path, ignore_file=_existing(ignore_file))
        count: int | None = waited_for(told) if hasattr(told, "__await__") else told
        return count

    def apply(self, upload: bool = False, work_queue_concurrency: int | None = None) -> AwaitableId:
        """Record it; where the flow has a deployment of that name, that one takes these values. Its id.

        `work_queue_concurrency` is taken for older programs; a queue's limit is set with `prefect work-queue`.
        """
        if upload:
            self.upload_to_storage()
        return AwaitableId.of(record(self._wanted()))

    def _wanted(self) -> Wanted:
        is_active = self.is_schedule_active is not False
        schedules = self.schedules if self.schedules is None or is_active else [_off(one) for one in self.schedules]
        return Wanted(
            flow_name=self.flow_name,
            name=self.name,
            entrypoint=self.entrypoint,
            path=self.path,
            pull_steps=[BlockStorageAdapter(self.storage).to_pull_step()] if self.storage is not None else None,
            schedules=schedules,
            paused=None if self.is_schedule_active is None else not is_active,
            version=self.version,
            description=self.description,
            tags=self.tags,
            parameters=self.parameters,
            parameter_openapi_schema=self.parameter_openapi_schema,
            enforce_parameter_schema=self.enforce_parameter_schema,
            work_pool_name=self.work_pool_name or DEFAULT_POOL,
            work_queue_name=self.work_queue_name or DEFAULT_QUEUE,
            job_variables=self._job_variables(),
            triggers=self.triggers,
        )

    def _job_variables(self) -> dict[str, Any]:
        """What its infrastructure says, and over that what it says itself."""
        return joined(self.infrastructure.job_variables() if self.infrastructure else {}, self.infra_overrides)

    # -- files ----------------------------------------------------------------------------------------------------

    def to_yaml(self, path: str | Path) -> None:
        """Write it into a file, from which `load_from_yaml` makes it again."""
        told = {name: getattr(self, name) for name in IN_FILES}
        told["schedules"] = [as_mapping(schedule) for schedule in self.schedules or ()]
        told["triggers"] = [trigger.model_dump(mode="json", exclude_unset=True) for trigger in self.triggers]
        told["is_schedule_active"] = self.is_schedule_active
        told["work_pool_name"], told["work_queue_name"] = self.work_pool_name, self.work_queue_name
        told["infra_overrides"] = self._job_variables()
        told["enforce_parameter_schema"] = self.enforce_parameter_schema
        told["parameter_openapi_schema"] = self.parameter_openapi_schema
        write_whole(Path(path), f"# A deployment, for Deployment.load_from_yaml\n{written_yaml(told)}".encode())

    @classmethod
    def load_from_yaml(cls, path: str | Path) -> Deployment:
        """The deployment that a file holds. Raises `ValueError` for a file that holds none."""
        told = read_yaml_file(Path(path))
        if not isinstance(told, Mapping) or not told.get("name") or not told.get("flow_name"):
            raise ValueError(f"{str(path)!r} holds no deployment: it names no 'name' and 'flow_name'.")
        names = {one.name for one in fields(cls)}
        given = {name: value for name, value in told.items() if name in names and value is not None}
        if told.get("schedule") and not given.get("schedules"):
            given["schedules"] = [told["schedule"]]
        return cls(**{**given, "schedules": given.get("schedules") or None})


def _off(schedule: Schedule) -> Schedule:
    return replace(schedule, active=False)


def _existing(file: str | None) -> str | None:
    return file if file is not None and Path(file).is_file() else None


__all__ = ["Deployment", "run_deployment"]
