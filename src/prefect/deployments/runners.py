"""`Runner`: a program that serves deployments step by step, for those who want more say than `serve` gives.

runner = Runner(name="mine", limit=3)
runner.add_flow(my_flow, name="every-hour", interval=3600)
runner.start()
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._deployment_options import DeploymentOptions, RunnerOptions
from prefect.deployments.runner import RunnerDeployment
from prefect.deployments.serving import Served, run_beside_the_loop
from prefect.flows import Flow
from prefect.runner.processes import FLOW_ENTRYPOINT
from prefect.runner.starter import RunStarter, stopped_by_signals
from prefect.utilities.asyncutils import AwaitableId, a_loop_runs, at_once, dispatched, in_thread
from prefect.utilities.options import declares
from prefect.utilities.processutils import command_from_string, run_process, sanitize_subprocess_env

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from typing_extensions import Self, Unpack


class Runner:
    """Serves what is added to it. How often it looks for runs is said for older programs: it is told when one is due.

    `limit` is how many runs may be at work at once; without one, the setting `runner.process_limit` says so.
    """

    def __init__(
        self,
        name: str | None = None,
        query_seconds: float | None = None,
        prefetch_seconds: float = 10,
        heartbeat_seconds: int | None = None,
        limit: int | None = None,
        pause_on_shutdown: bool = True,
        webserver: bool = False,
    ) -> None:
        self.name = name or "runner"
        self.options: RunnerOptions = {
            "limit": limit,
            "pause_on_shutdown": pause_on_shutdown,
            "webserver": webserver,
            "print_starting_message": False,
        }
        self._deployments: list[RunnerDeployment] = []
        self._starter: RunStarter | None = None

    @dispatched
    def add_deployment(self, deployment: RunnerDeployment) -> AwaitableId:
        """Record a deployment, to be served once the runner starts; its id."""
        self._deployments.append(deployment)
        return deployment.apply()

    @dispatched
    @declares(DeploymentOptions)
    def add_flow(
        self, flow: Flow[..., Any], name: str | None = None, **options: Unpack[DeploymentOptions]
    ) -> AwaitableId:
        """The same for a flow; the name of the deployment is the flow's unless told otherwise."""
        return self.add_deployment(flow.to_deployment(name or flow.name, **options))

    async def aadd_deployment(self, deployment: RunnerDeployment) -> AwaitableId:
        """As `add_deployment`, awaited."""
        return await in_thread(at_once, self.add_deployment, deployment)

    async def aadd_flow(self, flow: Flow[..., Any], name: str | None = None, **options: Any) -> AwaitableId:
        """As `add_flow`, awaited."""
        return await in_thread(at_once, self.add_flow, flow, name, **options)

    def start(self, run_once: bool = False, webserver: bool | None = None) -> Coroutine[Any, Any, None] | None:
        """Run what was added when it is due or triggered, until Ctrl-C; within an event loop, to be awaited.

        With `run_once` it stops as soon as no run is due and none is at work. Raises `ValueError` where nothing was
        added.
        """
        if webserver is not None:
            self.options["webserver"] = webserver
        served = Served(self._deployments, self.options)
        if a_loop_runs():
            return self._start_async(served, run_once)
        with served.recorded() as starter, stopped_by_signals(starter), self._known(starter):
            starter.run(once=run_once)
        return None

    async def _start_async(self, served: Served, run_once: bool) -> None:
        with served.recorded() as starter, self._known(starter):
            await run_beside_the_loop(starter, once=run_once)

    @contextmanager
    def _known(self, starter: RunStarter) -> Iterator[None]:
        self._starter = starter
        try:
            yield
        finally:
            self._starter = None

    def stop(self) -> None:
        """Claim no further run; `start` returns when those at work have ended. Raises `RuntimeError` before `start`."""
        if self._starter is None:
            raise RuntimeError("Runner has not yet started. Please start the runner by calling .start()")
        self._starter.stop()

    async def astop(self) -> None:
        """As `stop`."""
        self.stop()

    async def execute_flow_run(
        self,
        flow_run_id: UUID,
        entrypoint: str | None = None,
        command: str | None = None,
        cwd: Path | str | None = None,
        env: Mapping[str, str | None] | None = None,
        task_status: Any = None,
        stream_output: bool = True,
    ) -> Any:
        """Carry a recorded run out in a process of its own, and give that when it has ended.

        `entrypoint` says which flow it is, where another one than its deployment's is meant.
        """
        told = [sys.executable, "-m", "prefect.engine", str(flow_run_id)]
        words = {**os.environ, **(env or {}), **({FLOW_ENTRYPOINT: entrypoint} if entrypoint else {})}
        return await run_process(
            command_from_string(command) if command else told,
            stream_output=stream_output,
            task_status=task_status,
            task_status_handler=lambda process: process.pid,
            cwd=cwd,
            env=sanitize_subprocess_env(words),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._starter is not None:
            self._starter.stop()


__all__ = ["Runner"]
