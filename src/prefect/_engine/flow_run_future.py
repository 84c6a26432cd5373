"""Futures of flow runs that others carry out, known by their ids alone."""

from __future__ import annotations

import time
from typing import Any, Generic, TypeVar
from uuid import UUID

from prefect._domain.states import State
from prefect._engine.elsewhere import FutureElsewhere
from prefect._engine.outcomes import pending
from prefect.client.orchestration import get_client
from prefect.utilities.asyncutils import in_thread

R = TypeVar("R")
LOOK_FIRST = 0.05
"""Seconds until a run is looked at again for the first time; later looks are further apart."""
LOOK_EVERY = 1.0


class PrefectFlowRunFuture(FutureElsewhere[R], Generic[R]):
    """The future of a flow run; it can be pickled, and asked in any process."""

    def __init__(self, flow_run_id: UUID) -> None:
        self._flow_run_id = flow_run_id

    @property
    def flow_run_id(self) -> UUID:
        return self._flow_run_id

    @property
    def state(self) -> State:
        """Where the run stands now. Raises `ObjectNotFound`."""
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(self._flow_run_id).state
        return state if state is not None else pending()

    def wait(self, timeout: float | None = None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = LOOK_FIRST
        while not self.is_done():
            left = pause if deadline is None else min(deadline - time.monotonic(), pause)
            if left <= 0:
                return
            time.sleep(left)
            pause = min(pause * 2, LOOK_EVERY)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the flow returned, where its result is kept; raises as other futures do.

        Raises `MissingResult` where it is not kept.
        """
        self.wait(timeout)
        state = self.state
        if not state.is_final():
            raise TimeoutError(f"The flow run {self._flow_run_id} has not ended in {timeout} seconds.")
        return state.result(raise_on_failure=raise_on_failure)  # type: ignore[no-any-return]  # the user's value

    async def aresult(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """As `result`, awaited."""
        return await in_thread(self.result, timeout, raise_on_failure)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrefectFlowRunFuture) and other.flow_run_id == self._flow_run_id

    def __hash__(self) -> int:
        return hash(self._flow_run_id)

    def __repr__(self) -> str:
        return f"PrefectFlowRunFuture({self._flow_run_id})"


__all__: list[Any] = ["PrefectFlowRunFuture"]
