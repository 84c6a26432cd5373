"""`prefect cloud …`: what only the hosted service of others has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from cyclopts import App, Parameter

from prefect.cli.running import CommandError
from prefect.client.cloud import Workspace
from prefect.settings import get_current_settings

app = App(name="cloud", help="Commands of a hosted service, which there is none of here; each says what to do instead.")
INSTEAD = {
    "login": "Name your server: prefect config set PREFECT_API_URL=http://HOST:4200/api",
    "logout": "Forget your server: prefect config unset PREFECT_API_URL",
    "workspace": "A server is one workspace; keep several by profiles: prefect profile create NAME",
    "webhook": "Send events to the server: POST /api/events, or prefect events emit",
    "asset": "Look at assets in the pages: prefect dashboard open",
    "ip-allowlist": "Say in front of the server who may reach it, and who it is: PREFECT_SERVER_API_AUTH_STRING",
}
"""For each command what does the like here."""
Rest = Annotated[str, Parameter(allow_leading_hyphen=True)]


def _command(name: str, instead: str) -> None:
    def said(*words: Rest) -> None:
        raise CommandError(f"`prefect cloud {name}` is of a hosted service, which there is none of here. {instead}")

    app.command(said, name=[name, f"{name}s"], help=f"Is not here. {instead}")


for _name, _instead in INSTEAD.items():
    _command(_name, _instead)


def get_current_workspace(workspaces: Iterable[Workspace]) -> Workspace | None:
    """The workspace whose API the settings name; None where they name no hosted service's."""
    url = str(get_current_settings().api.url or "")
    return next((workspace for workspace in workspaces if url and workspace.is_at(url)), None)
