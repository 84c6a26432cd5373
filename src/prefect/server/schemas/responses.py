"""Door: what is answered, as in `prefect.client.schemas.responses`."""

from prefect.client.schemas.responses import *  # noqa: F403  # the same names, said there
from prefect.client.schemas.responses import __all__ as __all__
