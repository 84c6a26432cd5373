"""`prefect experimental …`: the default storage of results, kept by the server."""

from __future__ import annotations

from cyclopts import App

from prefect._wire.blocks import BlockDocument
from prefect.cli.blocks import block_of
from prefect.cli.client import asking
from prefect.cli.output import Output, show_json
from prefect.cli.running import CommandError

app = App(name="experimental", help="The default storage of results, kept by the server, and plugins.")
result_storage = App(name="result-storage", help="Choose where results are kept where nobody says where.")
app.command(result_storage)
app.command("prefect.cli.plugins:app", name="plugins", help="As `prefect plugins`.")
HINT = "`prefect block ls` lists those there are."


@result_storage.command(name="set")
def choose(block: str | None = None, *, id: str | None = None) -> None:
    """Choose a saved block.

    prefect experimental result-storage set s3-bucket/results

    Parameters
    ----------
    block
        The block, by its type and name.
    id
        The block's document, by its id or the beginning of one.
    """
    if (block is None) == (id is None):
        raise CommandError("Say one block: by its type and name, s3-bucket/results, or by its --id.")
    with asking() as client:
        document = block_of(client, block or id or "")
        client.update_server_default_result_storage(document.id)
    print(f"Results are kept in {_label(document)} where nobody says where.")


@result_storage.command
def inspect(*, output: Output = None) -> None:
    """Show which block is chosen."""
    with asking() as client:
        chosen = client.read_server_default_result_storage().default_result_storage_block_id
        document = block_of(client, str(chosen)) if chosen is not None else None
    if output == "json":
        show_json({"default_result_storage_block_id": chosen, "block": document and _label(document)})
    elif document is None:
        print("No block is chosen. Choose one: prefect experimental result-storage set TYPE/NAME")
    else:
        print(_label(document))


@result_storage.command
def clear() -> None:
    """Choose none."""
    with asking() as client:
        client.clear_server_default_result_storage()
    print("No block is chosen any more.")


def _label(document: BlockDocument) -> str:
    assert document.block_type is not None
    return f"{document.block_type.slug}/{document.name}"
