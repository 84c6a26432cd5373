"""Deployments: a flow with a name, its parameters and its schedules, recorded so that others can run it.

Deployment.build_from_flow(flow=my_flow, name="every-morning", schedule=CronSchedule(cron="0 8 * * *")).apply()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.deployments import checked_name
from prefect._domain.schedules import Schedule
from prefect._engine.parameters import kept_for_later
from prefect._engine.recorder import recorder
from prefect._orchestration import deployments as orchestration
from prefect.flows import Flow


@dataclass
class Deployment:
    """A deployment on its way into the database; `apply()` records it."""

    name: str
    flow_name: str
    entrypoint: str
    path: str
    version: str | None = None
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    is_schedule_active: bool = True
    work_queue_name: str = "default"
    enforce_parameter_schema: bool = True
    parameter_openapi_schema: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def build_from_flow(
        cls,
        flow: Flow[..., Any],
        name: str,
        *,
        schedule: Schedule | None = None,
        schedules: Sequence[Schedule] | None = None,
        is_schedule_active: bool | None = None,
        description: str | None = None,
        version: str | None = None,
        tags: Iterable[str] = (),
        parameters: Mapping[str, Any] | None = None,
        work_queue_name: str = "default",
        path: str | None = None,
        entrypoint: str | None = None,
        enforce_parameter_schema: bool | None = None,
        apply: bool = False,
    ) -> Deployment:
        """A deployment of a flow that a file defines; with `apply`, recorded at once.

        Raises `TypeError` where `flow` is none, `ValueError` for a name that is not allowed, for a flow that no file
        defines, and where both `schedule` and `schedules` are given.
        """
        if not isinstance(flow, Flow):
            raise TypeError(f"A deployment is built from a flow; {flow!r} is none. Decorate the function with @flow.")
        if schedule is not None and schedules is not None:
            raise ValueError("Both 'schedule' and 'schedules' were given; give one of them.")
        deployment = cls(
            name=checked_name(name),
            flow_name=flow.name,
            entrypoint=entrypoint or _entrypoint(flow),
            path=path or str(Path.cwd()),
            version=version or flow.version,
            description=description or flow.description,
            tags=list(tags),
            parameters=dict(parameters or {}),
            schedules=[schedule] if schedule is not None else list(schedules or ()),
            is_schedule_active=is_schedule_active is not False,
            work_queue_name=work_queue_name,
            enforce_parameter_schema=enforce_parameter_schema is not False,
            parameter_openapi_schema=flow.parameters,
        )
        if apply:
            deployment.apply()
        return deployment

    def apply(self) -> UUID:
        """Record it; where the flow has a deployment of that name, that one takes these values. Its id.

        Raises `ValueError` where a parameter is a block that has not been saved.
        """
        return orchestration.apply(
            recorder().db,
            self.flow_name,
            self.name,
            self.schedules,
            active=self.is_schedule_active,
            now=now(),
            new_id=new_id,
            version=self.version,
            description=self.description,
            tags=self.tags,
            parameters=kept_for_later(self.parameters),
            path=self.path,
            entrypoint=self.entrypoint,
            work_queue_name=self.work_queue_name,
            enforce_parameter_schema=self.enforce_parameter_schema,
            parameter_openapi_schema=self.parameter_openapi_schema,
        ).id


def _entrypoint(flow: Flow[..., Any]) -> str:
    """Where the flow is found again: `file.py:function`, the file as seen from the working directory."""
    code = getattr(flow.fn, "__code__", None)
    file = Path(code.co_filename) if code is not None else Path()
    if not file.is_file():
        raise ValueError(
            f"No file defines the flow {flow.name!r}; give build_from_flow an entrypoint 'file.py:function'."
        )
    file, here = file.resolve(), Path.cwd().resolve()
    shown = file.relative_to(here) if file.is_relative_to(here) else file
    return f"{shown.as_posix()}:{flow.fn.__name__}"


__all__ = ["Deployment"]
