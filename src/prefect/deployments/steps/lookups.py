"""What placeholders in steps stand for beside the outputs of other steps: variables, blocks and the environment."""

from __future__ import annotations

import os
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.utilities.templating import UNKNOWN, VARIABLES, Lookup, first_of, inside, variables_in


def known_here() -> Lookup:
    """Looks up variables, blocks and the environment of this process."""
    return first_of(variables_in(os.environ), kept_things())


def kept_things() -> Lookup:
    """Looks up what the orchestrator keeps: variables and blocks. Raises `ValueError` where there is none."""

    def look_up(name: str) -> Any:
        if name.startswith(VARIABLES):
            slug, _, way = name.removeprefix(VARIABLES).partition(".")
            with get_client(sync_client=True) as client:
                value = variable(client, slug)
            return inside(value, way) if way else value
        return UNKNOWN

    return look_up


def variable(client: SyncPrefectClient, name: str) -> Any:
    """The value of a variable. Raises `ValueError`."""
    found = client.read_variable_by_name(name)
    if found is None:
        raise ValueError(f"There is no variable {name!r}; set one: prefect variable set {name} VALUE.")
    return found.value
