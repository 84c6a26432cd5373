"""File systems as blocks: what they read and write, and that they do not lead out of their place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs as operations
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.filesystems import (
    SMB,
    LocalFileSystem,
    NullFileSystem,
    RemoteFileSystem,
    WritableFileSystem,
)
from prefect.results import ResultStore, StoredResult
from prefect.settings import temporary_settings
from tests.recorded import flow_runs, task_runs, the_flow_run, the_task_run


def tree(folder: Path) -> dict[str, str]:
    """The files below a folder, with their content."""
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def remote(place: str, **settings: Any) -> RemoteFileSystem:
    return RemoteFileSystem(basepath=f"memory://{place}", settings=settings)


@pytest.fixture(params=["local", "remote"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> LocalFileSystem | RemoteFileSystem:
    """A file system in a place of its own."""
    if request.param == "local":
        return LocalFileSystem(basepath=str(tmp_path / "kept"))
    return remote(f"kept/{tmp_path.name}")


def test_what_is_written_is_read(files: LocalFileSystem | RemoteFileSystem) -> None:
    where = files.write_path("a/b.txt", b"content")

    assert files.read_path("a/b.txt") == files.read_path(where) == b"content"
    assert files.exists("a/b.txt")
    assert not files.exists("a")
    with pytest.raises(ValueError, match="There is no file"):
        files.read_path("a/c.txt")


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/etc/passwd/../../x", "file:///etc/passwd"])
def test_nothing_outside_of_the_place_is_reached(files: LocalFileSystem | RemoteFileSystem, path: str) -> None:
    if isinstance(files, LocalFileSystem) and path.startswith("file:"):
        pytest.skip("a plain file name there")
    for reach in (files.read_path, lambda path: files.write_path(path, b"x"), files.exists):
        with pytest.raises(ValueError, match="outside"):
            reach(path)
    with pytest.raises(ValueError, match="outside"):
        files.get_directory(path)
    with pytest.raises(ValueError, match="outside"):
        files.put_directory(".", path)


def test_folders_are_put_and_fetched(files: LocalFileSystem | RemoteFileSystem, tmp_path: Path) -> None:
    source = written(tmp_path / "source", {"flow.py": "1", "deep/er/data.txt": "2"})

    put = files.put_directory(str(source), "to/here")
    fetched = files.get_directory("to/here", str(tmp_path / "target"))
    part = files.get_directory("to/here/deep", str(tmp_path / "part"))

    assert (put, fetched, part) == (2, 2, 1)
    assert tree(tmp_path / "target") == {"flow.py": "1", "deep/er/data.txt": "2"}
    assert tree(tmp_path / "part") == {"er/data.txt": "2"}


def test_what_is_ignored_is_not_put(files: LocalFileSystem | RemoteFileSystem, tmp_path: Path) -> None:
    source = written(tmp_path / "source", {"flow.py": "1", "skip.log": "2", ".venv/deep/x.py": "3", "keep.log": "4"})
    (tmp_path / ".prefectignore").write_text("*.log\n!keep.log\n.venv/\n")

    count = files.put_directory(str(source), "here", ignore_file=str(tmp_path / ".prefectignore"))
    files.get_directory("here", str(tmp_path / "target"))

    assert count == 2
    assert tree(tmp_path / "target") == {"flow.py": "1", "keep.log": "4"}


def test_the_working_directory_is_put_and_filled_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path / "work", {"flow.py": "1"}))
    inside = LocalFileSystem(basepath="kept")

    assert inside.put_directory() == 1
    assert inside.put_directory() == 1
    (tmp_path / "work" / "flow.py").unlink()
    inside.get_directory()

    assert tree(tmp_path / "work") == {"flow.py": "1", "kept/flow.py": "1"}
    with pytest.raises(ValueError, match="no folder"):
        inside.get_directory("none")


def test_a_link_does_not_lead_out_of_a_folder(tmp_path: Path) -> None:
    written(tmp_path, {"secret.txt": "s", "kept/open.txt": "o", "source/link/x.txt": "x"})
    (tmp_path / "kept" / "link").symlink_to(tmp_path)
    files = LocalFileSystem(basepath=str(tmp_path / "kept"))

    with pytest.raises(ValueError, match="outside"):
        files.read_path("link/secret.txt")
    with pytest.raises(ValueError, match="outside"):
        files.put_directory(str(tmp_path / "source"))


def test_a_file_that_is_there_may_be_kept(tmp_path: Path) -> None:
    source, files = written(tmp_path / "source", {"flow.py": "1"}), remote(f"once/{tmp_path.name}")
    files.put_directory(str(source))

    files.put_directory(str(source))
    with pytest.raises(ValueError, match="overwrite=True"):
        files.put_directory(str(source), overwrite=False)


@pytest.mark.parametrize(
    ("basepath", "reason"), [("folder", "scheme"), ("file:///tmp/x", "LocalFileSystem"), ("s3://", "names no place")]
)
def test_a_remote_place_has_a_scheme(basepath: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        RemoteFileSystem(basepath=basepath)


def test_file_systems_are_saved_and_loaded(tmp_path: Path) -> None:
    LocalFileSystem(basepath=tmp_path).save("here")  # type: ignore[arg-type]  # a path is taken, too
    there_id = remote("there", skip_instance_cache=True).save("there")

    here, there = Block.load("local-file-system/here"), RemoteFileSystem.load("there")
    assert here == LocalFileSystem.load("here")
    assert isinstance(here, LocalFileSystem)
    assert here.basepath == str(tmp_path)
    assert (there.basepath, there.settings) == ("memory://there", {"skip_instance_cache": True})
    with get_client(sync_client=True) as client:
        hidden = client.read_block_document(there_id, include_secrets=False)
    assert hidden.data == {"basepath": "memory://there", "settings": {"skip_instance_cache": "********"}}
    assert LocalFileSystem.get_block_capabilities() == {"read-path", "write-path", "get-directory", "put-directory"}


def test_async_code_awaits_the_same_things(files: LocalFileSystem | RemoteFileSystem, tmp_path: Path) -> None:
    async def around() -> bytes:
        await files.awrite_path("x", b"1")
        await files.aget_directory(None, str(tmp_path / "all"))
        await files.aput_directory(str(tmp_path / "all"), "again")
        return await files.aread_path("again/x")

    assert asyncio.run(around()) == b"1"


def test_nothing_takes_everything() -> None:
    nothing = NullFileSystem()

    nothing.write_path("x", b"1")
    nothing.put_directory()
    nothing.get_directory()
    assert nothing.read_path("x") is None


# -- results ----------------------------------------------------------------------------------------------------------


class Remembering(WritableFileSystem):
    """Somebody's own file system, with async methods and no way to ask whether a file is there."""

    kept: dict[str, bytes] = {}  # noqa: RUF012  # pydantic copies it

    async def read_path(self, path: str) -> bytes:  # type: ignore[override]  # programs write it so
        if path not in self.kept:
            raise ValueError(path)
        return self.kept[path]

    async def write_path(self, path: str, content: bytes) -> None:
        self.kept[path] = content


