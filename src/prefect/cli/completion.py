"""`prefect completion …`, and what shells ask it when somebody presses the tab key."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from cyclopts import App, Parameter

from prefect.cli import COMMANDS, build
from prefect.cli.client import asking
from prefect.cli.deployment_names import named
from prefect.cli.global_options import MEANINGS, split_off
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings.profiles import load_profiles
from prefect.settings.table import TABLE

app = App(name="completion", help="Have the shell complete commands, options and names.")

Shell = Literal["bash", "zsh", "fish"]
SCRIPTS: dict[Shell, str] = {
    "bash": """\
_prefect() {
    local IFS=$'\\n'
    COMPREPLY=($(prefect completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _prefect prefect
""",
    "zsh": """\
#compdef prefect
_prefect() {
    local -a found
    found=("${(@f)$(prefect completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    [[ -n "$found" ]] && compadd -a found || _files
}
compdef _prefect prefect
""",
    "fish": """\
complete -c prefect -f -a '(prefect completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
""",
}
PLACES: dict[Shell, str] = {
    "bash": "~/.local/share/bash-completion/completions/prefect",
    "zsh": "~/.zfunc/_prefect",
    "fish": "~/.config/fish/completions/prefect.fish",
}
HINTS: dict[Shell, str] = {
    "bash": "It holds in new shells that load bash-completion; here and now: source {place}",
    "zsh": "It holds in new shells if ~/.zshrc says: fpath+=~/.zfunc; autoload -Uz compinit && compinit",
    "fish": "It holds in new shells.",
}


@app.command
def install(shell: Shell | None = None) -> None:
    """Write the script that a shell needs to where it looks for such scripts.

    Parameters
    ----------
    shell
        bash, zsh or fish; the shell of this terminal if none is named.
    """
    wanted = shell or _own_shell()
    place = Path(PLACES[wanted]).expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(SCRIPTS[wanted], encoding="utf-8")
    print(f"Wrote {place}. {HINTS[wanted].format(place=place)}")


@app.command
def show(shell: Shell | None = None) -> None:
    """Print the script that a shell needs.

    Parameters
    ----------
    shell
        bash, zsh or fish; the shell of this terminal if none is named.
    """
    print(SCRIPTS[shell or _own_shell()], end="")


def _own_shell() -> Shell:
    name = Path(os.environ.get("SHELL", "")).name
    for shell in get_args(Shell):
        if shell == name:
            found: Shell = shell
            return found
    raise CommandError("Say for which shell: bash, zsh or fish.")


@app.command(show=False)
def words(*typed: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Print what the last of the words may become."""
    for word in completions(typed):
        print(word)


def completions(typed: Sequence[str]) -> list[str]:
    """What the last of the words after `prefect` may become."""
    *before, last = typed or [""]
    _, path = split_off(before)
    found = _after(path, last)
    return sorted({word for word in found if word.startswith(last)})


def _after(path: list[str], last: str) -> Iterable[str]:
    if not path:
        return _global_options() if last.startswith("-") else COMMANDS
    command, chain, rest = _command(path)
    if last.startswith("-"):
        return _options(command)
    if command.default_command is None:
        return [name for name in command if not name.startswith("-")]
    return _names(chain, rest)


def _global_options() -> list[str]:
    return [part.split()[0] for names in MEANINGS for part in names.split(", ")] + ["--help", "--version"]


def _command(path: list[str]) -> tuple[App, tuple[str, ...], list[str]]:
    """The command that words lead to, the words that name it, and the rest of them."""
    whole = build()
    chain, apps, rest = whole.parse_commands(path)
    return apps[-1], chain, rest


def _options(command: App) -> list[str]:
    if command.default_command is None:
        return ["--help"]
    named = command.assemble_argument_collection()
    return [name for argument in named for name in argument.names if name.startswith("--")] + ["--help"]


def _names(chain: tuple[str, ...], rest: list[str]) -> Iterable[str]:
    """The names of things that a command takes, or that the option before takes."""
    before = rest[-1] if rest else ""
    asked = OPTIONS.get(before) if before.startswith("-") else KNOWN.get(chain[0]) if not rest else None
    if asked is None:
        return []
    with asking() as client:
        return list(asked(client))


def _pools(client: SyncPrefectClient) -> Iterable[str]:
    return (pool.name for pool in client.read_work_pools())


def _queues(client: SyncPrefectClient) -> Iterable[str]:
    return (queue.name for queue in client.read_work_queues())


def _limits(client: SyncPrefectClient) -> Iterable[str]:
    return (one.name for one in client.read_global_concurrency_limits(200))


def _blocks(client: SyncPrefectClient) -> Iterable[str]:
    found = client.read_block_documents(include_secrets=False)
    return (f"{block.block_type.slug}/{block.name}" for block in found if block.block_type is not None)


KNOWN: dict[str, Callable[[SyncPrefectClient], Iterable[str]]] = {
    "block": _blocks,
    "concurrency-limit": lambda client: (one.tag for one in client.read_concurrency_limits(200, 0)),
    "config": lambda client: (setting.env for setting in TABLE),
    "deployment": lambda client: (name for name, _ in named(client, client.read_deployments())),
    "flow-run": lambda client: (run.name for run in client.read_flow_runs()),
    "global-concurrency-limit": _limits,
    "profile": lambda client: load_profiles().names,
    "variable": lambda client: (variable.name for variable in client.read_variables()),
    "work-pool": _pools,
    "work-queue": _queues,
}
"""For each noun, how the names of what there is are found."""
OPTIONS: dict[str, Callable[[SyncPrefectClient], Iterable[str]]] = {
    "--flow-name": lambda client: (flow.name for flow in client.read_flows()),
    "--pool": _pools,
    "--work-queue": _queues,
}
"""The same for options."""
