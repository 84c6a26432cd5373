"""An answer says what was wrong, and nothing of how we are built."""

from __future__ import annotations

from typing import Any

from prefect._api.dispatching import Request, dispatch
from prefect._api.routing import Here
from prefect._api.table import all_routes
from prefect._clock import new_id, now
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings

SECRET = "SEKRIT-5f2a9c"
"""A text that must be nowhere."""


class Broken(Database):
    """A database that fails with an error which tells much."""

    is_broken = False

    def connect(self) -> Any:
        if self.is_broken:
            raise RuntimeError(f"SELECT {SECRET} FROM /home/secret/path")
        return super().connect()


def test_an_error_tells_nothing_of_how_we_are_built() -> None:
    opened_database(str(get_current_settings().server.database.connection_url))
    db = Broken(str(get_current_settings().server.database.connection_url), "normal")
    db.is_broken = True
    here = Here(db, now, new_id, get_current_settings())
    routes = all_routes()
    some_id = str(new_id())

    told = {}
    for route in routes:
        path = route.path
        for name in route.in_path():
            path = path.replace(f"{{{name}}}", some_id)
        told[f"{route.method} {path}"] = dispatch(routes, here, Request(route.method, path, {}, b"{}"))

    failed = {route: reply for route, reply in told.items() if reply.status >= 400}
    assert {reply.status for reply in failed.values()} == {422, 500, 503}
    assert len(failed) > 100
    for name, reply in failed.items():
        for word in (SECRET, "SELECT", "/home", "Traceback", 'File "', "RuntimeError"):
            assert word.encode() not in reply.content, name
