"""Door: the orders of lists, as in `prefect.client.schemas.sorting`."""

from prefect.client.schemas.sorting import *  # noqa: F403  # the same names, said there
from prefect.client.schemas.sorting import __all__ as __all__
