"""`prefect deployment build`, `apply`, `set-schedule`, `pause-schedule` and `resume-schedule`: the older way.

`build` writes a deployment into a file, and `apply` records what files hold, as `Deployment` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from cyclopts import Parameter

from prefect._domain.schedules.words import in_words
from prefect.blocks.core import Block
from prefect.cli.client import asking
from prefect.cli.deployment_names import deployment_of
from prefect.cli.running import CommandError
from prefect.cli.schedules import BEGINNING
from prefect.cli.values import job_variables
from prefect.cli.words import (
    ANYWHERE,
    NO_PARAMETERS,
    NO_SCHEDULE,
    NOT_DESCRIBED,
    Described,
    ParametersSaid,
    Placed,
    ScheduleSaid,
)
from prefect.deployments.deployments import Deployment
from prefect.flows import load_flow_from_entrypoint
from prefect.infrastructure import Process

PROCESS = "process"
Name = Annotated[str, Parameter(help="FLOW/DEPLOYMENT, or the deployment's name alone where it is clear.")]


def build(
    entrypoint: str,
    *,
    name: Annotated[str, Parameter(name=["--name", "-n"])],
    described: Described = NOT_DESCRIBED,
    placed: Placed = ANYWHERE,
    infra: Annotated[str, Parameter(name=["--infra", "-i"])] = PROCESS,
    infra_block: Annotated[str | None, Parameter(name=["--infra-block", "-ib"])] = None,
    override: list[str] | None = None,
    storage_block: Annotated[str | None, Parameter(name=["--storage-block", "-sb"])] = None,
    path: str | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    scheduled: ScheduleSaid = NO_SCHEDULE,
    given: ParametersSaid = NO_PARAMETERS,
    apply: Annotated[bool, Parameter(name=["--apply", "-a"])] = False,
    skip_upload: bool = False,
) -> None:
    """Make a deployment of a flow and write it into a file; with --apply, record it, too.

    prefect deployment build flows.py:etl --name nightly --cron "0 2 * * *" --apply

    Parameters
    ----------
    entrypoint
        The flow: FILE.py:FUNCTION.
    name
        The name of the deployment.
    infra
        What its runs are: process.
    infra_block
        A block that says what its runs are: process/NAME.
    override
        A job variable, NAME=VALUE; may be given several times.
    storage_block
        A block that keeps the code: TYPE/NAME, or TYPE/NAME/FOLDER.
    path
        The folder of the code; the one here if none is named.
    output
        The file to write.
    apply
        Record it at once.
    skip_upload
        Do not put the code into the storage.
    """
    infrastructure = _infrastructure(infra, infra_block)
    schedule = scheduled.schedule()
    storage, folder = _storage(storage_block)
    flow = load_flow_from_entrypoint(entrypoint)
    file = output or Path(f"{flow.name}-deployment.yaml")
    Deployment.build_from_flow(
        flow,
        name,
        output=file,
        apply=apply,
        skip_upload=skip_upload,
        schedule=schedule,
        description=described.description,
        version=described.version,
        tags=described.tag,
        parameters=given.parameters(),
        storage=storage,
        infrastructure=infrastructure,
        infra_overrides=job_variables(override),
        path=path or folder,
        entrypoint=entrypoint,
        work_pool_name=placed.pool,
        work_queue_name=placed.work_queue,
    )
    print(f"Wrote deployment {flow.name}/{name} into {file}.")
    if apply:
        print(f"Recorded it. Run it once: prefect deployment run {flow.name}/{name}")
    else:
        print(f"Record it: prefect deployment apply {file}")


def _infrastructure(kind: str, block: str | None) -> Process | None:
    """The block that is named."""
    if kind != PROCESS:
        raise CommandError(f"--infra {kind} is not possible here. A work pool says what runs are: --pool NAME.")
    if block is None:
        return None
    if not block.startswith(f"{PROCESS}/"):
        raise CommandError(f"--infra-block is {PROCESS}/NAME here; for others name a work pool: --pool NAME.")
    return Process.load(block.removeprefix(f"{PROCESS}/"))


def _storage(block: str | None) -> tuple[Any, str | None]:
    """The block that is named, and the folder in it."""
    if block is None:
        return None, None
    slug, _, rest = block.partition("/")
    name, _, folder = rest.partition("/")
    if not name:
        raise CommandError(f"--storage-block {block!r} names no block: write TYPE/NAME, or TYPE/NAME/FOLDER.")
    return Block.load(f"{slug}/{name}"), folder or None


def apply(*files: Path, upload: bool = False) -> None:
    """Record the deployments that files hold, as `prefect deployment build` writes them.

    prefect deployment apply etl-deployment.yaml

    Parameters
    ----------
    files
        One file, or several.
    upload
        Put their code into their storage.
    """
    if not files:
        raise CommandError("Name a file that holds a deployment, such as etl-deployment.yaml.")
    for file in files:
        if not file.is_file():
            raise CommandError(f"There is no file {str(file)!r}.")
    for file in files:
        deployment = Deployment.load_from_yaml(file)
        id: UUID = deployment.apply(upload=upload)
        print(f"Recorded deployment {deployment.flow_name}/{deployment.name} ({id}).")


def set_schedule(
    deployment: Name,
    *,
    scheduled: ScheduleSaid = NO_SCHEDULE,
    no_schedule: bool = False,
) -> None:
    """Give a deployment one schedule in place of those it has.

    prefect deployment set-schedule etl/nightly --cron "0 2 * * *"

    Parameters
    ----------
    no_schedule
        Leave it without a schedule.
    """
    schedule = None if no_schedule else scheduled.must_be_said(beginning=BEGINNING).timing
    with asking() as client:
        name, found = deployment_of(client, deployment)
        if schedule is not None:
            client.create_deployment_schedules(found.id, [(schedule, True)])
        for old in found.schedules:
            client.delete_deployment_schedule(found.id, old.id)
    print(f"{name} runs {in_words(schedule)}." if schedule is not None else f"{name} has no schedule now.")


def pause(deployment: Name) -> None:
    """Have the schedules of a deployment plan no more runs."""
    with asking() as client:
        name, found = deployment_of(client, deployment)
        client.pause_deployment(found.id)
    print(f"Paused the schedules of {name}.")


def resume(deployment: Name) -> None:
    """Have the schedules of a deployment plan runs again."""
    with asking() as client:
        name, found = deployment_of(client, deployment)
        client.resume_deployment(found.id)
    print(f"Resumed the schedules of {name}.")
