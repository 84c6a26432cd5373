"""The page of all commands, out of the command line's own table."""

from __future__ import annotations

from collections.abc import Iterator

from cyclopts import App
from cyclopts.argument import Argument
from docstring_parser import parse

from prefect.cli import COMMANDS, build
from prefect.cli.global_options import MEANINGS

NO_COMMANDS = {"--help", "-h", "--version", "-v"}


def page() -> str:
    """Every command with what it does, its examples and its options."""
    app = build()
    lines = [
        "# Commands",
        "",
        "Every command, as `prefect COMMAND --help` tells it: [how they are used](../how-to/command-line.md).",
        "",
        "| before the command | |",
        "|---|---|",
        *(f"| `{option}` | {meaning} |" for option, meaning in MEANINGS.items()),
    ]
    for name, (_, meaning) in COMMANDS.items():
        lines += ["", f"## prefect {name}", "", meaning]
        for path, command in _commands(app[name], f"prefect {name}"):
            if path != f"prefect {name}":
                lines += ["", f"### {path}"]
            lines += _described(command, meaning)
    return "\n".join([*lines, ""])


def _commands(app: App, path: str) -> Iterator[tuple[str, App]]:
    """The command itself, if it does something, and those below it."""
    if app.default_command is not None:
        yield path, app
    below: dict[int, tuple[str, App]] = {}
    for name in app:
        if name not in NO_COMMANDS and app[name].show:
            below.setdefault(id(app[name]), (f"{path} {name}", app[name]))
    for place, command in below.values():
        yield from _commands(command, place)


def _described(command: App, told_already: str) -> Iterator[str]:
    told = parse(command.help)
    if told.short_description and told.short_description != told_already:
        yield from ("", told.short_description)
    if told.long_description:
        yield from ("", *_with_examples(told.long_description.splitlines()))
    meanings = {parameter.arg_name: parameter.description or "" for parameter in told.params}
    shown = [argument for argument in command.assemble_argument_collection() if argument.show and argument.names]
    if shown:
        yield from ("", "| option | |", "|---|---|", *(_row(argument, meanings) for argument in shown))


def _with_examples(lines: list[str]) -> Iterator[str]:
    """A text whose lines that are commands stand in blocks."""
    inside = False
    for line in lines:
        is_command = line.strip().startswith(("prefect ", "python ", "PREFECT_", "source "))
        if is_command != inside:
            yield from ("```", "") if inside else ("", "```")
            inside = is_command
        yield line.strip()
    if inside:
        yield "```"


def _row(argument: Argument, meanings: dict[str, str]) -> str:
    names = ", ".join(f"`{name}`" for name in argument.names if not name.startswith(("--no-", "--empty-")))
    meaning = argument.parameter.help or meanings.get(argument.field_info.name, "")
    return f"| {names or f'`{argument.names[0]}`'} | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
