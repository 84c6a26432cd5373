"""The client of a hosted service, which there is none of here: who asks for it is told what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn
from uuid import UUID

from pydantic import BaseModel

from prefect.exceptions import PrefectException

__all__ = ["CloudUnauthorizedError", "NoHostedService", "Workspace", "get_cloud_client"]


class Workspace(BaseModel):
    """A part of a hosted service, as programs for one name it."""

    account_id: UUID
    account_name: str
    account_handle: str
    workspace_id: UUID
    workspace_name: str
    workspace_description: str
    workspace_handle: str

    @property
    def handle(self) -> str:
        """The names of its account and its own."""
        return f"{self.account_handle}/{self.workspace_handle}"

    def is_at(self, api_url: str) -> bool:
        """Whether that is the address of its API."""
        return f"/accounts/{self.account_id}/workspaces/{self.workspace_id}" in api_url


class NoHostedService(PrefectException):
    """Something was asked of a hosted service."""


class CloudUnauthorizedError(PrefectException):
    """A hosted service refused a key; programs name this error, and it is never raised here."""


def get_cloud_client(*_: Any, **__: Any) -> NoReturn:
    """Raise `NoHostedService`."""
    raise NoHostedService(
        "get_cloud_client asks a hosted service, which there is none of here. A server of your own is asked through "
        "prefect.get_client(): name it by PREFECT_API_URL=http://HOST:4200/api."
    )
