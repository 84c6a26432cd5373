from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller

LIMITS, TAGS = "/v2/concurrency_limits", "/concurrency_limits"


def a_limit(api: Caller, name: str = "x", limit: int = 1, **fields: Any) -> str:
    return str(api.post(f"{LIMITS}/", {"name": name, "limit": limit, **fields}).json["id"])


def incremented(api: Caller, *names: str, slots: int = 1, **fields: Any) -> Any:
    return api.post(f"{LIMITS}/increment", {"names": names, "slots": slots, **fields})


def leased(api: Caller, *names: str, slots: int = 1, **fields: Any) -> Any:
    return api.post(f"{LIMITS}/increment-with-lease", {"names": names, "slots": slots, **fields})


def active(api: Caller, name: str = "x") -> int:
    return int(api.get(f"{LIMITS}/{name}").json["active_slots"])


def test_a_limit_is_made_read_changed_listed_and_removed(api: Caller) -> None:
    made = api.post(f"{LIMITS}/", {"name": "database", "limit": 2, "slot_decay_per_second": 0.5})

    assert made.status == 201
    told = api.get(f"{LIMITS}/database")
    assert told.json["limit"] == 2
    assert api.get(f"{LIMITS}/{made.json['id']}") == told
    assert api.patch(f"{LIMITS}/database", {"limit": 5, "active": False}).status == 204
    assert api.get(f"{LIMITS}/database").json["active"] is False
    assert [one["limit"] for one in api.post(f"{LIMITS}/filter", {}).json] == [5]
    assert api.post(f"{LIMITS}/", {"name": "database", "limit": 1}).status == 409
    assert api.delete(f"{LIMITS}/database").status == 204
    assert api.get(f"{LIMITS}/database").status == 404
    assert api.delete(f"{LIMITS}/{uuid4()}").status == 404


def test_slots_are_taken_and_given_back_by_name(api: Caller) -> None:
    id = a_limit(api, limit=2)

    assert incremented(api, "x", slots=2) == (200, [{"id": id, "name": "x", "limit": 2}])
    assert active(api) == 2
    assert api.post(f"{LIMITS}/decrement", {"names": ["x"], "slots": 1, "occupancy_seconds": 1}).json[0]["name"] == "x"
    assert active(api) == 1
    assert incremented(api, "unknown").json == []


def test_who_finds_no_slot_is_told_when_to_ask_again(api: Caller) -> None:
    a_limit(api)
    incremented(api, "x")

    reply = api.reply("POST", f"{LIMITS}/increment", {"names": ["x"], "slots": 1})

    assert reply.status == 423
    assert 0 < float(reply.headers["retry-after"]) <= 30


def test_a_lease_is_renewed_and_given_back(api: Caller) -> None:
    a_limit(api)
    holder = {"type": "task_run", "id": str(uuid4())}

    lease = leased(api, "x", holder=holder, lease_duration=60).json["lease_id"]

    assert leased(api, "x").status == 423
    assert api.post(f"{LIMITS}/leases/{lease}/renew", {"lease_duration": 60}).status == 204
    [held] = api.post("/slots/filter", {"names": ["x"]}).json["holders"]
    assert (held["holder_id"], held["lease_id"]) == (holder["id"], lease)
    assert api.post(f"{LIMITS}/decrement-with-lease", {"lease_id": lease}).status == 204
    assert api.post(f"{LIMITS}/leases/{lease}/renew", {}).status == 410
    assert api.post(f"{LIMITS}/decrement-with-lease", {"lease_id": lease}).status == 204
    assert active(api) == 0


def test_a_holder_is_ended(api: Caller) -> None:
    a_limit(api)
    lease = leased(api, "x").json["lease_id"]

    assert api.delete(f"/slots/{lease}").status == 204

    assert active(api) == 0
    assert api.delete(f"/slots/{lease}").status == 404


def test_a_pace_is_kept(api: Caller) -> None:
    a_limit(api, limit=2, slot_decay_per_second=0.01)

    assert incremented(api, "x", slots=2, mode="rate_limit").status == 200
    assert incremented(api, "x", mode="rate_limit").status == 423


@pytest.mark.parametrize(
    "body",
    [
        {"name": "n", "limit": -1},
        {"name": "n", "limit": 2**31},
        {"name": "n", "limit": 1.5},
        {"name": "n", "limit": 1, "slot_decay_per_second": -1},
        {"name": "n", "limit": 1, "active_slots": -1},
        {"name": "a/b", "limit": 1},
        {"name": "", "limit": 1},
        {"limit": 1},
        {"name": "n", "limit": 1, "colour": "red"},
    ],
)
def test_a_limit_that_does_not_fit_is_refused(api: Caller, body: dict[str, Any]) -> None:
    assert api.post(f"{LIMITS}/", body).status == 422
    assert api.post(f"{LIMITS}/filter", {}).json == []


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e400"])
def test_a_pace_that_is_no_number_is_refused(api: Caller, number: bytes) -> None:
    body = b'{"name": "n", "limit": 1, "slot_decay_per_second": ' + number + b"}"

    assert api.reply("POST", f"{LIMITS}/", body).status == 422


