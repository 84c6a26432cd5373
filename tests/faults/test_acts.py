"""A server that is killed while an automation of it acts: each act is carried out, and what it makes is made once."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from prefect._clock import now
from prefect.blocks.webhook import Webhook
from tests.blocks import made
from tests.faults.servers import Server, serving
from tests.listening import Listener

pytestmark = pytest.mark.long
MAY_SEND_HERE = {"PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS": "127.0.0.1"}


def a_deployment(server: Server) -> str:
    with server.asked() as caller:
        flow = caller.post("/flows/", {"name": "load"}).json["id"]
        return str(caller.post("/deployments/", {"name": "orders", "flow_id": flow}).json["id"])


def reacts(server: Server, *actions: dict[str, Any]) -> str:
    """An automation that does so when an order arrives."""
    trigger = {"type": "event", "posture": "Reactive", "expect": ["order.arrived"], "threshold": 1, "within": 0}
    with server.asked() as caller:
        told = caller.post("/automations/", {"name": "a", "trigger": trigger, "actions": list(actions)})
        assert told.status == 201, told.json
        return str(told.json["id"])


def an_order_arrives(server: Server) -> None:
    event = {
        "event": "order.arrived",
        "occurred": now().isoformat(),
        "resource": {"prefect.resource.id": "order.1"},
        "id": str(UUID(int=1)),
    }
    with server.asked() as caller:
        assert caller.post("/events", [event]).status == 204


def runs_of(server: Server, deployment: str) -> list[str]:
    with server.asked() as caller:
        found = caller.post("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}}).json
        return [run["id"] for run in found]


def acts_of(server: Server, automation: str) -> list[str]:
    """What became of the acts of the only firing."""
    with server.asked() as caller:
        (firing,) = caller.get(f"/ui/automations/{automation}/firings").json
        return [act["status"] for act in firing["actions"]]


def test_a_call_whose_answer_a_killed_server_never_heard_is_made_again_and_a_run_is_not(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("--no-worker", env=MAY_SEND_HERE) as server:
        monkeypatch.setenv("PREFECT_API_URL", server.url)
        deployment = a_deployment(server)
        hook = made(Webhook, url=listener.url("/hook"))
        block = hook.save("ops")
        automation = reacts(
            server,
            {"type": "run-deployment", "source": "selected", "deployment_id": deployment},
            {"type": "call-webhook", "block_document_id": str(block), "payload": "{{ automation.name }}"},
        )
        listener.answering.clear()

        an_order_arrives(server)
        first = listener.next()
        server.kill()
        listener.answering.set()
        server.start()
        second = listener.next(30)

        assert first.body == second.body
        until_acted(server, automation, ["executed", "executed"])
        assert len(runs_of(server, deployment)) == 1
        assert listener.heard_nothing


@pytest.mark.parametrize("later", [0.0, 0.002, 0.02])
def test_a_server_that_is_killed_as_it_makes_a_run_leaves_one(later: float) -> None:
    with serving("--no-worker") as server:
        deployment = a_deployment(server)
        automation = reacts(
            server,
            {"type": "run-deployment", "source": "selected", "deployment_id": deployment},
            {"type": "do-nothing"},
        )

        an_order_arrives(server)
        while not runs_of(server, deployment):
            pass
        time.sleep(later)
        server.kill()
        server.start()

        until_acted(server, automation, ["executed", "executed"])
        assert len(runs_of(server, deployment)) == 1


def until_acted(server: Server, automation: str, wanted: list[str]) -> None:
    ends = time.monotonic() + 30
    while (found := acts_of(server, automation)) != wanted:
        assert time.monotonic() < ends, found
        time.sleep(0.1)
