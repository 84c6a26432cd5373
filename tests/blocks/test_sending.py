"""What automations send goes out of a process of its own, to public addresses and those that settings name."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from prefect import flow
from prefect._domain.blocks import BlockDocument
from prefect._orchestration import block_documents
from prefect._store.opened import opened_database
from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock, MattermostWebhook, notify
from prefect.blocks.sending import NotSent, call_webhook, send_notification
from prefect.blocks.system import Secret
from prefect.blocks.webhook import Webhook
from prefect.settings import get_current_settings
from prefect.settings.encryption import encryption_keys
from tests.blocks import made
from tests.listening import Listener


@pytest.fixture
def this_machine_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS", "localhost")


def saved(block: Block) -> BlockDocument:
    """The document of a block, with its secrets, as who carries out automations reads it."""
    block.save("ops", overwrite=True)
    settings = get_current_settings()
    slug = block.get_block_type_slug()
    db = opened_database(str(settings.server.database.connection_url))
    return block_documents.read_by_name(db, slug, "ops", keys=encryption_keys(settings), include_secrets=True)


def a_custom_webhook(url: str, **fields: Any) -> BlockDocument:
    return saved(
        made(CustomWebhookNotificationBlock, name="n", url=url, json_data={"text": "{{subject}}: {{body}}"}, **fields)
    )


@pytest.mark.usefixtures("this_machine_may_be_called")
def test_a_notification_is_sent(listener: Listener) -> None:
    send_notification(a_custom_webhook(listener.url()), "nightly", "It failed.")

    assert listener.next().json == {"text": "nightly: It failed."}


@pytest.mark.usefixtures("this_machine_may_be_called")
def test_a_webhook_is_called(listener: Listener) -> None:
    webhook = made(Webhook, url=listener.url("/hook"))

    call_webhook(saved(webhook), {"what": "it failed"})

    assert listener.next().json == {"what": "it failed"}


def test_nothing_is_sent_to_private_ground_unasked(listener: Listener) -> None:
    pytest.importorskip("apprise")
    webhook = made(Webhook, url=listener.url(host="2130706433"))
    told = "private address 127.0.0.1. Set PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS"

    with pytest.raises(NotSent, match=f"custom-webhook/ops: .*{told}"):
        send_notification(a_custom_webhook(listener.url()), "s", "b")
    with pytest.raises(NotSent, match=f"mattermost-webhook/ops: .*{told}"):
        send_notification(
            saved(made(MattermostWebhook, hostname="localhost", port=listener.port, token="abcd")), "s", "b"
        )
    with pytest.raises(NotSent, match=f"webhook/ops: .*{told}"):
        call_webhook(saved(webhook), {})

    assert listener.heard_nothing


@pytest.mark.usefixtures("this_machine_may_be_called")
def test_why_a_message_was_not_sent_is_told_without_secrets(listener: Listener) -> None:
    listener.status = 500
    document = a_custom_webhook(listener.url("/{{token}}"), secrets={"token": "SEKRIT-TOKEN"})

    with pytest.raises(NotSent, match=r"custom-webhook/ops: .*500") as raised:
        send_notification(document, "s", "b")

    assert "SEKRIT" not in str(raised.value)


@pytest.mark.usefixtures("this_machine_may_be_called")
def test_a_webhook_that_says_no_was_not_called(listener: Listener) -> None:
    listener.status = 404
    webhook = made(Webhook, url=listener.url())

    with pytest.raises(NotSent, match="webhook/ops: the other side answered 404"):
        call_webhook(saved(webhook), {})


PAGER = """
import httpx
from prefect.blocks.abstract import NotificationBlock

class Pager(NotificationBlock):
    url: str
    async def notify(self, body, subject=None):
        async with httpx.AsyncClient() as client:
            (await client.post(self.url, json={"text": f"{subject}: {body}"})).raise_for_status()
"""


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The block of an installed package, which notifies asynchronously."""
    metadata = tmp_path / "site" / "pager-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pager\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[prefect.collections]\npager = pager\n")
    (tmp_path / "site" / "pager.py").write_text(PAGER)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    yield import_module("pager").Pager
    del sys.modules["pager"]


@pytest.mark.usefixtures("this_machine_may_be_called")
def test_a_block_of_a_package_whose_notify_is_async_has_sent_when_it_says_so(pager: Any, listener: Listener) -> None:
    document = saved(pager(url=listener.url()))

    send_notification(document, "nightly", "It failed.")
    assert listener.next().json == {"text": "nightly: It failed."}

    listener.status = 500
    with pytest.raises(NotSent, match=r"pager/ops: .*500"):
        send_notification(document, "s", "b")


def test_a_hook_waits_for_a_notify_that_is_async(pager: Any, listener: Listener) -> None:
    saved(pager(url=listener.url()))

    @flow(on_completion=[notify("pager/ops")])
    def nightly() -> None: ...

    nightly()

    assert listener.next().json["text"].startswith("nightly: Completed")


def test_a_block_that_cannot_notify_is_told() -> None:
    with pytest.raises(NotSent, match="secret/ops: it is no block that can send notifications"):
        send_notification(saved(Secret(value="x")), "s", "b")
    with pytest.raises(NotSent, match="secret/ops: it is no webhook"):
        call_webhook(saved(Secret(value="x")), {})


def test_a_block_of_a_class_that_is_not_installed_is_told() -> None:
    class OfAnotherProgram(Block):
        _block_type_name = "Of Another Program"

    with pytest.raises(NotSent, match="knows no block class of the type 'of-another-program'"):
        send_notification(saved(OfAnotherProgram()), "s", "b")


def test_a_message_has_its_time(listener: Listener) -> None:
    with pytest.raises(NotSent, match=r"did not answer within 0\.01 seconds"):
        send_notification(a_custom_webhook(listener.url()), "s", "b", seconds=0.01)
