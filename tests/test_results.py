"""Results: where they are kept, how they are written, and how they are read again."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pydantic
import pytest

from prefect import flow, task
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs as operations
from prefect.exceptions import MissingResult, SerializationError
from prefect.filesystems import LocalFileSystem
from prefect.results import ResultStore, StoredResult, get_result_store, resolve_result_storage
from prefect.serializers import (
    CompressedJSONSerializer,
    CompressedPickleSerializer,
    CompressedSerializer,
    JSONSerializer,
    PickleSerializer,
    Serializer,
    resolve_serializer,
)
from prefect.settings import temporary_settings
from prefect.states import State
from tests.recorded import task_runs, the_flow_run, the_task_run


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file()) if folder.exists() else []


def test_by_default_a_result_is_not_kept(home: Path) -> None:
    @flow
    def plain() -> dict[str, int]:
        return {"a": 1}

    state = plain(return_state=True)

    assert state.result() == {"a": 1}
    assert files(home / "storage") == []
    recorded = the_flow_run().state
    assert recorded is not None
    with pytest.raises(MissingResult, match="persist_result"):
        recorded.result()


@pytest.mark.parametrize(
    "options",
    [
        {"persist_result": True},
        {"result_serializer": "json"},
        {"result_storage": Path("own")},
        {"result_storage": LocalFileSystem(basepath="own")},
    ],
)
def test_a_kept_result_can_be_read_by_another_process(options: dict[str, Any]) -> None:
    @flow(**options)
    def keeps() -> dict[str, int]:
        return {"a": 1}

    keeps()
    recorded = operations.read(recorder().db, the_flow_run().id)

    assert recorded is not None
    assert recorded.state is not None
    store = ResultStore(result_storage=options.get("result_storage"))
    assert StoredResult(recorded.state.data, store).result == {"a": 1}


def test_a_result_is_kept_where_the_settings_say(home: Path, tmp_path: Path) -> None:
    @task
    def gives() -> int:
        return 1

    with temporary_settings(
        {
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": True,
            "PREFECT_RESULTS_LOCAL_STORAGE_PATH": tmp_path / "elsewhere",
            "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        }
    ):
        gives()

    (file,) = files(tmp_path / "elsewhere")
    record = json.loads(file.read_text())
    assert record["result"] == "1"
    assert record["metadata"]["serializer"]["type"] == "json"
    assert record["metadata"]["storage_key"] == file.name
    assert files(home / "storage") == []


def test_a_task_inherits_from_its_flow_whether_results_are_kept(home: Path) -> None:
    @task
    def inherits() -> int:
        return 1

    @task(persist_result=False)
    def declines() -> int:
        return 1

    @flow(persist_result=True)
    def around() -> None:
        inherits()
        declines()

    around()

    assert len(files(home / "storage")) == 2
    assert [run.state.data == {"type": "unpersisted"} for run in task_runs() if run.state] == [False, True]


def test_a_result_that_cannot_be_written_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    @task(persist_result=True)
    def gives_a_lock() -> Any:
        return threading.Lock()

    state = gives_a_lock(return_state=True)

    assert state.is_completed()
    assert "not kept" in caplog.text


def test_a_file_is_written_whole_and_for_its_owner_only(home: Path) -> None:
    @task(persist_result=True)
    def gives() -> int:
        return 1

    gives()

    (file,) = files(home / "storage")
    assert file.stat().st_mode & 0o077 == 0


def test_a_storage_that_is_none_is_refused_when_the_flow_is_made() -> None:
    with pytest.raises(TypeError, match="Results cannot be kept in 3"):
        flow(result_storage=3)(lambda: None)
    with pytest.raises(TypeError):
        resolve_result_storage(3)


def test_a_storage_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    storage = LocalFileSystem(basepath=str(tmp_path / "in"))

    with pytest.raises(ValueError, match="outside"):
        storage.write_path("../out", b"x")
    with pytest.raises(ValueError, match="outside"):
        storage.read_path("/etc/passwd")


def test_a_store_writes_reads_and_forgets_what_has_expired() -> None:
    store = get_result_store()
    store.write({"a": 1}, key="k")
    store.write(2, key="old", expiration=datetime.now(timezone.utc) - timedelta(seconds=1))

    assert store.exists("k")
    assert ResultStore().read("k").result == {"a": 1}
    assert not store.exists("old")
    assert not store.exists("none")
    with pytest.raises(ValueError, match="none"):
        store.read("none")


def test_a_store_may_keep_its_records_apart(tmp_path: Path) -> None:
    folders: dict[str, Any] = {"result_storage": tmp_path / "data", "metadata_storage": tmp_path / "records"}
    ResultStore(**folders, serializer="json").write([1, 2], key="k")

    assert (tmp_path / "data" / "k").read_bytes() == b"[1, 2]"
    assert "result" not in json.loads((tmp_path / "records" / "k").read_text())
    assert ResultStore(**folders).read("k").result == [1, 2]


def test_a_broken_file_is_told_with_its_name(home: Path) -> None:
    get_result_store().write(1, key="broken")
    (home / "storage" / "broken").write_text("{")

    with pytest.raises(SerializationError, match="'broken'"):
        ResultStore().read("broken")


@dataclass
class Point:
    x: int


class Model(pydantic.BaseModel):
    when: datetime
    many: list[int]


VALUES = [1, "日", None, [1, {"a": (1, 2)}], {"k": {1, 2}}, Point(1), ValueError("no")]


@pytest.mark.parametrize("serializer", ["pickle", "compressed/pickle"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_pickles_come_back(serializer: str, value: Any) -> None:
    made = resolve_serializer(serializer)
    back = made.loads(made.dumps(value))

    assert back == value or repr(back) == repr(value)


@pytest.mark.parametrize("serializer", ["json", "compressed/json"])
@pytest.mark.parametrize(
    "value", [1, "日", None, [1, {"a": [1, 2]}], Model(when=datetime(2026, 1, 1), many=[1])], ids=repr
)
def test_json_comes_back(serializer: str, value: Any) -> None:
    made = resolve_serializer(serializer)

    assert made.loads(made.dumps(value)) == value


def test_an_exception_comes_back_through_json() -> None:
    back = JSONSerializer().loads(JSONSerializer().dumps(ValueError("no")))

    assert isinstance(back, ValueError)
    assert back.args == ("no",)


def test_serializers_are_told_by_their_type() -> None:
    assert resolve_serializer("compressed/pickle") == CompressedPickleSerializer()
    assert resolve_serializer("compressed/json") == CompressedJSONSerializer()
    assert Serializer(type="json") == JSONSerializer()
    assert isinstance(resolve_serializer(PickleSerializer().model_dump()), PickleSerializer)
    assert isinstance(CompressedSerializer(serializer="json", compressionlib="bz2"), CompressedSerializer)


@pytest.mark.parametrize("unknown", ["yaml", "compressed/yaml", 3])
def test_an_unknown_serializer_is_refused(unknown: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"yaml|3"):
        resolve_serializer(unknown)


def test_a_serializer_of_the_users_own_registers_itself() -> None:
    class Shouting(Serializer):
        type = "shouting"

        def dumps(self, obj: Any) -> bytes:
            return str(obj).upper().encode()

        def loads(self, blob: bytes) -> Any:
            return blob.decode()

    @task(result_serializer="shouting", result_storage_key="loud")
    def says() -> str:
        return "hello"

    says()

    assert Serializer(type="shouting") == Shouting()
    assert ResultStore().read("loud").result == "HELLO"


def test_options_that_the_serializer_sets_itself_are_refused() -> None:
    with pytest.raises(ValueError, match="object_encoder"):
        JSONSerializer(dumps_kwargs={"default": str})
    with pytest.raises(ValueError, match="object_decoder"):
        JSONSerializer(loads_kwargs={"object_hook": dict})


def test_the_exception_of_a_failed_run_is_kept_with_results() -> None:
    @task(persist_result=True)
    def fails() -> None:
        raise ValueError("no")

    state: State = fails(return_state=True)

    assert isinstance(state.result(raise_on_failure=False), ValueError)
    recorded = the_task_run().state
    assert recorded is not None
    assert recorded.is_failed()
