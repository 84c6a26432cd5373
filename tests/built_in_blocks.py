"""Writes down what the classes of built-in blocks say of themselves: `python -m tests.built_in_blocks`."""

from __future__ import annotations

import json
from typing import Any

from prefect._orchestration.built_in_blocks import FILE
from prefect.blocks.core import Block
from prefect.blocks.notifications import (
    CustomWebhookNotificationBlock,
    DiscordWebhook,
    MattermostWebhook,
    MicrosoftTeamsWebhook,
    OpsgenieWebhook,
    PagerDutyWebHook,
    SendgridEmail,
    SlackWebhook,
    TwilioSMS,
)
from prefect.blocks.system import Secret
from prefect.blocks.webhook import Webhook
from prefect.filesystems import SMB, LocalFileSystem, RemoteFileSystem

CLASSES: list[type[Block]] = [
    CustomWebhookNotificationBlock,
    DiscordWebhook,
    LocalFileSystem,
    MattermostWebhook,
    MicrosoftTeamsWebhook,
    OpsgenieWebhook,
    PagerDutyWebHook,
    RemoteFileSystem,
    SMB,
    Secret,
    SendgridEmail,
    SlackWebhook,
    TwilioSMS,
    Webhook,
]


def told_by(kind: type[Block]) -> dict[str, Any]:
    """What a class says of itself, as the file holds it."""
    return {
        "type": kind._to_block_type().model_dump(),
        "schema": {
            "fields": kind._schema_fields(),
            "capabilities": sorted(kind.get_block_capabilities()),
            "version": kind.get_block_schema_version(),
        },
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps([told_by(kind) for kind in CLASSES], indent=1) + "\n", encoding="utf-8")
