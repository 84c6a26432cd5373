"""Following log lines as they are recorded.

async with get_logs_subscriber(filter=LogFilter(level={"ge_": 30})) as lines:
    async for line in lines:
        ...
"""

from __future__ import annotations

from prefect._wire.filters import LogFilter
from prefect._wire.objects import Log
from prefect.client.following import LogsFollowed, Subscription
from prefect.client.orchestration import way_to


class PrefectLogsSubscriber(Subscription[Log]):
    """Gives the log lines that are meant as they are recorded, those of the last 15 minutes first, each once.

    It follows the server that the settings name, or `api_url`; without one the local database. The last two arguments
    are taken for older programs.
    """

    def __init__(
        self,
        api_url: str | None = None,
        filter: LogFilter | None = None,
        reconnection_attempts: int = 10,
        reconnect_on_clean_close: bool = False,
    ) -> None:
        super().__init__(lambda: LogsFollowed(way_to(api_url), filter))

    @property
    def client_name(self) -> str:
        return type(self).__name__


def get_logs_subscriber(
    filter: LogFilter | None = None, reconnection_attempts: int = 10, reconnect_on_clean_close: bool = False
) -> PrefectLogsSubscriber:
    """Follows the log lines that are meant where runs are recorded: those of a server, or in the local database."""
    return PrefectLogsSubscriber(None, filter, reconnection_attempts, reconnect_on_clean_close)


__all__ = ["PrefectLogsSubscriber", "get_logs_subscriber"]
