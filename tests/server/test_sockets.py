"""The websockets of the API: who may come in, events that are written, logs that are told as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from prefect import task
from prefect._orchestration import task_runs
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings, temporary_settings
from tests.faults.servers import Server
from tests.serving import embedded, served, until

SOCKETS = ["/events/in", "/events/out", "/logs/out", "/changes/out", "/task_runs/subscriptions/scheduled"]
PREFECT = Subprotocol("prefect")


@pytest.fixture
def address() -> Iterator[str]:
    with served() as url:
        yield url.replace("http", "ws", 1)


@contextmanager
def opened(address: str, path: str, token: Any = None) -> Iterator[ClientConnection]:
    """A socket whose client has said who it is."""
    with connect(f"{address}{path}", subprotocols=[PREFECT]) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(socket.recv(5)) == {"type": "auth_success"}
        yield socket


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}])
def test_another_sites_page_opens_no_socket(address: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed, ValueError)):
        connect(f"{address}{path}", subprotocols=[PREFECT], additional_headers=headers).__enter__()


@pytest.mark.parametrize("path", SOCKETS)
def test_with_an_auth_string_only_its_token_opens_a_socket(path: str) -> None:
    with temporary_settings({"PREFECT_SERVER_API_AUTH_STRING": "admin:secret"}), served() as url:
        address = url.replace("http", "ws", 1)
        with opened(address, path, "admin:secret"):
            pass
        for token in ("admin:wrong", None, 5, ""):
            with pytest.raises(ConnectionClosed), opened(address, path, token):
                pass
        with pytest.raises((InvalidStatus, ConnectionClosed)), connect(f"{address}{path}") as socket:
            socket.recv(5)


def test_events_of_task_runs_are_written_and_garbage_is_let_be(address: str) -> None:
    with opened(address, "/events/in") as socket:
        for garbage in ("no json {", "null", "5", "[]"):
            socket.send(garbage)
            assert socket.ping().wait(5)
        socket.send(json.dumps({"event": "prefect.something.else", "resource": {"prefect.resource.id": "x"}}))
        run = uuid4()
        socket.send(json.dumps(told(run)))

    db = opened_database(str(get_current_settings().server.database.connection_url))
    until(lambda: task_runs.read(db, run) is not None)


def test_garbage_that_comes_alone_ends_nothing(address: str) -> None:
    run = uuid4()
    db = opened_database(str(get_current_settings().server.database.connection_url))
    with opened(address, "/events/in") as socket:
        for garbage in ("null", "no json {", "5"):
            first = uuid4()
            socket.send(json.dumps(told(first)))
            until(lambda first=first: task_runs.read(db, first) is not None)  # type: ignore[misc]
            socket.send(garbage)
        socket.send(json.dumps(told(run)))

    until(lambda: task_runs.read(db, run) is not None)


def test_log_lines_are_told_as_they_come(address: str) -> None:
    wanted, other = str(uuid4()), str(uuid4())
    embedded().post("/logs/", [line(wanted, "before"), line(other, "of another run")])
    with opened(address, "/logs/out") as socket:
        socket.send(json.dumps({"type": "filter", "filter": {"flow_run_id": {"any_": [wanted]}}}))
        assert json.loads(socket.recv(5))["log"]["message"] == "before"
        embedded().post("/logs/", [line(other, "of another run"), line(wanted, "after")])
        assert json.loads(socket.recv(5))["log"]["message"] == "after"


def test_more_lines_of_one_moment_than_are_told_together_are_all_told(address: str) -> None:
    run, at = str(uuid4()), datetime.now(timezone.utc).isoformat()
    lines = [{**line(run, str(number)), "timestamp": at} for number in range(450)]
    embedded().post("/logs/", lines)

    with opened(address, "/logs/out") as socket:
        socket.send(json.dumps({"type": "filter", "filter": {"flow_run_id": {"any_": [run]}}}))
        told_lines = [json.loads(socket.recv(10))["log"]["message"] for _ in lines]

    assert sorted(told_lines, key=int) == [str(number) for number in range(450)]


def test_a_socket_that_there_is_not_is_refused(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"{address}/events/elsewhere", subprotocols=[PREFECT]).__enter__()

    assert "Traceback" not in caplog.text


def test_who_asks_for_no_lines_is_told_how_to(address: str) -> None:
    with opened(address, "/logs/out") as socket:
        socket.send(json.dumps({"type": "subscribe"}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1002


def line(flow_run_id: str, message: str) -> dict[str, Any]:
    moment = datetime.now(timezone.utc).isoformat()
    return {"name": "test", "level": 20, "message": message, "timestamp": moment, "flow_run_id": flow_run_id}


def told(task_run_id: Any) -> dict[str, Any]:
    """An event by which a client tells of a task run."""
    moment = datetime.now(timezone.utc).isoformat()
    state: dict[str, Any] = {"type": "RUNNING", "name": "Running", "state_details": {}}
    run = {"id": str(task_run_id), "name": "told", "task_key": "told", "dynamic_key": "1", "task_inputs": {}}
    return {
        "id": str(uuid4()),
        "occurred": moment,
        "event": "prefect.task-run.Running",
        "resource": {
            "prefect.resource.id": f"prefect.task-run.{task_run_id}",
            "prefect.resource.name": "told",
            "prefect.state-type": "RUNNING",
            "prefect.state-name": "Running",
            "prefect.state-timestamp": moment,
            "prefect.orchestration": "client",
        },
        "related": [],
        "payload": {"intended": {"from": "PENDING", "to": "RUNNING"}, "validated_state": state, "task_run": run},
    }


def test_a_change_is_told_when_something_was_recorded(address: str) -> None:
    with opened(address, "/changes/out") as socket:
        assert json.loads(socket.recv(5)) == {"type": "change"}

        embedded().post("/variables/", {"name": "new", "value": 1})

        assert json.loads(socket.recv(5)) == {"type": "change"}


@pytest.mark.parametrize("path", ["/logs/out", "/changes/out"])
def test_a_client_that_listens_keeps_no_server_from_its_end(path: str) -> None:
    server = Server("--no-services", "--no-worker")
    server.start()
    with opened(server.url.replace("http", "ws", 1), path) as socket:
        socket.send(json.dumps({"type": "filter", "filter": {}}))

        assert server.process is not None
        server.process.terminate()

        assert server.process.wait(4) == 0
    assert "Traceback" not in server.said.read_text()


@task
def send(number: int) -> int:
    return number


SUBSCRIBED = {"type": "subscribe", "keys": [send.task_key], "client_id": "worker-1"}


def test_a_task_worker_is_given_one_run_after_the_other(address: str) -> None:
    first = send.delay(1)
    with opened(address, "/task_runs/subscriptions/scheduled") as socket:
        socket.send(json.dumps(SUBSCRIBED))
        run = json.loads(socket.recv(5))
        assert (run["id"], run["state"]["type"], run["state"]["state_details"]["deferred"]) == (
            str(first.task_run_id),
            "SCHEDULED",
            True,
        )
        second = send.delay(2)
        with pytest.raises(TimeoutError):
            socket.recv(0.3)
        socket.send(json.dumps({"type": "ack"}))
        assert json.loads(socket.recv(5))["id"] == str(second.task_run_id)
        socket.send(json.dumps({"type": "quit"}))

    with opened(address, "/task_runs/subscriptions/scheduled") as socket:  # what nobody began waits for others
        socket.send(json.dumps({**SUBSCRIBED, "client_id": "worker-2"}))
        assert json.loads(socket.recv(5))["id"] == str(first.task_run_id)


def test_who_asks_for_no_tasks_is_told_how_to(address: str) -> None:
    with opened(address, "/task_runs/subscriptions/scheduled") as socket:
        socket.send(json.dumps({"type": "subscribe", "keys": 5}))
        with pytest.raises(ConnectionClosed, match="subscribe"):
            socket.recv(5)
