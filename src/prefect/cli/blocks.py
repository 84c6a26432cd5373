"""`prefect block …`"""

from __future__ import annotations

import inspect as inspection
import json
from types import ModuleType
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._engine.entrypoints import load_module
from prefect._wire.blocks import BlockDocument, BlockType
from prefect.blocks.core import Block
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.dashboard import page_url
from prefect.cli.found import as_id, begun_so
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.cli.values import pairs
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

app = App(name="block", help="Look at blocks and their types, and care for them.")
types = App(name=["type", "types"], help="Look at the types of blocks.")
app.command(types)
HINT = "`prefect block ls` lists those there are."
TYPES_HINT = "`prefect block type ls` lists those there are."


@app.command
def ls(*, limit: Annotated[int, AtLeastOne] = 200, output: Output = None) -> None:
    """List blocks by name; what is secret in them is not shown."""
    with asking() as client:
        found = up_to(limit, lambda **piece: client.read_block_documents(**piece, include_secrets=False))
    if output == "json":
        show_json(found)
        return
    rows = [(block.id, _slug(block), block.name, ago(block.updated)) for block in found]
    hint = "There are no blocks yet. `prefect block type ls` lists the types, `prefect block create TYPE` makes one."
    show_table(("Id", "Type", "Name", "Updated"), rows, empty=hint, has_short_ids=True)


def _slug(block: BlockDocument) -> str:
    return block.block_type.slug if block.block_type is not None else ""


@app.command
def inspect(name: str | None = None, *, id: str | None = None, output: Output = None) -> None:
    """Show a block; what is secret in it is hidden.

    prefect block inspect secret/my-password

    Parameters
    ----------
    name
        Its type and its name: TYPE/NAME.
    id
        Its id, or the beginning of one, instead of the name.
    """
    with asking() as client:
        block = _block(client, name, id)
    if output == "json":
        show_json(block)
        return
    told = {"Type": _slug(block), "Name": block.name, "Id": block.id, "Created": block.created}
    data = {field: _shown(value) for field, value in block.data.items()}
    show_fields({**told, "Updated": block.updated, **data})


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _block(client: SyncPrefectClient, name: str | None, id: str | None) -> BlockDocument:
    if (name is None) == (id is None):
        raise CommandError("Name a block as TYPE/NAME, such as secret/my-password, or give its --id.")
    return block_of(client, name or id or "")


def block_of(client: SyncPrefectClient, asked: str) -> BlockDocument:
    """The block TYPE/NAME, or of that id or beginning of an id. Raises `CommandError` where there is none."""
    id = as_id(asked)
    slug, slash, own = asked.partition("/")
    try:
        if id is not None:
            return client.read_block_document(id, include_secrets=False)
        if slash:
            return client.read_block_document_by_name(own, slug, include_secrets=False)
    except ObjectNotFound:
        pass
    known = up_to(None, lambda **piece: client.read_block_documents(include_secrets=False, **piece))
    begun: BlockDocument | None = begun_so("block", asked, known, HINT)
    if begun is not None:
        return begun
    if id is None and not slash:
        raise CommandError(
            f"{asked!r} does not say of which type the block is: write TYPE/NAME, such as secret/{asked}."
        )
    raise no_such("block", id or asked, (f"{_slug(block)}/{block.name}" for block in known), hint=HINT)


@app.command
def create(
    type: str,
    *,
    name: Annotated[str | None, Parameter(name=["--name", "-n"])] = None,
    field: Annotated[list[str] | None, Parameter(name=["--field", "-f"])] = None,
    overwrite: bool = False,
) -> None:
    """Make a block, or say how one of that type is made.

    prefect block create secret                                    # says what it holds
    prefect block create secret --name my-password -f value=...

    Parameters
    ----------
    type
        The slug of its type.
    name
        The name to keep it under.
    field
        A field of it, NAME=VALUE, the value JSON or else text; may be given several times.
    overwrite
        Change a block that exists already.
    """
    kind = _class(type)
    if name is None:
        _say_how(kind, type)
        return
    kind(**pairs(field, "--field")).save(name, overwrite=overwrite)
    print(f"Saved the block {type}/{name}.")


def _class(slug: str) -> type[Block]:
    """The class of a type. Raises `CommandError` where there is no such type, `ValueError` where nobody defines it."""
    try:
        return Block.get_block_class_from_key(slug)
    except ValueError:
        with asking() as client:
            _type(client, slug)
        raise


