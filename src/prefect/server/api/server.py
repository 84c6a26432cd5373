"""Door: the server as an ASGI application, for programs that serve it themselves."""

from prefect._outside.applications import create_app
from prefect.client.transports import API_VERSION as SERVER_API_VERSION

__all__ = ["SERVER_API_VERSION", "create_app"]
