"""Messages between the servers of another implementation (prefect-redis); ours passes none."""

from prefect.exceptions import NotOfThisServer

raise NotOfThisServer(__name__)
