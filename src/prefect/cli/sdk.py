"""`prefect sdk …`: deployments as Python that is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from prefect._wire import filters
from prefect.cli.client import asking
from prefect.cli.deployment_names import Named, deployment_of, named
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.sdk_source import FIRST_LINE, source_of
from prefect.client.orchestration import SyncPrefectClient

app = App(name="sdk", help="Write Python that knows the deployments.")


@app.command
def generate(
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    flow: Annotated[list[str] | None, Parameter(name=("--flow", "-f"))] = None,
    deployment: Annotated[list[str] | None, Parameter(name=("--deployment", "-d"))] = None,
) -> None:
    """Write a module with a class for each deployment: editors and type checkers know its parameters.

    prefect sdk generate --output my_deployments.py

    Parameters
    ----------
    output
        The file that is written. One that this command has written is written anew.
    flow
        Only deployments of this flow; may be given several times.
    deployment
        Only this deployment, FLOW/DEPLOYMENT, or its name alone where it is clear; may be given several times.
    """
    _require_ours(output)
    with asking() as client:
        found = _chosen(client, flow or [], deployment or [])
        pools = sorted({one.work_pool_name for _, one in found if one.work_pool_name})
        source = source_of(found, {name: client.read_work_pool(name).base_job_template for name in pools})
    output.write_text(source, encoding="utf-8")
    count = "1 deployment" if len(found) == 1 else f"{len(found)} deployments"
    print(f"Wrote {count} to {output}:  from {output.stem} import deployments")


def _require_ours(file: Path) -> None:
    """Raise `CommandError` for a file that something else has written, or nothing can."""
    if not file.parent.is_dir():
        raise CommandError(f"There is no folder {str(file.parent)!r}; make it, or name a file elsewhere.")
    if file.exists() and not file.read_text(encoding="utf-8").startswith(FIRST_LINE):
        raise CommandError(f"{str(file)!r} is there already, and this command has not written it; name another file.")


def _chosen(client: SyncPrefectClient, flows: list[str], names: list[str]) -> list[Named]:
    """The deployments that are meant, by their names. Raises `CommandError` where there are none."""
    if names:
        found = [deployment_of(client, name) for name in names]
        found = [one for one in found if not flows or one[0].partition("/")[0] in flows]
        return sorted(found, key=lambda one: one[0]) or _none_at_all()
    wanted = filters.FlowFilter.model_validate({"name": {"any_": flows}}) if flows else None
    found = named(client, up_to(None, lambda **piece: client.read_deployments(flow_filter=wanted, **piece)))
    return sorted(found, key=lambda one: one[0]) or _none_at_all()


def _none_at_all() -> list[Named]:
    raise CommandError("No deployment is as wanted. `prefect deployment ls` lists those there are.")
