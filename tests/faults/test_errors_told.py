"""An answer says what was wrong, and nothing of how we are built."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from prefect._api.dispatching import FAULT, Request, dispatch
from prefect._api.routing import Here
from prefect._api.table import all_routes
from prefect._clock import new_id, now
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from tests.serving import served

SECRET = "SEKRIT-5f2a9c"
"""A text that must be nowhere."""


class Broken(Database):
    """A database that fails with an error which tells much."""

    is_broken = False

    def connect(self) -> Any:
        if self.is_broken:
            raise RuntimeError(f"SELECT {SECRET} FROM /home/secret/path")
        return super().connect()


def test_an_error_tells_nothing_of_how_we_are_built(caplog: pytest.LogCaptureFixture) -> None:
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
    ids = [reply.headers[FAULT] for reply in failed.values() if reply.status == 500]
    assert len(set(ids)) == len(ids) > 50
    assert all(f"fault {id}" in caplog.text for id in ids)
    assert SECRET in caplog.text


def test_a_server_names_a_fault_in_its_answer_and_in_its_log(caplog: pytest.LogCaptureFixture) -> None:
    settings = get_current_settings()
    url = str(settings.server.database.connection_url)
    opened_database(url)
    db = Broken(url, "normal")

    with served(db) as address, httpx.Client(base_url=address) as http:
        db.is_broken = True
        answers = [http.get("/flows/name/x"), http.get("/variables/name/x")]
    db.is_broken = False

    for answer in answers:
        assert answer.status_code == 500
        assert answer.json() == {"exception_message": "Internal Server Error", "fault_id": answer.headers[FAULT]}
        assert f"fault {answer.headers[FAULT]}" in caplog.text
