"""Removing the files in which runs have kept their steps, when nobody can go on with them any more.

The file of a run is removed some time after the run has ended, that of a subflow after the run that it is a part of;
not while the run waits, however long, nor while a crash can be gone on from. One whose run was deleted goes, too, if it
was recorded here: others may keep their files in the same folder. Whoever ends a durable run looks, once a day.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._engine.kept_steps import RECORDED_IN
from prefect._engine.step_files import StepFile

if TYPE_CHECKING:
    from prefect._engine.ledger import Ledger

LOOKED = ".steps-looked-through"
"""The file whose age says when somebody has looked last."""
LOOK_EVERY = timedelta(days=1)
MOST = 1_000
"""How many files are looked at in one go."""


def remove_old_steps(folder: Path, ledger: Ledger, *, keep: timedelta, now: datetime) -> list[Path]:
    """Remove what runs have kept that ended so long ago, unless somebody has looked today; what was removed."""
    looked = folder / LOOKED
    if looked.exists() and _age(looked) < LOOK_EVERY:
        return []
    looked.touch()
    oldest = sorted((file for file in folder.glob("*.steps") if _age(file) >= keep), key=_age, reverse=True)
    old = [file for file in oldest[:MOST] if _is_over(file, ledger, now - keep)]
    for file in old:
        file.unlink(missing_ok=True)
    return old


def place_text(ledger: Ledger) -> bytes:
    """What tells the place where runs are recorded from others, without the passwords in its address."""
    from hashlib import sha256  # which loads OpenSSL

    return sha256(ledger.place.encode()).hexdigest().encode()


def _age(file: Path) -> timedelta:
    return timedelta(seconds=time.time() - file.stat().st_mtime)


def _is_over(file: Path, ledger: Ledger, before: datetime) -> bool:
    """Whether nobody can go on with the run of a file, and it ended before a moment."""
    try:
        run = ledger.read(UUID(file.stem))
    except ValueError:
        return False
    whole = ledger.read(ledger.root_of(run)) if run is not None else None
    if whole is None:
        return StepFile(file).read(RECORDED_IN) == place_text(ledger)
    return _cannot_go_on(whole) and whole.end_time is not None and whole.end_time <= before


def _cannot_go_on(run: FlowRun) -> bool:
    state = run.state
    return state is not None and state.is_final() and not (state.is_crashed() and run.empirical_policy.may_resume)
