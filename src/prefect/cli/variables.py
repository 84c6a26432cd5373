"""`prefect variable …`"""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._engine.recorder import recorder
from prefect._orchestration import variables
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.running import CommandError
from prefect.variables import Variable

app = App(name="variable", help="Set and read variables.")


@app.command
def ls(*, limit: int = 100, output: Output = None) -> None:
    """List variables by name."""
    found = variables.list_variables(recorder().db, limit=limit)
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
    value = _variable(name).value
    print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


@app.command
def inspect(name: str, *, output: Output = None) -> None:
    """Show everything known about a variable."""
    held = _variable(name)
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
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    tag: list[str] | None = None,
) -> None:
    """Give a variable a value: JSON, or else text.

    Parameters
    ----------
    overwrite
        Change a variable that exists already.
    tag
        A tag; may be given several times.
    """
    Variable.set(name, _parsed(value), tag, overwrite)
    print(f"Set variable {name!r}.")


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


@app.command(name=["unset", "delete"])
def unset(name: str) -> None:
    """Remove a variable."""
    if not Variable.unset(name):
        raise _missing(name)
    print(f"Unset variable {name!r}.")


def _variable(name: str) -> Any:
    held = variables.read_variable(recorder().db, name)
    if held is None:
        raise _missing(name)
    return held


def _missing(name: str) -> CommandError:
    return CommandError(f"There is no variable {name!r}. `prefect variable ls` lists those there are.")
