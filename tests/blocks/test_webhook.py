"""A webhook is called with what is given, and its answer is given back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from prefect import flow
from prefect.blocks.webhook import Webhook
from tests.blocks import made
from tests.listening import Listener


@pytest.mark.parametrize(("payload", "body"), [({"a": [1]}, '{"a":[1]}'), ("text", "text"), (None, ""), ([1], "[1]")])
def test_what_is_given_is_sent(listener: Listener, payload: Any, body: str) -> None:
    webhook = made(Webhook, url=listener.url("/hook"), method="PUT", headers={"x-token": "SEKRIT"})

    answer = asyncio.run(webhook.call(payload))

    heard = listener.next()
    written = heard.body.replace(" ", "")  # which httpx writes between the parts of JSON, or does not
    assert (heard.method, heard.path, written, heard.headers["x-token"]) == ("PUT", "/hook", body, "SEKRIT")
    assert answer.status_code == 200


def test_an_answer_of_any_status_is_given_back(listener: Listener) -> None:
    listener.status = 503
    webhook = made(Webhook, url=listener.url())

    assert asyncio.run(webhook.call({})).status_code == 503


def test_private_addresses_are_refused_where_the_block_says_so(listener: Listener) -> None:
    webhook = made(Webhook, url=listener.url(), allow_private_urls=False)

    with pytest.raises(ValueError, match=r"private address 127\.0\.0\.1"):
        asyncio.run(webhook.call({}))

    assert listener.heard_nothing


def test_a_saved_webhook_is_called_in_an_async_flow(listener: Listener) -> None:
    webhook = made(Webhook, url=listener.url())
    webhook.save("hook")

    @flow
    async def calls() -> int:
        loaded = await Webhook.load("hook")
        answer = await loaded.call({"from": "a flow"})
        return int(answer.status_code)

    assert asyncio.run(calls()) == 200
    assert listener.next().json == {"from": "a flow"}
