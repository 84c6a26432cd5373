"""What clients can ask of the server itself; without one, the answers are this process's own."""

from __future__ import annotations

from typing import Any

from prefect.client.operations import Steps, get, operation


class AdminOperations:
    """The operations on the server."""

    @operation
    def hello(self) -> Steps[str]:
        """A wave of the server's hand."""
        return str((yield get("/hello")))

    @operation
    def api_healthcheck(self) -> Steps[Exception | None]:
        """Why the server does not answer; None where it does."""
        try:
            yield get("/health")
        except Exception as error:  # noqa: BLE001  # the fault is the answer
            return error
        return None

    @operation
    def read_worker_metadata(self) -> Steps[dict[str, Any]]:
        """The types of work pools by the packages that bring them, each with the job template of a new pool."""
        return dict((yield get("/collections/views/aggregate-worker-metadata")))

    @operation
    def api_version(self) -> Steps[str]:
        """The version of the server."""
        return str((yield get("/version")))
