"""Reading long lists in pieces, since one answer holds only so much."""

from __future__ import annotations

from typing import Protocol, TypeVar

from cyclopts import Parameter, validators

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
PIECE = 200
"""The most that a server answers with at once unless it is set up otherwise."""
AtLeastOne = Parameter(validator=validators.Number(gte=1))


class Piece(Protocol[T_co]):
    """Asks for a piece of a list."""

    def __call__(self, *, limit: int, offset: int) -> T_co: ...


def up_to(most: int | None, piece: Piece[list[T]]) -> list[T]:
    """The first `most` things of a list, or all of them."""
    found: list[T] = []
    while most is None or len(found) < most:
        size = PIECE if most is None else min(PIECE, most - len(found))
        more = piece(limit=size, offset=len(found))
        found += more
        if len(more) < size:
            break
    return found


__all__ = ["AtLeastOne", "Piece", "up_to"]
