"""What really happened, written down outside of the product: one JSON object a line, appended in one step.

`exec.log` is written by the functions of users, `logs.log` by those that log, `client.log` by whoever asks the API,
`nemesis.log` by the nemesis.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """A file to which many processes append."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def note(self, what: str, **facts: Any) -> None:
        """Append an entry, with the moment."""
        line = json.dumps({"what": what, "at": time.time(), **facts}, default=str) + "\n"
        opened = os.open(self.file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(opened, line.encode())
        finally:
            os.close(opened)

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]
