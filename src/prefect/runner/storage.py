"""Where the code of flows is kept, how it is brought to this host, and the step by which others bring it to theirs.

A storage is anything with the parts of `RunnerStorage`. `create_storage_from_source` makes one of an address or path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypedDict, runtime_checkable
from urllib.parse import urlsplit

from prefect.blocks.system import Secret
from prefect.runner.git import Remote, Wanted, check_out
from prefect.utilities.asyncutils import in_thread, waited_for

PULL_EVERY = 60
"""Seconds after which a runner brings the code anew."""
STEPS = "prefect.deployments.steps"
GIT_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")


@runtime_checkable
class RunnerStorage(Protocol):
    """What a storage can do; its code ends up in `destination`."""

    def set_base_path(self, path: Path) -> None:
        """Say in which folder the code's own folder is made."""

    @property
    def pull_interval(self) -> int | None:
        """Seconds after which the code is to be brought anew; None for never."""

    @property
    def destination(self) -> Path:
        """The folder of the code on this host."""

    async def pull_code(self) -> None:
        """Bring the code to its destination, or bring it up to date."""

    def to_pull_step(self) -> dict[str, Any]:
        """The step by which a deployment's runs bring the code to their host."""


def pull(storage: RunnerStorage) -> Path:
    """Bring a storage's code to this host; the folder in which it is."""
    waited_for(storage.pull_code())
    return storage.destination


class GitCredentials(TypedDict, total=False):
    """By what a git host lets one in: a token, as a text or a `Secret` block, and perhaps a user."""

    username: str
    access_token: str | Secret


class GitRepository:
    """Code in a git repository.

    `credentials` are a mapping with `access_token` (or `token`, `password`) and perhaps `username`, or a credentials
    block. A token is asked for by git itself and ends up in no file. Raises `InvalidRepositoryURLError` and
    `ValueError`.
    """

    def __init__(
        self,
        url: str,
        credentials: Any = None,
        name: str | None = None,
        branch: str | None = None,
        commit_sha: str | None = None,
        include_submodules: bool = False,
        pull_interval: int | None = PULL_EVERY,
        directories: Sequence[str] | None = None,
    ) -> None:
        self.credentials = credentials
        user, token = _user_and_token(credentials)
        self.remote = Remote.of(url, user, token)
        self.wanted = Wanted(branch, commit_sha, tuple(directories or ()), include_submodules)
        self.url = self.remote.url
        self.name = name or self._usual_name()
        self.pull_interval = pull_interval
        self._base = Path.cwd()

    def _usual_name(self) -> str:
        state = self.wanted.branch or (self.wanted.commit_sha or "")[:12]
        return re.sub(r"[^\w.-]", "-", f"{self.remote.name}-{state}" if state else self.remote.name)

    def set_base_path(self, path: Path) -> None:
        self._base = path

    @property
    def destination(self) -> Path:
        return self._base / self.name

    async def pull_code(self) -> None:
        await in_thread(check_out, self.remote, self.wanted, self.destination)

    def to_pull_step(self) -> dict[str, Any]:
        """A `git_clone` step. Raises `ValueError` for a token that no block keeps: it would be stored as it is."""
        told: dict[str, Any] = {"repository": self.url, "branch": self.wanted.branch}
        told["commit_sha"] = self.wanted.commit_sha
        told["directories"] = list(self.wanted.directories)
        told["include_submodules"] = self.wanted.submodules
        step = {name: value for name, value in told.items() if value}
        return {f"{STEPS}.git_clone": {**step, **self._told_credentials()}}

    def _told_credentials(self) -> dict[str, Any]:
        if self.remote.token is None:
            return {}
        if hasattr(self.credentials, "get_block_placeholder"):
            return {"credentials": _placeholder_of(self.credentials)}
        token = _first(self.credentials, TOKENS) if isinstance(self.credentials, Mapping) else None
        if not isinstance(token, Secret):
            raise ValueError(
                f"The token for {self.url} would be stored as it is. Keep it in a block, "
                "Secret(value=...).save('git-token'), and give credentials={'access_token': Secret.load('git-token')}."
            )
        user = _first(self.credentials, ("username",))
        return {"access_token": _placeholder_of(token), **({"credentials": {"username": user}} if user else {})}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GitRepository):
            return NotImplemented
        return (self.remote, self.wanted, self.name) == (other.remote, other.wanted, other.name)

    def __hash__(self) -> int:
        return hash((self.remote, self.wanted, self.name))

    def __repr__(self) -> str:
        return f"GitRepository(name={self.name!r}, url={self.url!r}, branch={self.wanted.branch!r})"


