"""The order of events in the memory of another server (prefect-redis); ours is that of its database."""

from prefect.exceptions import NotOfThisServer

raise NotOfThisServer(__name__)
