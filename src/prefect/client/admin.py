"""What clients can ask of the server itself; without one, the answers are this process's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect._domain.version import VERSION
from prefect._wire.admin import ServerDefaultResultStorage, ServerDefaultResultStorageUpdate
from prefect.client.operations import Steps, delete, get, operation, put


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

    @operation
    def raise_for_api_version_mismatch(self) -> Steps[None]:
        """Raise `RuntimeError` where the server does not answer, or is of another major version than this program."""
        try:
            theirs = str((yield get("/admin/version")))
        except Exception as error:
            raise RuntimeError(f"The server does not tell its version: {error}") from error
        if theirs.partition(".")[0] != VERSION.partition(".")[0]:
            raise RuntimeError(
                f"The server has version {theirs} and this program {VERSION}: they need the same first number. "
                "Install the one that fits the other."
            )

    @operation
    def read_server_default_result_storage(self) -> Steps[ServerDefaultResultStorage]:
        """The block in which results are kept where nobody says where, if one is chosen."""
        return ServerDefaultResultStorage.model_validate((yield get("/admin/storage")))

    @operation
    def update_server_default_result_storage(
        self, default_result_storage_block_id: UUID
    ) -> Steps[ServerDefaultResultStorage]:
        """Choose that block. Raises `ObjectNotFound`."""
        body = ServerDefaultResultStorageUpdate(default_result_storage_block_id=default_result_storage_block_id)
        return ServerDefaultResultStorage.model_validate((yield put("/admin/storage", body)))

    @operation
    def clear_server_default_result_storage(self) -> Steps[None]:
        """Choose none."""
        yield delete("/admin/storage")
