"""A block that keeps files in Redis."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field, SecretStr, model_validator
from typing_extensions import Self

from prefect.filesystems import WritableFileSystem
from prefect.utilities.asyncutils import dispatched
from prefect.utilities.optional import optional


class RedisStorageContainer(WritableFileSystem):
    """Keeps results of flows and tasks in Redis, each under its path as the key."""

    _code_example = """
    from prefect.blocks.redis import RedisStorageContainer

    RedisStorageContainer.from_host("redis.example.com", password="...").save("results")
    """

    host: str | None = Field(default=None, description="The server.")
    port: int = Field(default=6379, description="The server's port.")
    db: int = Field(default=0, description="The number of the database.")
    username: SecretStr | None = Field(default=None, description="Who is let in.")
    password: SecretStr | None = Field(default=None, description="The user's password.")
    connection_string: SecretStr | None = Field(
        default=None, description="The whole address, in the place of its parts: redis://user:password@host:6379/0."
    )

    @model_validator(mode="after")
    def _knows_its_server(self) -> Self:
        if self.host is None and self.connection_string is None:
            raise ValueError("Where Redis is must be told: by its host, or by a connection_string.")
        return self

    @classmethod
    def from_host(
        cls,
        host: str,
        port: int = 6379,
        db: int = 0,
        username: str | SecretStr | None = None,
        password: str | SecretStr | None = None,
    ) -> Self:
        """The container of a server."""
        return cls.model_validate({"host": host, "port": port, "db": db, "username": username, "password": password})

    @classmethod
    def from_connection_string(cls, connection_string: str | SecretStr) -> Self:
        """The container of an address, `redis://user:password@host:6379/0`."""
        return cls.model_validate({"connection_string": connection_string})

    @cached_property
    def _redis(self) -> Any:
        """A client. Raises `ImportError` where the package for Redis is not installed."""
        redis = optional("redis", "redis")
        if self.connection_string is not None:
            return redis.Redis.from_url(self.connection_string.get_secret_value())
        return redis.Redis(
            host=self.host,
            port=self.port,
            db=self.db,
            username=self.username and self.username.get_secret_value(),
            password=self.password and self.password.get_secret_value(),
        )

    @dispatched
    def read_path(self, path: str) -> bytes:
        """What is kept under a path. Raises `ValueError` where nothing is."""
        content: bytes | None = self._redis.get(path)
        if content is None:
            raise ValueError(f"There is nothing at {path!r}.")
        return content

    @dispatched
    def write_path(self, path: str, content: bytes) -> str:
        """Keep something under a path."""
        self._redis.set(path, content)
        return path


__all__ = ["RedisStorageContainer"]
