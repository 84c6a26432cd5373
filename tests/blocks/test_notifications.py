"""Notification blocks send what they are told to where they are told, and say so where they cannot."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import httpx
import pytest

from prefect import flow
from prefect.blocks.core import Block
from prefect.blocks.notifications import (
    AppriseNotificationBlock,
    CustomWebhookNotificationBlock,
    DiscordWebhook,
    MattermostWebhook,
    MicrosoftTeamsWebhook,
    NotificationError,
    OpsgenieWebhook,
    PagerDutyWebHook,
    SendgridEmail,
    SlackWebhook,
    TwilioSMS,
)
from tests.blocks import made
from tests.listening import Listener

TEAMS = "https://place.logic.azure.com:443/workflows/WORK/triggers/manual/paths/invoke?sp=x&sv=1.0&sig=SIGNATURE"
SERVICES: list[tuple[Any, str]] = [
    (
        made(SlackWebhook, url="https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        "slack://T1JJ",
    ),
    (made(MicrosoftTeamsWebhook, url=TEAMS, wrap=False), "wrap=no"),
    (
        made(PagerDutyWebHook, integration_key="i" * 20, api_key="a" * 20, region_name="eu"),
        "/Prefect/Notification?region=eu",
    ),
    (
        made(
            TwilioSMS,
            account_sid=f"AC{'a' * 32}",
            auth_token="b" * 32,
            from_phone_number="+15550001111",
            to_phone_numbers=["+15550002222"],
        ),
        "%2B15550001111/%2B15550002222/",
    ),
    (made(OpsgenieWebhook, apikey="a" * 20, target_team=["data"], priority=5, tags=["t"]), "%23data?action=new"),
    (
        made(MattermostWebhook, hostname="chat.example.com", token="abcdefgh", secure=True),
        "mmosts://chat.example.com:8065/",
    ),
    (made(DiscordWebhook, webhook_id="1" * 18, webhook_token="t" * 30, botname="bot", avatar=True), "avatar=yes"),
    (
        made(SendgridEmail, api_key="SG.x", sender_email="a@b.com", to_emails=["c@d.com"]),
        "sendgrid://SG.x:a@b.com/c%40d.com",
    ),
]


@pytest.mark.parametrize(("block", "part"), SERVICES, ids=lambda value: type(value).__name__)
def test_each_service_is_one_that_apprise_knows(block: Any, part: str) -> None:
    pytest.importorskip("apprise")

    services = [service.url() for service in block._client_for(block._service())]

    assert [part in url for url in services] == [True]


def test_a_message_arrives(listener: Listener) -> None:
    pytest.importorskip("apprise")
    block = made(
        MattermostWebhook,
        hostname="127.0.0.1",
        port=listener.port,
        token="abcdefgh",
        botname="bot",
        channels=["ops"],
        path="/chat",
    )

    block.notify("It failed.", "nightly")

    heard = listener.next()
    assert (heard.method, heard.path) == ("POST", "/chat/hooks/abcdefgh")
    assert heard.json == {"text": "nightly\r\nIt failed.", "username": "bot", "channel": "ops"}


def test_a_saved_block_is_loaded_by_its_type_and_name(listener: Listener) -> None:
    pytest.importorskip("apprise")
    made(MattermostWebhook, hostname="127.0.0.1", port=listener.port, token="abcdefgh").save("ops")

    block: Any = Block.load("mattermost-webhook/ops")
    block.notify("It failed.")

    assert listener.next().json["text"] == "It failed."


def test_async_code_awaits_notify(listener: Listener) -> None:
    pytest.importorskip("apprise")
    block = made(AppriseNotificationBlock, url=listener.url("/x").replace("http", "json"))

    async def twice() -> None:
        await block.notify("one")
        await block.anotify("two")

    asyncio.run(twice())

    assert [listener.next().json["message"] for _ in range(2)] == ["one", "two"]


def test_what_was_not_sent_is_told_without_its_secrets(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("apprise")
    listener.status = 500
    block = made(AppriseNotificationBlock, url=listener.url("/sekrit-path").replace("http", "json"))

    with caplog.at_level(logging.WARNING):
        block.notify("It failed.")

    assert "A notification was not sent: The AppriseNotificationBlock did not take the message." in caplog.text
    assert "500" in caplog.text
    assert "sekrit-path" not in caplog.text


@pytest.mark.parametrize("url", ["nonsense", "sekrit://127.0.0.1/x"])
def test_on_request_what_was_not_sent_is_an_error(url: str) -> None:
    pytest.importorskip("apprise")
    block = made(AppriseNotificationBlock, url=url)

    with block.raise_on_failure(), pytest.raises(NotificationError, match="none that apprise knows") as raised:
        block.notify("It failed.")

    assert url not in raised.value.log


def test_an_address_that_the_service_would_not_take_is_an_error() -> None:
    pytest.importorskip("apprise")
    block = made(TwilioSMS, account_sid="nonsense", auth_token="b", from_phone_number="1", to_phone_numbers=["2"])

    with block.raise_on_failure(), pytest.raises(NotificationError, match="cannot be used"):
        block.notify("It failed.")


def test_private_addresses_are_refused_where_the_block_says_so(listener: Listener) -> None:
    pytest.importorskip("apprise")
    blocks: list[Any] = [
        made(SlackWebhook, url=listener.url(), allow_private_urls=False),
        made(CustomWebhookNotificationBlock, name="n", url=listener.url(), allow_private_urls=False),
    ]

    for block in blocks:
        with pytest.raises(ValueError, match=r"private address 127\.0\.0\.1"):
            block.notify("It failed.")

    assert listener.heard_nothing


def test_without_apprise_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    block = made(SlackWebhook, url="https://hooks.slack.com/services/T/B/X")

    with pytest.raises(ImportError, match=r"pip install 'prefect\[notifications\]'"):
        block.notify("It failed.")


def test_a_class_of_ones_own_starts_its_client_with_a_url(listener: Listener) -> None:
    pytest.importorskip("apprise")
    from pydantic import SecretStr

    class Shout(AppriseNotificationBlock):
        _block_type_name = "Shout Of Tests"

        def block_initialization(self) -> None:
            self._start_apprise_client(SecretStr(f"json://127.0.0.1:{listener.port}/shout"))

    Shout(url=SecretStr("json://elsewhere")).notify("It failed.", subject="s")

    assert listener.next().path == "/shout"
    assert Shout.get_block_capabilities() == {"notify"}


# -- a request of one's own -------------------------------------------------------------------------------------------


def test_names_in_braces_stand_for_what_they_name(listener: Listener) -> None:
    block = made(
        CustomWebhookNotificationBlock,
        name="ops",
        url=listener.url("/{{name}}"),
        params={"p": "{{ subject }}"},
        json_data={"title": "{{subject}}", "lines": ["{{body}}"], "count": 1},
        headers={"x-token": "{{token}}"},
        cookies={"c": "{{token}}"},
        secrets={"token": "SEKRIT"},
    )

    block.notify("It failed.", "nightly")

    heard = listener.next()
    assert (heard.method, heard.path) == ("POST", "/ops?p=nightly")
    assert heard.json == {"title": "nightly", "lines": ["It failed."], "count": 1}
    assert (heard.headers["x-token"], heard.headers["cookie"]) == ("SEKRIT", "c=SEKRIT")


@pytest.mark.parametrize(
    ("form", "sent"), [({"t": "{{body}}"}, "t=a+%26+b"), ("say {{body}}", "say a & b"), (None, "")]
)
def test_a_body_is_a_form_or_a_text(listener: Listener, form: Any, sent: str) -> None:
    made(CustomWebhookNotificationBlock, name="n", url=listener.url(), form_data=form).notify("a & b")

    assert listener.next().body == sent


def test_what_a_custom_webhook_will_send_can_be_looked_at() -> None:
    block = made(
        CustomWebhookNotificationBlock,
        name="n",
        url="https://example.com/{{token}}",
        json_data={"text": "{{subject}}: {{body}}"},
        secrets={"token": "t"},
    )

    assert block._build_request_args("b", "s") == {
        **{"method": "POST", "url": "https://example.com/t", "json": {"text": "s: b"}, "timeout": 10},
        **dict.fromkeys(["params", "data", "headers", "cookies"]),
    }


def test_a_name_that_stands_for_nothing_is_an_error() -> None:
    block = made(CustomWebhookNotificationBlock, name="n", url="http://127.0.0.1/", json_data={"a": "{{nope}}"})

    with pytest.raises(ValueError, match=r"json_data.a names \{\{nope\}\}.* There are: body, name, subject"):
        block.notify("x")


def test_one_body_is_given() -> None:
    with pytest.raises(ValueError, match="not both"):
        made(CustomWebhookNotificationBlock, name="n", url="http://127.0.0.1/", json_data={}, form_data={})


def test_an_answer_that_says_no_is_an_error(listener: Listener) -> None:
    listener.status = 500

    with pytest.raises(httpx.HTTPStatusError):
        made(CustomWebhookNotificationBlock, name="n", url=listener.url()).notify("x")


def test_a_flow_notifies(listener: Listener) -> None:
    made(CustomWebhookNotificationBlock, name="n", url=listener.url(), json_data={"text": "{{body}}"}).save("ops")

    @flow
    def tells() -> None:
        CustomWebhookNotificationBlock.load("ops").notify("from a flow")

    tells()

    assert listener.next().json == {"text": "from a flow"}
