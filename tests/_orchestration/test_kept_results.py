"""What is shown of results, and that nothing else can be read by way of it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import orjson
import pytest

from prefect._domain.states import State, StateType
from prefect._orchestration.kept_results import LARGEST_FILE, MOST_TEXT, Preview, preview

JSON = {"type": "json", "jsonlib": "json"}


def kept(folder: Path, key: str, result: str, serializer: Any = None) -> State:
    """A state whose result is in a file."""
    metadata = {"storage_key": key, "serializer": serializer or JSON, "storage_block_id": None}
    file = folder / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps({"metadata": metadata, "result": result}))
    return holding(metadata)


def holding(data: Any) -> State:
    return State(StateType.COMPLETED, data=data)


def test_the_json_of_a_result_is_shown(tmp_path: Path) -> None:
    state = kept(tmp_path, "deep/er", '{"rows": 3}')

    assert preview(state, tmp_path) == Preview("shown", '{"rows": 3}', False, "deep/er", "json")


def test_nothing_is_shown_of_a_result_that_nobody_kept(tmp_path: Path) -> None:
    assert preview(holding(None), tmp_path).status == "none"
    assert preview(holding({"type": "unpersisted"}), tmp_path).status == "none"
    assert preview(None, tmp_path).status == "none"


class Trap:
    """Unpickling this would be noticed."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (exec, ("raise AssertionError('unpickled')",))


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    state = kept(tmp_path, "trap", pickle.dumps(Trap(), 0).decode(), {"type": "pickle", "picklelib": "pickle"})

    assert preview(state, tmp_path) == Preview("no JSON", storage_key="trap", serializer="pickle")


def test_a_pickle_that_is_said_to_be_json_is_not_read_either(tmp_path: Path) -> None:
    kept(tmp_path, "trap", "cos", {"type": "pickle"})

    assert preview(holding({"storage_key": "trap", "serializer": JSON}), tmp_path).status == "not here"


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/hostname", "{outside}", "link", "a/../../secret", "", ".", "\0", "x" * 5_000]
)
def test_no_file_outside_of_the_folder_is_read(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "storage"
    folder.mkdir()
    outside = kept(tmp_path, "secret", '"secret"')
    (folder / "link").symlink_to(tmp_path / "secret")
    assert outside.data is not None

    told = preview(holding({"storage_key": key.format(outside=tmp_path / "secret"), "serializer": JSON}), folder)

    assert (told.status, told.text) == ("not here", None)


@pytest.mark.parametrize("content", [b"", b"password", b'{"password": 1}', b"[]", b'{"metadata": {}, "result": "x"}'])
def test_a_file_in_the_folder_that_is_no_result_is_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes").write_bytes(content)

    assert preview(holding({"storage_key": "notes", "serializer": JSON}), tmp_path).status == "not here"


def test_the_result_of_another_key_is_not_shown(tmp_path: Path) -> None:
    kept(tmp_path, "one", "1")
    (tmp_path / "one").rename(tmp_path / "two")

    assert preview(holding({"storage_key": "two", "serializer": JSON}), tmp_path).status == "not here"


def test_long_results_are_cut_and_large_ones_left_out(tmp_path: Path) -> None:
    long = preview(kept(tmp_path, "long", "1" * (MOST_TEXT + 1)), tmp_path)
    large = preview(kept(tmp_path, "large", "1" * LARGEST_FILE), tmp_path)

    assert (len(long.text or ""), long.is_cut) == (MOST_TEXT, True)
    assert (large.status, large.text) == ("too large", None)


def test_a_result_in_a_block_is_left_to_programs(tmp_path: Path) -> None:
    state = kept(tmp_path, "one", "1")
    state.data["storage_block_id"] = "some"

    assert preview(state, tmp_path).status == "in a block"
