"""The worker that starts runs as processes of its machine."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from prefect._wire.work_pools import WorkPoolResponse
from prefect.runner.launching import fresh_command
from prefect.runner.processes import RunProcess, end_tree
from prefect.runner.runner import Runner, stopped_by_signals
from prefect.utilities.asyncutils import in_thread
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
        runner = Runner(self._source(), limit=self.limit, echo=sys.stdout)
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

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: BaseJobConfiguration, grace_seconds: int = 30
    ) -> None:
        """End a run's process with everything that it started."""
        pid = infrastructure_pid.rpartition(":")[2]
        await in_thread(end_tree, RunProcess.of(int(pid)), grace_seconds)


__all__ = ["ProcessJobConfiguration", "ProcessVariables", "ProcessWorker", "ProcessWorkerResult"]
