"""Carrying out `prefect.yaml`: choosing deployments, building and pushing, and recording each.

A deployment's own build, push and pull steps come before those of the whole file. Blocks, variables and the environment
are filled in here, but not in pull steps: these are carried out later and elsewhere, and no secret is stored in them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect._domain.work_pools import DEFAULT_POOL
from prefect._wire.deployments import ConcurrencyLimitConfig
from prefect.deployments.concurrency import limit_of
from prefect.deployments.project_file import DeploymentSection, ProjectFile, Step
from prefect.deployments.recording import Wanted, expected_within, pool_named, record
from prefect.deployments.schedules import schedules_of
from prefect.deployments.steps.core import run_steps
from prefect.deployments.steps.lookups import kept_things
from prefect.deployments.triggers import triggers_of
from prefect.exceptions import ConfigurationError
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.schedules import Schedule
from prefect.settings import get_current_settings
from prefect.utilities.templating import filled, find_placeholders, first_of, values_in, variables_in

GLOB = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What the command line says; it comes before the file."""

    entrypoint: str | None = None
    name: str | None = None
    description: str | None = None
    version: str | None = None
    tags: Sequence[str] = ()
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedules: Sequence[Schedule] | None = None
    limit: ConcurrencyLimitConfig | None = None
    enforce_parameter_schema: bool | None = None
    expect_within: str | None = None
    triggers: Sequence[Mapping[str, Any]] = ()

    def on(self, section: DeploymentSection) -> DeploymentSection:
        """The section with what was said instead."""
        said = {
            "entrypoint": self.entrypoint,
            "name": self.name,
            "description": self.description,
            "version": self.version,
            "tags": list(self.tags) or None,
            "enforce_parameter_schema": self.enforce_parameter_schema,
            "expect_within": self.expect_within,
            "triggers": list(self.triggers) or None,
        }
        changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        if self.parameters:
            changes["parameters"] = {**(section.parameters or {}), **self.parameters}
        pool = section.work_pool
        changes["work_pool"] = pool.model_copy(
            update={
                "name": self.work_pool_name or pool.name,
                "work_queue_name": self.work_queue_name or pool.work_queue_name,
                "job_variables": {**pool.job_variables, **self.job_variables},
            }
        )
        return section.model_copy(update=changes)


NO_OVERRIDES = Overrides()


@dataclass(frozen=True)
class Deployed:
    """A deployment that was recorded."""

    id: UUID
    full_name: str
    work_pool_name: str


def chosen(project: ProjectFile, names: Sequence[str]) -> list[DeploymentSection]:
    """The deployments that names mean: `name`, `flow/name`, or patterns with `*` and `?`.

    Raises `ValueError` for a name that means none.
    """
    found: list[DeploymentSection] = []
    for name in names:
        meant = [section for section in project.deployments if _is_meant(section, name)]
        if not meant:
            known = ", ".join(section.name or "(no name)" for section in project.deployments) or "none"
            raise ValueError(f"No deployment of the file is meant by {name!r}. It has: {known}.")
        found += [section for section in meant if section not in found]
    return found


def _is_meant(section: DeploymentSection, name: str) -> bool:
    flow_name, _, own = name.rpartition("/")
    names = {section.name or "", shown_name(section)}
    if own not in names and not any(fnmatchcase(one, own) for one in names):
        return False
    return not flow_name or fnmatchcase(_flow_name(section), flow_name)


def shown_name(section: DeploymentSection) -> str:
    """A deployment's name with the variables of the environment that are in it."""
    return str(filled(section.name or "", variables_in(os.environ, unset=_nothing)))


def _flow_name(section: DeploymentSection) -> str:
    if section.flow_name:
        return section.flow_name
    return _loaded(section).name if section.entrypoint else ""


def _nothing(name: str) -> str:
    """What is put in the place of a variable that is not set, once `checked` has told of it."""
    return ""


@dataclass(frozen=True)
class Checked:
    """A deployment of which all that can be known before its steps run is in order."""

    section: DeploymentSection
    flow: Flow[..., Any]
    overrides: Overrides


def checked(
    section: DeploymentSection, overrides: Overrides = NO_OVERRIDES, say: Callable[[str], object] = print
) -> Checked:
    """See to it that a deployment can be made, and say what one should know of it; nothing is changed by that.

    Raises `ValueError` and `ConfigurationError` for what it lacks, and what loading its flow raises.
    """
    asked = overrides.on(section)
    flow = _loaded(asked)
    unset: dict[str, str] = {}
    known = first_of(variables_in(os.environ, unset=lambda name: unset.setdefault(name, "")), kept_things())
    draft = DeploymentSection.model_validate(filled(_said(asked), known))
    for name in unset:
        say(f"Warning: the deployment {draft.name!r} names the environment variable {name!r}, which is not set here.")
    wanted = _wanted(draft, flow, [], overrides)
    assert wanted.work_pool_name is not None
    if asked.work_pool.name is None and wanted.work_pool_name == DEFAULT_POOL:
        say(f"The deployment {draft.name!r} names no work pool; its runs wait in the server's own, {DEFAULT_POOL!r}.")
    _require_pool(wanted.work_pool_name)
    return Checked(asked, flow, overrides)


