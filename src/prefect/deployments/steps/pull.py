"""Steps that bring a deployment's code to the process that runs it. Each tells the `directory` in which it is."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, TypedDict

from prefect.blocks.core import Block
from prefect.runner.git import GitError
from prefect.runner.storage import BlockStorageAdapter, GitRepository, RemoteStorage, pull
from prefect.utilities.asyncutils import dispatched, in_thread

TRIES = 3
_random = Random()


class Pulled(TypedDict):
    """Where the code is."""

    directory: str


@dispatched
def git_clone(
    repository: str,
    branch: str | None = None,
    commit_sha: str | None = None,
    include_submodules: bool = False,
    access_token: str | None = None,
    credentials: Any = None,
    directories: Sequence[str] | None = None,
    clone_directory_name: str | None = None,
) -> Pulled:
    """Bring a repository into a folder below the working directory; three times where its host does not answer.

    Raises `GitError`, and `ValueError` for an address, branch or commit that is none, and for a token beside a whole
    set of credentials.
    """
    storage = GitRepository(
        repository,
        credentials=_credentials(access_token, credentials),
        name=clone_directory_name,
        branch=branch,
        commit_sha=commit_sha,
        include_submodules=include_submodules,
        directories=directories,
    )
    for attempt in range(1, TRIES + 1):
        try:
            pull(storage)
            break
        except GitError:
            if storage.remote.is_local or attempt == TRIES:
                raise
            time.sleep(attempt * (1 + _random.random()))
    return {"directory": str(storage.destination)}


async def agit_clone(repository: str, **options: Any) -> Pulled:
    """As `git_clone`, awaited."""
    return await in_thread(lambda: git_clone(repository, **options))


def _credentials(access_token: str | None, credentials: Any) -> Any:
    if access_token is None:
        return credentials
    if credentials is not None and set(credentials) - {"username"}:
        raise ValueError("Both access_token and credentials were given; give one of them.")
    return {**(credentials or {}), "access_token": access_token}


def set_working_directory(directory: str) -> Pulled:
    """Go on in a folder."""
    os.chdir(Path(directory).expanduser())
    return {"directory": str(Path.cwd())}


@dispatched
def pull_from_remote_storage(url: str, **settings: Any) -> Pulled:
    """Bring a folder that fsspec reaches, such as `s3://bucket/flows`, with the settings of its filesystem."""
    return {"directory": str(pull(RemoteStorage(url, **settings)))}


@dispatched
def pull_with_block(block_document_name: str, block_type_slug: str) -> Pulled:
    """Bring the folder that a saved storage block reaches."""
    block: Any = Block.load(f"{block_type_slug}/{block_document_name}")
    return {"directory": str(pull(BlockStorageAdapter(block)))}
