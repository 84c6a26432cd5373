"""The server as an ASGI application, for programs that serve it themselves, alone or within another application.

uvicorn.run(create_app(), port=4200)
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect._store.opened import database_of
from prefect.runner.duties import wanted_duties
from prefect.runner.hosting import duties_carried_out
from prefect.server.app import create_app as app_over
from prefect.server.web_ui import WebUi
from prefect.settings import Settings, get_current_settings


def create_app(
    settings: Settings | None = None,
    ephemeral: bool = False,
    webserver_only: bool = False,
    final: bool = False,
    ignore_cache: bool = False,
) -> ASGIApp:
    """The API and the pages over the database of the settings.

    While the application lives, its process carries the duties out, but not with `webserver_only` or `ephemeral`. No
    worker is in it: `prefect server start` has one. The last two are taken for older programs.
    """
    wanted = settings or get_current_settings()
    db = database_of(wanted.server.database)
    duties: dict[str, Account] = {}
    ui = WebUi(enabled=wanted.server.ui.enabled, base=wanted.server.ui.serve_base, api_url=wanted.server.ui.api_url)
    app = app_over(db, wanted, ui, duties=duties)
    return app if ephemeral or webserver_only else WithDuties(app, db, duties)


class WithDuties:
    """An application whose process carries duties out for as long as it lives."""

    def __init__(self, app: ASGIApp, db: Database, accounts: dict[str, Account]) -> None:
        self._app = app
        self._db = db
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        with duties_carried_out(self._db, wanted_duties()) as accounts:
            self._accounts.update(accounts)
            await self._app(scope, receive, send)


__all__ = ["create_app"]
