"""Who asks: the worker, the deployment, the flow and the run of this process, as headers of requests.

httpx.get(url, headers=get_attribution_headers())
"""

from __future__ import annotations

import os
from urllib.parse import quote

from prefect.context import FlowRunContext

PLACES = ("worker", "flow", "flow_run", "deployment")
PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


def get_attribution_headers() -> dict[str, str]:
    """The headers `X-Prefect-…-Id` and `-Name` of what is known; signs that headers cannot have are percent-encoded."""
    told = {**_of_this_process(), **_of_the_run_here()}
    return {
        f"X-Prefect-{name.replace('_', '-').title()}": quote(str(value), safe=PRINTABLE)
        for name, value in told.items()
        if value
    }


def _of_this_process() -> dict[str, str | None]:
    """What whoever started this process has told it."""
    names = (f"{place}_{what}" for place in PLACES for what in ("id", "name"))
    return {name: os.environ.get(f"PREFECT__{name.upper()}") for name in names}


def _of_the_run_here() -> dict[str, str]:
    context = FlowRunContext.get()
    if context is None:
        return {}
    run = context.flow_run
    told = {"flow_id": run.flow_id, "flow_run_id": run.id, "flow_run_name": run.name, "flow_name": context.flow.name}
    if run.deployment_id is not None:
        told["deployment_id"] = run.deployment_id
    return {name: str(value) for name, value in told.items()}


__all__ = ["get_attribution_headers"]
