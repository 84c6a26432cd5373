"""Templates of jobs: what a work pool's type lets one say of the process, container or pod of a run.

`variables` is a JSON schema of what can be said, `job_configuration` says where it goes.
"""

from __future__ import annotations

from typing import Any


def _text(title: str, description: str) -> dict[str, Any]:
    return {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
        "title": title,
        "description": description,
    }


def _texts(title: str, description: str) -> dict[str, Any]:
    values = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    return {"type": "object", "additionalProperties": values, "title": title, "description": description}


PROCESS_VARIABLES: dict[str, Any] = {
    "name": _text("Name", "The name of the run's process."),
    "env": _texts("Environment Variables", "Environment variables of the run's process."),
    "labels": _texts("Labels", "Labels of the run's process."),
    "command": _text("Command", "The command that starts the run; without one the worker knows it."),
    "stream_output": {
        "type": "boolean",
        "default": True,
        "title": "Stream Output",
        "description": "Whether the worker shows what the run prints.",
    },
    "working_dir": {
        **_text("Working Directory", "The folder in which the run is started; without one a folder of its own."),
        "anyOf": [{"type": "string", "format": "path"}, {"type": "null"}],
    },
}
PROCESS: dict[str, Any] = {
    "job_configuration": {name: "{{ " + name + " }}" for name in PROCESS_VARIABLES},
    "variables": {"type": "object", "properties": PROCESS_VARIABLES},
}
"""Of a pool whose runs are processes on the worker's machine."""