def _say_how(kind: type[Block], slug: str) -> None:
    print(f"{kind.get_block_type_name()}: {kind.get_description() or ''}")
    rows = [
        (field, _kind_of(told.annotation), "yes" if told.is_required() else "", told.description)
        for field, told in kind.model_fields.items()
    ]
    show_table(("Field", "Type", "Needed", "Meaning"), rows, empty="It has no fields.")
    print(f"\nMake one: prefect block create {slug} --name NAME --field NAME=VALUE")
    try:
        print(f"Or in the browser: {page_url(f'/blocks/catalog/{slug}/create')}")
    except CommandError:
        return


def _kind_of(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


@app.command
def delete(name: str | None = None, *, id: str | None = None, yes: Yes = False) -> None:
    """Remove a block.

    Parameters
    ----------
    name
        Its type and its name: TYPE/NAME.
    id
        Its id, or the beginning of one, instead of the name.
    """
    with asking() as client:
        block = _block(client, name, id)
        client.delete_block_document(block.id)
    print(f"Deleted the block {_slug(block)}/{block.name}.")


@app.command
def register(
    *,
    module: Annotated[str | None, Parameter(name=["--module", "-m"])] = None,
    file: Annotated[str | None, Parameter(name=["--file", "-f"])] = None,
) -> None:
    """Record the types of blocks that a module or a file defines, so that others see them.

    prefect block register -m my_company.blocks
    prefect block register -f blocks.py

    Parameters
    ----------
    module
        The dotted name of a module that can be imported.
    file
        A file of Python.
    """
    if (module is None) == (file is None):
        raise CommandError("Name a module (-m package.module) or a file (-f blocks.py).")
    place = str(module or file)
    kinds = _blocks_of(load_module(place))
    if not kinds:
        raise CommandError(f"{place} defines no blocks; they are subclasses of prefect.blocks.core.Block.")
    for kind in kinds:
        kind.register_type_and_schema()
        print(f"Registered {kind.get_block_type_slug()} ({kind.__name__}).")


def _blocks_of(module: ModuleType) -> list[type[Block]]:
    """The types that a module defines, or a package brings in its root from modules of its own."""
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Block)]
    own = [kind for kind in dict.fromkeys(kinds) if f"{kind.__module__}.".startswith(f"{module.__name__}.")]
    return [kind for kind in own if not inspection.isabstract(kind)]


@types.command(name="ls")
def list_types(*, output: Output = None) -> None:
    """List the types of blocks by name."""
    with asking() as client:
        found = _types(client)
    if output == "json":
        show_json(found)
        return
    rows = [(kind.slug, kind.name, kind.description) for kind in found]
    show_table(("Slug", "Name", "Meaning"), rows, empty="There are no types of blocks yet.")


@types.command(name="inspect")
def inspect_type(slug: str, *, output: Output = None) -> None:
    """Show everything known about a type of blocks."""
    with asking() as client:
        kind = _type(client, slug)
        schema = client.get_most_recent_block_schema_for_block_type(kind.id)
    if output == "json":
        show_json({**kind.model_dump(mode="json"), "schema": schema.model_dump(mode="json") if schema else None})
        return
    fields = schema.fields.get("properties", {}) if schema else {}
    show_fields(
        {
            "Slug": kind.slug,
            "Name": kind.name,
            "Meaning": kind.description,
            "Fields": ", ".join(fields),
            "Can": ", ".join(schema.capabilities) if schema else None,
            "Example": kind.code_example,
            "Documentation": kind.documentation_url,
            "Built in": "yes" if kind.is_protected else None,
            "Id": kind.id,
        }
    )


@types.command(name="delete")
def delete_type(slug: str, *, yes: Yes = False) -> None:
    """Remove a type of blocks with all blocks of it."""
    with asking() as client:
        kind = _type(client, slug)
        confirm(f"This removes the type {slug!r} and all blocks of it.", yes=yes)
        client.delete_block_type(kind.id)
    print(f"Deleted the type {slug!r}.")


def _type(client: SyncPrefectClient, slug: str) -> BlockType:
    try:
        return client.read_block_type_by_slug(slug)
    except ObjectNotFound:
        known = {kind.slug: kind for kind in _types(client)}
    if slug not in known:
        raise no_such("type of blocks", slug, known, hint=TYPES_HINT)
    return known[slug]


def _types(client: SyncPrefectClient) -> list[BlockType]:
    """The types that there are, those that come with the package among them."""
    found = client.read_block_types()
    if any(kind.is_protected for kind in found):
        return found
    client.install_system_block_types()
    return client.read_block_types()
