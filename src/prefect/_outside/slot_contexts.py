"""Slots that are given back when a block ends, whoever took them.

with ConcurrencyContext() as context:
    lease = client.increment_concurrency_slots_with_lease(["database"], 1, "concurrency", 60)
    context.cleanup_lease_ids.append(lease.lease_id)
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field
from typing_extensions import Self

from prefect._engine.slots import leases_of_this_process, slots_of_this_process
from prefect._outside.contexts import ContextModel
from prefect.client.orchestration import get_client


class ConcurrencyContext(ContextModel):
    """The leases whose slots are given back at the end of its block."""

    __var__: ClassVar[ContextVar[Any]] = ContextVar("prefect_concurrency")
    cleanup_lease_ids: list[UUID] = Field(default_factory=list)

    @classmethod
    def get(cls) -> Self | None:
        """The innermost context; outside of any a list of the leases that this process holds now, None without one.

        Blocks of `concurrency` give back what they hold by themselves, so what is added to such a list counts nothing.
        """
        held = leases_of_this_process()
        return super().get() or (cls(cleanup_lease_ids=held) if held else None)

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        for lease_id in self.cleanup_lease_ids:
            slots_of_this_process().give(lease_id)


class TagConcurrencyContext(ContextModel):
    """The slots of tags, with the seconds that they were held and the task run, that are given back at its end.

    In `prefect.concurrency.v1.context` its name is `ConcurrencyContext`.
    """

    __var__: ClassVar[ContextVar[Any]] = ContextVar("prefect_tag_concurrency")
    cleanup_slots: list[tuple[list[str], float, UUID]] = Field(default_factory=list)

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        with get_client(sync_client=True) as client:
            for tags, seconds, task_run_id in self.cleanup_slots:
                client.decrement_v1_concurrency_slots(tags, task_run_id, seconds)


__all__ = ["ConcurrencyContext", "TagConcurrencyContext"]
