"""Deployments as programs make them: `RunnerDeployment`, from a flow, an entrypoint, or a storage.

    my_flow.to_deployment("nightly", cron="0 2 * * *").apply()

What a deployment is recorded as is in `recording.py`, where its flow is found again in `entrypoints.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._deployment_options import NO_AGREEMENTS, DeploymentOptions
from prefect._domain.deployments import checked_name
from prefect._wire.deployments import ConcurrencyLimitConfig
from prefect._wire.json_schema import ParameterSchema
from prefect.deployments.concurrency import limit_of
from prefect.deployments.entrypoints import entrypoint_of
from prefect.deployments.recording import DeploymentApplyError, Wanted, expected_within, record
from prefect.deployments.schedules import schedules_of
from prefect.deployments.sources import flow_in
from prefect.deployments.triggers import triggers_of
from prefect.docker.docker_image import DockerImage
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.logging.loggers import get_logger
from prefect.runner.storage import RunnerStorage
from prefect.schedules import Schedule
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType
from prefect.utilities.asyncutils import Awaitable, AwaitableId, dispatched, in_thread
from prefect.utilities.lazy_names import lazy_names
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from prefect.deployments.deploying import adeploy, deploy

HOMES = {"adeploy": "prefect.deployments.deploying", "deploy": "prefect.deployments.deploying"}
"""What records many of these at once, and is made of them."""
__getattr__ = lazy_names(__name__, HOMES)


def _unless_empty(schedules: list[Schedule] | None, said: Any) -> list[Schedule] | None:
    """The schedules, but nothing for an empty list, which takes none away unless a setting says that it does."""
    is_empty = schedules == [] and isinstance(said, (list, tuple))
    return None if is_empty and not get_current_settings().deployments.clear_schedules_on_empty else schedules


@dataclass
class RunnerDeployment(Awaitable):
    """A deployment on its way to be recorded: `apply()` does it, `serve` and `deploy` do it and see to its runs.

    Without a `storage` and an image its runs find the code in the working directory of whoever made it.
    """

    name: str
    flow_name: str
    entrypoint: str
    description: str | None = None
    version: str | None = None
    version_type: str | None = None
    tags: list[str] = field(default_factory=list)
    schedules: list[Schedule] | None = None
    concurrency_limit: int | None = None
    concurrency_options: ConcurrencyLimitConfig | None = None
    paused: bool | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    triggers: Sequence[Any] = field(default_factory=list)
    enforce_parameter_schema: bool = True
    storage: RunnerStorage | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: dict[str, Any] = field(default_factory=dict)
    expect_within: timedelta | None = None
    _parameter_openapi_schema: ParameterSchema = field(default_factory=ParameterSchema)
    path: str | None = field(default_factory=lambda: str(Path.cwd()))

    def __post_init__(self) -> None:
        checked_name(self.name)
        self.triggers = triggers_of(self.triggers)

    @property
    def full_name(self) -> str:
        """`flow/deployment`, by which commands name it."""
        return f"{self.flow_name}/{self.name}"

    @classmethod
    @declares(DeploymentOptions)
    def from_flow(cls, flow: Flow[..., Any], name: str, **options: Unpack[DeploymentOptions]) -> RunnerDeployment:
        """A deployment of a flow: one that a file or module defines, or that `from_source` brought.

        Raises `ValueError` where neither is so, for a name that is not allowed, and for schedules that are none.
        """
        source = flow.source
        kind = options.get("entrypoint_type") or EntrypointType.FILE_PATH
        entrypoint = source.entrypoint if source is not None else entrypoint_of(flow, kind)
        return cls._made(flow, entrypoint, source.storage if source is not None else None, name, options)

    @classmethod
    @declares(DeploymentOptions)
    def from_entrypoint(
        cls, entrypoint: str, name: str, flow_name: str | None = None, **options: Unpack[DeploymentOptions]
    ) -> RunnerDeployment:
        """A deployment of the flow that an entrypoint names. Raises what loading the flow raises."""
        made = cls._made(load_flow_from_entrypoint(entrypoint), entrypoint, None, name, options)
        return made if flow_name is None else replace(made, flow_name=flow_name)

    @classmethod
    @dispatched
    @declares(DeploymentOptions)
    def from_storage(
        cls,
        storage: RunnerStorage,
        entrypoint: str,
        name: str,
        flow_name: str | None = None,
        **options: Unpack[DeploymentOptions],
    ) -> RunnerDeployment:
        """A deployment of a flow in a storage; its runs bring the code by the storage's pull step."""
        with TemporaryDirectory(prefix="prefect-") as folder:
            storage.set_base_path(Path(folder))
            flow = flow_in(storage, entrypoint)
        made = cls._made(flow, entrypoint, storage, name, options)
        return made if flow_name is None else replace(made, flow_name=flow_name)

    @classmethod
    async def afrom_storage(
        cls, storage: RunnerStorage, entrypoint: str, name: str, **options: Unpack[DeploymentOptions]
    ) -> RunnerDeployment:
        return await in_thread(lambda: cls.from_storage(storage, entrypoint, name, **options))

    @classmethod
    def _made(
        cls,
        flow: Flow[..., Any],
        entrypoint: str,
        storage: RunnerStorage | None,
        name: str,
        options: DeploymentOptions,
    ) -> RunnerDeployment:
        if options.get("_sla"):
            get_logger("deployments").warning(NO_AGREEMENTS)
        limit = limit_of(options.get("concurrency_limit"))
        said = {way: options.get(way) for way in ("interval", "cron", "rrule", "schedule", "schedules")}
        return cls(
            name=name,
            flow_name=flow.name,
            entrypoint=entrypoint,
            description=options.get("description") or flow.description,
            version=options.get("version") or flow.version,
            version_type=options.get("version_type"),
            tags=list(options.get("tags") or ()),
            schedules=_unless_empty(schedules_of(**said), said["schedules"]),
            concurrency_limit=limit.limit if limit else None,
            concurrency_options=limit,
            paused=options.get("paused"),
            parameters=dict(options.get("parameters") or {}),
            triggers=list(options.get("triggers") or ()),
            enforce_parameter_schema=options.get("enforce_parameter_schema", True),
            storage=storage,
            work_pool_name=options.get("work_pool_name"),
            work_queue_name=options.get("work_queue_name"),
            job_variables=dict(options.get("job_variables") or {}),
            expect_within=expected_within(options.get("expect_within")),
            _parameter_openapi_schema=flow.parameters,
        )

    @dispatched
    def apply(
        self,
        schedules: Any = None,
        work_pool_name: str | None = None,
        image: str | None = None,
        version_info: Any = None,
    ) -> AwaitableId:
        """Record it: make it, or change the one of that name, whose id it keeps. Its id.

        Schedules that are not said leave those that there are. With an `image` the code is expected in it. Raises
        `ValueError` for a queue, job variables or an image without a pool that would use them.
        """
        pool = work_pool_name or self.work_pool_name
        if (self.job_variables or image or self.work_queue_name) and pool is None:
            raise ValueError("Queues, job variables and images belong to work pools; give work_pool_name, too.")
        given = _unless_empty(schedules_of(schedules=schedules), schedules)
        return AwaitableId.of(record(self._wanted(pool, image, given)))

    async def aapply(self, **options: Any) -> UUID:
        return await in_thread(lambda: self.apply(**options))

    def _wanted(self, pool: str | None, image: str | None, schedules: list[Schedule] | None) -> Wanted:
        limit = self.concurrency_options
        return Wanted(
            flow_name=self.flow_name,
            name=self.name,
            entrypoint=self.entrypoint,
            path=None if self.storage is not None or image is not None else self.path,
            pull_steps=[self.storage.to_pull_step()] if self.storage is not None else None,
            schedules=self.schedules if schedules is None else schedules,
            paused=self.paused,
            version=self.version,
            description=self.description,
            tags=self.tags,
            parameters=self.parameters,
            parameter_openapi_schema=self._parameter_openapi_schema.model_dump(),
            enforce_parameter_schema=self.enforce_parameter_schema,
            work_pool_name=pool,
            work_queue_name=self.work_queue_name,
            job_variables={**self.job_variables, **({"image": image} if image is not None else {})},
            concurrency_limit=self.concurrency_limit,
            collision_strategy=limit.collision_strategy.value if limit is not None else None,
            grace_period_seconds=limit.grace_period_seconds if limit is not None else None,
            triggers=self.triggers,
            expect_within=self.expect_within,
        )


__all__ = ["DeploymentApplyError", "DockerImage", "EntrypointType", "RunnerDeployment", "adeploy", "deploy"]
