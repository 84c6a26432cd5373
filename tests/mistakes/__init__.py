"""The usual mistakes of people who are new, as a table: what they write, and what they are told.

Each is carried out as they would, and must say what was wrong and the way out: what was expected, or what to do.
`programs.py` has those of programs, `commands.py` those at the command line.
"""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """What somebody writes; and of what is said, the part that says what was wrong, and the part that leads out."""

    name: str
    written: str
    wrong: str
    way_out: str
    environment: tuple[tuple[str, str], ...] = ()
    """Variables of the environment; `{home}` stands for an empty folder, `{port}` for one that is taken."""
