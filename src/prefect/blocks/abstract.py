"""What blocks of a kind have in common: interfaces for packages to fill."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from prefect.blocks.core import Block
from prefect.exceptions import MissingContextError, PrefectException
from prefect.logging.loggers import get_logger, get_run_logger

T = TypeVar("T")
Parameters = dict[str, Any]


class _LoggingBlock(Block, ABC):
    @property
    def logger(self) -> Any:
        """The logger of the run that is running, or else one of the class's name."""
        try:
            return get_run_logger()
        except MissingContextError:
            return get_logger(type(self).__name__)


class CredentialsBlock(_LoggingBlock, ABC):
    """What lets a program in somewhere."""

    @abstractmethod
    def get_client(self, *args: Any, **kwargs: Any) -> Any:
        """A client that is let in."""


class NotificationError(PrefectException):
    """A notification could not be sent."""

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log


class NotificationBlock(_LoggingBlock, ABC):
    """Tells somebody something."""

    _block_schema_capabilities = ["notify"]  # noqa: RUF012  # users write it so
    _raise_on_failure: bool = False

    @abstractmethod
    def notify(self, body: str, subject: str | None = None) -> None:
        """Send a message."""

    @contextmanager
    def raise_on_failure(self) -> Iterator[None]:
        """Inside the block, a message that cannot be sent is an error."""
        before, self._raise_on_failure = self._raise_on_failure, True
        try:
            yield
        finally:
            self._raise_on_failure = before


class JobRun(ABC, Generic[T]):
    """A run of a job somewhere else."""

    @property
    def logger(self) -> Any:
        """The logger of the run that is running, or else one of the class's name."""
        try:
            return get_run_logger()
        except MissingContextError:
            return get_logger(type(self).__name__)

    @abstractmethod
    def wait_for_completion(self) -> None:
        """Return when the run has ended."""

    @abstractmethod
    def fetch_result(self) -> T:
        """What the run left behind."""


class JobBlock(_LoggingBlock, ABC, Generic[T]):
    """A job that runs somewhere else; `T` is what a run of it leaves behind."""

    @abstractmethod
    def trigger(self) -> JobRun[T]:
        """Start a run of the job."""


class DatabaseBlock(_LoggingBlock, ABC):
    """A database; `operation` is a statement in its language."""

    @abstractmethod
    def fetch_one(self, operation: str, parameters: Parameters | None = None, **execution_kwargs: Any) -> Any:
        """The next row of a query."""

    @abstractmethod
    def fetch_many(
        self, operation: str, parameters: Parameters | None = None, size: int | None = None, **execution_kwargs: Any
    ) -> list[Any]:
        """The next rows of a query, at most `size`."""

    @abstractmethod
    def fetch_all(self, operation: str, parameters: Parameters | None = None, **execution_kwargs: Any) -> list[Any]:
        """All rows of a query."""

    @abstractmethod
    def execute(self, operation: str, parameters: Parameters | None = None, **execution_kwargs: Any) -> None:
        """Carry out a statement."""

    @abstractmethod
    def execute_many(self, operation: str, seq_of_parameters: list[Parameters], **execution_kwargs: Any) -> None:
        """Carry out a statement once for each set of parameters."""

    def __enter__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be used in a with statement.")

    def __exit__(self, *exc_info: object) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot be used in a with statement.")


class ObjectStorageBlock(_LoggingBlock, ABC):
    """A place for files somewhere else."""

    @abstractmethod
    def download_object_to_path(self, from_path: str, to_path: str | Path, **download_kwargs: Any) -> Path:
        """Bring an object into a file; its path."""

    @abstractmethod
    def download_object_to_file_object(
        self, from_path: str, to_file_object: BinaryIO, **download_kwargs: Any
    ) -> BinaryIO:
        """Bring an object into an open file."""

    @abstractmethod
    def download_folder_to_path(self, from_folder: str, to_folder: str | Path, **download_kwargs: Any) -> Path:
        """Bring the objects of a folder into a folder; its path."""

    @abstractmethod
    def upload_from_path(self, from_path: str | Path, to_path: str, **upload_kwargs: Any) -> str:
        """Make an object of a file; its path."""

    @abstractmethod
    def upload_from_file_object(self, from_file_object: BinaryIO, to_path: str, **upload_kwargs: Any) -> str:
        """Make an object of an open file; its path."""

    @abstractmethod
    def upload_from_folder(self, from_folder: str | Path, to_folder: str, **upload_kwargs: Any) -> str:
        """Make objects of the files of a folder; the path of theirs."""


class SecretBlock(_LoggingBlock, ABC):
    """A secret that is kept somewhere else."""

    @abstractmethod
    def read_secret(self) -> bytes:
        """The secret."""

    @abstractmethod
    def write_secret(self, secret_data: bytes) -> str:
        """Change the secret; its name there."""


__all__ = [
    "CredentialsBlock",
    "DatabaseBlock",
    "JobBlock",
    "JobRun",
    "NotificationBlock",
    "NotificationError",
    "ObjectStorageBlock",
    "SecretBlock",
]
