"""The HTTP client is loaded without what it would load for a command of its own."""

from __future__ import annotations

import subprocess
import sys

TOLD = """
import sys
from prefect.utilities.lean_httpx import httpx
print(httpx.Client.__name__, *{"click", "rich", "pygments", "httpx._main"} & set(sys.modules))
"""


def test_an_http_client_loads_no_command_line() -> None:
    told = subprocess.run([sys.executable, "-c", TOLD], stdout=subprocess.PIPE, text=True, check=True)

    assert told.stdout.split() == ["Client"]
