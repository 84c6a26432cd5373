"""Door: what is sent, as in `prefect.client.schemas.actions`."""

from prefect.client.schemas.actions import *  # noqa: F403  # the same names, said there
from prefect.client.schemas.actions import __all__ as __all__
