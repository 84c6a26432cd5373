"""What a server of another implementation has its workers clean up (prefect-redis)."""

from prefect.exceptions import NotOfThisServer

raise NotOfThisServer(__name__)
