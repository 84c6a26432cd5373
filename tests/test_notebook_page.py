"""The page about notebooks, run by a real one: Jupyter's kernel carries its blocks out, cell by cell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.pages import ROOT, blocks

pytestmark = pytest.mark.long
PAGE = ROOT / "docs" / "how-to" / "notebooks.md"
KERNEL = ("nbclient>=0.10", "ipykernel>=6.29")
CARRY_OUT = """
import json, sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in json.load(sys.stdin)])
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
json.dump([cell.outputs for cell in notebook.cells], sys.stdout)
"""


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what carries notebooks out, beside what is installed here."""
    folder = tmp_path_factory.mktemp("jupyter")
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", sys.executable, "--target", str(folder)]
    done = subprocess.run([*install, *KERNEL], capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"Jupyter's kernel cannot be had: {done.stderr[-200:]}")
    return folder


def test_the_cells_of_the_page_do_what_it_says(beside: Path, tmp_path: Path) -> None:
    cells = [block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.language == "python"]
    environment = {**os.environ, "PYTHONPATH": str(beside), "JUPYTER_PATH": "", "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", CARRY_OUT],
        input=json.dumps(cells),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    values, state, awaited, run = [
        next(out["data"] for out in outputs if out["output_type"] == "execute_result")
        for outputs in json.loads(done.stdout)
    ]
    assert values["text/plain"] == "9"
    assert ">Completed</span>" in state["text/html"]
    assert awaited["text/plain"] == "'BERN'"
    assert "<b>Flow run " in run["text/html"]
    assert "9 orders" in done.stdout
