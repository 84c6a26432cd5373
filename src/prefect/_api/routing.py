"""Declaring routes, and finding the one that a request means.

A noun's file declares them on a table of its own:

    routes = Routes("/variables")

    @routes.get("/name/{name}")
    def read_variable_by_name(here: Here, name: str) -> wire.Variable:
        ...

The first argument is the world (`Here`). Arguments named in the path are read from it, one named `body` is the checked
body, and the others come from the query. The annotation of what is returned makes the answer. A path with and without a
slash at its end is the same one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, get_type_hints
from urllib.parse import quote, unquote
from uuid import UUID

from pydantic import TypeAdapter

from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect._wire.models import Query
from prefect.settings import Settings

Fn = TypeVar("Fn", bound=Callable[..., Any])
NO_CONTENT = 204
QUESTIONS = frozenset(
    {
        *("cancelling", "concurrency_status", "count", "count-deployments", "count-task-runs", "counts", "filter"),
        *("history", "lateness", "next-runs", "next-times", "paginate", "preview", "usual-durations", "validate"),
    }
)
"""How the paths end of bodies that ask for something."""


@dataclass(slots=True)
class Here:
    """What an operation needs of the world: the database, the time, new ids, the settings, who asks, and the duties.

    An operation that answers with another status than its route's says so in `status`, with headers in `told`; one that
    waits says in `ask_again_at` when there may be something though nothing has changed.
    """

    db: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    settings: Settings
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    told: dict[str, str] = field(default_factory=dict)
    ask_again_at: datetime | None = None
    duties: Mapping[str, Account] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock()

    def limit(self, wanted: int | None) -> int:
        """How many things to list. Raises `ValueError` for more than one answer may hold."""
        most: int = self.settings.server.api.default_limit
        if wanted is not None and wanted > most:
            raise ValueError(f"The limit is at most {most}; {wanted} was asked for. Ask for the rest with an offset.")
        return most if wanted is None else wanted


class Plain(NamedTuple):
    """An answer that is no JSON, and its type."""

    content: bytes
    type: str = "text/plain; charset=utf-8"
    filename: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say what the content is."""
        told = {"content-type": self.type}
        if self.filename is not None:
            told["content-disposition"] = "attachment; filename*=UTF-8''" + quote(self.filename, safe="")
        return told


class Called(NamedTuple):
    """Says in an annotation how an argument is called in a query, where that is no name in Python."""

    name: str


class Parameter(NamedTuple):
    """An argument of a route that comes from the path or the query, where it may be called otherwise."""

    name: str
    adapter: TypeAdapter[Any]
    default: Any
    called: str


class Route:
    """One operation: how it is asked for, and what carries it out."""

    def __init__(
        self, method: str, path: str, call: Callable[..., Any], status: int, *, waits: bool, urgent: bool = False
    ) -> None:
        self.method = method
        self.path = path
        self.call = call
        self.status = status
        self.waits = waits
        self.is_urgent = urgent
        self.segments = segments_of(path)

    @property
    def name(self) -> str:
        return self.call.__name__

    @property
    def only_reads(self) -> bool:
        """Whether it writes nothing, as its method or the end of its path says."""
        asks = self.segments[-1] in QUESTIONS or self.segments[-2:-1] == ("count-by",)
        return self.method == "GET" or (self.method == "POST" and asks and not self.waits)

    @cached_property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.call, include_extras=True)

    @cached_property
    def parameters(self) -> list[Parameter]:
        """The arguments that come from the path or the query."""
        signature = inspect.signature(self.call)
        return [
            Parameter(
                argument.name,
                TypeAdapter(self.hints[argument.name]),
                argument.default,
                _called(self.hints[argument.name]) or argument.name,
            )
            for argument in list(signature.parameters.values())[1:]
            if argument.name != "body"
        ]

    @cached_property
    def body(self) -> TypeAdapter[Any] | None:
        """How the body is read, or None for a route that takes none."""
        return TypeAdapter(self.hints["body"]) if "body" in self.hints else None

    @cached_property
    def needs_body(self) -> bool:
        """Whether a request without a body is refused; a query may be empty."""
        body = self.hints.get("body")
        return body is not None and not (isinstance(body, type) and issubclass(body, Query))

    @cached_property
    def answer(self) -> TypeAdapter[Any] | None:
        """How the answer is written, or None for a route that answers without content."""
        if self.status == NO_CONTENT:
            return None
        told = self.hints["return"]
        return TypeAdapter(Any if told is Plain else told)

    def in_path(self) -> set[str]:
        """The names of the arguments that the path holds."""
        return {segment[1:-1] for segment in self.segments if _is_argument(segment)}

    def __repr__(self) -> str:
        return f"<Route {self.method} {self.path}>"


