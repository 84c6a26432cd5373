from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller

EVENT = {"type": "event", "posture": "Reactive", "expect": ["b", "a"]}
WANTED: dict[str, Any] = {"name": "x", "trigger": EVENT, "actions": [{"type": "do-nothing"}]}


def wanted(**fields: Any) -> dict[str, Any]:
    return {**WANTED, **fields}


def test_an_automation_is_made_read_changed_and_removed(api: Caller) -> None:
    made = api.post("/automations/", wanted(tags=["t"], description="d"))

    assert made.status == 201
    path = f"/automations/{made.json['id']}"
    assert api.get(path) == (200, made.json)
    assert made.json["trigger"] == {
        **{"id": made.json["trigger"]["id"], "match": {}, "match_related": {}, "after": [], "for_each": []},
        **{"type": "event", "posture": "Reactive", "expect": ["a", "b"], "threshold": 1, "within": 0.0},
    }
    assert api.put(path, wanted(name="y")) == (204, None)
    assert [api.get(path).json[field] for field in ("name", "tags", "description")] == ["y", [], ""]
    assert api.patch(path, {"enabled": False}) == (204, None)
    assert api.get(path).json["enabled"] is False
    assert api.delete(path) == (204, None)
    assert [api.get(path).status, api.delete(path).status, api.patch(path, {}).status] == [404] * 3
    assert api.put(path, WANTED).status == 404


def test_triggers_are_told_as_they_were_given_with_times_in_seconds(api: Caller) -> None:
    inner = {"type": "sequence", "triggers": [EVENT, {**EVENT, "posture": "Proactive", "within": 30}], "within": None}
    trigger = {"type": "compound", "triggers": [EVENT, inner], "within": "PT1H", "require": "any", "id": str(uuid4())}

    made = api.post("/automations/", wanted(trigger=trigger))

    told = made.json["trigger"]
    assert (made.status, told["id"], told["within"], told["require"]) == (201, trigger["id"], 3600.0, "any")
    assert [part["within"] for part in told["triggers"][1]["triggers"]] == [0.0, 30.0]
    assert api.get(f"/automations/{made.json['id']}").json == made.json


def test_actions_are_told_as_they_were_given(api: Caller) -> None:
    deployment = str(uuid4())
    template = {"__prefect_kind": "jinja", "template": "{{ event.id }}"}
    runs = {"type": "run-deployment", "deployment_id": deployment, "parameters": {"a": template}, "schedule_after": 60}
    changes = {"type": "change-flow-run-state", "state": "CRASHED", "message": "gone", "made_up": 1}

    made = api.post("/automations/", wanted(actions=[runs, changes]))

    assert made.json["actions"] == [
        {**runs, "source": "selected", "job_variables": None, "schedule_after": 60.0},
        {"type": "change-flow-run-state", "state": "CRASHED", "message": "gone", "name": None, "force": False},
    ]


def test_automations_are_listed_counted_and_found_by_what_they_name(api: Caller) -> None:
    owner = f"prefect.deployment.{uuid4()}"
    for name in ("b", "a", "c"):
        api.post("/automations/", wanted(name=name, owner_resource=owner if name == "a" else None))

    assert [found["name"] for found in api.post("/automations/filter").json] == ["a", "b", "c"]
    asked = {"sort": "NAME_DESC", "limit": 1, "offset": 1, "automations": {"name": {"any_": ["a", "c"]}}}
    assert [found["name"] for found in api.post("/automations/filter", asked).json] == ["a"]
    assert api.post("/automations/count").json == 3
    assert [found["name"] for found in api.get(f"/automations/related-to/{owner}").json] == ["a"]
    assert api.delete(f"/automations/owned-by/{owner}").status == 202
    assert api.post("/automations/count").json == 2


