"""`prefect.yaml`: a project's deployments, and the steps that build, push and pull its code.

Keys that we do not know are let go, and told (`doubts`). Placeholders stay as they are here; `project.py` fills them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from prefect._deployment_options import NO_AGREEMENTS
from prefect.utilities.yaml_text import read_yaml_file

FILE = "prefect.yaml"
ALMOST = 0.75
"""How alike a key must be to one that is known (from 0 to 1) to be taken for it."""
Step = dict[str, Any]


class _Section(BaseModel):
    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    def doubts(self, place: str = "") -> Iterator[str]:
        """The keys that mean nothing here, each with its place and the key that is probably meant."""
        for key in self.model_extra or ():
            meant = get_close_matches(key, type(self).model_fields, 1, ALMOST)
            if meant or place:
                told = f"the key {key!r}{f' of {place}' if place else ''}"
                yield f"{told} means nothing{f'; did you mean {meant[0]!r}?' if meant else ' here.'}"


class PoolSection(_Section):
    """Where a deployment's runs wait."""

    name: str | None = None
    work_queue_name: str | None = None
    job_variables: dict[str, Any] = Field(default_factory=dict)

    @field_validator("job_variables", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: Any) -> Any:
        return value or {}


class LimitSection(_Section):
    """A deployment's concurrency limit with what becomes of one run too many; without a number it limits nothing."""

    limit: int | str | None = None
    collision_strategy: str = "ENQUEUE"
    grace_period_seconds: int | None = None

    def doubts(self, place: str = "") -> Iterator[str]:
        yield from super().doubts(place)
        if self.limit is None:
            yield f"{place} has no 'limit', so it limits nothing."


class DeploymentSection(_Section):
    """One deployment, as the file has it; `schedule` and `schedules` are None where the file says nothing of them."""

    name: str | None = None
    flow_name: str | None = None
    entrypoint: str | None = None
    version: str | None = None
    version_type: str | None = None
    description: str | None = None
    tags: list[str] | str | None = None
    parameters: dict[str, Any] | None = None
    enforce_parameter_schema: bool | None = None
    schedule: dict[str, Any] | None = None
    schedules: list[dict[str, Any]] | None = None
    paused: bool | None = None
    concurrency_limit: LimitSection | int | str | None = None
    triggers: list[dict[str, Any]] | None = None
    expect_within: str | float | None = None
    sla: Any = None
    work_pool: PoolSection = Field(default_factory=PoolSection)
    build: list[Step] | None = None
    push: list[Step] | None = None
    pull: list[Step] | None = None

    @field_validator("work_pool", mode="before")
    @classmethod
    def _no_pool(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value or {}

    def doubts(self, place: str = "") -> Iterator[str]:
        own = f"the deployment {self.name!r}"
        yield from super().doubts(own)
        if self.sla:
            yield f"the key 'sla' of {own} means nothing here. {NO_AGREEMENTS}"
        yield from self.work_pool.doubts(f"the work pool of {own}")
        if isinstance(self.concurrency_limit, LimitSection):
            yield from self.concurrency_limit.doubts(f"the concurrency limit of {own}")

    @property
    def is_scheduled(self) -> bool:
        """Whether the file says anything of schedules that are there."""
        return bool(self.schedule) or self.schedules is not None


class ProjectFile(_Section):
    """A whole file."""

    name: str | None = None
    build: list[Step] | None = None
    push: list[Step] | None = None
    pull: list[Step] | None = None
    deployments: list[DeploymentSection] = Field(default_factory=list)

    def doubts(self, place: str = "") -> Iterator[str]:
        yield from super().doubts(place)
        for section in self.deployments:
            yield from section.doubts()

    @field_validator("deployments", mode="before")
    @classmethod
    def _no_deployments(cls, value: Any) -> Any:
        return value or []


def read_project_file(file: Path) -> ProjectFile:
    """What a file holds. Raises `FileNotFoundError`, and `ValueError` that names the file, the place and the fault."""
    told = read_yaml_file(file)
    if told is None:
        return ProjectFile()
    if not isinstance(told, Mapping):
        raise ValueError(f"{str(file)!r} holds a {type(told).__name__}; expected keys such as 'deployments'.")
    try:
        return ProjectFile.model_validate(told)
    except ValidationError as error:
        raise ValueError(f"{str(file)!r} is not as it should be: {_complaints(error)}") from error


def _complaints(error: ValidationError) -> str:
    found = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
    return "; ".join(f"{place}: {message}" for place, message in list(found.items())[:5])
