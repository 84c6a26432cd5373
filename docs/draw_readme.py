"""Write into the READMEs what was measured: `python -m docs.draw_readme`. A test holds them to the results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
HEADS = {"README.md": "| measured | here | there | ratio |", "README.zh-CN.md": "| 测量项目 | 本项目 | 原版 | 倍数 |"}
"""For each file the heads of its table."""
SHOWN = (
    "cold `python hello.py`, run recorded",
    "sequential no-op tasks",
    "what a kept step takes more than a task that is not kept",
    "mapped no-op tasks (one wide map)",
    "flow runs in a row",
    "memory grown by 20 000 tasks",
    "server: from the command to healthy",
    "server: memory when idle",
    "a served deployment: from trigger to user code, median",
    "flow runs made and moved by 16 clients (3 requests each)",
    "a dashboard's questions on 200 000 flow runs, p95",
)
"""The measurements that the READMEs show, by their names in the results."""
TABLE = re.compile(r"(?<=<!-- measured -->\n\n).*?(?=\n\n<!-- end of what was measured -->)", re.DOTALL)


def with_measurements(name: str) -> str:
    """A README as it is to be."""
    table = "\n".join([HEADS[name], "|---|--:|--:|--:|", *_rows()])
    return TABLE.sub(lambda _: table, (ROOT / name).read_text(encoding="utf-8"))


def _rows() -> Iterator[str]:
    measured = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        program, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        measured[program] = cells[:3]
    for program in SHOWN:
        yield f"| {' | '.join([program, *measured[program]])} |"


if __name__ == "__main__":
    for name in HEADS:
        (ROOT / name).write_text(with_measurements(name), encoding="utf-8")
