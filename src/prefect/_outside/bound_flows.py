"""Flows bound to the infrastructure of a work pool: prefect-aws, -azure, -docker, -gcp, -kubernetes.

Calling one has a worker of the program's own start the run there, with the flow in a bundle, and waits for its result.
The decorators of those packages bind flows: `@docker(work_pool="containers")`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID, uuid4

from prefect._domain.flow_runs import FlowRun
from prefect._outside.launchers import Launcher
from prefect.bundles import convert_step_to_command, create_bundle_for_flow_run, upload_bundle_to_storage
from prefect.bundles.making import RecordedRun
from prefect.client.orchestration import get_client
from prefect.flows import HOOKED, Flow
from prefect.futures import PrefectFlowRunFuture
from prefect.states import Scheduled
from prefect.utilities.annotations import NotSet
from prefect.utilities.asyncutils import in_thread, waited_for
from prefect.utilities.processutils import command_to_string
from prefect.workers.adhoc import crashed_if_refused, storage_steps

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Flow[..., Any])
BINDING = ("work_pool", "job_variables", "worker_cls", "launcher", "include_files", "include_files_base_dir")


class InfrastructureBoundFlow(Flow[P, R], Generic[P, R]):
    """A flow whose calls are runs on the infrastructure of a work pool.

    `job_variables` are those of its runs; `include_files` are patterns of files that go along, seen from the flow's
    file or from `include_files_base_dir`; `launcher` is the program that carries bundles out instead of `uv run`.
    """

    def __init__(
        self,
        *args: Any,
        work_pool: str,
        job_variables: Mapping[str, Any],
        worker_cls: type[Any],
        launcher: Launcher | None = None,
        include_files: Sequence[str] | None = None,
        include_files_base_dir: Path | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.work_pool = work_pool
        self.job_variables = dict(job_variables)
        self.worker_cls = worker_cls
        self.launcher = launcher
        self.include_files = None if include_files is None else list(include_files)
        self.include_files_base_dir = None if include_files_base_dir is None else str(include_files_base_dir)

    def run(
        self,
        parameters: dict[str, Any] | None = None,
        *,
        wait_for: Iterable[Any] | None = None,
        return_state: bool = False,
        flow_run_id: UUID | None = None,
        epoch: int | None = None,
        recorded: FlowRun | None = None,
    ) -> Any:
        """Run the flow on its infrastructure; a run that is recorded already goes on here, where it was started."""
        if flow_run_id is not None or recorded is not None:
            known: dict[str, Any] = {"flow_run_id": flow_run_id, "epoch": epoch, "recorded": recorded}
            return super().run(parameters, return_state=return_state, **known)
        called = self._called(parameters or {}, return_state, wait_for)
        return called if self.isasync else waited_for(called)

    def submit(self, *args: Any, **kwargs: Any) -> PrefectFlowRunFuture[R]:
        """Have the run started by a worker of this program, which sees to it until it has ended; its future."""
        submitted: Future[PrefectFlowRunFuture[R]] = Future()
        work = self._seen_to(self.signature.bind(self._receiver + args, kwargs), submitted)
        Thread(target=_worked, args=(work, submitted), name=f"prefect-{self.name}").start()
        return submitted.result()

    def submit_to_work_pool(self, *args: Any, **kwargs: Any) -> PrefectFlowRunFuture[R]:
        """Have the run started by a worker of the pool, which fetches the flow from the pool's storage; its future.

        Raises `StorageNotConfigured` where the pool has none.
        """
        parameters = self.signature.bind(self._receiver + args, kwargs)
        with get_client(sync_client=True) as client:
            steps = storage_steps(client.read_work_pool(self.work_pool), self.launcher)
            key = str(uuid4())
            command = command_to_string(convert_step_to_command(steps.execution, key))
            run = client.create_flow_run(
                self,
                parameters=parameters,
                work_pool_name=self.work_pool,
                job_variables={**self.job_variables, "command": command},
            )
            with crashed_if_refused(client, run):
                made = create_bundle_for_flow_run(self, run)
                upload = convert_step_to_command(steps.upload, key, quiet=True)
                upload_bundle_to_storage(made["bundle"], key, upload, made["zip_path"], steps.upload)
            client.set_flow_run_state(run.id, Scheduled(), force=True)
        return PrefectFlowRunFuture(run.id)

    def retry(self, flow_run: RecordedRun) -> Any:
        """Run a run that has ended once more on the infrastructure, and give its result."""
        called = self._again(flow_run)
        return called if self.isasync else waited_for(called)

    def with_options(self, **options: Any) -> InfrastructureBoundFlow[P, R]:
        """The same flow with other options, those of its binding among them."""
        binding = {name: options.pop(name, None) for name in BINDING}
        given = {name: value for name, value in binding.items() if value is not None and value is not NotSet}
        return _bound(self.unbound().with_options(**options), **{**self._binding, **given})

    def unbound(self) -> Flow[P, R]:
        """The flow itself: its calls are runs in this process."""
        return _with_hooks(Flow, self)

    @property
    def _binding(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in BINDING}

    async def _called(self, parameters: dict[str, Any], return_state: bool, wait_for: Iterable[Any] | None) -> Any:
        for future in wait_for or ():
            await in_thread(future.wait)
        async with self.worker_cls(work_pool_name=self.work_pool) as worker:
            future = await worker.submit(flow=self, parameters=parameters, job_variables=self.job_variables)
            return await _concluded(future, return_state)

    async def _again(self, flow_run: RecordedRun) -> Any:
        async with self.worker_cls(work_pool_name=self.work_pool) as worker:
            future = await worker.submit(
                flow=self, parameters=flow_run.parameters, job_variables=self.job_variables, flow_run=flow_run
            )
            return await _concluded(future, return_state=False)

    async def _seen_to(self, parameters: dict[str, Any], submitted: Future[PrefectFlowRunFuture[R]]) -> None:
        async with self.worker_cls(work_pool_name=self.work_pool) as worker:
            submitted.set_result(
                await worker.submit(flow=self, parameters=parameters, job_variables=self.job_variables)
            )


def bind_flow_to_infrastructure(
    flow: Flow[P, R],
    work_pool: str,
    worker_cls: type[Any],
    job_variables: Mapping[str, Any] | None = None,
    launcher: Launcher | None = None,
    include_files: Sequence[str] | None = None,
    *,
    include_files_base_dir: Path | str | None = None,
) -> InfrastructureBoundFlow[P, R]:
    """The same flow, bound to the infrastructure of a work pool by workers of a class."""
    return _bound(
        flow,
        work_pool=work_pool,
        job_variables=job_variables or {},
        worker_cls=worker_cls,
        launcher=launcher,
        include_files=include_files,
        include_files_base_dir=include_files_base_dir,
    )


def _bound(flow: Flow[P, R], **binding: Any) -> InfrastructureBoundFlow[P, R]:
    def make(fn: Callable[P, R], **options: Any) -> InfrastructureBoundFlow[P, R]:
        return InfrastructureBoundFlow(fn, **binding, **options)

    return _with_hooks(make, flow)


def _with_hooks(make: Callable[..., F], flow: Flow[..., Any]) -> F:
    """A flow of the same function and options, hooks that were added later among them."""
    hooks = {f"on_{when}": list(getattr(flow, f"on_{when}_hooks")) for when in HOOKED}
    made = make(flow.fn, **{**flow.options, **hooks})
    made.source, made._receiver = flow.source, flow._receiver
    return made


async def _concluded(future: Any, return_state: bool) -> Any:
    if return_state:
        await future.wait_async()
        return future.state
    return await future.aresult()


def _worked(work: Coroutine[Any, Any, None], submitted: Future[Any]) -> None:
    """See to a run until it has ended; what goes wrong before it was submitted is the submitter's to know."""
    try:
        waited_for(work)
    except BaseException as error:
        if submitted.done():
            raise
        submitted.set_exception(error)
