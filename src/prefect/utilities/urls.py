"""Addresses of runs, deployments and the rest, and ways to public addresses alone, loaded when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.utilities.lazy_names import lazy_names

if TYPE_CHECKING:
    from prefect._outside.public_transports import SSRFProtectedAsyncHTTPTransport, SSRFProtectedHTTPTransport
    from prefect._outside.urls import convert_class_to_name, url_for, validate_restricted_url

HOMES = {
    "SSRFProtectedAsyncHTTPTransport": "prefect._outside.public_transports",
    "SSRFProtectedHTTPTransport": "prefect._outside.public_transports",
    "convert_class_to_name": "prefect._outside.urls",
    "url_for": "prefect._outside.urls",
    "validate_restricted_url": "prefect._outside.urls",
}
__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "SSRFProtectedAsyncHTTPTransport",
    "SSRFProtectedHTTPTransport",
    "convert_class_to_name",
    "url_for",
    "validate_restricted_url",
]
