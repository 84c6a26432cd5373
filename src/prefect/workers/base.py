"""Workers of all kinds: their names and their pool, their heartbeats, and how they start runs.

A kind of worker says with `run` how the infrastructure of one run is started; `jobs.py` has the loop. The worker of
processes uses the runner instead, which starts a run in a few milliseconds.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import entry_points
from time import monotonic
from types import GenericAlias
from typing import Any, ClassVar, Protocol
from uuid import uuid4

from pydantic import BaseModel

from prefect._domain.events import ROLE
from prefect._domain.job_templates import template_for
from prefect._domain.work_pools import checked_name
from prefect._store.opened import database_of
from prefect._wire.events import Event, RelatedResource, Resource
from prefect._wire.work_pools import WorkPoolCreate, WorkPoolResponse
from prefect.client.operations import content_of, post
from prefect.client.orchestration import SyncPrefectClient, get_client, new_transport
from prefect.exceptions import ConfigurationError, InfrastructureNotAvailable, ObjectAlreadyExists, ObjectNotFound
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.loggers import get_logger
from prefect.runner.hosting import duties_carried_out
from prefect.runner.http_source import HttpSource
from prefect.runner.run_events import RunEvents, pool_around, worker_resource
from prefect.runner.source import EmbeddedSource, RunSource
from prefect.runner.starter import stopped_by_signals
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread
from prefect.workers.adhoc import SubmitsRuns
from prefect.workers.configuration import BaseJobConfiguration, BaseVariables, variables_of
from prefect.workers.health import answering_for
from prefect.workers.infrastructure import InfrastructureJobs
from prefect.workers.jobs import JobLoop
from prefect.workers.living import Living

COLLECTIONS = "prefect.collections"
"""The group of entry points under which packages name the modules that define their workers."""
OLD_TYPE = "prefect-agent"
"""The type of the pools of old, which agents looked after."""
Printer = Callable[[str], object]
Configuration = type[BaseJobConfiguration]
Variables = type[BaseVariables]


class BaseWorkerResult(BaseModel, ABC):
    """What became of the infrastructure of a run: what it is called, and with which code it ended."""

    identifier: str
    status_code: int

    def __bool__(self) -> bool:
        return self.status_code == 0


class Starting(Protocol):
    """What `run` may tell while it waits: the identifier of the infrastructure that it has started."""

    def started(self, value: str | None = None) -> None: ...


class BaseWorker(SubmitsRuns, ABC):
    """Starts the runs of a work pool; a class for each kind of infrastructure.

    Subclasses may name the types of their configuration, variables and result in brackets.
    """

    __class_getitem__: Any = classmethod(GenericAlias)

    type: ClassVar[str]
    job_configuration: ClassVar[Configuration] = BaseJobConfiguration
    job_configuration_variables: ClassVar[Variables | None] = None
    _documentation_url: ClassVar[str] = ""
    _logo_url: ClassVar[str] = ""
    _description: ClassVar[str] = ""

    def __init__(
        self,
        work_pool_name: str,
        work_queues: Sequence[str] | None = None,
        name: str | None = None,
        prefetch_seconds: float | None = None,
        create_pool_if_not_found: bool = True,
        limit: int | None = None,
        heartbeat_interval_seconds: float | None = None,
        *,
        base_job_template: dict[str, Any] | None = None,
    ) -> None:
        """`prefetch_seconds` is taken for older programs: runs are claimed when they are due, and start at once.

        Raises `ValueError` for a name that holds a slash or a per cent sign.
        """
        self.name = checked_name(name) if name else f"{self.__class__.__name__} {uuid4()}"
        self.limit = limit
        self.work_queues = list(work_queues or ())
        self._work_pool_name = work_pool_name
        self._makes_pool = create_pool_if_not_found
        self._template = base_job_template
        self._beat_every: float = heartbeat_interval_seconds or get_current_settings().worker.heartbeat_seconds
        self._heard_of = 0.0
        self._logger = get_logger("prefect.workers")

    # -- for kinds of workers to say ------------------------------------------------------------------------------

    @abstractmethod
    async def run(
        self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Starting | None = None
    ) -> BaseWorkerResult:
        """Start the infrastructure of a run; what it is called, and the exit code with which it has ended.

        A worker need not wait for the end: it tells `task_status` what the infrastructure is called, returns 0 at once,
        and watches it between `setup` and `teardown`.
        """

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: BaseJobConfiguration, grace_seconds: int = 30
    ) -> None:
        """End the infrastructure of a run that is being cancelled. Raises `InfrastructureNotAvailable`."""
        raise InfrastructureNotAvailable(f"Workers of the type {self.type!r} cannot end what they have started.")

    # -- kinds ----------------------------------------------------------------------------------------------------

    @classmethod
    def get_default_base_job_template(cls) -> dict[str, Any]:
        """What can be said of the jobs of this kind of worker, for new pools."""
        known = template_for(cls.type)
        if known:
            return known
        variables = variables_of(cls.job_configuration_variables or cls.job_configuration)
        return {"job_configuration": cls.job_configuration.json_template(), "variables": variables}

    @staticmethod
    def get_all_available_worker_types() -> list[str]:
        """The types of workers that this program knows."""
        return sorted(_kinds())

    @staticmethod
    def get_worker_class_from_type(type: str) -> Kind | None:
        """The class of a type, or None where this program knows none."""
        return _kinds().get(type)

    # -- at work --------------------------------------------------------------------------------------------------

    async def start(self, run_once: bool = False, with_healthcheck: bool = False, printer: Printer = print) -> None:
        """As `work`, for programs with an event loop."""
        await in_thread(self.work, run_once, with_healthcheck, printer)

    def work(self, run_once: bool = False, with_healthcheck: bool = False, printer: Printer = print) -> None:
        """Start the runs of the pool until SIGTERM or Ctrl-C, or, with `run_once`, until none is due.

        Raises `ConfigurationError` for a pool that is not there or is of another type.
        """
        pool = self._pool()
        misfit = self._misfit(pool)
        if misfit is not None:
            raise ConfigurationError(misfit)
        ensure_logging_setup()
        with ExitStack() as living:
            if with_healthcheck:
                settings = get_current_settings().worker.webserver
                living.enter_context(answering_for(self.is_well, settings.host, settings.port))
            if not get_current_settings().api.url:
                living.enter_context(duties_carried_out(_database()))
            living.enter_context(self._heartbeats())
            living.enter_context(self._told(pool))
            printer(f"Worker {self.name!r} starts the runs of the work pool {pool.name!r} (Ctrl-C ends it).")
            self._start_runs(pool, once=run_once)
        printer(f"Worker {self.name!r} has ended.")

    @contextmanager
    def _told(self, pool: WorkPoolResponse) -> Iterator[None]:
        """Tell in events that this worker is at work, for the time of the block."""
        self._tell("started", pool)
        try:
            yield
        finally:
            self._tell("stopped", pool)

    def _tell(self, what: str, pool: WorkPoolResponse) -> None:
        event = Event(
            event=f"prefect.worker.{what}",
            resource=Resource(self._event_resource()),
            related=[RelatedResource(pool_around(pool))],
        )
        told = post("/events", [event.model_dump(mode="json")])
        try:
            with closing(new_transport(patience=0)) as transport:
                content_of(told, transport.send(told))
        except Exception as error:  # noqa: BLE001  # a worker is at work whoever is told
            self._logger.warning("Nobody could be told that this worker has %s: %s", what, error)

    def _event_resource(self) -> dict[str, str]:
        """The worker as the resource of its events."""
        return worker_resource(self.type, self.name)

    def _event_related_resources(
        self, configuration: BaseJobConfiguration | None = None, include_self: bool = False
    ) -> list[RelatedResource]:
        """What the worker's events are related to: its pool, what a job belongs to, and the worker where that is asked.

        Kinds of workers tell so of the infrastructure that they start.
        """
        told = configuration._related_resources() if configuration is not None else []
        if self.is_setup:
            told.append(RelatedResource(pool_around(self.work_pool)))
        if include_self:
            told.append(RelatedResource({**self._event_resource(), ROLE: "worker"}))
        return told

    def _run_events(self, pool: WorkPoolResponse) -> RunEvents:
        return RunEvents(self._event_resource(), lambda: [pool_around(pool)])

    def _start_runs(self, pool: WorkPoolResponse, *, once: bool) -> None:
        with Living(self) as living:
            jobs = InfrastructureJobs(self, pool, self._run_events(pool), living)
            loop = JobLoop(self._source(), jobs, limit=self.limit)
            with stopped_by_signals(loop):
                loop.run(once=once)

    def _source(self) -> RunSource:
        settings = get_current_settings()
        if settings.api.url:
            return HttpSource(settings, pool=self._work_pool_name, queues=self.work_queues)
        return EmbeddedSource(_database(), pool=self._work_pool_name, queues=self.work_queues)

    def _pool(self) -> WorkPoolResponse:
        """The pool, made where it is not there and that is wanted."""
        with get_client(sync_client=True) as client:
            try:
                return client.read_work_pool(self._work_pool_name)
            except ObjectNotFound:
                return self._made_pool(client)

    def _misfit(self, pool: WorkPoolResponse) -> str | None:
        """Why the pool is not one of this worker's, as a sentence; None where it is."""
        if pool.type in (self.type, OLD_TYPE):
            return None
        return (
            f"The work pool {pool.name!r} is of the type {pool.type!r}, which does not fit a worker of the type "
            f"{self.type!r}. Start one of the pool's type, or make another pool."
        )

    def _made_pool(self, client: Any) -> WorkPoolResponse:
        if not self._makes_pool:
            raise ConfigurationError(
                f"There is no work pool {self._work_pool_name!r}. "
                f"Make it: prefect work-pool create {self._work_pool_name!r}"
            )
        template = self._template or self.get_default_base_job_template()
        wanted = WorkPoolCreate(name=self._work_pool_name, type=self.type, base_job_template=template)
        try:
            made: WorkPoolResponse = client.create_work_pool(wanted)
        except ObjectAlreadyExists:  # by another worker, meanwhile
            made = client.read_work_pool(self._work_pool_name)
        return made

    @contextmanager
    def _heartbeats(self) -> Iterator[None]:
        """Have the worker be heard of inside the block."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), name="prefect-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, over: threading.Event) -> None:
        client: SyncPrefectClient | None = None
        with ExitStack() as opened:
            while True:
                try:
                    client = client or opened.enter_context(get_client(sync_client=True))
                    client.send_worker_heartbeat(self._work_pool_name, self.name, self._beat_every)
                    self._heard_of = monotonic()
                except Exception as error:  # noqa: BLE001  # the next one may get through
                    self._logger.warning("The worker could not be heard of: %s: %s", type(error).__name__, error)
                if over.wait(self._beat_every):
                    return

    def is_well(self) -> bool:
        """Whether it has been heard of lately."""
        return monotonic() - self._heard_of < 3 * self._beat_every


def _database() -> Any:
    return database_of(get_current_settings().server.database)


Kind = type[BaseWorker]


def _kinds() -> dict[str, Kind]:
    """The classes of workers by their types: those defined so far, and those that installed packages bring."""
    found: dict[str, Kind] = {}
    for entry in entry_points(group=COLLECTIONS):
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001  # foreign code may raise anything
            get_logger("prefect.workers").warning("The workers of %r cannot be loaded: %s", entry.value, error)
    waiting = list(BaseWorker.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if getattr(kind, "type", None):
            found[kind.type] = kind
    return found


__all__ = ["BaseJobConfiguration", "BaseVariables", "BaseWorker", "BaseWorkerResult"]
