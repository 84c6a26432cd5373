"""Who knows the auth string may come in; who guesses it has to wait longer after each guess.

Wrong passwords are counted by the address from which they came. The same wrong one again is no further guess: a program
whose settings are old keeps nobody waiting.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

FREE = 10
"""How many wrong passwords an address may try before it has to wait."""
LONGEST_WAIT = 60.0
"""Seconds for which an address waits at most after a wrong password."""
REMEMBERED = 600.0
"""Seconds after which the guesses of an address are forgotten."""
MOST_ADDRESSES = 10_000
"""How many addresses are remembered; those that were quiet for longest are forgotten first."""


@dataclass
class Guesses:
    """What an address has tried: how often, the latest ones (not in words), and until when it waits."""

    count: int = 0
    latest: deque[int] = field(default_factory=lambda: deque(maxlen=FREE))
    waits_until: float = 0.0
    tried: float = 0.0


class Passwords:
    """The auth string of a server, if it has one, and those who did not know it."""

    def __init__(self, auth_string: str | None, clock: Callable[[], float] = monotonic) -> None:
        self._auth_string = auth_string
        self._clock = clock
        self._guesses: OrderedDict[str, Guesses] = OrderedDict()

    @property
    def are_asked_for(self) -> bool:
        return self._auth_string is not None

    @property
    def addresses(self) -> int:
        """How many addresses are remembered."""
        return len(self._guesses)

    def seconds_to_wait(self, address: str) -> float:
        """How long somebody at an address has to wait before a password is looked at; 0 where it is at once."""
        guesses = self._guesses.get(_place(address))
        return max(guesses.waits_until - self._clock(), 0.0) if guesses is not None else 0.0

    def are_right(self, given: bytes, address: str) -> bool:
        """Whether that is the auth string; telling takes the same time for all wrong ones, which count as guesses."""
        if self._auth_string is None or hmac.compare_digest(given, self._auth_string.encode()):
            return True
        if given:
            self._count(hash(given), _place(address))
        return False

    def _count(self, guess: int, place: str) -> None:
        now = self._clock()
        guesses = self._guesses.pop(place, None)
        if guesses is None or now - guesses.tried > REMEMBERED:
            guesses = Guesses()
        self._guesses[place] = guesses
        guesses.tried = now
        if guess not in guesses.latest:
            guesses.latest.append(guess)
            guesses.count += 1
            if guesses.count >= FREE:
                guesses.waits_until = now + min(2.0 ** min(guesses.count - FREE, 10), LONGEST_WAIT)
        if len(self._guesses) > MOST_ADDRESSES:
            self._guesses.popitem(last=False)


def _place(address: str) -> str:
    """Whose an address is: of the newer ones, a whole network belongs to one."""
    try:
        whole = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(whole) if whole.version == 4 else str(ipaddress.ip_network((int(whole) >> 64 << 64, 64)))


__all__ = ["Passwords"]
