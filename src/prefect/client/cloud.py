"""The client of a hosted service, which there is none of here: who asks for it is told what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

from prefect.exceptions import PrefectException

__all__ = ["CloudUnauthorizedError", "NoHostedService", "get_cloud_client"]


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
