"""Runs as processes, said by a block."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from prefect._domain.job_templates import template_for
from prefect._wire.work_pools import WorkPoolCreate, WorkPoolResponse
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client


class ProcessResult(NamedTuple):
    """How a process ended."""

    identifier: str
    status_code: int

    def __bool__(self) -> bool:
        return self.status_code == 0


class Process(Block):
    """The process of a run: its environment, folder and command."""

    _block_type_name = "Process"

    env: dict[str, str | None] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    name: str | None = None
    command: list[str] | None = None
    stream_output: bool = True
    working_dir: Path | None = None

    def job_variables(self) -> dict[str, Any]:
        """What was said of it, as the job variables of a deployment."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        if self.command is not None:
            said["command"] = shlex.join(self.command)
        return said

    def run(self) -> ProcessResult:
        """Carry the command out and wait for its end. Raises `ValueError` where it has none."""
        if not self.command:
            raise ValueError("This process has no command; give it one: Process(command=['python', 'my_flow.py']).")
        process = subprocess.Popen(
            self.command,
            env={name: value for name, value in {**os.environ, **self.env}.items() if value is not None},
            cwd=self.working_dir,
            stdout=None if self.stream_output else subprocess.DEVNULL,
        )
        return ProcessResult(str(process.pid), process.wait())

    def publish_as_work_pool(self, work_pool_name: str) -> WorkPoolResponse:
        """Make a work pool whose runs are such processes, unless told otherwise. Raises `ObjectAlreadyExists`."""
        template = template_for("process")
        for name, value in self.job_variables().items():
            template["variables"]["properties"][name]["default"] = value
        pool = WorkPoolCreate(name=work_pool_name, type="process", base_job_template=template)
        with get_client(sync_client=True) as client:
            return client.create_work_pool(pool)


__all__ = ["Process", "ProcessResult"]
