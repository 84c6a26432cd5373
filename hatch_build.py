"""What the package's build does besides: it puts the web UI into the wheel, and the date of the build."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "ui"))

import build as web_ui  # it lies beside the sources that it builds

BUILT = "prefect/built.txt"
"""The file of the wheel that says when it was built; an editable installation has none."""


class Additions(BuildHookInterface[Any]):
    """Builds the pages, and writes the date down; a wheel without pages works, and its server says so."""

    def dependencies(self) -> list[str]:
        return [] if web_ui.has_node() else [web_ui.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            web_ui.build()
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"The web UI is not in this build: {error}")
        if self.target_name == "wheel" and version != "editable":
            self._note.parent.mkdir(parents=True, exist_ok=True)
            self._note.write_text(build_date())
            build_data["force_include"][str(self._note)] = BUILT

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return Path(self.directory) / "built.txt"


def build_date() -> str:
    """Now, or the moment that a build which is to be repeatable is told."""
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
