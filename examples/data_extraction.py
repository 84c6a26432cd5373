"""A data extraction flow: scripts that read a file of orders, run as tasks, and a report of what they found.

Run it: `python examples/data_extraction.py`.
"""

import json
import subprocess
import sys
from pathlib import Path

from prefect import flow, get_run_logger, task

HERE = Path(__file__).parent


@task(retries=2, retry_delay_seconds=1, timeout_seconds=60)
def run_script(script: str, orders: Path) -> dict[str, float]:
    """Run a script of ours on the orders; it prints JSON."""
    command = [sys.executable, str(HERE / "scripts" / script), str(orders)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{script} ended with {ended.returncode}: {ended.stderr.strip()}")
    get_run_logger().info("%s found %s", script, ended.stdout.strip())
    found: dict[str, float] = json.loads(ended.stdout)
    return found


@task
def report(returns: dict[str, float], sales: dict[str, float]) -> str:
    """One line a figure."""
    lines = [f"{product}: {amount:.2f} sold" for product, amount in sales.items()]
    lines += [f"{shop}: {share:.0%} came back" for shop, share in returns.items()]
    return "\n".join(lines)


@flow(name="data-extraction", tags=["example"])
def data_extraction(orders: Path = HERE / "data" / "orders.csv") -> str:
    """Extract both figures side by side, then report."""
    returns = run_script.submit("quality.py", orders)
    sales = run_script.submit("sales.py", orders)
    return report(returns, sales)


if __name__ == "__main__":
    print(data_extraction())