COMPOUND = {"type": "compound", "triggers": [EVENT], "within": None, "require": "all"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"trigger": {**EVENT, "threshold": 0}}, "body.trigger.event: Value error, threshold"),
        ({"trigger": {**EVENT, "posture": "Proactive", "within": 5}}, "body.trigger.event: Value error, within"),
        ({"trigger": {**EVENT, "within": "tomorrow"}}, "body.trigger.event.within"),
        ({"trigger": {"type": "event"}}, "body.trigger.event.posture"),
        ({"trigger": {**EVENT, "match": {"a": 1}}}, "body.trigger.event.match.a"),
        ({"trigger": {"type": "metric", "metric": {}}}, "body.trigger"),
        ({"trigger": {**COMPOUND, "require": 2}}, "body.trigger.compound: Value error, require"),
        ({"trigger": {**COMPOUND, "triggers": [{**EVENT, "threshold": -1}]}}, "body.trigger.compound.triggers.0.event"),
        ({"trigger": None}, "body.trigger"),
        ({"actions": [{"type": "declare-incident"}]}, "body.actions.0"),
        ({"actions": [{"type": "run-deployment"}]}, "body.actions.0.run-deployment: Value error, deployment_id"),
        ({"actions": [{"type": "call-webhook", "block_document_id": "x"}]}, "body.actions.0.call-webhook"),
        ({"actions": None}, "body.actions"),
        ({"name": ""}, "body.name"),
        ({"name": "a\x00"}, "body.name"),
        (
            {"actions": [{"type": "send-notification", "block_document_id": str(uuid4()), "body": "\x00"}]},
            "body.actions",
        ),
        ({"colour": "red"}, "body.colour"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(api: Caller, fields: dict[str, Any], told: str) -> None:
    refused = api.post("/automations/", wanted(**fields))

    assert refused.status == 422
    assert told in refused.json["exception_message"]
    assert api.post("/automations/count").json == 0


@pytest.mark.parametrize(("depth", "status"), [(90, 201), (500, 422)])
def test_triggers_nested_without_end_are_refused(api: Caller, depth: int, status: int) -> None:
    before, after = '{"type": "sequence", "within": null, "triggers": [', "]}"
    trigger = before * depth + json.dumps(EVENT) + after * depth

    reply = api.reply("POST", "/automations/", json.dumps(wanted(trigger=0)).replace("0", trigger).encode())

    assert reply.status == status
    assert len(api.post("/automations/filter").json) == (status == 201)


def test_a_trigger_that_says_no_type_waits_for_events_or_is_made_of_parts(api: Caller) -> None:
    def type_of(trigger: dict[str, Any]) -> Any:
        return api.post("/automations/", wanted(trigger=trigger)).json["trigger"]["type"]

    assert type_of({"posture": "Reactive"}) == "event"
    assert type_of({"triggers": [EVENT], "within": None}) == "sequence"
    assert type_of({"triggers": [EVENT], "within": None, "require": 1}) == "compound"


def test_automations_are_listed_and_counted_by_their_ids(api: Caller) -> None:
    ids = [api.post("/automations/", wanted(name=name)).json["id"] for name in ("a", "b", "c")]
    meant = {"automations": {"id": {"any_": ids[1:]}}}

    assert [found["name"] for found in api.post("/automations/filter", meant).json] == ["b", "c"]
    assert [api.post("/automations/count", asked).json for asked in (meant, {})] == [2, 3]


@pytest.mark.parametrize("path", ["/templates/validate", "/automations/templates/validate"])
def test_a_template_is_checked_before_it_is_used(api: Caller, path: str) -> None:
    assert api.post(path, "{{ flow_run.name|upper }} {{ flow_run|ui_url }}") == (204, None)
    assert api.post(path, "") == (204, None)

    refused = api.post(path, "fine\n{{ broken ")

    assert refused.status == 422
    assert refused.json["error"]["line"] == 2
    assert refused.json["error"]["source"] == "fine\n{{ broken "
    three = "{% for a in x %}{% for b in y %}{% for c in z %}{% endfor %}{% endfor %}{% endfor %}"
    assert "two deep" in api.post(path, three).json["error"]["message"]


def test_a_trigger_is_tried_on_what_has_happened_and_nobody_acts(api: Caller) -> None:
    for number in range(3):
        api.post("/events", [an_event("thing", number), an_event("other", number)])
    count = api.post("/automations/count").json

    tried = api.post("/ui/automations/try", {"trigger": {**EVENT, "expect": ["thing"], "threshold": 2}})

    assert tried.status == 200
    assert (tried.json["count"], tried.json["concerning"]) == (1, 3)
    assert tried.json["firings"][0]["event"]["event"] == "thing"
    assert api.post("/automations/count").json == count


def an_event(name: str, number: int) -> dict[str, Any]:
    """Something that happened a few minutes ago."""
    occurred = datetime.now(timezone.utc) - timedelta(minutes=10 - number)
    resource = {"prefect.resource.id": "r"}
    return {"id": str(uuid4()), "occurred": occurred.isoformat(), "event": name, "resource": resource}


def test_an_automation_that_never_fired_has_no_firings(api: Caller) -> None:
    made = api.post("/automations/", wanted()).json["id"]

    assert api.get(f"/ui/automations/{made}/firings") == (200, [])
    assert api.get(f"/ui/automations/{uuid4()}/firings").status == 404