def _require_pool(name: str) -> None:
    """Raises `ConfigurationError` where a pool is not there; one that a step names is not known yet."""
    if name != DEFAULT_POOL and not find_placeholders(name) and pool_named(name) is None:
        raise ConfigurationError(
            f"There is no work pool {name!r}. Make it: prefect work-pool create {name!r} --type process"
        )


def deploy_checked(project: ProjectFile, ready: Checked, say: Callable[[str], object] = print) -> Deployed:
    """Build, push and record one deployment.

    Steps that fail raise `StepExecutionError`; nothing is recorded then.
    """
    asked, flow, overrides = ready.section, ready.flow, ready.overrides
    outputs = run_steps(_steps(asked.build, project.build), print_function=say)
    outputs = run_steps(_steps(asked.push, project.push), outputs, print_function=say)
    here = first_of(values_in(outputs), variables_in(os.environ, unset=_nothing), kept_things())
    final = DeploymentSection.model_validate(filled(_said(asked), here))
    wanted = _wanted(final, flow, _pull_steps(project, asked, outputs), overrides)
    assert wanted.work_pool_name is not None
    return Deployed(record(wanted), f"{flow.name}/{wanted.name}", wanted.work_pool_name)


def _said(section: DeploymentSection) -> dict[str, Any]:
    """What is filled in before it is recorded: all but the steps."""
    known = set(DeploymentSection.model_fields) - {"build", "push", "pull"}
    return section.model_dump(include=known, exclude_none=True)


def _loaded(section: DeploymentSection) -> Flow[..., Any]:
    if not section.entrypoint:
        raise ValueError(f"The deployment {section.name!r} names no entrypoint, such as 'flows/hello.py:hello'.")
    return load_flow_from_entrypoint(section.entrypoint)


def _steps(own: list[Step] | None, general: list[Step] | None) -> list[Step]:
    return own if own is not None else general or []


def _pull_steps(project: ProjectFile, section: DeploymentSection, outputs: Mapping[str, Any]) -> list[Step]:
    """The pull steps with the outputs of build and push; without any, the code is expected where it is now."""
    told = section.pull if section.pull is not None else project.pull
    if told is None:
        told = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    steps: list[Step] = filled(told, values_in(outputs))
    return steps


def _wanted(section: DeploymentSection, flow: Flow[..., Any], pull_steps: list[Step], overrides: Overrides) -> Wanted:
    pool = section.work_pool.name or get_current_settings().deployments.default_work_pool_name or DEFAULT_POOL
    if not section.name:
        raise ValueError(f"The deployment of the flow {flow.name!r} has no name; give one with --name.")
    limit = overrides.limit or _limit(section)
    return Wanted(
        flow_name=flow.name,
        name=section.name,
        entrypoint=section.entrypoint,
        pull_steps=pull_steps,
        schedules=overrides.schedules if overrides.schedules is not None else _schedules(section),
        paused=section.paused,
        version=section.version or flow.version or _commit(),
        description=section.description or flow.description,
        tags=[section.tags] if isinstance(section.tags, str) else section.tags or [],
        parameters=section.parameters or {},
        parameter_openapi_schema=flow.parameters.model_dump(),
        enforce_parameter_schema=section.enforce_parameter_schema is not False,
        work_pool_name=pool,
        work_queue_name=section.work_pool.work_queue_name,
        job_variables=section.work_pool.job_variables,
        concurrency_limit=limit.limit if limit else None,
        collision_strategy=limit.collision_strategy.value if limit else None,
        grace_period_seconds=limit.grace_period_seconds if limit else None,
        triggers=triggers_of(section.triggers),
        expect_within=expected_within(section.expect_within),
    )


def _limit(section: DeploymentSection) -> ConcurrencyLimitConfig | None:
    told = section.concurrency_limit
    if isinstance(told, str):
        return limit_of(int(told))
    if told is None or isinstance(told, int):
        return limit_of(told)
    if told.limit is None:
        return None
    return limit_of({**told.model_dump(include=set(type(told).model_fields)), "limit": int(told.limit)})


def _schedules(section: DeploymentSection) -> list[Schedule] | None:
    """The schedules that the file says; None, which keeps those that there are, where it says none."""
    if not section.is_scheduled:
        return None
    schedule = section.schedule if section.schedule and not section.schedules else None
    return schedules_of(schedules=section.schedules if schedule is None else None, schedule=schedule)


def _commit() -> str | None:
    told = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() if told.returncode == 0 else None


def is_pattern(name: str) -> bool:
    """Whether a name may mean several deployments."""
    return bool(GLOB & set(name))
