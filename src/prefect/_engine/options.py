"""The options of flows and tasks, checked where they are given: a wrong one is told before anything runs.

`of_what` is the flow or task whose option it is, in the words of the error: "the task 'load'".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import isnan
from operator import index
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.utilities.annotations import NotSet


def checked_retries(retries: Any, of_what: str) -> int:
    """How often a run is tried again. Raises `TypeError` for what is no whole number, `ValueError` below 0."""
    whole = isinstance(retries, float) and retries.is_integer()
    try:
        count = index(int(retries) if whole else retries)
    except TypeError:
        raise TypeError(
            f"`retries` of {of_what} is how often a run is tried again, a whole number such as retries=3; "
            f"it is {retries!r}."
        ) from None
    if count < 0:
        raise ValueError(f"`retries` of {of_what} is how often a run is tried again, from 0 on; it is {retries!r}.")
    return count


def checked_seconds(seconds: Any, option: str, of_what: str) -> Any:
    """A length of time as it was given, or None. Raises `TypeError` for what is no number, `ValueError` below 0."""
    if seconds is None:
        return None
    meant = f"`{option}` of {of_what} is a number of seconds, such as {option}=30"
    if isinstance(seconds, timedelta):
        raise TypeError(f"{meant}; it is {seconds!r}. Write {option}={seconds.total_seconds():g}.")
    try:
        number = float("nan" if isinstance(seconds, (str, bytes)) else seconds)
    except (TypeError, ValueError):
        number = float("nan")
    if isnan(number):
        raise TypeError(f"{meant}; it is {seconds!r}.")
    if number < 0:
        raise ValueError(f"{meant}, from 0 on; it is {seconds!r}.")
    return seconds


def checked_delays(delays: Any, of_what: str) -> float | list[float]:
    """A task's delay before each further try, or one for each. Raises `TypeError` and `ValueError` as above."""
    if isinstance(delays, Sequence) and not isinstance(delays, (str, bytes)):
        return [checked_seconds(delay, "retry_delay_seconds", of_what) for delay in delays]
    checked: float = checked_seconds(delays, "retry_delay_seconds", of_what)
    return checked


def checked_cache_policy(policy: Any, of_what: str) -> Any:
    """A task's cache policy as it was given. Raises `TypeError` for anything else."""
    if policy is None or policy is NotSet or isinstance(policy, CachePolicy):
        return policy
    raise TypeError(
        f"`cache_policy` of {of_what} is a policy of prefect.cache_policies, such as INPUTS or NO_CACHE; "
        f"it is {policy!r}."
    )


def checked_expiration(expiration: Any, of_what: str) -> timedelta | None:
    """After what time a kept result counts no more. Raises `TypeError` for anything but a timedelta."""
    if expiration is None or isinstance(expiration, timedelta):
        return expiration
    raise TypeError(
        f"`cache_expiration` of {of_what} is a timedelta, such as timedelta(hours=1); it is {expiration!r}."
    )


def checked_function(fn: Any, option: str, of_what: str) -> Callable[..., Any] | None:
    """A function that an option gives, or None. Raises `TypeError` for what cannot be called."""
    if fn is None or callable(fn):
        return fn  # type: ignore[no-any-return]  # it can be called
    raise TypeError(f"`{option}` of {of_what} is a function; it is {fn!r}, which cannot be called.")
