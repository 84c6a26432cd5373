"""The command line: `prefect …`, or `python -m prefect …`.

This module holds the table of commands and nothing they need: a command's own module is imported when it is called.
Modules have the names of their nouns; `output.py` shows tables and JSON. Commands ask a
client (`client.py`), and so the server that `PREFECT_API_URL` names, or the local database.
"""

from __future__ import annotations

import io
import sys

from cyclopts import App, Parameter

from prefect._domain.version import VERSION
from prefect.cli.global_options import described

COMMANDS: dict[str, tuple[str, str]] = {
    "agent": ("workers:agent", "Start an agent: a worker of the default pool, by its name of old."),
    "api": ("api:app", "Send any request to the API."),
    "artifact": ("artifacts:app", "Look at artifacts, and remove them."),
    "automation": ("automations:app", "Make automations, look at them, and turn them on and off."),
    "backfill": ("backfills:app", "Look at backfills; pause, cancel and retry them."),
    "block": ("blocks:app", "Look at blocks and their types, and care for them."),
    "cloud": ("cloud:app", "Say what to do instead of what a hosted service does."),
    "completion": ("completion:app", "Have the shell complete commands, options and names."),
    "concurrency-limit": ("tag_limits:app", "Bound how many task runs with a tag go on at once; see which hold slots."),
    "config": ("config:app", "Look at settings, and change those of the active profile."),
    "dashboard": ("dashboard:app", "Open the web UI."),
    "deploy": ("deploying:deploy", "Record deployments: those of prefect.yaml, or one of an entrypoint."),
    "deployment": ("deployments:app", "Look at deployments, run them, and care for their schedules."),
    "events": ("events:app", "Follow events, and tell of one."),
    "experimental": ("experimental:app", "The default storage of results, kept by the server, and plugins."),
    "flow": ("flows:app", "Look at flows, and serve one."),
    "flow-run": ("flow_runs:app", "Look at flow runs and their logs; cancel, retry, watch and remove them."),
    "global-concurrency-limit": (
        "global_limits:app",
        "Bound how much goes on at once, by named limits; see who holds slots. Also: gcl",
    ),
    "init": ("deploying:init", "Begin a project: a prefect.yaml, or a whole small program."),
    "plugins": ("plugins:app", "See what plugins do."),
    "profile": ("profiles:app", "Keep several sets of settings."),
    "sdk": ("sdk:app", "Write Python that knows the deployments."),
    "server": ("server:app", "Start, stop and look at the server, and care for its database."),
    "shell": ("shell:app", "Run any command as a flow: now, or whenever it is due."),
    "task": ("tasks:app", "Serve tasks: carry out those that are handed over."),
    "task-run": ("task_runs:app", "Look at task runs and their logs."),
    "transfer": ("transfer:transfer", "Make everything of one profile at another one."),
    "variable": ("variables:app", "Set and read variables."),
    "work-pool": ("work_pools:app", "Make work pools, look at them, and say how much they may run."),
    "work-queue": ("work_queues:app", "Make the queues of work pools, look at them, and say how much they may run."),
    "worker": ("workers:app", "Start a worker, and look at those there are."),
    "version": ("version:version", "Say which version this is, and on what it runs."),
}
"""For each command its place in this package, and what it does."""


def build() -> App:
    """The application, its commands still unimported."""
    app = App(
        name="prefect",
        help="Run, watch and keep workflows.\n\n"
        "A flow needs no server: python my_flow.py runs it, prefect flow-run ls shows the run.\n\n"
        f"{described()}",
        default_parameter=Parameter(negative=(), negative_iterable=()),
        version=VERSION,
        version_flags=["--version", "-v"],
        help_format="plaintext",
        result_action="return_value",
    )
    for name, (place, meaning) in COMMANDS.items():
        app.command(f"prefect.cli.{place}", name=name, help=meaning)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: with 0, or with 1 and one clear line on standard error.

    What a terminal's encoding does not have is shown as an escape.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


app = main
"""The name by which programs know it."""


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    from prefect.cli.running import exit_code

    return exit_code(build(), arguments)
