"""What placeholders in steps stand for beside the outputs of other steps: variables, blocks and the environment.

`{{ prefect.blocks.secret.token }}` is the value of a block that has only one, else all its values;
`{{ prefect.blocks.github-credentials.mine.token }}` is one of them. Secrets are given as they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.utilities.templating import BLOCKS, UNKNOWN, VARIABLES, Lookup, first_of, inside, variables_in


def known_here() -> Lookup:
    """Looks up variables, blocks and the environment of this process."""
    return first_of(variables_in(os.environ), kept_things())


def kept_things() -> Lookup:
    """Looks up what the orchestrator keeps: variables and blocks. Raises `ValueError` where there is none."""

    def look_up(name: str) -> Any:
        if name.startswith(VARIABLES):
            with get_client(sync_client=True) as client:
                return variable_named(client, name.removeprefix(VARIABLES))
        if name.startswith(BLOCKS):
            with get_client(sync_client=True) as client:
                return block_named(client, name.removeprefix(BLOCKS))
        return UNKNOWN

    return look_up


def variable_named(client: SyncPrefectClient, way: str) -> Any:
    """The value of a variable, or of the part of it that a way such as `name.part` leads to. Raises `ValueError`."""
    name, _, inner = way.partition(".")
    found = client.read_variable_by_name(name)
    if found is None:
        raise ValueError(f"There is no variable {name!r}; set one: prefect variable set {name} VALUE.")
    return _part(found.value, inner, f"The variable {name!r}")


def block_named(client: SyncPrefectClient, way: str) -> Any:
    """What a block stands for, `type.name`, or one of its values, `type.name.field`. Raises `ValueError`."""
    slug, _, rest = way.partition(".")
    name, _, inner = rest.partition(".")
    if not name:
        raise ValueError(f"{BLOCKS}{way} names no block; expected {BLOCKS}TYPE.NAME, perhaps with .FIELD behind it.")
    try:
        data = client.read_block_document_by_name(name, slug, include_secrets=True).data
    except ObjectNotFound:
        raise ValueError(f"There is no block {name!r} of the type {slug!r}.") from None
    return _part(data, inner, f"The block {slug}/{name}") if inner else whole_value(data)


def whole_value(data: Mapping[str, Any]) -> Any:
    """What a block's document stands for as a whole: the value of one that has only that, else all its values."""
    return data["value"] if list(data) == ["value"] else data


def _part(value: Any, way: str, whole: str) -> Any:
    found = inside(value, way) if way else value
    if found is UNKNOWN:
        raise ValueError(f"{whole} has no {way!r}.")
    return found
