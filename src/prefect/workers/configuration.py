"""What is said of the job of a run: the variables of a kind of worker, and the configuration that is made of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import Self

from prefect._domain.job_templates import configured, defaults_of, joined
from prefect.settings import get_current_settings

FLOW_RUN_ID = "PREFECT__FLOW_RUN_ID"
COMMAND = "prefect flow-run execute"


class BaseVariables(BaseModel):
    """What can be said of the jobs of every kind of worker."""

    model_config = ConfigDict(extra="ignore")

    name: str | None = Field(None, description="The name of the run's infrastructure.")
    env: dict[str, str | None] = Field(default_factory=dict, description="Environment variables of the run.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels of the run's infrastructure.")
    command: str | None = Field(None, description="The command that starts the run; without one the worker knows it.")


class BaseJobConfiguration(BaseModel):
    """How the job of a run is started. Kinds of workers add fields of their own."""

    model_config = ConfigDict(extra="ignore")

    command: str | None = None
    env: dict[str, str | None] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    name: str | None = None

    @classmethod
    def json_template(cls) -> dict[str, Any]:
        """The part of a job template that says where variables go: each into the field of its name."""
        return {name: f"{{{{ {name} }}}}" for name in cls.model_fields}

    @classmethod
    def from_template_and_values(cls, base_job_template: Mapping[str, Any], values: Mapping[str, Any]) -> Self:
        """The configuration that a pool's job template makes of job variables; those that nobody gave are left out."""
        job = configured(base_job_template, joined(defaults_of(base_job_template), values))
        return cls.model_validate({name: value for name, value in job.items() if value is not None})

    def prepare_for_flow_run(
        self,
        flow_run: Any,
        deployment: Any = None,
        flow: Any = None,
        work_pool: Any = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Add what the job of this run needs: its id, the settings, labels, and the command."""
        settings = get_current_settings().to_environment_variables()
        self.env = {**settings, **self.env, FLOW_RUN_ID: str(flow_run.id)}
        told = {"flow-run": flow_run, "deployment": deployment, "flow": flow, "work-pool": work_pool}
        labels = {f"prefect.io/{noun}-name": str(one.name) for noun, one in told.items() if one is not None}
        labels["prefect.io/flow-run-id"] = str(flow_run.id)
        if worker_name is not None:
            labels["prefect.io/worker-name"] = worker_name
        self.labels = {**labels, **self.labels}
        self.name = self.name or flow_run.name
        self.command = self.command or COMMAND

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the job, where it runs on this machine."""
        return {**os.environ, **{name: value for name, value in self.env.items() if value is not None}}
