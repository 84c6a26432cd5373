"""Asking before something is removed, and the words of errors that name what was meant instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated

from cyclopts import Parameter

from prefect.cli.choosing import may_ask
from prefect.cli.running import CommandError

Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), help="Do not ask.")]
"""The option of commands that would ask first."""


def confirm(what: str, *, yes: bool, needed: bool = True) -> None:
    """Go on if the person wants that. `what` is a sentence about what is going to happen. Raises `CommandError`.

    Where nobody can be asked, that is enough unless an answer is `needed`.
    """
    if yes or not (needed or may_ask()):
        return
    if not may_ask():
        raise CommandError(f"{what} Say --yes if that is meant.")
    try:
        answer = input(f"{what} Continue? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was changed.")


def no_such(noun: str, name: object, known: Iterable[str] = (), *, hint: str) -> CommandError:
    """The error where there is nothing of that name; it names what is called almost so."""
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    shown = repr(name) if isinstance(name, str) else name
    return CommandError(f"There is no {noun} {shown}.{meant} {hint}")
