"""What the package's build does besides: it puts the web UI into the wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "ui"))

import build as web_ui  # it lies beside the sources that it builds


class WebUi(BuildHookInterface[Any]):
    """Builds the pages; a wheel without them works, and its server says so."""

    def dependencies(self) -> list[str]:
        return [] if web_ui.has_node() else [web_ui.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            web_ui.build()
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"The web UI is not in this build: {error}")
