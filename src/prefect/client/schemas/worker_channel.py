"""What a server of another implementation tells its workers by a socket (prefect-redis)."""

from prefect.exceptions import NotOfThisServer

raise NotOfThisServer(__name__)
