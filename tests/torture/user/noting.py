"""What the functions of users write down: which run they carry out in which process, and what they do there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil

from prefect.runtime import flow_run, task_run
from tests.torture.ledgers import Ledger

FOLDER = Path(os.environ["TORTURE_LEDGERS"])
DONE, LOGGED, LIMITED = (Ledger(FOLDER / f"{name}.log") for name in ("exec", "logs", "slots"))


def this_process() -> str:
    """The number of this process and when it started, which tell it from all others."""
    return f"{os.getpid()}:{psutil.Process().create_time()}"


def note(what: str, ledger: Ledger = DONE, **facts: Any) -> None:
    """Write down what this run does now."""
    ledger.note(
        what,
        run=flow_run.id,
        root=os.environ.get("PREFECT__FLOW_RUN_ID") or flow_run.id,
        task_run=task_run.id,
        epoch=int(os.environ.get("PREFECT__FLOW_RUN_EPOCH", "0")),
        process=this_process(),
        **facts,
    )
