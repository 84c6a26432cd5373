"""Carrying out one command: what goes wrong is told in one line."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError

from prefect.exceptions import PrefectException

WRONG_USAGE = 2


class CommandError(PrefectException):
    """A command cannot do what it was asked."""


def exit_code(app: App, arguments: list[str]) -> int:
    """Run the command that the arguments name: 0 when it went well, 1 when not, 2 for wrong usage, 130 after Ctrl-C."""
    try:
        app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        _told(f"{_sentence(error)} See: prefect {_command(app, arguments)}--help")
        return WRONG_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (PrefectException, ValueError, TypeError, OSError) as error:
        return _told(str(error) or type(error).__name__)
    return 0


def _told(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 1


def _sentence(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _command(app: App, arguments: list[str]) -> str:
    """The words of the arguments that name a command, for the hint at the end of an error."""
    chain, _, _ = app.parse_commands(arguments)
    return "".join(f"{word} " for word in chain)
