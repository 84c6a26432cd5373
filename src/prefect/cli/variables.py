"""`prefect variable …`"""

from __future__ import annotations

import json
from typing import Any

from cyclopts import App

from prefect._wire.variables import Variable, VariableCreate, VariableUpdate
from prefect.cli.client import asking
from prefect.cli.confirming import no_such
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.values import parsed
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

app = App(name="variable", help="Set and read variables.")
HINT = "`prefect variable ls` lists those there are."


@app.command
def ls(*, limit: int = 100, output: Output = None) -> None:
    """List variables by name.

    prefect variable ls -o json
    """
    with asking() as client:
        found = up_to(limit, client.read_variables)
    if output == "json":
        show_json(found)
        return
    rows = [(one.name, _shortened(one.value), ago(one.created), ago(one.updated)) for one in found]
    hint = "There are no variables yet. Set one: prefect variable set name value"
    show_table(("Name", "Value", "Created", "Updated"), rows, empty=hint)


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


@app.command
def get(name: str) -> None:
    """Print a variable's value."""
    with asking() as client:
        value = _variable(client, name).value
    print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


@app.command
def inspect(name: str, *, output: Output = None) -> None:
    """Show everything known about a variable."""
    with asking() as client:
        held = _variable(client, name)
    if output == "json":
        show_json(held)
        return
    show_fields(
        {
            "Name": held.name,
            "Value": json.dumps(held.value, ensure_ascii=False),
            "Tags": ", ".join(held.tags),
            "Id": held.id,
            "Created": held.created,
            "Updated": held.updated,
        }
    )


@app.command(name="set")
def set_value(
    name: str,
    value: str,
    *,
    overwrite: bool = False,
    tag: list[str] | None = None,
) -> None:
    """Give a variable a value: JSON, or else text.

    prefect variable set limit 10
    prefect variable set sources '["a", "b"]' --tag nightly --overwrite

    Parameters
    ----------
    overwrite
        Change a variable that exists already.
    tag
        A tag; may be given several times.
    """
    with asking() as client:
        try:
            client.create_variable(VariableCreate(name=name, value=parsed(value), tags=tag or []))
        except ObjectAlreadyExists:
            if not overwrite:
                raise CommandError(f"The variable {name!r} exists already; say --overwrite to change it.") from None
            client.update_variable(VariableUpdate(name=name, value=parsed(value), tags=tag or []))
    print(f"Set variable {name!r}.")


@app.command(name=["unset", "delete"])
def unset(name: str) -> None:
    """Remove a variable."""
    with asking() as client:
        try:
            client.delete_variable_by_name(name)
        except ObjectNotFound:
            raise _missing(client, name) from None
    print(f"Unset variable {name!r}.")


def _variable(client: SyncPrefectClient, name: str) -> Variable:
    held = client.read_variable_by_name(name)
    if held is None:
        raise _missing(client, name)
    return held


def _missing(client: SyncPrefectClient, name: str) -> CommandError:
    known = (variable.name for variable in client.read_variables())
    return no_such("variable", name, known, hint=HINT)
