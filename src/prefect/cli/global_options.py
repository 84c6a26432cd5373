"""What stands before a command and holds for all of them, as in `prefect --profile work flow-run ls`, and plurals."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

MEANINGS = {
    "--profile NAME, -p NAME": "Use the settings of this profile.",
    "--no-prompt, --prompt": "Never ask, or always ask.",
    "--no-color": "Show no colours; so does NO_COLOR=1.",
    "--debug": "Show the whole traceback of an error.",
    "--install-completion": "Have the shell complete what you type.",
    "--show-completion": "Print what a shell needs for that.",
}
SWITCHES = {
    "--prompt": ("PREFECT_CLI_PROMPT", "true"),
    "--no-prompt": ("PREFECT_CLI_PROMPT", "false"),
    "--no-color": ("NO_COLOR", "1"),
    "--no-colour": ("NO_COLOR", "1"),
}
"""For each option without a value the variable that says the same."""
COMMANDS = {"--install-completion": ["completion", "install"], "--show-completion": ["completion", "show"]}
"""Options that are commands by another name."""
PLURALS = (
    "artifact",
    "block",
    "concurrency-limit",
    "deployment",
    "flow",
    "flow-run",
    "global-concurrency-limit",
    "profile",
    "task-run",
    "variable",
    "work-pool",
    "work-queue",
    "worker",
)
"""Commands that may be called in the plural, too."""
SINGULARS = {**{f"{name}s": name for name in PLURALS}, "gcl": "global-concurrency-limit", "event": "events"}
"""For other names of commands the ones by which they are known."""


class GlobalOptions(NamedTuple):
    """What was said before the command: variables of the environment, and whether errors are shown whole."""

    environment: dict[str, str]
    debug: bool

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Have the options hold inside the block, here and in the processes that it starts."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def split_off(arguments: Sequence[str]) -> tuple[GlobalOptions, list[str]]:
    """The global options that arguments begin with, and the rest, its command in the singular."""
    environment: dict[str, str] = {}
    debug, rest = False, list(arguments)
    while rest:
        name, equals, value = rest[0].partition("=")
        if name in ("--profile", "-p") and (equals or len(rest) > 1):
            environment["PREFECT_PROFILE"] = value if equals else rest.pop(1)
        elif rest[0] in SWITCHES:
            environment.update([SWITCHES[rest[0]]])
        elif rest[0] == "--debug":
            debug = True
        else:
            break
        rest.pop(0)
    if rest and rest[0] in COMMANDS:
        rest[:1] = COMMANDS[rest[0]]
    if rest[:2] == ["deploy", "init"]:
        rest[:2] = ["init"]
    if rest:
        rest[0] = SINGULARS.get(rest[0], rest[0])
    return GlobalOptions(environment, debug), rest


def described() -> str:
    """The options for the help."""
    width = max(map(len, MEANINGS))
    return "Before the command:\n" + "\n".join(f"  {name:<{width}}  {told}" for name, told in MEANINGS.items())
