"""`prefect flow …`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App

from prefect.cli.client import asking
from prefect.cli.found import flow_of
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to

app = App(name="flow", help="Look at flows, and serve one.")


@app.command
def ls(*, limit: Annotated[int, AtLeastOne] = 15, output: Output = None) -> None:
    """List flows, the latest first."""
    with asking() as client:
        found = up_to(limit, lambda **piece: client.read_flows(sort="CREATED_DESC", **piece))
    if output == "json":
        show_json(found)
        return
    rows = [(flow.id, flow.name, ", ".join(flow.tags), ago(flow.created)) for flow in found]
    hint = "There are no flows yet. Run one: python my_flow.py"
    show_table(("Id", "Name", "Tags", "Created"), rows, empty=hint, has_short_ids=True)


@app.command
def inspect(flow: str, *, output: Output = None) -> None:
    """Show everything known about a flow: its name or its id.

    prefect flow inspect hello
    """
    with asking() as client:
        found = flow_of(client, flow)
    if output == "json":
        show_json(found)
        return
    show_fields(
        {
            "Flow": found.name,
            "Id": found.id,
            "Tags": ", ".join(found.tags),
            "Labels": found.labels,
            "Created": found.created,
            "Updated": found.updated,
        }
    )


app.command("prefect.cli.serving:serve", name="serve", help="Record a deployment of a flow and run it here.")
