"""The slots that a task run takes for those of its tags that have a limit.

Which tags have one is looked up when a flow begins, and once a second; a run whose tags have none pays nothing else.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from prefect._clock import new_id
from prefect._domain.concurrency import Holder, name_for_tag
from prefect._engine.slots import Asked, Held, Patience, Slots, slots_of_this_process
from prefect._engine.steps import Awaited, Block, Step

if TYPE_CHECKING:
    from prefect._engine.jobs import TaskJob

LEASE_SECONDS = 60.0
FOR_EVER = Patience()


class TagSlots:
    """Slots that a task run holds."""

    def __init__(self, slots: Slots, asked: Asked) -> None:
        self._slots, self._asked = slots, asked

    def give(self) -> None:
        self._slots.give(self._asked.lease_id)


def slots_of_tags(job: TaskJob) -> Generator[Step, Any, TagSlots | None]:
    """Take a slot of each tag that has a limit, waiting for it; None where none has.

    Raises `ConcurrencySlotAcquisitionError` for a tag whose limit has no slot at all.
    """
    slots = job.recorder.slots
    if slots is None:
        slots = job.recorder.slots = slots_of_this_process()
    if not slots.tags.is_known():
        yield Block(slots.tags.look)
    limited = slots.tags.among(job.run.tags)
    if not limited:
        return None
    names = tuple(name_for_tag(tag) for tag in sorted(limited))
    asked = Asked(new_id(), names, lease_seconds=LEASE_SECONDS, holder=Holder("task_run", job.run.id))
    answer = yield Awaited(partial(slots.take, asked, FOR_EVER), partial(slots.atake, asked, FOR_EVER))
    if not answer.bounded:
        return None
    slots.hold(Held(asked.lease_id, asked.lease_seconds, partial(_tell_loss, job)))
    return TagSlots(slots, asked)


def _tell_loss(job: TaskJob, why: str) -> None:
    job.logger.warning("The slots of this run's tags are held no longer, for their lease could not be renewed: %s", why)
