"""What is said of the job of a run: the variables of a kind of worker, and the configuration that is made of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from datetime import timezone
from typing import Any, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from pydantic.fields import FieldInfo
from typing_extensions import Self

from prefect._domain.job_templates import configured
from prefect._domain.version import VERSION
from prefect._wire.events import RelatedResource
from prefect.events.related import object_as_related_resource, tags_as_related_resources
from prefect.runner.jobs import looked_up
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread

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
    _belongs_to: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def json_template(cls) -> dict[str, Any]:
        """The part of a job template that says where variables go: each into the field of its name.

        A field may say otherwise: `Field(json_schema_extra={"template": {"image": "{{ image }}"}})`.
        """
        return {name: _template_of(name, field) for name, field in cls.model_fields.items()}

    @classmethod
    async def from_template_and_values(
        cls, base_job_template: Mapping[str, Any], values: Mapping[str, Any], client: Any = None
    ) -> Self:
        """The configuration that a pool's job template makes of job variables; those that nobody gave are left out.

        What it names of blocks and variables is looked up. `client` is taken for older programs. Raises
        `InfrastructureError` for what there is not.
        """
        return cls.of_job(await in_thread(looked_up, configured(base_job_template, values)))

    @classmethod
    def of_job(cls, job: Mapping[str, Any]) -> Self:
        """The configuration of a job; what is None is left out where its field is always something."""
        fields = cls.model_fields
        said = {name: value for name, value in job.items() if value is not None or _may_be_none(fields.get(name))}
        return cls.model_validate(said)

    def prepare_for_flow_run(
        self,
        flow_run: Any,
        deployment: Any = None,
        flow: Any = None,
        work_pool: Any = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Add what the job of this run needs: its id, the settings, labels, and the command.

        A variable of the environment that is given as None is left out.

        What kinds of workers add to each of these, they say by the methods below.
        """
        known = {"deployment": deployment, "flow": flow, "flow-run": flow_run}
        self._belongs_to = {kind: one for kind, one in known.items() if one is not None}
        told = self._base_flow_run_environment(flow_run)
        belonging = self._base_attribution_environment(flow_run, deployment, flow, worker_id, worker_name)
        env = {**self._base_environment(), **told, **belonging, **self.env, **told}
        self.env = {name: value for name, value in env.items() if value is not None}
        self.labels = {
            **self._base_flow_run_labels(flow_run),
            **self._base_work_pool_labels(work_pool),
            **self._base_worker_name_label(worker_name),
            **self._base_flow_labels(flow),
            **self._base_deployment_labels(deployment),
            **self.labels,
        }
        self.name = self.name or flow_run.name
        self.command = self.command or self._base_flow_run_command()

    def _related_resources(self) -> list[RelatedResource]:
        """What the job belongs to, as events tell it: its run, flow and deployment, and their tags."""
        tags = {tag for one in self._belongs_to.values() for tag in getattr(one, "tags", ())}
        told = [object_as_related_resource(kind, kind, one) for kind, one in self._belongs_to.items()]
        return [*told, *tags_as_related_resources(tags)]

    @staticmethod
    def _base_flow_run_command() -> str:
        """The command that carries a run out, where nothing else is said."""
        return COMMAND

    @staticmethod
    def _base_environment() -> dict[str, str]:
        """The settings of the worker, which its runs share."""
        return get_current_settings().to_environment_variables()

    @staticmethod
    def _base_flow_run_environment(flow_run: Any) -> dict[str, str]:
        """Which run it is."""
        return {} if flow_run is None else {FLOW_RUN_ID: str(flow_run.id)}

    @staticmethod
    def _base_attribution_environment(
        flow_run: Any = None,
        deployment: Any = None,
        flow: Any = None,
        worker_id: UUID | None = None,
        worker_name: str | None = None,
    ) -> dict[str, str]:
        """What a run belongs to, and who started it."""
        flow_id = getattr(flow_run, "flow_id", None) or (flow and flow.id)
        ids = {"WORKER_ID": worker_id, "FLOW_ID": flow_id, "DEPLOYMENT_ID": deployment and deployment.id}
        names = {
            "WORKER_NAME": worker_name,
            "FLOW_NAME": flow and flow.name,
            "DEPLOYMENT_NAME": deployment and deployment.name,
        }
        return {f"PREFECT__{name}": str(value) for name, value in {**ids, **names}.items() if value}

    @staticmethod
    def _base_flow_run_labels(flow_run: Any) -> dict[str, str]:
        return {**_labelled("flow-run", flow_run), "prefect.io/version": VERSION.partition("+")[0]}

    @staticmethod
    def _base_work_pool_labels(work_pool: Any) -> dict[str, str]:
        return _labelled("work-pool", work_pool)

    @staticmethod
    def _base_worker_name_label(worker_name: str | None) -> dict[str, str]:
        return {} if worker_name is None else {"prefect.io/worker-name": worker_name}

    @staticmethod
    def _base_flow_labels(flow: Any) -> dict[str, str]:
        return _labelled("flow", flow)

    @staticmethod
    def _base_deployment_labels(deployment: Any) -> dict[str, str]:
        updated = getattr(deployment, "updated", None)
        told = (
            {} if updated is None else {"prefect.io/deployment-updated": updated.astimezone(timezone.utc).isoformat()}
        )
        return {**_labelled("deployment", deployment), **told}

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the job, where it runs on this machine."""
        return {**os.environ, **{name: value for name, value in self.env.items() if value is not None}}


def _labelled(noun: str, told: Any) -> dict[str, str]:
    """The id and the name of something as labels, if there is something."""
    if told is None:
        return {}
    return {f"prefect.io/{noun}-id": str(told.id), f"prefect.io/{noun}-name": str(told.name)}


def _may_be_none(field: FieldInfo | None) -> bool:
    """Whether a field may be None; of one that we do not know, its class says."""
    return field is None or field.annotation is Any or type(None) in get_args(field.annotation)


def _template_of(name: str, field: FieldInfo) -> Any:
    extra = field.json_schema_extra
    return deepcopy(extra["template"]) if isinstance(extra, dict) and "template" in extra else f"{{{{ {name} }}}}"


def variables_of(model: type[BaseModel]) -> dict[str, Any]:
    """The variables of a job template, of which a model has the fields; what fields say for templates is left out."""
    schema = model.model_json_schema()
    for described in schema["properties"].values():
        described.pop("template", None)
    return {part: schema[part] for part in ("properties", "required", "$defs") if part in schema} | {"type": "object"}
