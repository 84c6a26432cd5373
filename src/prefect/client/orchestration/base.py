"""Requests by the API's own paths, for clients of packages that are made of a client of httpx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import httpx


class BaseClient:
    """Asks by a client whose `base_url` is that of the API: `request("GET", "/flows/{id}", path_params={"id": 1})`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> httpx.Response:
        """The answer to a request; the other arguments are those of httpx."""
        return self._client.request(method, place_of(path, path_params), params=params, **kwargs)


class BaseAsyncClient:
    """As `BaseClient`, awaited."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> httpx.Response:
        """As `BaseClient.request`, awaited."""
        return await self._client.request(method, place_of(path, path_params), params=params, **kwargs)


def place_of(path: str, path_params: Mapping[str, Any] | None) -> str:
    """A path with values in the place of its `{names}`. Raises `ValueError` for a name without a value."""
    try:
        return path.format_map({name: quote(str(value), safe="") for name, value in (path_params or {}).items()})
    except KeyError as error:
        raise ValueError(f"The path {path!r} has {error} in it, which path_params says nothing of.") from error


__all__ = ["BaseAsyncClient", "BaseClient"]
