"""`prefect deploy` and `prefect init`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from prefect._deployment_options import NO_AGREEMENTS
from prefect.cli.choosing import answered, chosen_of, may_ask
from prefect.cli.progress import progress
from prefect.cli.running import CommandError, in_one_line
from prefect.cli.values import job_variables, pairs
from prefect.cli.words import (
    ANYWHERE,
    NO_PARAMETERS,
    NO_SCHEDULES,
    NOT_DESCRIBED,
    Described,
    ParametersSaid,
    Placed,
    SchedulesSaid,
    triggers_said,
)
from prefect.deployments.concurrency import limit_of
from prefect.deployments.project import (
    NO_OVERRIDES,
    Checked,
    Overrides,
    checked,
    chosen,
    deploy_checked,
    is_pattern,
    shown_name,
)
from prefect.deployments.project_file import FILE, DeploymentSection, ProjectFile, read_project_file
from prefect.deployments.recipes import RECIPES, initialize_project, inputs_of, write_template
from prefect.exceptions import PrefectException


def deploy(
    entrypoint: str | None = None,
    *,
    name: Annotated[list[str] | None, Parameter(name=["--name", "-n"])] = None,
    described: Described = NOT_DESCRIBED,
    version_type: str | None = None,
    concurrency_limit: int | None = None,
    collision_strategy: str | None = None,
    expect_within: str | None = None,
    placed: Placed = ANYWHERE,
    job_variable: Annotated[list[str] | None, Parameter(name=["--job-variable", "-jv"])] = None,
    scheduled: SchedulesSaid = NO_SCHEDULES,
    trigger: list[str] | None = None,
    given: ParametersSaid = NO_PARAMETERS,
    enforce_parameter_schema: Annotated[bool | None, Parameter(negative="--no-enforce-parameter-schema")] = None,
    all: Annotated[bool, Parameter(name="--all", negative=())] = False,
    prefect_file: Path | None = None,
    sla: list[str] | None = None,
    prompt: Annotated[bool | None, Parameter(negative="--no-prompt")] = None,
) -> None:
    """Build, push and record deployments: those of prefect.yaml, or one of an entrypoint.

    Parameters
    ----------
    entrypoint
        The flow, as `path/to/file.py:function` or `package.module.function`.
    name
        A deployment of the file, as `name` or `flow/name`, perhaps with `*` and `?`; or the name of a new one.
    version_type
        Taken for other programs.
    concurrency_limit
        How many of its runs may be at work at once.
    collision_strategy
        What becomes of one too many: ENQUEUE or CANCEL_NEW.
    expect_within
        Within which time after it is due a run is expected to have ended, such as "2h".
    job_variable
        name=value for the pool's job template; may be given several times.
    trigger
        A trigger as JSON, or a file of them; may be given several times.
    enforce_parameter_schema
        Whether runs whose parameters do not fit are refused.
    all
        Deploy everything in the file.
    prefect_file
        The file, prefect.yaml if not said.
    sla
        Taken for other programs; it has no effect here, and a line says so.
    prompt
        Whether questions may be asked.
    """
    if sla:
        _warn(NO_AGREEMENTS)
    overrides = Overrides(
        entrypoint=entrypoint,
        description=described.description,
        version=described.version,
        tags=tuple(described.tag or ()),
        work_pool_name=placed.pool,
        work_queue_name=placed.work_queue,
        job_variables=job_variables(job_variable),
        parameters=given.parameters(),
        schedules=scheduled.schedules() or None,
        limit=_limit(concurrency_limit, collision_strategy),
        expect_within=expect_within,
        enforce_parameter_schema=enforce_parameter_schema,
        triggers=tuple(triggers_said(trigger)),
    )
    project = _project(prefect_file)
    sections = _sections(project, entrypoint, name or [], everything=all, ask=may_ask(prompt))
    if len(sections) > 1 and overrides != NO_OVERRIDES:
        _warn("Several deployments are meant, so what the options say of one is not used.")
        overrides = NO_OVERRIDES
    checked = _all_checked(sections, overrides)
    for number, ready in enumerate(checked, 1):
        of_all = f" ({number} of {len(checked)})" if len(checked) > 1 else ""
        with progress(f"Deploying {shown_name(ready.section)}{of_all}"):
            _deploy(project, ready)


def _limit(limit: int | None, strategy: str | None) -> Any:
    if limit is None:
        return None
    return limit_of({"limit": limit, **({"collision_strategy": strategy} if strategy else {})})


def _project(file: Path | None) -> ProjectFile:
    if file is not None and not file.is_file():
        raise CommandError(f"There is no file {str(file)!r}.")
    found = file or Path(FILE)
    if not found.is_file():
        return ProjectFile()
    project = read_project_file(found)
    for doubt in project.doubts():
        _warn(f"In {found.name}, {doubt}")
    return project


def _sections(
    project: ProjectFile, entrypoint: str | None, names: list[str], *, everything: bool, ask: bool
) -> list[DeploymentSection]:
    """The deployments that are meant. Raises `CommandError` where that is not clear."""
    if everything:
        if not project.deployments:
            raise CommandError(f"{FILE} has no deployments.")
        return project.deployments
    if names and not (entrypoint and _is_new(project, names)):
        return chosen(project, names)
    if entrypoint is not None:
        return [DeploymentSection(name=names[0] if names else _new_name(entrypoint, ask), entrypoint=entrypoint)]
    if len(project.deployments) == 1:
        return project.deployments
    if not project.deployments:
        raise CommandError("Say which flow: prefect deploy path/to/file.py:function --name NAME --pool POOL")
    return [_one_of(project, ask)]


def _is_new(project: ProjectFile, names: list[str]) -> bool:
    """Whether a name is that of a deployment that the file does not have."""
    [name, *more] = names
    return not more and not is_pattern(name) and all(section.name != name for section in project.deployments)


def _new_name(entrypoint: str, ask: bool) -> str:
    if ask:
        return answered(f"The name of the deployment of {entrypoint}:")
    raise CommandError("A deployment needs a name: --name NAME")


def _one_of(project: ProjectFile, ask: bool) -> DeploymentSection:
    names = [shown_name(section) or "(no name)" for section in project.deployments]
    if not ask:
        raise CommandError(f"{FILE} has several deployments: {', '.join(names)}. Say --name NAME, or --all.")
    return project.deployments[names.index(chosen_of("Which deployment?", names))]


def _all_checked(sections: Sequence[DeploymentSection], overrides: Overrides) -> list[Checked]:
    """The deployments, once all of them can be made. Raises `CommandError`, which names each that cannot."""
    ready: list[Checked] = []
    faults: dict[str, list[str]] = {}
    for section in sections:
        try:
            ready.append(checked(section, overrides))
        except (PrefectException, ValueError, TypeError, OSError) as error:
            if len(sections) == 1:
                raise
            faults.setdefault(in_one_line(error), []).append(shown_name(section) or "(no name)")
    if faults:
        told = " ".join(f"{', '.join(names)}: {fault}" for fault, names in faults.items())
        raise CommandError(f"Nothing was deployed. {told}")
    return ready


def _deploy(project: ProjectFile, ready: Checked) -> None:
    made = deploy_checked(project, ready)
    print(f"Deployed {made.full_name!r} ({made.id}) to the work pool {made.work_pool_name!r}.")
    print(f"Trigger a run:  prefect deployment run {made.full_name!r}")


def _warn(sentence: str) -> None:
    print(f"Warning: {sentence}", file=sys.stderr)


def init(
    *,
    name: str | None = None,
    recipe: str | None = None,
    template: str | None = None,
    field: Annotated[list[str] | None, Parameter(name=["--field", "-f"])] = None,
    prompt: Annotated[bool | None, Parameter(negative="--no-prompt")] = None,
) -> None:
    """Begin a project here: a prefect.yaml by a recipe, or with --template project a whole small program.

    Parameters
    ----------
    name
        The project's name; that of the folder if not said.
    recipe
        Where the code is kept: local, git, docker, docker-git, docker-s3, docker-gcs, docker-azure, s3, gcs or azure.
    template
        `project` writes flows, tasks, deployments, settings and a main program that run as they are.
    field
        name=value, something that the recipe asks for; may be given several times.
    prompt
        Whether questions may be asked.
    """
    if template is not None:
        _told(write_template(template, Path.cwd(), name or Path.cwd().name))
        print("Run it: python main.py")
        return
    ask = may_ask(prompt)
    chosen_recipe = recipe or (chosen_of("Where is the code kept?", list(RECIPES)) if ask else None)
    fields = {key: str(value) for key, value in pairs(field, "--field").items()}
    for wanted, meaning in inputs_of(chosen_recipe or "local").items():
        if wanted not in fields and ask:
            fields[wanted] = answered(f"{meaning}:")
    _told(initialize_project(name, chosen_recipe, fields))


def _told(files: list[str]) -> None:
    print(f"Written: {', '.join(files)}" if files else "Nothing was written: the files are there already.")
