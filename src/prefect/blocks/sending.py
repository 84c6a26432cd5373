"""What an automation sends: a notification by a block that somebody saved, or a call of a webhook.

Whoever carries automations out does not know who wrote the address, nor what the class of the block does. So each
message is sent by a process of its own, which connects to no private address, starts no other process, and has its
time; what it needs is loaded in it, and not in the server.

`send_notification` and `call_webhook` are what a sender of automations is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from prefect._domain.blocks import BlockDocument
from prefect._wire import blocks as wire
from prefect.exceptions import PrefectException
from prefect.settings import get_current_settings

SECONDS = 30.0
"""The time in which a message is sent, or not at all."""


class NotSent(PrefectException):
    """A notification was not sent, or a webhook not called."""


def send_notification(document: BlockDocument, subject: str, body: str, *, seconds: float = SECONDS) -> None:
    """Send a message by the block of a document that was read with its secrets. Raises `NotSent`, saying why."""
    _send(document, {"notify": {"subject": subject, "body": body}}, seconds)


def call_webhook(document: BlockDocument, payload: Any, *, seconds: float = SECONDS) -> None:
    """Call the webhook of a document that was read with its secrets. Raises `NotSent`, saying why."""
    _send(document, {"call": {"payload": payload}}, seconds)


def _send(document: BlockDocument, what: dict[str, Any], seconds: float) -> None:
    label = f"{document.block_type.slug}/{document.name or document.id}"
    private_hosts = list(get_current_settings().server.notifications.private_hosts)
    told = json.dumps(
        {**what, "document": wire.BlockDocument.of(document).model_dump(mode="json"), "private_hosts": private_hosts}
    )
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "prefect.blocks._sending"],
            input=told,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"{label} did not answer within {seconds:g} seconds.") from None
    if ended.returncode != 0:
        raise NotSent(f"{label}: {_reason(ended)}")


def _reason(ended: subprocess.CompletedProcess[str]) -> str:
    """Why a process did not send its message: the last line that it wrote as its answer."""
    answers = ended.stdout.strip().splitlines()
    return str(json.loads(answers[-1])) if answers else f"its process ended with {ended.returncode}."


__all__ = ["NotSent", "call_webhook", "send_notification"]
