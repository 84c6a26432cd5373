"""`prefect flow …`"""

from __future__ import annotations

from cyclopts import App

from prefect._engine.recorder import recorder
from prefect._orchestration import flows
from prefect.cli.output import Output, ago, show_json, show_table

app = App(name="flow", help="Look at flows, and serve one.")


@app.command
def ls(*, limit: int = 15, output: Output = None) -> None:
    """List flows, the latest first."""
    found = flows.list_flows(recorder().db, limit=limit)
    if output == "json":
        show_json(found)
        return
    rows = [(flow.id, flow.name, ago(flow.created)) for flow in found]
    show_table(("Id", "Name", "Created"), rows, empty="There are no flows yet. Run one: python my_flow.py")


app.command("prefect.cli.serving:serve", name="serve", help="Record a deployment of a flow and run it here.")
