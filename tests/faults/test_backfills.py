"""A server that is killed again and again in the middle of a backfill: every slot has run once in the end."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from prefect._domain.work_pools import DEFAULT_POOL
from prefect.backfills import BackfillStatus, create_backfill
from tests.faults.servers import serving
from tests.recorded import flow_runs
from tests.runner.scenes import deployed
from tests.serving import until

pytestmark = pytest.mark.long
MARCH = datetime(2026, 3, 1, tzinfo=timezone.utc)
SLOTS, KILLS = 60, 5
CODE = """
@flow
def around(slot: str):
    note("ledger.txt", slot)
    time.sleep(0.05)
"""


def begun() -> int:
    """How many runs have written into the ledger."""
    ledger = Path("ledger.txt")
    return len(ledger.read_text().splitlines()) if ledger.exists() else 0


def test_a_backfill_survives_that_its_server_is_killed_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment_id = deployed(CODE, work_pool_name=DEFAULT_POOL)
    with serving() as server:
        monkeypatch.setenv("PREFECT_API_URL", server.url)
        backfill = create_backfill(
            deployment_id,
            MARCH,
            MARCH + (SLOTS - 1) * timedelta(hours=1),
            every=timedelta(hours=1),
            max_active=4,
            parameters={"slot": "{{ slot }}"},
        )
        for kill in range(1, KILLS + 1):
            until(lambda done=kill * SLOTS // (KILLS + 2): begun() >= done, 180)  # type: ignore[misc]
            server.kill()
            time.sleep(0.2 * kill)
            server.start()
        assert backfill.wait(300).status is BackfillStatus.COMPLETED
        assert backfill.progress.completed == SLOTS
        monkeypatch.delenv("PREFECT_API_URL")

    slots = [(MARCH + number * timedelta(hours=1)) for number in range(SLOTS)]
    assert sorted(run.expected_start_time or MARCH for run in flow_runs()) == slots
    assert Counter(Path("ledger.txt").read_text().split()) == Counter(slot.isoformat() for slot in slots)
