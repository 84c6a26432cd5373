"""What is added to Python's own errors where a future, a coroutine, a state or a task is taken for its value."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from prefect import flow, task
from prefect.settings import temporary_settings


@task
def one() -> int:
    return 1


@task
async def one_awaited() -> int:
    return 1


def raised_by(fn: Callable[[], Any]) -> BaseException:
    """What a flow of that function raises."""
    with pytest.raises(Exception) as caught:  # whatever it is
        flow(fn)()
    return caught.value


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors have no notes before Python 3.11")
@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        (lambda: one.submit() + 1, "`future.result()` gives the value"),
        (lambda: sum([one.submit()]), "`future.result()` gives the value"),
        (lambda: one.submit().upper(), "`future.result()` gives the value"),
        (lambda: one.submit()["a"], "`future.result()` gives the value"),
        (lambda: list(one.submit()), "`future.result()` gives the value"),
        (lambda: one(return_state=True) + 1, "`state.result()` gives the value"),
        (lambda: one + 1, "call it, `my_task()`"),
    ],
)
def test_who_takes_something_for_its_value_is_told_the_way_out(slip: Callable[[], Any], hint: str) -> None:
    (note,) = raised_by(slip).__notes__  # type: ignore[attr-defined]

    assert hint in note


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors have no notes before Python 3.11")
@pytest.mark.filterwarnings("ignore:coroutine '_call_async' was never awaited:RuntimeWarning")
def test_who_forgets_to_await_is_told_so() -> None:
    (note,) = raised_by(lambda: one_awaited() + 1).__notes__  # type: ignore[attr-defined, operator]

    assert "`await my_task()`" in note


def test_other_errors_are_left_as_they_are() -> None:
    assert not hasattr(raised_by(lambda: {}["a"]), "__notes__")
    assert not hasattr(raised_by(lambda: "a" + 1), "__notes__")  # type: ignore[operator]


@task
def inner() -> None:
    raise KeyError("price")


@flow
def outer() -> None:
    inner()


def files_of(error: BaseException) -> list[str]:
    """The functions of a traceback, each with its file's name."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.name}" for frame in frames]


def test_a_traceback_has_the_users_frames_and_one_of_ours() -> None:
    with pytest.raises(KeyError) as caught:
        outer()

    here = "test_slips.py"
    assert files_of(caught.value) == [
        f"{here}:test_a_traceback_has_the_users_frames_and_one_of_ours",
        "flows.py:__call__",
        f"{here}:outer",
        f"{here}:inner",
    ]


@task
async def inner_awaited() -> None:
    raise KeyError("price")


@flow
async def outer_awaited() -> None:
    await inner_awaited()


def test_so_has_one_of_async_code() -> None:
    with pytest.raises(KeyError) as caught:
        asyncio.run(outer_awaited())

    here = "test_slips.py"
    told = [line for line in files_of(caught.value) if line.startswith((here, "flows.py", "tasks.py"))]
    assert told == [
        f"{here}:test_so_has_one_of_async_code",
        "flows.py:_call_async",
        f"{here}:outer_awaited",
        f"{here}:inner_awaited",
    ]


def test_in_debug_mode_it_has_all_of_them() -> None:
    with temporary_settings({"PREFECT_DEBUG_MODE": True}), pytest.raises(KeyError) as caught:
        outer()

    assert "tasks.py:__call__" in files_of(caught.value)
    assert len(files_of(caught.value)) > 8
