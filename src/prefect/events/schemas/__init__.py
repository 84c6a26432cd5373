"""What events and automations look like. Older programs find the trigger of a deployment here."""

from __future__ import annotations

import importlib
from typing import Any

OLDER = {"DeploymentTrigger": "DeploymentEventTrigger"}
"""By which names older programs know triggers."""


def __getattr__(name: str) -> Any:
    if name not in OLDER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("prefect.events.triggers"), OLDER[name])
