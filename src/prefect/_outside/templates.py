"""Placeholders of blocks and variables filled by what is kept under their names: prefect-dbt, workers of packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect._engine.blocks import is_reference
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.deployments.steps.lookups import block_named, variable_named
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.templating import BLOCKS, UNKNOWN, VARIABLES, filled

Transformer = Callable[[str, Any], Any]
"""Gives what is written instead of a value; it is told the placeholder, with its braces, and the value."""


async def resolve_block_document_references(
    template: Any, client: Any = None, value_transformer: Transformer | None = None
) -> Any:
    """The template with the values of blocks where `{{ prefect.blocks.TYPE.NAME }}` or a reference to one stands.

    A reference, `{"$ref": {"block_document_id": ...}}`, becomes all values of its block. `client` is taken for older
    programs. Raises `ValueError` where there is no such block.
    """
    return await in_thread(_with_blocks, template, value_transformer)


async def resolve_variables(template: Any, client: Any = None) -> Any:
    """The template with the values of variables where `{{ prefect.variables.NAME }}` stands; nothing for one unset.

    `client` is taken for older programs.
    """
    return await in_thread(_with_variables, template)


def _with_blocks(template: Any, transform: Transformer | None) -> Any:
    with get_client(sync_client=True) as client:

        def look_up(name: str) -> Any:
            if not name.startswith(BLOCKS):
                return UNKNOWN
            value = block_named(client, name.removeprefix(BLOCKS))
            return value if transform is None else transform(f"{{{{ {name} }}}}", value)

        return _with_documents(client, filled(template, look_up))


def _with_documents(client: SyncPrefectClient, value: Any) -> Any:
    """The value with a block's values in the place of each reference."""
    if isinstance(value, dict):
        if is_reference(value) and "block_document_id" in value["$ref"]:
            return client.read_block_document(value["$ref"]["block_document_id"], include_secrets=True).data
        return {name: _with_documents(client, part) for name, part in value.items()}
    return [_with_documents(client, part) for part in value] if isinstance(value, list) else value


def _with_variables(template: Any) -> Any:
    with get_client(sync_client=True) as client:

        def look_up(name: str) -> Any:
            if not name.startswith(VARIABLES):
                return UNKNOWN
            try:
                return variable_named(client, name.removeprefix(VARIABLES))
            except ValueError:  # there is none
                return ""

        return filled(template, look_up)
