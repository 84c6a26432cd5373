"""What both worlds share: reading what is asked for, and what happens when slots are lost."""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.concurrency import Holder, Mode, name_for_tag
from prefect._engine.slots import Answered, Asked, Held
from prefect._interrupting import may_interrupt
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import ConcurrencySlotAcquisitionError, ConcurrencySlotsLost

SHORTEST_LEASE, LONGEST_LEASE = 1.0, 86_400.0
MOST_SLOTS = 2**31 - 1
LOOK_EVERY = 0.005
"""Seconds between two looks whether a thread may be interrupted."""
logger = logging.getLogger("prefect.concurrency")


def asked_for(
    names: str | Iterable[str],
    slots: int,
    mode: Mode = Mode.CONCURRENCY,
    lease_seconds: float = 300.0,
    *,
    strict: bool = False,
    holder: Any = None,
) -> Asked | None:
    """What is asked for; None where no name is said. Raises `ConcurrencySlotAcquisitionError` for what cannot be."""
    wanted = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
    if not wanted:
        return None
    if isinstance(slots, bool) or not isinstance(slots, int) or not 0 < slots <= MOST_SLOTS:
        raise _unable(wanted, f"occupy is {slots!r}, and must be a whole number of at least 1.")
    if not SHORTEST_LEASE <= lease_seconds <= LONGEST_LEASE:
        bounds = f"between {SHORTEST_LEASE:.0f} and {LONGEST_LEASE:.0f} seconds"
        raise _unable(wanted, f"lease_duration is {lease_seconds!r}, and must be {bounds}.")
    return Asked(new_id(), wanted, slots, mode, float(lease_seconds), _holder(holder), strict)


def asked_for_tags(names: str | Iterable[str], task_run_id: UUID) -> Asked | None:
    """A slot of each of some tags, for a task run."""
    tags = [names] if isinstance(names, str) else names
    return asked_for([name_for_tag(tag) for tag in tags], 1, holder=Holder("task_run", task_run_id))


def _unable(names: Iterable[str], why: str) -> ConcurrencySlotAcquisitionError:
    return ConcurrencySlotAcquisitionError(f"Unable to acquire concurrency slots on {list(names)}: {why}")


def _holder(given: Any) -> Holder | None:
    """The run that is said to hold the slots, or that is going on here."""
    if given is not None:
        return Holder(given.type, given.id)
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        return Holder("task_run", task.task_run.id)
    return Holder("flow_run", flow.flow_run.id) if flow is not None else None


def warn_of_unknown(answer: Answered) -> None:
    """Say which names are no limit's, so that nothing is bounded by them."""
    if answer.unknown:
        logger.warning("Concurrency limits %s do not exist - skipping acquisition.", list(answer.unknown))


def held(asked: Asked, end: Callable[[], None] | None) -> Held:
    """A lease whose loss is told, and `end`s what needs it."""

    def lost(why: str) -> None:
        told = "what needs them is ended" if end is not None else "what goes on may be more than the limit says"
        level = logging.ERROR if end is not None else logging.WARNING
        logger.log(
            level,
            "The slots of %s are held no longer, for their lease could not be renewed (%s); %s.",
            list(asked.names),
            why,
            told,
        )
        if end is not None:
            end()

    return Held(asked.lease_id, asked.lease_seconds, lost)


class Interruption:
    """Ends the code that this thread runs, from another one, as long as the block lasts."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._is_over = self._is_raised = False
        self._moving = threading.Lock()

    def begin(self) -> None:
        """Raise `ConcurrencySlotsLost` in the thread as soon as it may be interrupted."""
        threading.Thread(target=self._interrupt, name="prefect-slots-lost", daemon=True).start()

    def _interrupt(self) -> None:
        while not self._tried():
            time.sleep(LOOK_EVERY)

    def _tried(self) -> bool:
        with self._moving:
            frame = sys._current_frames().get(self._thread)
            if not self._is_over and not may_interrupt(frame):
                return False
            if not self._is_over:
                self._is_raised = True
                _raise_in(self._thread, _slots_lost())
            return True

    def __enter__(self) -> Interruption:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with self._moving:
            self._is_over = True
            if self._is_raised:
                _raise_in(self._thread, None)


def _slots_lost() -> type[BaseException]:
    """What is raised: for programs of old a cancellation, too, as the event loop knows it."""
    import asyncio

    class SlotsLost(ConcurrencySlotsLost, asyncio.CancelledError):
        """Slots are held no longer."""

    for name in ("__name__", "__qualname__", "__module__"):
        setattr(SlotsLost, name, getattr(ConcurrencySlotsLost, name))  # a traceback names what programs can catch
    return SlotsLost


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have an exception raised in a thread at its next step; None takes back one that has not been raised yet."""
    what = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
