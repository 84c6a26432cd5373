"""What a run of a durable flow has done, kept so that a later process of the run goes on behind it.

A step is named by its task (or subflow), the place from which it is called (the flow, or the task run around it), and
its inputs. Of calls that are the same in all three the first gets what the first of them came to, and so on: nobody
asks for determinism. The name is a key in the store of results.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from prefect._engine.local_files import STEP
from prefect.utilities.hashing import hash_objects, stable_hash

if TYPE_CHECKING:
    from prefect._domain.task_runs import TaskRun

RECORDED_IN = "recorded-in"
"""The name under which the file of a run says where the run is recorded."""
ChangedTasks = Literal["keep", "rerun"]
"""What becomes of a kept result whose task's code has changed since."""


class KeptSteps:
    """The names of the steps of one flow run, as its process comes to them."""

    def __init__(self, flow_run_id: UUID, *, is_new: bool, changed_tasks: ChangedTasks = "keep") -> None:
        """Of a run that `is_new` nothing is kept yet."""
        self._flow_run_id = flow_run_id
        self._same: dict[str, Iterator[int]] = {}
        self._names: dict[UUID, str] = {}
        self.received: dict[str, list[str]] = {}
        """The keys of the inputs that were received, by what they were sent under."""
        self.recorded: frozenset[UUID] = frozenset()
        """The task runs of earlier processes that are recorded as completed."""
        self.is_new = is_new
        self.changed_tasks: ChangedTasks = changed_tasks

    def name(self, what: str, inputs: Any, *, run_id: UUID | None = None, caller: TaskRun | None = None) -> str | None:
        """The name of a step, always the same for a `run_id`; None where no hash can be made of its inputs."""
        known = self._names.get(run_id) if run_id is not None else None
        if known is not None:
            return known
        hashed = hash_objects(inputs)
        if hashed is None:
            return None
        call = stable_hash(self._place(caller), "\0", what, "\0", hashed)
        nth = next(self._same.setdefault(call, count()))
        name = call if nth == 0 else f"{call}-{nth}"
        if run_id is not None:
            self._names[run_id] = name
        return name

    def _place(self, caller: TaskRun | None) -> str:
        """Whence a step is called; from a task run without a name, which is of none other's kind, by its id."""
        return "" if caller is None else self._names.get(caller.id, str(caller.id))

    def key(self, name: str) -> str:
        """The key under which a step's result is kept."""
        return f"{self._flow_run_id}{STEP}{name}"
