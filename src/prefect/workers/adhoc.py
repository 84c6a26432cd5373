"""Runs that a program hands to a worker of its own, and sees to the end there.

    async with ShopWorker(work_pool_name="shop") as worker:
        future = await worker.submit(my_flow, parameters={"region": "north"})

The flow travels in a bundle (`prefect.bundles`). Kinds of workers that have another way to carry a bundle than the
storage of their pool say so by `_submit_adhoc_run`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID, uuid4

from prefect._outside.launchers import Launcher, resolve_bundle_step_with_launcher
from prefect._wire.work_pools import WorkPoolResponse
from prefect.bundles import aupload_bundle_to_storage, convert_step_to_command, create_bundle_for_flow_run
from prefect.bundles.making import RecordedRun
from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client
from prefect.client.schemas.objects import Flow as RecordedFlow
from prefect.exceptions import StorageNotConfigured
from prefect.flows import Flow
from prefect.futures import PrefectFlowRunFuture
from prefect.logging.loggers import PrefectLogAdapter, get_worker_logger
from prefect.states import Crashed, Pending
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.processutils import command_to_string
from prefect.workers.configuration import BaseJobConfiguration

if TYPE_CHECKING:
    from typing_extensions import Self


class StorageSteps(NamedTuple):
    """The steps by which the bundles of a pool are stored and carried out."""

    upload: dict[str, Any]
    execution: dict[str, Any]


def storage_steps(pool: WorkPoolResponse, launcher: Launcher | None = None) -> StorageSteps:
    """The steps of a pool's storage, with the launcher of a flow. Raises `StorageNotConfigured` where it has none."""
    told = pool.storage_configuration
    if told.bundle_upload_step is None or told.bundle_execution_step is None:
        raise StorageNotConfigured(pool.name)
    return StorageSteps(
        resolve_bundle_step_with_launcher(told.bundle_upload_step, launcher, "upload"),
        resolve_bundle_step_with_launcher(told.bundle_execution_step, launcher, "execution"),
    )


@contextmanager
def crashed_if_refused(client: SyncPrefectClient, flow_run: RecordedRun) -> Iterator[None]:
    """A run that cannot be handed over, for what goes wrong inside the block, is Crashed; the error goes on."""
    try:
        yield
    except Exception as error:
        message = f"The flow run could not be handed to its work pool: {type(error).__name__}: {error}"
        client.set_flow_run_state(flow_run.id, Crashed(message=message), force=True)
        raise


