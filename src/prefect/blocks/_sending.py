"""The process that sends one message: `python -m prefect.blocks._sending`, told on its standard input what and how.

Its last line is, as JSON, why the message was not sent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from prefect._engine.redaction import redacted
from prefect._wire.blocks import BlockDocument
from prefect.blocks._guard import confine_this_process
from prefect.blocks.core import Block
from prefect.utilities.asyncutils import to_its_end


def why_not_sent(told: Mapping[str, Any]) -> str | None:
    """Do what is told; why it could not be done, or None."""
    refused: list[str] = []
    try:
        block: Any = Block._from_block_document(BlockDocument.model_validate(told["document"]))
        refused = confine_this_process(told["private_hosts"])
        if "call" in told:
            _call(block, told["call"]["payload"])
        else:
            _notify(block, told["notify"])
    except Exception as error:  # noqa: BLE001  # whatever a block raises is why the message was not sent
        return redacted(refused[0] if refused else str(error) or type(error).__name__)
    return None


def _notify(block: Any, message: Mapping[str, str]) -> None:
    if not hasattr(block, "notify"):
        raise ValueError("it is no block that can send notifications.")
    with block.raise_on_failure():
        to_its_end(block.notify, message["body"], message["subject"])


def _call(block: Any, payload: Any) -> None:
    if not hasattr(block, "call"):
        raise ValueError("it is no webhook.")
    answer = to_its_end(block.call, payload)
    if answer.status_code >= 400:
        raise ValueError(f"the other side answered {answer.status_code}.")


def main() -> int:
    """Send what the standard input tells; 0 where it was sent."""
    reason = why_not_sent(json.load(sys.stdin))
    if reason is not None:
        print(json.dumps(reason))
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main())
