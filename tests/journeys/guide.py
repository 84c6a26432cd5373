"""What a user does who follows the guide, step by step; prints what each step said as JSON.

It runs in a world of its own (`alone.py`), since the guide's `stop` ends every process whose command names the package.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

MANUAL = "数据拉取流程/数据拉取-手动执行"
told: dict[str, Any] = {}


def run(name: str, *arguments: str) -> str:
    """Run a Python program of the guide, or a command of the package; what it said."""
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60)
    told[name] = {"code": ended.returncode, "said": ended.stdout, "complained": ended.stderr}
    return ended.stdout


def prefect(name: str, *arguments: str) -> str:
    return run(name, "-m", "prefect", *arguments)


def main() -> None:
    run("start", "prefect_service_manager.py", "start")
    run("deployments", "prefect_scheduler.py")
    prefect("run", "deployment", "run", MANUAL)
    began = time.monotonic()
    while "Completed" not in prefect("runs", "flow-run", "ls", "--limit", "10") and time.monotonic() < began + 30:
        time.sleep(0.1)
    told["seconds"] = time.monotonic() - began
    prefect("deployment ls", "deployment", "ls")
    told["planned"] = json.loads(prefect("flow-run ls", "flow-run", "ls", "--limit", "50", "-o", "json"))
    run("status", "prefect_service_manager.py", "status")
    run("restart", "prefect_service_manager.py", "restart")
    run("status after restart", "prefect_service_manager.py", "status")
    run("start again", "prefect_service_manager.py", "start")
    run("status again", "prefect_service_manager.py", "status")
    run("stop", "prefect_service_manager.py", "stop")
    run("status at last", "prefect_service_manager.py", "status")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
