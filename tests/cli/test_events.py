"""`prefect events …`"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prefect.events import emit_event
from tests.cli.terminal import Terminal

THING = {"prefect.resource.id": "order.1", "prefect.resource.name": "Socks"}


def followed(*words: str) -> subprocess.Popen[str]:
    """`prefect events stream`, when it has begun to follow."""
    command = [sys.executable, "-m", "prefect", "events", "stream", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def emitted_until(done: subprocess.Popen[str]) -> str:
    """What a process prints that ends at the first event; events are told again and again meanwhile."""
    while done.poll() is None:
        emit_event("order.shipped", THING)
        time.sleep(0.05)
    assert done.returncode == 0
    output, _ = done.communicate(timeout=20)
    return output


def test_events_are_shown_as_they_come_as_json() -> None:
    [line] = emitted_until(followed("--run-once")).splitlines()

    told = json.loads(line)
    assert (told["event"], told["resource"]) == ("order.shipped", THING)


def test_events_are_shown_as_text() -> None:
    output = emitted_until(followed("--run-once", "--format", "text"))

    assert output.endswith(" order.shipped Socks\n")


def test_events_are_added_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("{}\n")

    assert emitted_until(followed("--run-once", "--output-file", str(file))) == ""

    assert json.loads(file.read_text().splitlines()[1])["event"] == "order.shipped"


def test_an_event_is_told(anywhere: Terminal) -> None:
    related = '{"prefect.resource.id": "customer.7", "prefect.resource.role": "customer"}'
    told = anywhere(
        *("events", "emit", "order.paid", "-r", "kind=socks", "--resource-id", "order.1"),
        *("--related", related, "--payload", '{"by": "card"}'),
    )
    assert "order.paid" in told

    body = {"filter": {"event": {"name": ["order.paid"]}}}
    answer = anywhere("api", "POST", "/events/filter", "--data", json.dumps(body))
    [event] = json.loads(answer[answer.index("{") :])["events"]
    assert event["resource"] == {"prefect.resource.id": "order.1", "kind": "socks"}
    assert event["related"][0]["prefect.resource.id"] == "customer.7"
    assert event["payload"] == {"by": "card"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["emit", "x"], "--resource-id"),
        (["emit", "x", "-r", "kind"], "name=value"),
        (["emit", "x", "--resource-id", "a", "--related", '{"a": "b"}'], "prefect.resource.role"),
        (["emit", "x", "--resource-id", "a", "--payload", "[1]"], "JSON object"),
        (["stream", "--account"], "cloud"),
        (["stream", "--output-file", "nowhere/x"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(anywhere: Terminal, words: list[str], why: str) -> None:
    assert why in anywhere("events", *words, expect=1)
