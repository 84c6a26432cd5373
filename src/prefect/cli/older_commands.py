"""Commands of Prefect 1 and of the first releases of Prefect 2 that are gone, and what to type instead."""

from __future__ import annotations

from collections.abc import Sequence

DEPLOYED = "`prefect deploy flows.py:my_flow --name NAME --pool POOL` records deployments."
SERVERS = "`prefect config set PREFECT_API_URL=http://HOST:4200/api` says which server is asked."
GONE = {
    "orion": "The server is started by `prefect server start`.",
    "run": "A flow is a program, `python my_flow.py`; `prefect deployment run FLOW/NAME` has a deployment run.",
    "execute": "A recorded run is carried out by `prefect flow-run execute ID`.",
    "register": DEPLOYED,
    "build": DEPLOYED,
    "create": DEPLOYED,
    "project": "`prefect init` begins a project.",
    "backend": SERVERS,
    "auth": SERVERS,
    "get": "`prefect flow-run ls`, `prefect flow ls` and others list what there is.",
    "describe": "`prefect flow-run inspect ID`, `prefect flow inspect NAME` and others tell of one thing.",
    "delete": "`prefect flow-run delete ID`, `prefect flow delete NAME` and others remove one thing.",
    "diagnostics": "`prefect version` tells on what it runs.",
    "storage": "Where results and code are is said by blocks: `prefect block create`.",
    "infrastructure": "A work pool says on what runs are carried out: `prefect work-pool create NAME --type docker`.",
    "kubernetes": "A worker on Kubernetes is started by `prefect worker start --pool NAME --type kubernetes`.",
}


def advice_for(arguments: Sequence[str]) -> str | None:
    """The sentence for a command that is gone, or None."""
    command = next(iter(arguments), "")
    return f"There is no command `prefect {command}`. {GONE[command]}" if command in GONE else None
