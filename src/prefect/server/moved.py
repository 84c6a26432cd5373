"""The API below another path than `/api`, where a setting says so (`server.api.base_path`)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

USUAL = "/api"


def base_path_of(said: str | None) -> str:
    """The path below which the API is, as it stands in addresses."""
    return f"/{said.strip('/')}" if said and said.strip("/") else USUAL


class Moved:
    """Hands requests on as if they had been sent below `/api`."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, "path": self._usual(scope["path"])}
            if scope.get("raw_path"):
                scope["raw_path"] = self._usual(scope["raw_path"].decode("latin-1")).encode("latin-1")
        await self._app(scope, receive, send)

    def _usual(self, path: str) -> str:
        """A path as it would be below `/api`; what is there already is nowhere."""
        if path == self._base or path.startswith(f"{self._base}/"):
            return f"{USUAL}{path[len(self._base) :]}"
        return "/nothing" if path == USUAL or path.startswith(f"{USUAL}/") else path
