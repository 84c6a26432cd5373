"""The worker that starts runs as processes of its machine."""

from __future__ import annotations

import json
import os
import shlex
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from pydantic import Field

from prefect._wire.work_pools import WorkPoolResponse
from prefect.bundles import create_bundle_for_flow_run
from prefect.bundles.included import ZipExtractor
from prefect.bundles.making import RecordedRun
from prefect.flows import Flow
from prefect.runner.launching import fresh_command
from prefect.runner.processes import RunProcess, end_tree
from prefect.runner.starter import RunStarter, stopped_by_signals
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.processutils import command_to_string
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult, Starting


class ProcessVariables(BaseVariables):
    """What can be said of a run's process."""

    stream_output: bool = Field(True, description="Whether the worker shows what the run prints.")
    working_dir: Path | None = Field(None, description="The folder in which the run is started.")


class ProcessJobConfiguration(BaseJobConfiguration):
    """How the process of a run is started."""

    stream_output: bool = True
    working_dir: Path | None = None


class ProcessWorkerResult(BaseWorkerResult):
    """What became of a run's process."""


class ProcessWorker(BaseWorker):
    """Starts each run in a process of its own on this machine."""

    type = "process"
    job_configuration = ProcessJobConfiguration
    job_configuration_variables: ClassVar[Any] = ProcessVariables
    _description = "Runs are processes on the machine of the worker. The simplest kind, and the fastest to start."

    def _start_runs(self, pool: WorkPoolResponse, *, once: bool) -> None:
        runner = RunStarter(self._source(), limit=self.limit, echo=sys.stdout, events=self._run_events(pool))
        with stopped_by_signals(runner):
            runner.run(once=once)

    async def run(
        self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Starting | None = None
    ) -> BaseWorkerResult:
        """Start one run's process and wait until it has ended."""
        from asyncio.subprocess import create_subprocess_exec

        command = shlex.split(configuration.command) if configuration.command else fresh_command([])
        process = await create_subprocess_exec(
            *command,
            env=configuration.environment,
            cwd=getattr(configuration, "working_dir", None) or os.getcwd(),
            start_new_session=True,
        )
        if task_status is not None:
            task_status.started(str(process.pid))
        return ProcessWorkerResult(identifier=str(process.pid), status_code=await process.wait())

    async def _submit_adhoc_run(
        self,
        flow: Flow[..., Any],
        parameters: dict[str, Any] | None = None,
        job_variables: dict[str, Any] | None = None,
        task_status: Any = None,
        flow_run: RecordedRun | None = None,
    ) -> None:
        """As other workers do, but that the bundle is a file of this machine and needs no storage."""
        with TemporaryDirectory(prefix="prefect-bundle-") as folder:
            file = Path(folder) / "bundle.json"
            command = command_to_string([sys.executable, "-m", "prefect.bundles.execute", "--key", str(file)])
            variables = {**(job_variables or {}), "command": command}
            run = await self._recorded(flow, parameters, variables, flow_run)
            if task_status is not None:
                task_status.started(run)
            await self._carried_out(flow, run, variables, partial(in_thread, _write_bundle, file, flow, run))

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: BaseJobConfiguration, grace_seconds: int = 30
    ) -> None:
        """End a run's process with everything that it started."""
        pid = infrastructure_pid.rpartition(":")[2]
        await in_thread(end_tree, RunProcess.of(int(pid)), grace_seconds)


def _write_bundle(file: Path, flow: Flow[..., Any], flow_run: RecordedRun, configuration: Any) -> None:
    """Write a run's bundle into a file; where files go along, the run is at work in the folder that has them."""
    made = create_bundle_for_flow_run(flow, flow_run)
    file.write_text(json.dumps(made["bundle"]), encoding="utf-8")
    if made["zip_path"] is not None:
        archive = ZipExtractor(made["zip_path"])
        archive.extract(file.parent)
        archive.cleanup()
        configuration.working_dir = configuration.working_dir or file.parent


__all__ = ["ProcessJobConfiguration", "ProcessVariables", "ProcessWorker", "ProcessWorkerResult"]
