"""`prefect automation …`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect import flow
from prefect._engine.recorders import recorder
from prefect.automations import Automation, DoNothing, EventTrigger
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
from prefect.events import emit_event
from tests.blocks import made
from tests.cli.terminal import Terminal

WANTED: dict[str, Any] = {
    "name": "tell me",
    "trigger": {"type": "event", "expect": ["prefect.flow-run.Failed"], "match": {"prefect.resource.id": "*"}},
    "actions": [{"type": "cancel-flow-run"}],
}


def test_an_automation_is_made_turned_off_and_on_changed_and_removed(anywhere: Terminal) -> None:
    anywhere("automation", "create", "--from-json", json.dumps(WANTED))

    (listed,) = anywhere.json("automation", "ls")
    assert (listed["name"], listed["enabled"], listed["actions"]) == ("tell me", True, WANTED["actions"])
    assert "prefect.flow-run.Failed" in anywhere("automation", "ls")
    anywhere("automation", "pause", "tell me")
    assert anywhere.json("automation", "inspect", "tell me")["enabled"] is False
    anywhere("automation", "enable", "--id", listed["id"])
    assert "Cancel flow run" in anywhere("automation", "inspect", "--id", listed["id"])
    anywhere("automation", "update", "--id", listed["id"], "-j", '{"description": "new", "actions": []}')
    changed = anywhere.json("automation", "inspect", "tell me")
    assert (changed["description"], changed["actions"], changed["enabled"]) == ("new", [], True)
    anywhere("automation", "delete", "tell me")
    assert "no automations yet" in anywhere("automation", "ls")


def test_automations_are_made_of_what_inspect_writes_and_of_lists(anywhere: Terminal, tmp_path: Path) -> None:
    anywhere("automation", "create", "-j", json.dumps({"automations": [WANTED, {**WANTED, "name": "b"}]}))
    file = tmp_path / "automation.yaml"
    file.write_text(anywhere("automation", "inspect", "b", "--yaml"), encoding="utf-8")

    anywhere("automation", "create", "-f", str(file))

    assert [one["name"] for one in anywhere.json("automation", "ls")] == ["b", "b", "tell me"]
    anywhere("automation", "delete", "--all", "--yes")
    assert anywhere.json("automation", "ls") == []


def test_what_is_wrong_with_an_automation_is_told(anywhere: Terminal) -> None:
    anywhere("automation", "create", "-j", json.dumps(WANTED))

    assert "Did you mean 'tell me'?" in anywhere("automation", "pause", "tel me", expect=1)
    assert "--from-file" in anywhere("automation", "create", expect=1)
    assert "a name, a trigger and actions" in anywhere("automation", "create", "-j", "[]", expect=1)
    assert "trigger" in anywhere("automation", "create", "-j", '{"name": "x"}', expect=1)
    assert "block_document_id" in anywhere(
        "automation", "create", "-j", json.dumps({**WANTED, "actions": [{"type": "send-notification"}]}), expect=1
    )


def test_without_a_server_a_command_carries_automations_out(prefect: Terminal) -> None:
    prefect("automation", "run", "--once")
    Automation(name="a", trigger=EventTrigger(expect={"thing"}), actions=[DoNothing()]).create()
    emit_event("thing", resource={"prefect.resource.id": "r"})
    recorder().flush()

    assert "1 fired." in prefect("automation", "run", "--once")
    assert "0 fired." in prefect("automation", "run", "--once")


def test_somebody_is_told_of_failures_by_one_command(anywhere: Terminal) -> None:
    @flow
    def nightly() -> None: ...

    nightly()
    block = made(CustomWebhookNotificationBlock, name="n", url="http://127.0.0.1/").save("ops")

    anywhere("automation", "create", "--on-failure", "nightly", "--notify", "custom-webhook/ops")

    told = anywhere.json("automation", "inspect", "Tell of failures of nightly")
    assert told["trigger"]["match"]["prefect.state-type"] == ["FAILED", "CRASHED"]
    assert [(one["type"], one["block_document_id"]) for one in told["actions"]] == [("send-notification", str(block))]


def test_whose_failures_are_told_and_by_what_must_be_there(prefect: Terminal) -> None:
    @flow
    def nightly() -> None: ...

    nightly()
    made(CustomWebhookNotificationBlock, name="n", url="http://127.0.0.1/").save("ops")
    Secret(value="x").save("ops")

    def told(flow_name: str, block: str) -> str:
        return prefect("automation", "create", "--on-failure", flow_name, "--notify", block, expect=1)

    assert "Did you mean 'nightly'?" in told("nightli", "custom-webhook/ops")
    assert "There is no deployment" in told("nightly/prod", "custom-webhook/ops")
    assert "Did you mean 'custom-webhook/ops'?" in told("nightly", "custom-webhok/ops")
    assert "tells nobody" in told("nightly", "secret/ops")
    assert "--notify slack-webhook/ops" in prefect("automation", "create", "--on-failure", "nightly", expect=1)
