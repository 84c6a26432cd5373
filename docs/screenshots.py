"""Take the screenshots that the README shows: `python docs/screenshots.py`. It needs Chromium and playwright."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

SHOTS = Path(__file__).parent / "screenshots"
FLOWS = """
import random
import time

from prefect import flow, get_run_logger, task


@task(retries=1)
def download(region: str, day: int) -> int:
    time.sleep(random.uniform(0.1, 0.5))
    get_run_logger().info("%s, day %s: %s rows", region, day, 1000 + day)
    return 1000 + day


@task
def clean(rows: int) -> int:
    time.sleep(random.uniform(0.05, 0.3))
    return rows


@task
def total(region: str, rows: list[int]) -> int:
    time.sleep(0.2)
    return sum(rows)


@flow(log_prints=True)
def sales(days: int = 4, regions: tuple[str, ...] = ("north", "south", "west")) -> None:
    totals = []
    for region in regions:
        rows = clean.map(download.map(region, range(days)))
        totals.append(total.submit(region, rows))
    print(f"{len(totals)} regions, {sum(each.result() for each in totals)} rows")


@task
def read_orders() -> None:
    raise ConnectionError("the warehouse does not answer (orders.example:5432)")


@flow
def orders() -> None:
    read_orders()


@flow
def nightly_report(day: str = "today") -> None:
    time.sleep(0.05)


if __name__ == "__main__":
    for _ in range(12):
        nightly_report()
    sales()
    try:
        orders()
    except ConnectionError:
        pass
    nightly_report.to_deployment("at-six", cron="0 6 * * *").apply()
"""


def main() -> None:
    SHOTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        body = {"flows": {"name": {"any_": ["sales"]}}}
        run = asked(f"{address}/api/flow_runs/filter", body)[0]["id"]
        for name, path, scheme in (
            ("dashboard", "/", "light"),
            ("run", f"/runs/flow-run/{run}", "light"),
            ("graph", f"/runs/flow-run/{run}", "dark"),
        ):
            size = {"width": 1240, "height": 720 if name == "dashboard" else 860}
            context = browser.new_context(viewport=size, locale="en-GB", timezone_id="UTC", color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            if name == "graph":
                page.get_by_role("button", name="Graph", exact=True).click()
            page.screenshot(path=SHOTS / f"{name}.png")
        browser.close()


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A server with a few runs and a schedule."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    env = {**os.environ, "PREFECT_HOME": str(home)}
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    process = subprocess.Popen(command, env=env)
    try:
        while not answers(address):
            time.sleep(0.1)
        program = home / "flows.py"
        program.write_text(FLOWS, encoding="utf-8")
        told = {**env, "PREFECT_API_URL": f"{address}/api"}
        subprocess.run([sys.executable, program], env=told, capture_output=True, check=True)
        yield address
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{address}/api/health", timeout=2).status == 200)
    except (urllib.error.URLError, OSError):
        return False


def asked(url: str, body: object) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=20))


if __name__ == "__main__":
    main()
