"""`prefect api METHOD PATH`"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


def test_any_request_can_be_sent(anywhere: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anywhere("api", "GET", "/health") == "true\n"
    made = json.loads(anywhere("api", "post", "variables/", "--data", '{"name": "a", "value": "数"}'))
    assert anywhere("api", "GET", "/variables/name/a").count("数") == 1

    (tmp_path / "body.json").write_text('{"value": 2}', encoding="utf-8")
    anywhere("api", "PATCH", f"/variables/{made['id']}", "--data", f"@{tmp_path / 'body.json'}")
    assert json.loads(anywhere("api", "GET", "/variables/name/a"))["value"] == 2

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"value": 3}')))
    anywhere("api", "PATCH", "/variables/name/a", "--data", "-")
    assert json.loads(anywhere("api", "GET", "/variables/name/a"))["value"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["GET", "/nothing"], "404"),
        (["FETCH", "/health"], "GET"),
        (["POST", "/variables/", "--data", "{nonsense"], "no JSON"),
        (["POST", "/variables/", "--data", "@nowhere.json"], "nowhere.json"),
        (["POST", "/variables/", "--data", '{"nam": 1}'], "422"),
    ],
)
def test_what_cannot_be_sent_or_is_refused_is_told(anywhere: Terminal, arguments: list[str], told: str) -> None:
    assert told in anywhere("api", *arguments, expect=1)


def test_headers_and_the_root_are_a_servers(prefect: Terminal) -> None:
    assert "prefect server start" in prefect("api", "GET", "/openapi.json", "--root", expect=1)
    assert "prefect server start" in prefect("api", "GET", "/health", "-H", "X-A: b", expect=1)


def test_a_server_that_does_not_answer_is_told(prefect: Terminal) -> None:
    told = prefect("api", "GET", "/health", expect=1, PREFECT_API_URL="http://127.0.0.1:9/api")

    assert "http://127.0.0.1:9/api cannot be reached" in told
