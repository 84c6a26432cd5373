"""Asking the user, where there is one to ask."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from prefect.settings import get_current_settings


def may_ask(prompt: bool | None = None) -> bool:
    """Whether questions may be asked: an option counts before the setting, this before there being a terminal."""
    told = str(get_current_settings().cli.prompt or "auto").strip().lower()
    if prompt is None and told != "auto":
        prompt = told in ("1", "true", "yes", "on")
    return sys.stdin.isatty() if prompt is None else prompt


def chosen_of(question: str, choices: Sequence[str]) -> str:
    """One of the choices, by its number."""
    for number, choice in enumerate(choices, 1):
        print(f"  {number}  {choice}")
    while True:
        answer = input(f"{question} [1-{len(choices)}] ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        print(f"Please type a number from 1 to {len(choices)}.")


def answered(question: str) -> str:
    """A text that is not empty."""
    while True:
        answer = input(f"{question} ").strip()
        if answer:
            return answer


def is_confirmed(question: str) -> bool:
    """Whether the user says yes."""
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
