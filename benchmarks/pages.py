"""How quick the web UI is: its pages on a large database, and its timeline of a large run, in Chromium.

    python -m benchmarks.pages [FLOW_RUNS]

For each page the time from the address to its content (the slowest of three visits), on a database with so many flow
runs (200 000 if not told otherwise) and ten times as many task runs; then the frames a second while the timeline and
the graph of a run with 5 000 tasks are dragged, and the time until that run's page shows them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import big_database  # noqa: E402  # the benchmark's own, beside this file
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from service import server  # noqa: E402

TASKS = 5_000
VISITS = 3
PAGES = (
    *("/", "/?since=30d", "/runs", "/runs?q=state:failed", "/runs?q=flow:flow-7+since:7d", "/runs?tab=task", "/flows"),
    *("/deployments", "/work-pools", "/blocks", "/variables", "/settings"),
)
SHOWN = "main:has(h1):not(:has([aria-busy=true]))"
"""A page whose every question has been answered."""
DRAG = """async () => {
  const plane = document.querySelector('.plane')
  const frame = plane.getBoundingClientRect()
  const at = (type, x, y) => plane.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, button: 0, clientX: frame.left + x, clientY: frame.top + y }))
  plane.setPointerCapture = () => {}
  at('pointerdown', 600, 200)
  const began = performance.now()
  let frames = 0
  while (performance.now() - began < 3000) {
    const step = frames / 4
    at('pointermove', 600 + 200 * Math.sin(step / 10), 200 + 150 * Math.sin(step / 7))
    await new Promise(requestAnimationFrame)
    frames += 1
  }
  at('pointerup', 600, 200)
  return 1000 * frames / (performance.now() - began)
}"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else big_database.FLOW_RUNS
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["PREFECT_HOME"] = home
        with server():
            pass
        database = Path(home, "prefect.db")
        big_database.fill(database, count)
        run = large_run(database)
        with server() as address, browsed(address.removesuffix("/api")) as page:
            print(f"| page, {count:,} flow runs | content after |\n|---|--:|")
            for path in PAGES:
                print(f"| `{path}` | {max(visit(page, path) for _ in range(VISITS)):.0f} ms |")
            shown = max(visit(page, f"/runs/flow-run/{run}") for _ in range(VISITS))
            print(f"| a run with {TASKS:,} tasks | {shown:.0f} ms |")
            print(f"| … its timeline, dragged | {page.evaluate(DRAG):.0f} frames/s |")
            page.get_by_role("button", name="Graph", exact=True).click()
            print(f"| … its graph, dragged | {page.evaluate(DRAG):.0f} frames/s |")


def large_run(path: Path) -> str:
    """Give all the first tasks of the database to one flow run, each after the one that began fifty before it."""
    conn = sqlite3.connect(path)
    (run,) = conn.execute("SELECT flow_run_id FROM task_run WHERE state_type = 'COMPLETED' LIMIT 1").fetchone()
    tasks = [row[0] for row in conn.execute(f"SELECT id FROM task_run LIMIT {TASKS}")]
    for number, task in enumerate(tasks):
        begin, end = (
            f"2026-01-01T00:{s // 60:02d}:{s % 60:02d}.000000+00:00" for s in (number // 50, number // 50 + 3)
        )
        before = f'{{"x": [{{"input_type": "task_run", "id": "{tasks[number - 50]}"}}]}}' if number >= 50 else "{}"
        conn.execute(
            "UPDATE task_run SET flow_run_id = ?, start_time = ?, end_time = ?, expected_start_time = ?, "
            "task_inputs = ? WHERE id = ?",
            (run, begin, end, begin, before, task),
        )
    conn.commit()
    conn.close()
    return str(run)


def moment(seconds: int) -> str:
    return f"2026-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}.000000+00:00"


@contextmanager
def browsed(address: str) -> Iterator[Page]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}).new_page()
        browser.close()


def visit(page: Page, path: str) -> float:
    began = time.perf_counter()
    page.goto(path)
    page.wait_for_selector(SHOWN)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
