"""Calls that are made later, in an event loop of another thread: prefect-kubernetes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any

from prefect.utilities.asyncutils import waited_for


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self) -> Any:
        """What the function gives; what it is awaited for, where it is to be awaited."""
        given = self.fn(*self.args, **self.kwargs)
        return waited_for(given) if inspect.isawaitable(given) else given


def create_call(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Call:
    """A call that is to be made later."""
    return Call(fn, args, kwargs)


class from_sync:  # the name that packages know
    """Calls made for code that is not async."""

    @staticmethod
    def call_soon_in_loop_thread(call: Callable[[], Any]) -> Future[Any]:
        """Make a call in another thread, and give its future."""
        answer: Future[Any] = Future()

        def work() -> None:
            try:
                answer.set_result(call())
            except BaseException as error:  # noqa: BLE001  # it belongs to whoever asks for the result
                answer.set_exception(error)

        Thread(target=work, name="prefect-call", daemon=True).start()
        return answer
