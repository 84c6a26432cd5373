"""Door: a page that says whether a worker is alive."""

from prefect._outside.worker_health import build_healthcheck_server, start_healthcheck_server

__all__ = ["build_healthcheck_server", "start_healthcheck_server"]
