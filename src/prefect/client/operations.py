"""What a client can do, said once for the synchronous and the asynchronous client.

An operation is a generator: it yields requests and is sent what they are answered with, as JSON turned into Python's
values; what it returns is the operation's result. `operation` makes a method of it, which waits in a synchronous client
and is awaited in an asynchronous one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Coroutine, Generator, Mapping
from functools import partial, update_wrapper
from types import CoroutineType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload
from urllib.parse import quote

import orjson

from prefect._api.dispatching import Reply, Request
from prefect.exceptions import ConfigurationError, ObjectAlreadyExists, ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import get_current_settings

P = ParamSpec("P")
T = TypeVar("T")
Steps = Generator[Request, Any, T]
"""The requests of an operation, one by one, and its result."""


class WaitingClient(Protocol):
    """A client whose operations return when they are done."""

    def carry_out(self, steps: Steps[T]) -> T: ...


class AwaitedClient(Protocol):
    """A client whose operations are awaited."""

    def carry_out(self, steps: Steps[T]) -> Coroutine[Any, Any, T]: ...


class operation(Generic[P, T]):  # it is used as a decorator
    """A method of both clients, made of one generator."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, client: WaitingClient, owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AwaitedClient, owner: Any = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: None, owner: Any = None) -> operation[P, T]: ...

    def __get__(self, client: Any, owner: Any = None) -> Any:
        return self if client is None else update_wrapper(partial(self._call, client), self.steps)

    def _call(self, client: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        answer = client.carry_out(self.steps(client, *args, **kwargs))
        if isinstance(answer, CoroutineType):  # Python tells by its name where nobody awaits it
            answer.__qualname__ = f"{type(client).__name__}.{self.steps.__name__}"
        return answer


def quoted(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


class Later:
    """Something of a module that is loaded when it is used: who asks for flows does not load what tells of blocks."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module(self._module), self._name)(*args, **kwargs)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(getattr(importlib.import_module(self._module), self._name), attribute)


def get(path: str, **query: Any) -> Request:
    return Request("GET", path, query)


def post(path: str, body: Any = None, **query: Any) -> Request:
    return Request("POST", path, query, _json(body))


def put(path: str, body: Any = None) -> Request:
    return Request("PUT", path, {}, _json(body))


def patch(path: str, body: Any = None) -> Request:
    return Request("PATCH", path, {}, _json(body))


def delete(path: str) -> Request:
    return Request("DELETE", path)


def _json(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body, default=_known, option=orjson.OPT_NON_STR_KEYS)


def _known(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True)
    return str(value)


NO_SUCH_ROUTE = "Not Found"
"""What a server says where it has no such route, and not of something that it does not hold."""
ANOTHER_SERVER = (
    "The server that PREFECT_API_URL names has no /engine routes, by which the engine of this package records runs: it "
    "is another implementation's, or of another version. Start one of this package (prefect server start), or unset "
    "PREFECT_API_URL."
)


def content_of(request: Request, reply: Reply) -> Any:
    """What an answer holds: JSON, or the text of one that is none. Raises the error that it tells of."""
    if reply.status < 400:
        return _content(reply) if reply.content else None
    message = message_of(reply.content)
    if reply.status == 404:
        if request.path.startswith("/engine/") and message == NO_SUCH_ROUTE:
            raise ConfigurationError(ANOTHER_SERVER)
        raise ObjectNotFound(help_message=message)
    if reply.status == 409:
        raise ObjectAlreadyExists(PrefectHTTPStatusError(message, status=409, reason=message))
    if reply.status == 401:
        message = f"{message}. {_what_opens()}"
    told = f"{request.method} {request.path} was answered with {reply.status}: {message}"
    raise PrefectHTTPStatusError(told, status=reply.status, reason=message)


def _what_opens() -> str:
    """What to set where a server asks for a password that it was not told, or was told another."""
    if get_current_settings().api.auth_string:
        return "What PREFECT_API_AUTH_STRING says is not the user:password that the server asks for."
    return (
        "The server asks for a password. Say it in PREFECT_API_AUTH_STRING=user:password, or "
        "`prefect config set PREFECT_API_AUTH_STRING=…`."
    )


def _content(reply: Reply) -> Any:
    is_json = "json" in reply.headers.get("content-type", "application/json")
    return orjson.loads(reply.content) if is_json else reply.content.decode()


def message_of(content: bytes) -> str:
    """What an answer says that tells of an error."""
    try:
        told: Mapping[str, Any] = orjson.loads(content)
        return str(told.get("exception_message") or told.get("detail") or told)
    except (orjson.JSONDecodeError, AttributeError):
        return content[:500].decode(errors="replace")