class SubmitsRuns(ABC):
    """What a worker does for the program that made it."""

    name: str
    job_configuration: ClassVar[type[BaseJobConfiguration]]
    backend_id: UUID | None = None
    is_setup = False

    @abstractmethod
    async def run(self, flow_run: Any, configuration: Any, task_status: Any = None) -> Any:
        """Start the infrastructure of a run and wait until it has ended."""

    @abstractmethod
    def _pool(self) -> WorkPoolResponse:
        """The worker's pool, as it is now."""

    @abstractmethod
    def _misfit(self, pool: WorkPoolResponse) -> str | None:
        """Why the pool is not one of this worker's, as a sentence; None where it is."""

    async def __aenter__(self) -> Self:
        await self.setup()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await self.teardown(*exc_info)

    async def setup(self) -> None:
        """Have a client and the pool. Raises `ConfigurationError` for a pool that is not there."""
        import anyio

        self._living = AsyncExitStack()
        self._client: PrefectClient = await self._living.enter_async_context(get_client())
        self._runs_task_group = await self._living.enter_async_context(anyio.create_task_group())
        self.is_setup = True
        await self.sync_with_backend()

    async def teardown(self, *exc_info: Any) -> None:
        """Wait until the runs that were submitted have ended; where the program is being ended, let go of them."""
        if exc_info and exc_info[1] is not None and not isinstance(exc_info[1], Exception):
            self._runs_task_group.cancel_scope.cancel()
        try:
            await self._living.aclose()
        finally:
            self.is_setup = False

    async def sync_with_backend(self) -> None:
        """Read the pool again; one of another type is warned of."""
        self._work_pool: WorkPoolResponse = await in_thread(self._pool)
        misfit = self._misfit(self._work_pool)
        if misfit is not None:
            get_worker_logger(self).warning(misfit)

    @property
    def client(self) -> PrefectClient:
        """The client of the worker, which is at hand between `setup` and `teardown`."""
        self._require_setup()
        return self._client

    @property
    def work_pool(self) -> WorkPoolResponse:
        self._require_setup()
        return self._work_pool

    def _require_setup(self) -> None:
        if not self.is_setup:
            raise RuntimeError("The worker is not set up. Use it within `async with`.")

    def get_flow_run_logger(self, flow_run: RecordedRun) -> PrefectLogAdapter:
        """The logger of the worker, whose lines belong to a run."""
        extra = {"flow_run_name": flow_run.name, "flow_run_id": str(flow_run.id), "flow_name": "<unknown>"}
        return get_worker_logger(self).getChild("flow_runs", extra)

    async def submit(
        self,
        flow: Flow[..., Any],
        parameters: Mapping[str, Any] | None = None,
        job_variables: Mapping[str, Any] | None = None,
        flow_run: RecordedRun | None = None,
    ) -> PrefectFlowRunFuture[Any]:
        """Start a run of a flow, or a recorded one anew, and give its future as soon as the run is recorded."""
        self._require_setup()
        submitting = partial(
            self._submit_adhoc_run,
            flow=flow,
            parameters=None if parameters is None else dict(parameters),
            job_variables=None if job_variables is None else dict(job_variables),
            flow_run=flow_run,
        )
        recorded: RecordedRun = await self._runs_task_group.start(submitting)
        return PrefectFlowRunFuture(recorded.id)

    async def _submit_adhoc_run(
        self,
        flow: Flow[..., Any],
        parameters: dict[str, Any] | None = None,
        job_variables: dict[str, Any] | None = None,
        task_status: Any = None,
        flow_run: RecordedRun | None = None,
    ) -> None:
        """Store a run's bundle in the pool's storage, start its infrastructure, and wait until that has ended."""
        steps = storage_steps(self.work_pool, getattr(flow, "launcher", None))
        key = str(uuid4())
        command = command_to_string(convert_step_to_command(steps.execution, key))
        variables = {**(job_variables or {}), "command": command}
        run = await self._recorded(flow, parameters, variables, flow_run)
        if task_status is not None:
            task_status.started(run)

        async def upload(configuration: Any) -> None:
            made = await in_thread(create_bundle_for_flow_run, flow, run)
            stored = convert_step_to_command(steps.upload, key, quiet=True)
            await aupload_bundle_to_storage(made["bundle"], key, stored, made["zip_path"], steps.upload)

        await self._carried_out(flow, run, variables, upload)

    async def _recorded(
        self,
        flow: Flow[..., Any],
        parameters: Mapping[str, Any] | None,
        job_variables: Mapping[str, Any],
        flow_run: RecordedRun | None,
    ) -> RecordedRun:
        """The run to be carried out: a new one, or one that has ended, which is Pending again."""
        if flow_run is not None:
            await self.client.set_flow_run_state(flow_run.id, Pending(), force=True)
            return flow_run
        return await self.client.create_flow_run(
            flow,
            parameters=parameters,
            state=Pending(),
            job_variables=job_variables,
            work_pool_name=self.work_pool.name,
        )

    async def _configured(self, flow: Flow[..., Any], flow_run: RecordedRun, job_variables: Mapping[str, Any]) -> Any:
        configuration = await self.job_configuration.from_template_and_values(
            base_job_template=self.work_pool.base_job_template, values=job_variables, client=self.client
        )
        configuration.prepare_for_flow_run(
            flow_run=flow_run,
            flow=RecordedFlow(id=flow_run.flow_id, name=flow.name, labels={}),
            work_pool=self.work_pool,
            worker_name=self.name,
        )
        return configuration

    async def _carried_out(
        self,
        flow: Flow[..., Any],
        flow_run: RecordedRun,
        job_variables: Mapping[str, Any],
        make_ready: Callable[[Any], Awaitable[object]],
    ) -> None:
        """Make a run's bundle ready and run its infrastructure; what goes wrong with either crashes the run."""
        try:
            configuration = await self._configured(flow, flow_run, job_variables)
            await make_ready(configuration)
            ended = await self.run(flow_run=flow_run, configuration=configuration)
        except Exception as error:  # noqa: BLE001  # a worker's own code may raise anything
            self.get_flow_run_logger(flow_run).exception("The flow run could not be handed to its infrastructure.")
            told = f"Flow run could not be submitted to infrastructure: {type(error).__name__}: {error}"
            await self._propose_crashed_state(flow_run, told)
            return
        if ended.status_code != 0:
            told = f"Flow run infrastructure exited with non-zero status code {ended.status_code}."
            await self._propose_crashed_state(flow_run, told)

    async def _propose_crashed_state(self, flow_run: RecordedRun, message: str, client: Any = None) -> None:
        """Have a run be Crashed that has not ended by itself."""
        asked = client or self.client
        current = (await asked.read_flow_run(flow_run.id)).state
        if current is None or not current.is_final():
            await asked.set_flow_run_state(flow_run.id, Crashed(message=message), force=True)
