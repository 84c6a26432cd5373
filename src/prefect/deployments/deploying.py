"""`deploy(...)`: deployments whose runs the workers of a pool start."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.work_pools import DEFAULT_POOL
from prefect.deployments.recording import pool_named
from prefect.deployments.runner import RunnerDeployment
from prefect.docker.docker_image import DockerImage
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import dispatched, in_thread

ON_THEIR_HOST = ("process", "prefect-agent")
"""Kinds of pools whose workers start runs on their own host, where the code may be already."""


class Pool(NamedTuple):
    """A work pool, as far as deployments care."""

    name: str
    type: str
    starts_images: bool
    """Whether its runs may say in which image they go on."""


@dispatched
def deploy(
    *deployments: RunnerDeployment,
    work_pool_name: str | None = None,
    image: str | DockerImage | None = None,
    build: bool = True,
    push: bool = True,
    print_next_steps_message: bool = True,
    ignore_warnings: bool = False,
) -> list[UUID]:
    """Record deployments whose runs a pool's workers start; their ids.

    The pool may come from the setting `deployments.default_work_pool_name`. Runs find the code where `from_source` took
    it from, in the `image`, or, where the pool starts processes, in the folder in which it is now. The image is built
    and pushed first, unless `build` or `push` says otherwise; what fails then leaves no deployment. Raises `ValueError`
    for a pool that does not exist or starts no images, and where runs could not find the code; further, what
    `DockerImage.build` and `DockerImage.push` raise.
    """
    if not deployments:
        raise ValueError("There is nothing to deploy; give at least one deployment.")
    pool = _pool(work_pool_name or get_current_settings().deployments.default_work_pool_name)
    _require_code(deployments, pool, image, ignore_warnings=ignore_warnings)
    reference = _ready(image, build=build, push=push)
    ids: list[UUID] = [one.apply(work_pool_name=pool.name, image=reference) for one in deployments]
    if print_next_steps_message:
        print(_next_steps(deployments, pool))
    return ids


async def adeploy(
    *deployments: RunnerDeployment,
    work_pool_name: str | None = None,
    image: str | DockerImage | None = None,
    build: bool = True,
    push: bool = True,
    print_next_steps_message: bool = True,
    ignore_warnings: bool = False,
) -> list[UUID]:
    return await in_thread(
        lambda: deploy(
            *deployments,
            work_pool_name=work_pool_name,
            image=image,
            build=build,
            push=push,
            print_next_steps_message=print_next_steps_message,
            ignore_warnings=ignore_warnings,
        )
    )


def _pool(name: str | None) -> Pool:
    if name is None:
        raise ValueError("Say in which work pool the runs are to wait: work_pool_name='my-pool'.")
    pool = pool_named(name)
    if pool is not None:
        variables = pool.base_job_template.get("variables", {}).get("properties", {})
        return Pool(name, pool.type, "image" in variables if variables else pool.type not in ON_THEIR_HOST)
    if name == DEFAULT_POOL:  # that one is made when it is named
        return Pool(name, ON_THEIR_HOST[0], starts_images=False)
    raise ValueError(f"There is no work pool {name!r}. Make it: prefect work-pool create {name!r} --type process")


def _require_code(deployments: tuple[RunnerDeployment, ...], pool: Pool, image: Any, *, ignore_warnings: bool) -> None:
    """See to it that runs will find their code. Raises `ValueError` where they cannot."""
    local = [one for one in deployments if one.storage is None]
    if image is not None and not pool.starts_images:
        raise ValueError(
            f"Runs of the {pool.type} pool {pool.name!r} start in no image: its job template has no variable `image`. "
            "Leave the image out, or take a pool of another type: prefect work-pool create NAME --type docker"
        )
    if image is not None or not local:
        return
    if pool.type not in ON_THEIR_HOST:
        raise ValueError(
            f"Runs of the {pool.type} pool {pool.name!r} do not see this folder. Give an image that holds the code, or "
            "make the flow with flow.from_source(...)."
        )
    if not ignore_warnings:
        names = ", ".join(one.full_name for one in local)
        print(
            f"Warning: the runs of {names} expect their code in {local[0].path!r}, so the pool's workers must run on "
            "this host. With flow.from_source(...) they bring it from elsewhere.",
            file=sys.stderr,
        )


def _ready(image: str | DockerImage | None, *, build: bool, push: bool) -> str | None:
    """The reference of an image that workers can start; what was not built here is not pushed from here."""
    if image is None:
        return None
    whole = image if isinstance(image, DockerImage) else DockerImage(image)
    if build:
        whole.build()
        if push:
            whole.push()
    return whole.reference


def _next_steps(deployments: tuple[RunnerDeployment, ...], pool: Pool) -> str:
    lines = [f"Deployed to the work pool {pool.name!r}: {', '.join(one.full_name for one in deployments)}."]
    lines.append(f"Start a worker:  prefect worker start --pool {pool.name!r}")
    lines += [f"Trigger a run:   prefect deployment run {one.full_name!r}" for one in deployments]
    return "\n".join(lines)


__all__ = ["DockerImage", "adeploy", "deploy"]
