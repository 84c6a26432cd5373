"""Storages bring code to this host, and say how others bring it to theirs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import fsspec
import pytest

from prefect.blocks.system import Secret
from prefect.runner.storage import (
    BlockStorageAdapter,
    GitRepository,
    LocalStorage,
    RemoteStorage,
    RunnerStorage,
    create_storage_from_source,
    pull,
)
from tests.repositories import Repository

CLONE = "prefect.deployments.steps.git_clone"


class Shelf:
    """A storage block, as users write their own."""

    _block_document_name: str | None = "my-shelf"

    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        (Path(local_path or ".") / "a.py").write_text("from the shelf")

    def get_block_type_slug(self) -> str:
        return "shelf"


def test_a_repository_is_brought_and_brought_up_to_date(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "one"})
    storage = GitRepository(str(repository.folder), branch="main")
    storage.set_base_path(tmp_path / "base")

    folder = pull(storage)
    repository.commit({"a.py": "two"})
    asyncio.run(storage.pull_code())

    assert folder == tmp_path / "base/shop-main"
    assert (folder / "a.py").read_text() == "two"


def test_bringing_code_within_an_event_loop_waits_too(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "one"})

    async def bring() -> Path:
        storage = GitRepository(str(repository.folder), name="copy")
        storage.set_base_path(tmp_path)
        return pull(storage)

    assert (asyncio.run(bring()) / "a.py").read_text() == "one"


def test_a_repository_tells_its_pull_step() -> None:
    plain = GitRepository("https://github.com/a/b.git")
    precise = GitRepository(
        "https://github.com/a/b.git", branch="dev", include_submodules=True, directories=["flows", "lib"]
    )

    assert plain.to_pull_step() == {CLONE: {"repository": "https://github.com/a/b.git"}}
    assert precise.to_pull_step() == {
        CLONE: {
            "repository": "https://github.com/a/b.git",
            "branch": "dev",
            "directories": ["flows", "lib"],
            "include_submodules": True,
        }
    }


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("https://swordfish@github.com/a/b.git", None),
        ("https://github.com/a/b.git", {"access_token": "swordfish"}),
        ("https://github.com/a/b.git", {"username": "me", "password": "swordfish"}),
    ],
)
def test_a_bare_token_never_gets_into_a_pull_step(url: str, credentials: Any) -> None:
    storage = GitRepository(url, credentials)

    assert storage.remote.token == "swordfish"
    assert "swordfish" not in repr(storage)
    with pytest.raises(ValueError, match="would be stored as it is") as told:
        storage.to_pull_step()
    assert "swordfish" not in str(told.value)


def test_a_saved_secret_is_used_as_a_token_and_named_in_the_pull_step() -> None:
    secret = Secret(value="swordfish")
    storage = GitRepository("https://github.com/a/b.git", {"username": "me", "access_token": secret})

    with pytest.raises(ValueError, match="has not been saved"):
        storage.to_pull_step()
    secret.save("token")
    assert storage.remote.token == "swordfish"
    assert storage.to_pull_step() == {
        CLONE: {
            "repository": "https://github.com/a/b.git",
            "access_token": "{{ prefect.blocks.secret.token }}",
            "credentials": {"username": "me"},
        }
    }


def test_a_local_folder_is_used_where_it_is(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)

    assert pull(storage) == tmp_path
    assert storage.to_pull_step() == {"prefect.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        pull(LocalStorage(tmp_path / "missing"))


def test_a_remote_folder_is_brought_with_fsspec(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    files.pipe({"/shop/flows/a.py": b"remote", "/shop/flows/deep/b.py": b"deep"})
    storage = RemoteStorage("memory://shop/flows", skip_instance_cache=True)
    storage.set_base_path(tmp_path)

    folder = pull(storage)

    assert (folder / "a.py").read_text() == "remote"
    assert (folder / "deep/b.py").read_text() == "deep"
    assert storage.to_pull_step() == {
        "prefect.deployments.steps.pull_from_remote_storage": {
            "url": "memory://shop/flows",
            "skip_instance_cache": True,
        }
    }
    with pytest.raises(ValueError, match="no address of a remote folder"):
        RemoteStorage("shop/flows")


def test_a_block_brings_the_code_of_its_folder(tmp_path: Path) -> None:
    storage = BlockStorageAdapter(Shelf())
    storage.set_base_path(tmp_path)

    assert (pull(storage) / "a.py").read_text() == "from the shelf"
    assert storage.to_pull_step() == {
        "prefect.deployments.steps.pull_with_block": {
            "block_type_slug": "shelf",
            "block_document_name": "my-shelf",
        }
    }


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("https://github.com/a/b.git", GitRepository),
        ("https://github.com/a/b", GitRepository),
        ("git@github.com:a/b.git", GitRepository),
        ("ssh://git@example.com/a/b", GitRepository),
        ("s3://bucket/flows", RemoteStorage),
        ("https://example.com/flows", RemoteStorage),
        (".", LocalStorage),
        ("some/folder", LocalStorage),
        (Path(), LocalStorage),
        (Shelf(), BlockStorageAdapter),
    ],
)
def test_a_source_is_known_by_its_looks(source: Any, kind: type[RunnerStorage]) -> None:
    assert isinstance(create_storage_from_source(source), kind)


def test_a_storage_is_taken_as_it_is_and_what_is_none_refused(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)

    assert create_storage_from_source(storage) is storage
    assert isinstance(storage, RunnerStorage)
    with pytest.raises(ValueError, match="no source of code"):
        create_storage_from_source(5)


@pytest.mark.parametrize("source", ["shop.git", "https://host/shop.git", "ssh://git@host/shop.git/"])
def test_what_ends_with_git_is_a_repository(source: str) -> None:
    if source.startswith("shop"):
        Path(source).mkdir()

    assert isinstance(create_storage_from_source(source), GitRepository)
