"""What the documents say is so: pages that are drawn are up to date, programs in them run, links lead somewhere."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(file for file in ROOT.rglob("*.md") if not {".venv", ".peers", "node_modules"} & set(file.parts))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
PROGRAMS = [
    pytest.param(program, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    for number, program in enumerate(PROGRAM.findall(document.read_text(encoding="utf-8")))
]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False, timeout=60)


def test_the_page_of_states_is_drawn_from_the_rules() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "draw_states.py"))["page"]()

    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_in_a_document_runs(program: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    ended = run(file)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["branching", "caching_and_retry", "data_extraction"])
def test_an_example_runs_and_its_runs_complete(name: str) -> None:
    ended = run(ROOT / "examples" / f"{name}.py")
    assert ended.returncode == 0, ended.stderr

    listed = json.loads(run("-m", "prefect", "flow-run", "ls", "-o", "json").stdout)
    assert {flow_run["state"]["name"] for flow_run in listed} == {"Completed"}
