"""Carrying out one command: what goes wrong is told in one line."""

from __future__ import annotations

import importlib
import os
import sys

from cyclopts import App, CycloptsError

from prefect._store.faults import fault_of
from prefect.cli.global_options import split_off
from prefect.cli.older_commands import advice_for
from prefect.exceptions import ObjectAlreadyExists, PrefectException, PrefectHTTPStatusError
from prefect.settings import get_current_settings

WRONG_USAGE = 2
INTERRUPTED = 130


class CommandError(PrefectException):
    """A command cannot do what it was asked."""


def exit_code(app: App, arguments: list[str]) -> int:
    """Run the command that the arguments name: 0 when it went well, 1 when not, 2 for wrong usage, 130 after Ctrl-C."""
    options, rest = split_off(arguments)
    with options.in_force():
        return _carried_out(app, rest, debug=options.debug)


def _carried_out(app: App, arguments: list[str], *, debug: bool) -> int:
    try:
        if get_current_settings().plugins.enabled:
            importlib.import_module("prefect.plugins").set_up()
        app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        _told(advice_for(arguments) or f"{_sentence(error)} See: prefect {_command(app, arguments)}--help")
        return WRONG_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except (PrefectException, ValueError, TypeError, OSError) as error:
        if debug:
            raise
        return _told(in_one_line(error))
    except Exception as error:
        if debug or fault_of(error) is None:
            raise
        return _told(f"The database failed during the command: {in_one_line(error)}")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    return 0


def _told(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 1


def in_one_line(error: Exception) -> str:
    """What an error says, without the way on which it came."""
    if isinstance(error, ObjectAlreadyExists) and error.http_exc is not None:
        error = error.http_exc
    if isinstance(error, PrefectHTTPStatusError) and error.reason:
        text = error.reason
    elif hasattr(error, "errors") and callable(error.errors):
        text = "; ".join(_of_field(told) for told in error.errors())
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


def _of_field(told: dict[str, object]) -> str:
    """What is wrong with one field of a value, as pydantic tells it."""
    place = told["loc"]
    name = ".".join(map(str, place)) if isinstance(place, tuple) else ""
    message = str(told["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _sentence(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _command(app: App, arguments: list[str]) -> str:
    """The words of the arguments that name a command, for the hint at the end of an error."""
    chain, _, _ = app.parse_commands(arguments)
    return "".join(f"{word} " for word in chain)
