"""`notify` is a hook that tells of a run, also of one whose process was killed."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from prefect import flow, task
from prefect.blocks.notifications import CustomWebhookNotificationBlock, MattermostWebhook, notify
from prefect.blocks.system import Secret
from tests.blocks import made
from tests.listening import Listener
from tests.runner.scenes import deployed, ended, running, triggered, written


@pytest.fixture
def ops(listener: Listener) -> CustomWebhookNotificationBlock:
    """A block that tells the listener, saved as `custom-webhook/ops`."""
    block = made(
        CustomWebhookNotificationBlock,
        name="ops",
        url=listener.url(),
        json_data={"subject": "{{subject}}", "body": "{{body}}"},
    )
    block.save("ops")
    return block


@pytest.mark.usefixtures("ops")
def test_a_flow_that_fails_is_told_of(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_UI_URL", "http://pages")
    monkeypatch.setenv("PREFECT_SILENCE_API_URL_MISCONFIGURATION", "1")

    @flow(name="nightly", flow_run_name="tonight", on_failure=[notify("custom-webhook/ops")])
    def fails() -> None:
        raise ValueError("bad data")

    fails(return_state=True)

    heard = listener.next().json
    assert heard["subject"] == "nightly: Failed"
    assert heard["body"].startswith("The flow run 'tonight' of 'nightly' is Failed.\n")
    assert "ValueError: bad data\nhttp://pages/runs/flow-run/" in heard["body"]


@pytest.mark.usefixtures("ops")
def test_a_flow_that_succeeds_is_not_told_of(listener: Listener) -> None:
    @flow(on_failure=[notify("custom-webhook/ops")])
    def succeeds() -> None: ...

    succeeds()

    assert listener.heard_nothing


def test_an_async_flow_and_a_task_are_told_of(listener: Listener, ops: CustomWebhookNotificationBlock) -> None:
    @task(on_failure=[notify(ops)])
    def step() -> None:
        raise ValueError

    @flow(on_failure=[notify(ops)])
    async def around() -> None:
        step()

    asyncio.run(around(return_state=True))

    assert [listener.next().json["subject"] for _ in range(2)] == ["step: Failed", "around: Failed"]


@pytest.mark.usefixtures("ops")
def test_where_one_block_cannot_the_others_are_told(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    @flow(on_failure=[notify("custom-webhook/lost", "custom-webhook/ops")])
    def fails() -> None:
        raise ValueError

    fails(return_state=True)

    assert listener.next().json["subject"] == "fails: Failed"
    assert "The hook 'notify(custom-webhook/lost, custom-webhook/ops)' raised." in caplog.text


@pytest.mark.usefixtures("ops")
@pytest.mark.parametrize("hooks", ["on_failure=[HOOK]", "on_crashed=[HOOK]", "on_failure=[HOOK], on_crashed=[HOOK]"])
def test_a_run_that_is_killed_is_told_of_once(listener: Listener, hooks: str) -> None:
    told = hooks.replace("HOOK", 'notify("custom-webhook/ops")')
    code = f"""
from prefect.blocks.notifications import notify

@flow({told})
def around():
    note("pid", os.getpid())
    time.sleep(60)
"""
    deployment = deployed(code)
    run = triggered(deployment)

    with running(deployment):
        os.kill(int(written("pid")), signal.SIGKILL)
        assert ended(run).is_crashed()
        heard = listener.next().json

    assert heard["subject"] == "around: Crashed"
    assert listener.heard_nothing


@pytest.mark.parametrize("wrong", ["ops", "", "a/b/c", Secret(value="x")])
def test_what_names_no_block_is_told_at_once(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"is no such name|is no block that can send"):
        notify(wrong)
    with pytest.raises(ValueError, match="needs a block"):
        notify()


def test_a_hook_is_known_by_its_blocks() -> None:
    unsaved = made(MattermostWebhook, hostname="h", token="t")

    assert notify("slack-webhook/ops", unsaved).__name__ == (
        "notify(slack-webhook/ops, mattermost-webhook/without a name)"
    )
