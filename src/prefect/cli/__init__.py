"""The command line: `prefect …`, or `python -m prefect …`.

This module holds the table of commands and nothing they need: a command's own module is imported when it is called.
Modules have the names of their nouns; `output.py` shows tables and JSON.
"""

from __future__ import annotations

import sys

from cyclopts import App, Parameter

from prefect._domain.version import VERSION

COMMANDS: dict[str, tuple[str, str]] = {
    "block": ("blocks:app", "Look at blocks, and register the types that a module defines."),
    "config": ("config:app", "Look at settings, and change those of the active profile."),
    "deploy": ("deploying:deploy", "Record deployments: those of prefect.yaml, or one of an entrypoint."),
    "flow": ("flows:app", "Look at flows, and serve one."),
    "flow-run": ("flow_runs:app", "Look at flow runs, their logs, and remove them."),
    "init": ("deploying:init", "Begin a project: a prefect.yaml, or a whole small program."),
    "profile": ("profiles:app", "Keep several sets of settings."),
    "server": ("server:app", "Care for the database."),
    "task-run": ("task_runs:app", "Look at task runs and their logs."),
    "variable": ("variables:app", "Set and read variables."),
    "version": ("version:version", "Say which version this is, and on what it runs."),
}
"""For each command its place in this package, and what it does."""


def build() -> App:
    """The application, its commands still unimported."""
    app = App(
        name="prefect",
        help="Run, watch and keep workflows.\n\n"
        "A flow needs no server: python my_flow.py runs it, prefect flow-run ls shows the run.",
        default_parameter=Parameter(negative=()),
        version=VERSION,
        version_flags=["--version", "-v"],
        help_format="plaintext",
        result_action="return_value",
    )
    for name, (place, meaning) in COMMANDS.items():
        app.command(f"prefect.cli.{place}", name=name, help=meaning)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: with 0, or with 1 and one clear line on standard error."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    from prefect.cli.running import exit_code

    return exit_code(build(), arguments)
