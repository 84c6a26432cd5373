"""No name that a client gives leads out of the folder that is meant."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from prefect import flow, task
from prefect.filesystems import LocalFileSystem
from tests._api.deployed import a_flow
from tests.serving import embedded, served

OUT = "planted"
NAMES = [
    f"../{OUT}",
    f"../../{OUT}",
    f"a/../../{OUT}",
    f"./.././{OUT}",
    f"..\\{OUT}",
    f"C:\\{OUT}",
    f"\\\\host\\{OUT}",
    f"..%2f{OUT}",
    f"%2e%2e/{OUT}",
    f"..;/{OUT}",
    f"....//{OUT}",
    f"~/{OUT}",
    f"$HOME/{OUT}",
    f"file:../{OUT}",
    f"{OUT}\0.txt",
    f"a\n/../../{OUT}",
    "x" * 5_000,
    "",
    ".",
    "..",
    "/",
]


def planted(tmp_path: Path) -> list[Path]:
    """What was written beside the folders that were meant."""
    return [path for path in tmp_path.rglob("*") if OUT in path.name and not path.is_relative_to(tmp_path / "in")]


@pytest.mark.parametrize("name", [*NAMES, f"/ABSOLUTE/{OUT}"])
def test_no_name_of_a_file_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    files = LocalFileSystem(basepath=str(tmp_path / "in"))

    with suppress(ValueError, OSError):
        files.write_path(name.replace("/ABSOLUTE", str(tmp_path)), b"x")

    assert planted(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_result_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    @task(persist_result=True, result_storage_key="{parameters[x]}")
    def kept(x: str) -> int:
        return 1

    @flow(result_storage=LocalFileSystem(basepath=str(tmp_path / "in")))
    def around() -> None:
        kept(name, return_state=True)

    assert not around(return_state=True).is_crashed()

    assert planted(tmp_path) == []


@pytest.mark.parametrize("name", ["x\r\nset-cookie: a=b", 'x"; filename="y', "../../x", "é\u202e.exe", "\ud7ff"])
def test_the_name_of_a_run_writes_no_header(name: str) -> None:
    api = embedded()
    run = api.post("/flow_runs/", {"flow_id": a_flow(api), "name": name})
    assert run.status == 201

    with served() as address:
        answer = httpx.get(f"{address}/flow_runs/{run.json['id']}/logs/download")

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "/" not in answer.headers["content-disposition"].partition("''")[2]
