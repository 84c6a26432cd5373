"""`prefect gcl …` and `prefect concurrency-limit …`"""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from prefect import get_client
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.concurrency.sync import concurrency
from tests.cli.terminal import Terminal


@pytest.mark.parametrize("command", ["gcl", "global-concurrency-limit"])
def test_a_limit_is_made_listed_changed_and_removed(anywhere: Terminal, command: str) -> None:
    assert "There are no limits yet" in anywhere(command, "ls")
    anywhere(command, "create", "database", "--limit", "2", "--slot-decay-per-second", "0.5")

    [made] = anywhere.json(command, "ls")
    assert (made["name"], made["limit"], made["slot_decay_per_second"]) == ("database", 2, 0.5)
    assert "already" in anywhere(command, "create", "database", "--limit", "2", expect=1)
    anywhere(command, "update", "database", "--limit", "3", "--active-slots", "1")
    assert "1 of 3" in anywhere(command, "ls")
    anywhere(command, "disable", "database")
    assert anywhere.json(command, "inspect", "database")["active"] is False
    anywhere(command, "enable", "database")
    assert anywhere.json(command, "inspect", "database")["active"] is True
    anywhere(command, "delete", "database")
    assert anywhere.json(command, "ls") == []


def test_a_name_that_is_almost_right_is_told(anywhere: Terminal) -> None:
    anywhere("gcl", "create", "database", "--limit", "2")

    for command in (["inspect"], ["delete"], ["enable"], ["update", "--limit", "3"]):
        assert "Did you mean 'database'?" in anywhere("gcl", *command[:1], "databse", *command[1:], expect=1)


def test_what_is_to_change_must_be_said(anywhere: Terminal) -> None:
    anywhere("gcl", "create", "x", "--limit", "2")

    assert "Say what is to change" in anywhere("gcl", "update", "x", expect=1)
    assert "either" in anywhere("gcl", "update", "x", "--enable", "--disable", expect=1)
    assert anywhere("gcl", "update", "x", "--limit", "-1", expect=1)


def test_who_holds_a_slot_is_shown_and_ended(anywhere: Terminal) -> None:
    anywhere("gcl", "create", "x", "--limit", "1")

    with concurrency("x"):
        told = anywhere("gcl", "inspect", "x")
        [held] = anywhere.json("gcl", "inspect", "x")["holders"]
        anywhere("gcl", "end", held["lease_id"])
        assert anywhere.json("gcl", "inspect", "x")["holders"] == []

    assert "a program" in told
    assert held["process"].split(":")[1].isdecimal()
    assert "Nobody holds" in anywhere("gcl", "end", held["lease_id"], expect=1)
    assert "no lease's id" in anywhere("gcl", "end", "x", expect=1)


def test_a_limit_is_written_into_a_file(anywhere: Terminal, tmp_path: Path) -> None:
    anywhere("gcl", "create", "x", "--limit", "1")

    anywhere("gcl", "inspect", "x", "--file", str(tmp_path / "x.json"))

    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["limit"] == 1


def test_the_limit_of_a_tag_is_made_looked_at_reset_and_removed(anywhere: Terminal) -> None:
    assert "No tag has a limit yet" in anywhere("concurrency-limits", "ls")
    anywhere("concurrency-limit", "create", "heavy", "2")
    holder = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    with get_client(sync_client=True) as client:
        client.increment_concurrency_slots_with_lease(["tag:heavy"], 1, "concurrency", 60, holder)

    assert "1 of 2" in anywhere("concurrency-limit", "ls")
    assert str(holder.id) in anywhere("concurrency-limit", "inspect", "heavy")
    assert anywhere.json("concurrency-limit", "inspect", "heavy")["active_slots"] == [str(holder.id)]
    anywhere("concurrency-limit", "reset", "heavy")
    assert "0 of 2" in anywhere("concurrency-limit", "ls")
    assert "Did you mean 'heavy'?" in anywhere("concurrency-limit", "inspect", "heave", expect=1)
    anywhere("concurrency-limit", "delete", "heavy")
    assert anywhere.json("concurrency-limit", "ls") == []
