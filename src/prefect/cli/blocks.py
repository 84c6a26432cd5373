"""`prefect block …`"""

from __future__ import annotations

import inspect as inspection
from types import ModuleType
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from prefect._engine.entrypoints import load_module
from prefect._wire.blocks import BlockDocument, BlockType
from prefect.blocks.core import Block
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings

app = App(name="block", help="Look at blocks, and register the types that a module defines.")
types = App(name="type", help="Look at the types of blocks.")
app.command(types)

Id = Annotated[UUID | None, Parameter(help="The document's id, in place of its name.")]


@app.command
def ls(*, output: Output = None) -> None:
    """List blocks by name, without their secrets."""
    with get_client(sync_client=True) as client:
        found = client.read_block_documents(include_secrets=False)
    if output == "json":
        show_json([one.model_dump(mode="json") for one in found])
        return
    rows = [(_slug(one), one.block_type_name, one.id, ago(one.updated)) for one in found]
    hint = "There are no blocks yet. A program saves one: Secret(value=...).save('my-secret')"
    show_table(("Block", "Type", "Id", "Updated"), rows, empty=hint)


@app.command
def inspect(slug: str | None = None, *, id: Id = None, output: Output = None) -> None:
    """Show a block, type-slug/name, without its secrets."""
    with get_client(sync_client=True) as client:
        found = _document(client, slug, id)
    if output == "json":
        show_json(found.model_dump(mode="json"))
        return
    show_fields(
        {"Block": _slug(found), "Id": found.id, "Created": found.created, "Updated": found.updated} | found.data
    )


@app.command
def delete(slug: str | None = None, *, id: Id = None) -> None:
    """Remove a block, type-slug/name."""
    with get_client(sync_client=True) as client:
        found = _document(client, slug, id)
        client.delete_block_document(found.id)
    print(f"Deleted block {_slug(found)}.")


@app.command
def create(slug: str) -> None:
    """Say where a block of a type is made in the browser."""
    with get_client(sync_client=True) as client:
        found = _type(client, slug)
    settings = get_current_settings()
    ui = settings.ui_url or str(settings.api.url or "http://127.0.0.1:4200/api").removesuffix("/api")
    print(f"Make a {found.name} block here: {ui}/blocks/catalog/{found.slug}/create")


@app.command
def register(
    *,
    module: Annotated[str | None, Parameter(name=["--module", "-m"])] = None,
    file: Annotated[str | None, Parameter(name=["--file", "-f"])] = None,
) -> None:
    """Record the types of blocks that a module defines.

    Parameters
    ----------
    module
        A module's dotted name.
    file
        A Python file.
    """
    if (module is None) == (file is None):
        raise CommandError("Name a module (-m package.module) or a file (-f blocks.py).")
    place = str(module or file)
    kinds = _blocks_of(load_module(place))
    if not kinds:
        raise CommandError(f"{place} defines no blocks; they are subclasses of prefect.blocks.core.Block.")
    for kind in kinds:
        kind.register_type_and_schema()
    show_table(("Registered",), [(kind.get_block_type_slug(),) for kind in kinds], empty="")


def _blocks_of(module: ModuleType) -> list[type[Block]]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Block)]
    return [kind for kind in kinds if kind.__module__ == module.__name__ and not inspection.isabstract(kind)]


@types.command(name="ls")
def list_types(*, output: Output = None) -> None:
    """List the types of blocks by name."""
    with get_client(sync_client=True) as client:
        found = client.read_block_types()
    if output == "json":
        show_json([one.model_dump(mode="json") for one in found])
        return
    rows = [(one.slug, one.name, one.description) for one in found]
    hint = "There are no types yet. Register those of a module: prefect block register -m package.module"
    show_table(("Slug", "Name", "Description"), rows, empty=hint)


@types.command(name="inspect")
def inspect_type(slug: str, *, output: Output = None) -> None:
    """Show everything known about a type."""
    with get_client(sync_client=True) as client:
        found = _type(client, slug)
    if output == "json":
        show_json(found.model_dump(mode="json"))
        return
    show_fields({name.replace("_", " ").capitalize(): value for name, value in found.model_dump().items()})


@types.command(name="delete")
def delete_type(slug: str) -> None:
    """Remove a type with all its blocks; built-in ones cannot be removed."""
    with get_client(sync_client=True) as client:
        client.delete_block_type(_type(client, slug).id)
    print(f"Deleted block type {slug} with its blocks.")


def _document(client: SyncPrefectClient, slug: str | None, id: UUID | None) -> BlockDocument:
    if id is not None:
        return client.read_block_document(id, include_secrets=False)
    kind, _, name = (slug or "").partition("/")
    if not name:
        raise CommandError("Name a block by type-slug/name, or by --id. `prefect block ls` lists those there are.")
    return client.read_block_document_by_name(name, kind, include_secrets=False)


def _type(client: SyncPrefectClient, slug: str) -> BlockType:
    try:
        return client.read_block_type_by_slug(slug)
    except ObjectNotFound:
        raise CommandError(f"There is no block type {slug!r}. `prefect block type ls` lists those there are.") from None


def _slug(document: BlockDocument) -> str:
    assert document.block_type is not None
    return f"{document.block_type.slug}/{document.name}"