def test_what_will_never_be_had_is_refused(api: Caller) -> None:
    a_limit(api)
    a_limit(api, "closed", limit=0)

    assert "2 asked for, and 'x' has 1" in incremented(api, "x", slots=2).json["detail"]
    for refused in (
        incremented(api, "x", slots=2),
        incremented(api, "closed"),
        incremented(api, "x", mode="rate_limit"),
        incremented(api, "x", slots=0),
        incremented(api, "x", slots=-1),
        incremented(api),
        leased(api, "x", lease_duration=1),
        leased(api, "x", lease_duration=86_401),
        leased(api, "x", holder={"type": "cat", "id": str(uuid4())}),
    ):
        assert refused.status == 422
    assert active(api) == 0


def test_the_limit_of_a_tag_is_a_named_limit(api: Caller) -> None:
    made = api.post(f"{TAGS}/", {"tag": "a", "concurrency_limit": 1})
    again = api.post(f"{TAGS}/", {"tag": "a", "concurrency_limit": 2})

    assert (made.status, again.status) == (201, 200)
    assert again.json["id"] == made.json["id"]
    assert api.get(f"{LIMITS}/tag:a").json["limit"] == 2
    assert api.get(f"{TAGS}/{made.json['id']}").json["tag"] == "a"
    assert [one["tag"] for one in api.post(f"{TAGS}/filter", {}).json] == ["a"]
    assert api.delete(f"{TAGS}/tag/a").status == 200
    assert api.get(f"{TAGS}/tag/a").status == 404


def test_a_task_run_takes_and_gives_back_a_slot_of_its_tags(api: Caller) -> None:
    api.post(f"{TAGS}/", {"tag": "a", "concurrency_limit": 1})
    first, second = str(uuid4()), str(uuid4())

    assert api.post(f"{TAGS}/increment", {"names": ["a", "none"], "task_run_id": first}).json[0]["name"] == "a"
    assert api.post(f"{TAGS}/increment", {"names": ["a"], "task_run_id": second}).status == 423
    assert api.get(f"{TAGS}/tag/a").json["active_slots"] == [first]
    assert api.post(f"{TAGS}/decrement", {"names": ["a"], "task_run_id": first}).status == 200
    assert api.post(f"{TAGS}/increment", {"names": ["a"], "task_run_id": second}).status == 200


def test_the_slots_of_a_tag_are_set_anew(api: Caller) -> None:
    api.post(f"{TAGS}/", {"tag": "a", "concurrency_limit": 2})
    for _ in range(2):
        api.post(f"{TAGS}/increment", {"names": ["a"], "task_run_id": str(uuid4())})
    holder = str(uuid4())

    assert api.post(f"{TAGS}/tag/a/reset", {"slot_override": [holder]}).status == 200
    assert api.get(f"{TAGS}/tag/a").json["active_slots"] == [holder]
    assert api.post(f"{TAGS}/tag/a/reset", {}).status == 200
    assert api.get(f"{TAGS}/tag/a").json["active_slots"] == []
    assert api.post(f"{TAGS}/tag/none/reset", {}).status == 404


def test_a_closed_tag_lets_nobody_in(api: Caller) -> None:
    api.post(f"{TAGS}/", {"tag": "a", "concurrency_limit": 0})

    refused = api.post(f"{TAGS}/increment", {"names": ["a"], "task_run_id": str(uuid4())})

    assert refused.status == 423
    assert "'a' is 0" in refused.json["detail"]
    assert api.post(f"{TAGS}/", {"tag": "b", "concurrency_limit": -1}).status == 422


def test_limits_are_listed_for_the_pages(api: Caller) -> None:
    for name in ("Database", "api_1", "api-1", "tag:heavy"):
        a_limit(api, name)
    held = {"names": ["Database"], "process": "host:1:me"}
    for _ in range(3):
        api.post("/slots/take", {**held, "lease_id": str(uuid4())})

    shown = api.post("/slots/limits/filter", {"like": "dataB"}).json

    assert [(one["name"], one["active_slots"], one["waiting"]) for one in shown] == [("Database", 1, 2)]
    assert [one["name"] for one in api.post("/slots/limits/filter", {"like": "i_1"}).json] == ["api_1"]
    assert [one["name"] for one in api.post("/slots/limits/filter", {"tags": True}).json] == ["tag:heavy"]
    assert api.post("/slots/limits/count", {}).json == 3
    assert len(api.post("/slots/limits/filter", {"limit": 1, "offset": 2}).json) == 1
