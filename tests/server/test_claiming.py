"""A claim that waits is answered as soon as there is a run, or one is due; nobody polls."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from tests._api.deployed import a_deployment, a_pool
from tests.serving import Caller, over_http

ASKED = {"holder": "me", "limit": 5}


def claim(api: Caller, seconds: float) -> tuple[Any, float]:
    """What a claim that waits so long is answered with, and after how many seconds."""
    began = time.monotonic()
    told = api.ask("POST", "/work_pools/p/claim", ASKED, {"wait": seconds})
    return told.json, time.monotonic() - began


def test_a_claim_is_answered_when_a_run_is_made() -> None:
    with over_http() as api:
        a_pool(api)
        made = a_deployment(api, work_pool_name="p")
        create = threading.Timer(0.5, api.post, (f"/deployments/{made['id']}/create_flow_run", {}))
        create.start()

        claimed, took = claim(api, 20)
        create.join()

    assert len(claimed) == 1
    assert 0.4 < took < 5


def test_a_claim_is_answered_when_a_run_is_due() -> None:
    with over_http() as api:
        a_pool(api)
        made = a_deployment(api, work_pool_name="p")
        due = datetime.now(timezone.utc) + timedelta(seconds=1)
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due.isoformat()}}
        api.post(f"/deployments/{made['id']}/create_flow_run", {"state": state})

        claimed, took = claim(api, 20)

    assert len(claimed) == 1
    assert 0.4 < took < 4


def test_a_claim_is_answered_with_nothing_when_its_time_is_over() -> None:
    with over_http() as api:
        a_pool(api)

        assert claim(api, 0.3)[0] == []
