"""A page that says whether a worker is alive, for programs that start it beside their worker themselves."""

from __future__ import annotations

import threading

from prefect.settings import get_current_settings
from prefect.workers.base import BaseWorker
from prefect.workers.health import answering_for


class HealthcheckServer:
    """Answers `GET /health` where the settings of workers say."""

    def __init__(self, worker: BaseWorker) -> None:
        self._worker = worker
        self._ended = threading.Event()

    def run(self) -> None:
        """Answer until `end`. Raises `ConfigurationError` for an address that is taken."""
        settings = get_current_settings().worker.webserver
        with answering_for(self._worker.is_well, settings.host, settings.port):
            self._ended.wait()

    def end(self) -> None:
        """Have `run` return."""
        self._ended.set()


def build_healthcheck_server(
    worker: BaseWorker, query_interval_seconds: float, log_level: str = "error"
) -> HealthcheckServer:
    """The page of a worker. How often it asks, and what is logged, is taken for older programs."""
    return HealthcheckServer(worker)


def start_healthcheck_server(worker: BaseWorker, query_interval_seconds: float, log_level: str = "error") -> None:
    """Answer for a worker, in the thread that calls this, for as long as the program lives."""
    build_healthcheck_server(worker, query_interval_seconds, log_level).run()


__all__ = ["HealthcheckServer", "build_healthcheck_server", "start_healthcheck_server"]