TOKENS = ("access_token", "token", "password")


def _user_and_token(credentials: Any) -> tuple[str | None, str | None]:
    if credentials is None:
        return None, None
    user, token = _first(credentials, ("username",)), _first(credentials, TOKENS)
    if token is None:
        raise ValueError("The credentials hold no token; give {'access_token': ...} or a block that has one.")
    return _revealed(user), _revealed(token)


def _first(held: Any, names: Sequence[str]) -> Any:
    told = held if isinstance(held, Mapping) else {name: getattr(held, name, None) for name in names}
    return next((told[name] for name in names if told.get(name) is not None), None)


def _revealed(value: Any) -> str | None:
    """The text of a secret: of a block, of pydantic's, or a plain one."""
    if value is None:
        return None
    for name in ("get_secret_value", "get"):
        if hasattr(value, name):
            value = getattr(value, name)()
    return str(value)


def _placeholder_of(block: Any) -> str:
    """How a step names a block. Raises `ValueError` where it has not been saved."""
    name = block.get_block_placeholder()
    return f"{{{{ {name} }}}}"


class LocalStorage:
    """Code in a folder of this host."""

    def __init__(self, path: str | Path, pull_interval: int | None = None) -> None:
        self.path = Path(path).expanduser().resolve()
        self.pull_interval = pull_interval

    def set_base_path(self, path: Path) -> None:
        """The code stays where it is."""

    @property
    def destination(self) -> Path:
        return self.path

    async def pull_code(self) -> None:
        """Nothing has to be brought. Raises `FileNotFoundError` where the folder is not there."""
        if not self.path.is_dir():
            raise FileNotFoundError(f"There is no folder {str(self.path)!r}.")

    def to_pull_step(self) -> dict[str, Any]:
        return {f"{STEPS}.set_working_directory": {"directory": str(self.path)}}

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, LocalStorage) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"LocalStorage(path={str(self.path)!r})"


class RemoteStorage:
    """Code in a folder that fsspec reaches, such as `s3://bucket/flows`; settings are those of its filesystem.

    A setting may be a saved block, which stands for its secret. Raises `ValueError` for an address without a scheme.
    """

    def __init__(self, url: str, pull_interval: int | None = PULL_EVERY, **settings: Any) -> None:
        if not urlsplit(url).scheme:
            raise ValueError(f"{url!r} is no address of a remote folder; expected something like 's3://bucket/folder'.")
        self.url = url
        self.settings = settings
        self.pull_interval = pull_interval
        self._base = Path.cwd()

    def set_base_path(self, path: Path) -> None:
        self._base = path

    @property
    def destination(self) -> Path:
        return self._base / re.sub(r"[^\w.-]+", "-", self.url.partition("://")[2]).strip("-.")

    async def pull_code(self) -> None:
        await in_thread(self._download)

    def _download(self) -> None:
        try:
            import fsspec
        except ImportError as error:
            raise ImportError(
                f"Code at {self.url!r} is reached with fsspec; install it: pip install fsspec."
            ) from error
        settings = {name: _revealed_block(value) for name, value in self.settings.items()}
        filesystem, folder = fsspec.core.url_to_fs(self.url, **settings)
        self.destination.mkdir(parents=True, exist_ok=True)
        filesystem.get(f"{folder.rstrip('/')}/", f"{self.destination}/", recursive=True)

    def to_pull_step(self) -> dict[str, Any]:
        settings = {
            name: _placeholder_of(value) if hasattr(value, "get_block_placeholder") else value
            for name, value in self.settings.items()
        }
        return {f"{STEPS}.pull_from_remote_storage": {"url": self.url, **settings}}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemoteStorage):
            return NotImplemented
        return (self.url, self.settings) == (other.url, other.settings)

    def __hash__(self) -> int:
        return hash(self.url)

    def __repr__(self) -> str:
        return f"RemoteStorage(url={self.url!r})"


