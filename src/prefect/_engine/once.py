"""Steps that must not run twice: that one is begun is recorded, under its key, before it is carried out.

A client is loaded by the first that needs one.
"""

from __future__ import annotations

from importlib import import_module
from uuid import UUID

from prefect.exceptions import ConfigurationError, ObjectAlreadyExists, OutcomeUnknown


def why_not_again(step: str | None, flow_run_id: UUID | None) -> Exception | None:
    """Why a step may not be carried out, or None for the first who asks."""
    if step is None or flow_run_id is None:
        return ConfigurationError(
            "A task that runs at most once needs a durable flow around it, which keeps what it came to. "
            "Write @flow(durable=True), and leave results and the cache policy of the task as they are."
        )
    client = import_module("prefect.client.orchestration").get_client(sync_client=True)
    with client:
        try:
            client.create_flow_run_input(flow_run_id, f"begun-{step}", "true")
        except ObjectAlreadyExists:
            return OutcomeUnknown(step)
    return None