class Found(NamedTuple):
    """A route, and the arguments that the path held."""

    route: Route
    arguments: dict[str, str]


class Routes:
    """The routes of a noun, or of all of them."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.declared: list[Route] = []
        self._alike: dict[tuple[str, int], list[Route]] = {}

    def declare(
        self, method: str, path: str, status: int, waits: bool = False, urgent: bool = False
    ) -> Callable[[Fn], Fn]:
        def declared(call: Fn) -> Fn:
            self.add(Route(method, f"{self.prefix}{path}", call, status, waits=waits, urgent=urgent))
            return call

        return declared

    def get(self, path: str, status: int = 200, *, waits: bool = False) -> Callable[[Fn], Fn]:
        return self.declare("GET", path, status, waits)

    def post(self, path: str, status: int = 200, *, waits: bool = False, urgent: bool = False) -> Callable[[Fn], Fn]:
        """A route that `waits` is asked again by its edge when something has changed, while it answers nothing.

        For one that is `urgent` the edge looks for changes more often.
        """
        return self.declare("POST", path, status, waits, urgent)

    def put(self, path: str, status: int = 200) -> Callable[[Fn], Fn]:
        return self.declare("PUT", path, status)

    def patch(self, path: str, status: int = NO_CONTENT) -> Callable[[Fn], Fn]:
        return self.declare("PATCH", path, status)

    def delete(self, path: str, status: int = NO_CONTENT) -> Callable[[Fn], Fn]:
        return self.declare("DELETE", path, status)

    def add(self, route: Route) -> None:
        """Take a route in; of two that fit a path, the one with fewer arguments in it counts."""
        self.declared.append(route)
        same = self._alike.setdefault(_likeness(route.segments), [])
        same.append(route)
        same.sort(key=lambda known: len(known.in_path()))

    def find(self, method: str, path: str) -> Found | set[str]:
        """The route that a request means; where there is none, the methods that the path knows."""
        segments = segments_of(path)
        others = set()
        for route in self._alike.get(_likeness(segments), ()):
            arguments = _match(route.segments, segments)
            if arguments is None:
                continue
            if route.method == method:
                return Found(route, arguments)
            others.add(route.method)
        return others

    def __iter__(self) -> Iterator[Route]:
        return iter(self.declared)


def _called(hint: Any) -> str | None:
    return next((one.name for one in getattr(hint, "__metadata__", ()) if isinstance(one, Called)), None)


def segments_of(path: str) -> tuple[str, ...]:
    """The parts of a path between its slashes."""
    return tuple(path.strip("/").split("/"))


def _likeness(segments: tuple[str, ...]) -> tuple[str, int]:
    """What a path shares with the routes that it may mean: no route begins with an argument."""
    return segments[0], len(segments)


def _match(wanted: tuple[str, ...], given: tuple[str, ...]) -> dict[str, str] | None:
    arguments = {}
    for pattern, segment in zip(wanted, given):
        if _is_argument(pattern):
            arguments[pattern[1:-1]] = unquote(segment)
        elif pattern != segment:
            return None
    return arguments


def _is_argument(segment: str) -> bool:
    return segment.startswith("{")
