"""Whether the server lives, which version it is, and how it is set: `/health`, `/ready`, `/version`, `/admin`."""

from __future__ import annotations

from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Routes
from prefect._domain.version import VERSION
from prefect._wire.admin import Ready

routes = Routes()


@routes.get("/health")
def health(here: Here) -> bool:
    """Whether the server answers."""
    return True


@routes.get("/ready")
def ready(here: Here) -> Ready:
    """Whether the database answers, too."""
    try:
        with here.db.read() as conn:
            conn.execute("SELECT 1")
    except Exception as error:
        raise Refusal(503, "Database is not available") from error
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
