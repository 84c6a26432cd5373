"""The automation that tells somebody of failures: `prefect automation create --on-failure FLOW --notify BLOCK`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._domain.events import ID, ROLE
from prefect._wire.blocks import BlockDocument
from prefect._wire.written_automations import AutomationCore
from prefect.cli.confirming import no_such
from prefect.cli.deployment_names import deployment_of
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

ENDINGS = ["FAILED", "CRASHED"]
"""The types of the states that are told of: a run whose process was killed is Crashed."""
SUBJECT = '{{ flow.name }}: {{ labels["prefect.state-name"] }}'
BODY = """\
The flow run '{{ flow_run.name }}' of '{{ flow.name }}' is {{ labels["prefect.state-name"] }}.
{{ labels["prefect.state-message"] }}
{{ flow_run|ui_url }}"""
PAYLOAD = """\
{"flow": {{ flow.name|tojson }}, "flow_run": {{ flow_run.name|tojson }}, \
"state": {{ labels["prefect.state-name"]|tojson }}, "message": {{ labels["prefect.state-message"]|tojson }}, \
"url": {{ flow_run|ui_url|tojson }}}"""


def automation_for_failures(client: SyncPrefectClient, whose: str, blocks: Sequence[str]) -> AutomationCore:
    """An automation that tells by saved blocks of runs that fail, crash or are killed: of a flow, or a FLOW/DEPLOYMENT.

    Raises `CommandError` where there is no such flow, deployment or block, or a block that tells nobody.
    """
    if not blocks:
        raise CommandError("Say by which block you are told: --notify slack-webhook/ops")
    role, id = _related(client, whose)
    trigger = {
        "type": "event",
        "posture": "Reactive",
        "expect": ["prefect.flow-run.*"],
        "match": {ID: "prefect.flow-run.*", "prefect.state-type": ENDINGS},
        "match_related": {ROLE: role, ID: id},
        "for_each": [ID],
        "threshold": 1,
        "within": 0,
    }
    told = {
        "name": f"Tell of failures of {whose}",
        "description": f"Tells by {', '.join(blocks)}.",
        "trigger": trigger,
        "actions": [_action(_block(client, block)) for block in blocks],
    }
    return AutomationCore.model_validate(told)


def _related(client: SyncPrefectClient, whose: str) -> tuple[str, str]:
    """Which resource the events of those runs name, and as what."""
    if "/" in whose:
        return "deployment", f"prefect.deployment.{deployment_of(client, whose)[1].id}"
    try:
        return "flow", f"prefect.flow.{client.read_flow_by_name(whose).id}"
    except ObjectNotFound:
        known = (flow.name for flow in client.read_flows())
        raise no_such("flow", whose, known, hint="`prefect flow ls` lists those there are.") from None


def _block(client: SyncPrefectClient, block: str) -> BlockDocument:
    slug, _, name = block.rpartition("/")
    try:
        if slug:
            return client.read_block_document_by_name(name, slug, include_secrets=False)
    except ObjectNotFound:
        pass
    found = client.read_block_documents(include_secrets=False)
    known = [f"{one.block_type.slug}/{one.name}" for one in found if one.block_type is not None]
    raise no_such("block", block, known, hint="`prefect block ls` lists those there are.")


def _action(document: BlockDocument) -> dict[str, Any]:
    assert document.block_type is not None
    assert document.block_schema is not None
    slug = document.block_type.slug
    if slug == "webhook":
        return {"type": "call-webhook", "block_document_id": document.id, "payload": PAYLOAD}
    if "notify" not in document.block_schema.capabilities:
        raise CommandError(f"The block {slug}/{document.name} tells nobody; give a notification block or a webhook.")
    return {"type": "send-notification", "block_document_id": document.id, "subject": SUBJECT, "body": BODY}