def test_a_flow_keeps_its_result_in_a_saved_block_that_others_find(tmp_path: Path) -> None:
    saved = LocalFileSystem(basepath=str(tmp_path / "own"))
    document = saved.save("mine")

    @flow(result_storage="local-file-system/mine")
    def by_name() -> int:
        return 41

    @flow(result_storage=saved)
    def by_block() -> int:
        return by_name() + 1

    by_block()

    assert len(tree(tmp_path / "own")) == 2
    run = operations.read(recorder().db, the_outermost().id)
    assert run is not None
    assert run.state is not None
    assert run.state.data["storage_block_id"] == str(document)
    assert StoredResult(run.state.data).result == 42


def the_outermost() -> Any:
    recorder().flush()
    [run] = [run for run, name in operations.list_runs(recorder().db, limit=9) if name == "by-block"]
    return run


def test_a_task_keeps_its_result_in_a_block_of_a_name_and_finds_it_again() -> None:
    remote("results").save("there")
    calls = []

    @task(result_storage="remote-file-system/there", result_storage_key="the-key")
    def counted() -> int:
        calls.append(1)
        return 7

    assert (counted(), counted(), len(calls)) == (7, 7, 1)
    assert remote("results").exists("the-key")


def test_results_are_kept_in_the_block_that_the_settings_name(tmp_path: Path) -> None:
    LocalFileSystem(basepath=str(tmp_path / "default")).save("mine")

    @task
    def gives() -> int:
        return 1

    with temporary_settings({"PREFECT_RESULTS_DEFAULT_STORAGE_BLOCK": "local-file-system/mine"}):
        gives()

    assert len(tree(tmp_path / "default")) == 1
    assert the_task_run().state is not None


def test_results_are_kept_in_somebodys_own_file_system() -> None:
    storage = Remembering()
    store = ResultStore(storage)

    assert not store.exists("k")
    store.write([1], key="k")
    assert ResultStore(storage).read("k").result == [1]
    assert ResultStore(storage).exists("k")


@pytest.mark.parametrize("storage", ["no-slash", "too/many/parts", 3])
def test_what_is_no_storage_is_refused_where_it_is_named(storage: Any) -> None:
    with pytest.raises(TypeError, match="Results cannot be kept in"):
        flow(result_storage=storage)(lambda: None)
    with pytest.raises(TypeError, match="Results cannot be kept in"):
        task(result_storage=storage)(lambda: None)


def test_a_storage_that_was_never_saved_ends_the_run_with_what_to_do() -> None:
    @flow(result_storage="local-file-system/none")
    def lost() -> None: ...

    @task(result_storage="local-file-system/none")
    def lost_too() -> None: ...

    @flow
    def around() -> None:
        lost_too()

    for run in (lost, around):
        with pytest.raises(ValueError, match="no block local-file-system/none"):
            run()
    ended = [run.state for run in flow_runs()] + [run.state for run in task_runs()]
    assert [state.type.value for state in ended if state] == ["FAILED", "CRASHED", "CRASHED"]
    assert all("no block local-file-system/none" in str(state.message) for state in ended if state)


def test_a_flow_keeps_the_results_of_its_run() -> None:
    @flow(persist_result=True)
    def plain() -> int:
        return 1

    plain()

    state = the_flow_run().state
    assert state is not None
    assert state.data["storage_block_id"] is None
    assert StoredResult(state.data).result == 1


def test_a_share_is_reached_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    share = SMB(share_path="/SHARE/folder", smb_host="files.example", smb_username="me", smb_password="p", smb_port=446)  # type: ignore[arg-type]  # as programs give it

    assert share.filesystem.basepath == "smb://files.example/SHARE/folder"
    assert share.filesystem.settings == {"username": "me", "password": "p", "host": "files.example", "port": 446}


def test_what_is_written_to_a_share_is_read_from_it(tmp_path: Path) -> None:
    share = SMB(share_path="/SHARE", smb_host="files.example")
    share.__dict__["filesystem"] = remote("share")

    share.write_path("a/b.txt", b"content")

    assert share.read_path("a/b.txt") == b"content"
    assert share.put_directory(str(written(tmp_path / "from", {"c.txt": "c"})), "d") == 1
    assert share.get_directory("d", str(tmp_path / "to")) == 1
    assert tree(tmp_path / "to") == {"c.txt": "c"}
