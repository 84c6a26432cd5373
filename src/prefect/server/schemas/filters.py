"""Door: the filters, as in `prefect.client.schemas.filters`."""

from prefect.client.schemas.filters import *  # noqa: F403  # the same names, said there
from prefect.client.schemas.filters import __all__ as __all__
