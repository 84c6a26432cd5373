from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.serving import Caller

RUN, TASK = str(UUID(int=1)), str(UUID(int=2))


def a_line(message: str, *, second: int = 0, level: int = 20, **fields: Any) -> dict[str, Any]:
    told = {"name": "prefect.flow_runs", "level": level, "message": message, "flow_run_id": RUN}
    return {**told, "timestamp": f"2026-03-01T12:00:{second:02}+00:00", **fields}


@pytest.fixture
def lines(api: Caller) -> None:
    """Four lines of a run."""
    written = [
        a_line("Connection lost", second=1, level=40),
        a_line("connected", second=0),
        a_line("50% done_", second=2, task_run_id=TASK),
        a_line("夜 NUL\0", second=3, flow_run_id=str(uuid4())),
    ]
    assert api.post("/logs/", written) == (201, None)


def messages(api: Caller, logs: Any = None, **asked: Any) -> list[str]:
    return [line["message"] for line in api.post("/logs/filter", {"logs": logs, **asked}).json]


def test_lines_are_read_in_order(api: Caller, lines: None) -> None:
    assert messages(api) == ["connected", "Connection lost", "50% done_", "夜 NUL�"]
    assert messages(api, sort="TIMESTAMP_DESC", limit=1, offset=1) == ["50% done_"]
    assert api.post("/logs/filter", {"limit": 1}).json[0]["name"] == "prefect.flow_runs"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"level": {"ge_": 30}}, ["Connection lost"]),
        ({"level": {"le_": 20}, "flow_run_id": {"any_": [RUN]}}, ["connected", "50% done_"]),
        ({"task_run_id": {"any_": [TASK]}}, ["50% done_"]),
        ({"task_run_id": {"is_null_": True}, "flow_run_id": {"any_": [RUN]}}, ["connected", "Connection lost"]),
        ({"timestamp": {"after_": "2026-03-01T12:00:02Z", "before_": "2026-03-01T12:00:02Z"}}, ["50% done_"]),
        ({"text": {"query": "connect"}}, ["connected", "Connection lost"]),
        ({"text": {"query": "connect -lost"}}, ["connected"]),
        ({"text": {"query": '"connection lost" done_'}}, ["Connection lost", "50% done_"]),
        ({"text": {"query": "+connection +lost"}}, ["Connection lost"]),
        ({"text": {"query": "%"}}, ["50% done_"]),
        ({"text": {"query": "夜"}}, ["夜 NUL�"]),
        ({"operator": "or_", "level": {"ge_": 30}, "text": {"query": "done"}}, ["Connection lost", "50% done_"]),
    ],
    ids=str,
)
def test_lines_are_found(api: Caller, lines: None, asked: Any, found: list[str]) -> None:
    assert messages(api, asked) == found


def test_lines_that_do_not_fit_are_refused_together(api: Caller) -> None:
    assert api.post("/logs/", [a_line("right"), {**a_line("wrong"), "level": "high"}]).status == 422
    assert api.post("/logs/", [a_line("x", level=2**40)]).status == 422
    assert api.post("/logs/filter", {"logs": {"text": {"query": "x" * 201}}}).status == 422
    assert messages(api) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"pattern": {"matches_": r"connect(ed|ion)\b"}}, ["connected", "Connection lost"]),
        ({"pattern": {"matches_": "^CONNECTED$"}}, ["connected"]),
        ({"pattern": {"matches_": r"\d+%"}}, ["50% done_"]),
        ({"pattern": {"matches_": r"\\b"}}, []),
        ({"name": {"startswith_": ["prefect."]}, "level": {"ge_": 40}}, ["Connection lost"]),
        ({"name": {"any_": ["other"]}}, []),
    ],
    ids=str,
)
def test_lines_are_found_by_pattern_and_logger(api: Caller, lines: None, asked: Any, found: list[str]) -> None:
    assert messages(api, asked) == found


def test_a_pattern_that_cannot_be_read_is_refused_with_the_reason(api: Caller) -> None:
    answer = api.post("/logs/filter", {"logs": {"pattern": {"matches_": "time(out"}}})

    assert answer.status == 422
    assert "'time(out' is no pattern: unclosed group" in str(answer.json)


def test_no_pattern_keeps_a_server_busy_for_ever(api: Caller) -> None:
    assert api.post("/logs/", [a_line("a" * 100_000)]) == (201, None)

    assert messages(api, {"pattern": {"matches_": "(a+)+$b"}}) == []


def beside(api: Caller, **asked: Any) -> list[str]:
    return [line["message"] for line in api.post("/ui/logs/beside", asked).json]


def test_lines_are_read_beside_another(api: Caller, lines: None) -> None:
    mine = {"flow_run_id": {"any_": [RUN]}}
    lost = api.post("/logs/filter", {"logs": {"level": {"ge_": 40}}}).json[0]["id"]

    assert beside(api, logs=mine, limit=2) == ["connected", "Connection lost"]
    assert beside(api, logs=mine, side="before", limit=2) == ["Connection lost", "50% done_"]
    assert beside(api, logs=mine, of=lost) == ["Connection lost", "50% done_"]
    assert beside(api, logs=mine, of=lost, side="after") == ["50% done_"]
    assert beside(api, logs=mine, of=lost, side="before") == ["connected"]
    assert api.post("/ui/logs/beside", {"of": str(UUID(int=9))}).status == 404


def test_lines_are_counted_as_a_whole_and_until_one(api: Caller, lines: None) -> None:
    lost = api.post("/logs/filter", {"logs": {"level": {"ge_": 40}}}).json[0]["id"]
    asked = {"logs": {"text": {"query": "connect"}}}

    assert api.post("/ui/logs/count", asked).json == {"count": 2, "until": 0}
    assert api.post("/ui/logs/count", {**asked, "until": lost}).json == {"count": 2, "until": 2}
    assert api.post("/ui/logs/count", {"logs": {"level": {"ge_": 60}}, "until": lost}).json == {"count": 0, "until": 0}