def _revealed_block(value: Any) -> Any:
    return _revealed(value) if isinstance(value, Secret) else value


class BlockStorageAdapter:
    """Code in the folder that a storage block reaches: one with `get_directory(from_path, local_path)`."""

    def __init__(self, block: Any, pull_interval: int | None = PULL_EVERY) -> None:
        if not hasattr(block, "get_directory"):
            raise TypeError(f"{block!r} is no storage block: it has no get_directory.")
        self._block = block
        self.pull_interval = pull_interval
        self._base = Path.cwd()

    def set_base_path(self, path: Path) -> None:
        self._base = path

    @property
    def destination(self) -> Path:
        return self._base / (getattr(self._block, "_block_document_name", None) or type(self._block).__name__)

    async def pull_code(self) -> None:
        self.destination.mkdir(parents=True, exist_ok=True)
        told = self._block.get_directory(local_path=str(self.destination))
        if hasattr(told, "__await__"):
            await told

    def to_pull_step(self) -> dict[str, Any]:
        """A `pull_with_block` step, or the one that the block makes itself. Raises `ValueError` if it is not saved."""
        if hasattr(self._block, "get_pull_step"):
            step: dict[str, Any] = self._block.get_pull_step()
            return step
        name = getattr(self._block, "_block_document_name", None)
        if name is None:
            raise ValueError("The storage block has not been saved; save it first: block.save('my-code').")
        told = {"block_type_slug": self._block.get_block_type_slug(), "block_document_name": name}
        return {f"{STEPS}.pull_with_block": told}

    def __eq__(self, other: object) -> bool:
        return self._block == other._block if isinstance(other, BlockStorageAdapter) else NotImplemented

    def __hash__(self) -> int:
        return hash(type(self._block))


def create_storage_from_source(source: Any, pull_interval: int | None = PULL_EVERY) -> RunnerStorage:
    """The storage for where somebody says that code is: an address, a path, a storage, or a storage block.

    Raises `ValueError` for what is none of them.
    """
    if isinstance(source, str) and source.rstrip("/").endswith(".git"):
        return GitRepository(source, pull_interval=pull_interval)
    if isinstance(source, Path) or (isinstance(source, str) and not _is_address(source)):
        return LocalStorage(source, pull_interval)
    if isinstance(source, str):
        return _of_address(source, pull_interval)
    if hasattr(source, "get_directory"):
        return BlockStorageAdapter(source, pull_interval)
    if isinstance(source, RunnerStorage):
        return source
    raise ValueError(f"{source!r} is no source of code. Give a repository's address, a path, or a storage.")


def _is_address(source: str) -> bool:
    return "://" in source or (source.startswith("git@") and ":" in source)


def _of_address(source: str, pull_interval: int | None) -> RunnerStorage:
    parts = urlsplit(source)
    if parts.scheme in ("file", "local"):
        return LocalStorage(parts.path, pull_interval)
    is_git = parts.scheme in ("", "ssh", "git") or parts.hostname in GIT_HOSTS
    return GitRepository(source, pull_interval=pull_interval) if is_git else RemoteStorage(source, pull_interval)


__all__ = [
    "BlockStorageAdapter",
    "GitCredentials",
    "GitRepository",
    "LocalStorage",
    "RemoteStorage",
    "RunnerStorage",
    "create_storage_from_source",
]
