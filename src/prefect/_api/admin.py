"""Whether the server lives, which version it is, and how it is set: `/health`, `/ready`, `/version`, `/admin`."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import Any

from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Routes
from prefect._domain.version import VERSION
from prefect._orchestration import csrf, result_storage
from prefect._store.faults import Fault, fault_of
from prefect._wire.admin import CsrfToken, Ready, ServerDefaultResultStorage, ServerDefaultResultStorageUpdate, told

routes = Routes()
LEAST_ROOM = 64 * 1024
"""Bytes of a disk below which it counts as full."""


@routes.get("/health")
def health(here: Here) -> bool:
    """Whether the server answers."""
    return True


@routes.get("/ready")
def ready(here: Here) -> Ready:
    """Whether the database answers, too, and can be written to."""
    try:
        with here.db.read() as conn:
            conn.execute("SELECT 1")
    except Exception as error:
        why = f": {error}" if fault_of(error) is Fault.GONE else ""
        raise Refusal(503, f"Database is not available{why}") from error
    room = here.db.room_on_disk()
    if room is not None and room < LEAST_ROOM:
        raise Refusal(503, f"The disk of the database is full: {room} bytes are free.")
    return Ready(message="OK")


@routes.get("/hello")
def hello(here: Here) -> str:
    return "👋"


@routes.get("/version")
def version(here: Here) -> str:
    return VERSION


@routes.get("/admin/version")
def admin_version(here: Here) -> str:
    return VERSION


@routes.get("/admin/settings")
def read_settings(here: Here) -> dict[str, Any]:
    """How the server is set; secrets are not told."""
    return told(here.settings)


@routes.get("/admin/storage")
def read_server_default_result_storage(here: Here) -> ServerDefaultResultStorage:
    """The block in which results are kept where nobody says where."""
    return ServerDefaultResultStorage(default_result_storage_block_id=result_storage.read(here.db))


@routes.put("/admin/storage")
def update_server_default_result_storage(
    here: Here, body: ServerDefaultResultStorageUpdate
) -> ServerDefaultResultStorage:
    chosen = body.default_result_storage_block_id
    result_storage.choose(here.db, chosen, id=here.new_id(), now=here.now)
    return ServerDefaultResultStorage(default_result_storage_block_id=chosen)


@routes.delete("/admin/storage")
def clear_server_default_result_storage(here: Here) -> None:
    result_storage.forget(here.db)


@routes.get("/csrf-token")
def create_csrf_token(here: Here, client: str) -> CsrfToken:
    """A token that a client brings with requests that change something, where the settings ask for it."""
    api = here.settings.server.api
    if not api.csrf_protection_enabled:
        raise Refusal(422, "CSRF protection is disabled. The server checks the Host and Origin of requests instead.")
    lasting = timedelta(seconds=api.csrf_token_expiration)
    given = csrf.give_token(here.db, client, token_hex(32), id=here.new_id(), now=here.now, lasting=lasting)
    return CsrfToken.of(given)
