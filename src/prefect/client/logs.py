"""What clients can do with log lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prefect.client.operations import Later, Steps, operation, post
from prefect.client.runs import given

if TYPE_CHECKING:
    from prefect._wire.filters import LogFilter
    from prefect._wire.logs import Log, LogCreate
else:
    Log = Later("prefect._wire.logs", "Log")


class LogOperations:
    """The operations on log lines."""

    @operation
    def create_logs(self, logs: Iterable[LogCreate | Mapping[str, Any]]) -> Steps[None]:
        """Add lines."""
        yield post("/logs/", list(logs))

    @operation
    def read_logs(
        self,
        log_filter: LogFilter | None = None,
        limit: int | None = None,
        offset: int | None = None,
        sort: str = "TIMESTAMP_ASC",
    ) -> Steps[list[Log]]:
        """The lines that are meant, the oldest first unless another order is asked for."""
        body = given(logs=log_filter, limit=limit, offset=offset, sort=sort)
        return [Log.model_validate(found) for found in (yield post("/logs/filter", body))]
