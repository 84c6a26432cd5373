"""Finding deployments by what a person types: `flow/deployment`, the deployment's name alone, or its id."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prefect._wire import filters
from prefect._wire.objects import Deployment
from prefect.cli.confirming import no_such
from prefect.cli.found import as_id, begun_so, names_of_flows
from prefect.cli.paging import PIECE, up_to
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

HINT = "`prefect deployment ls` lists those there are."
Named = tuple[str, Deployment]
"""A deployment with its full name, `flow/deployment`."""


def named(client: SyncPrefectClient, deployments: Sequence[Deployment]) -> list[Named]:
    """Deployments with their full names."""
    flows = names_of_flows(client, (one.flow_id for one in deployments))
    return [(f"{flows.get(one.flow_id, one.flow_id)}/{one.name}", one) for one in deployments]


def deployment_of(client: SyncPrefectClient, name: str | None, id: str | None = None) -> Named:
    """The deployment that is meant. Raises `CommandError` where there is none, or several have the name."""
    if (name is None) == (id is None):
        raise CommandError("Name the deployment as FLOW/DEPLOYMENT, or give its --id.")
    asked = name or id or ""
    whole = as_id(asked)
    if whole is not None:
        return _of_id(client, whole)
    return _by_full_name(client, asked) if "/" in asked else _by_own_name(client, asked)


def _of_id(client: SyncPrefectClient, id: UUID) -> Named:
    try:
        return named(client, [client.read_deployment(id)])[0]
    except ObjectNotFound:
        raise no_such("deployment", id, hint=HINT) from None


def _by_full_name(client: SyncPrefectClient, name: str) -> Named:
    try:
        return name, client.read_deployment_by_name(name)
    except ObjectNotFound:
        raise _missing(client, name) from None


def _by_own_name(client: SyncPrefectClient, name: str) -> Named:
    wanted = filters.DeploymentFilter.model_validate({"name": {"any_": [name]}})
    found = named(client, client.read_deployments(deployment_filter=wanted, limit=10))
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"Several deployments are called {name!r}: {', '.join(full for full, _ in found)}.")
    begun = begun_so("deployment", name, up_to(None, client.read_deployments), HINT)
    if begun is None:
        raise _missing(client, name)
    return named(client, [begun])[0]


def _missing(client: SyncPrefectClient, name: str) -> CommandError:
    known = named(client, client.read_deployments(limit=PIECE))
    names = [full for full, _ in known] if "/" in name else [one.name for _, one in known]
    return no_such("deployment", name, names, hint=HINT)
