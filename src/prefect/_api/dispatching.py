"""Carrying out a request, whoever brings it: an HTTP server, or a client inside the same process."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from dis import opname
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError

from prefect._api.routing import NO_CONTENT, Found, Here, Plain, Route, Routes
from prefect._store.faults import Fault, fault_of
from prefect.exceptions import (
    ConfigurationError,
    ObjectAlreadyExists,
    ObjectNotFound,
    PrefectException,
    ProtectedBlockError,
    ProtectedName,
    SchemaMismatch,
)

FAULT = "x-fault-id"
"""The header of an answer that names a fault of ours as our log does."""
CONFLICT = (
    "Data integrity conflict. This usually means a unique or foreign key constraint was violated: something is there "
    "already, or something that is referred to is not."
)
MOST_TOLD = 100
"""How many errors of one body are told."""


class Refusal(PrefectException):
    """A request that cannot be carried out: its status, a sentence that says why, and headers for the answer."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class Request(NamedTuple):
    """What is asked for. The path is without `/api`, its arguments still quoted; the body is JSON."""

    method: str
    path: str
    query: Mapping[str, Any] = {}
    body: bytes = b""


class Reply(NamedTuple):
    """What is answered: JSON, or nothing."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = {}


def dispatch(routes: Routes, here: Here, request: Request) -> Reply:
    """Find the route of a request and carry it out; what goes wrong is an answer too."""
    found = routes.find(request.method, request.path)
    if not isinstance(found, Found):
        return not_found(request, found)
    return carry_out(found, here, request)


def carry_out(found: Found, here: Here, request: Request) -> Reply:
    """Carry a request out whose route is known."""
    try:
        arguments = _arguments(found, request)
        value = found.route.call(here, **arguments)
        return _reply(found.route, here, value)
    except Exception as error:  # noqa: BLE001  # an edge answers, whatever happens
        return reply_to_error(error, request, here.new_id())


def not_found(request: Request, methods: set[str]) -> Reply:
    """The answer where no route fits."""
    if not methods:
        return _told(404, "detail", "Not Found")
    return Reply(405, orjson.dumps({"detail": "Method Not Allowed"}), {"allow": ", ".join(sorted(methods))})


def _arguments(found: Found, request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {**request.query, **found.arguments}
    arguments = {}
    for parameter in found.route.parameters:
        if parameter.called in given:
            arguments[parameter.name] = _read(parameter.adapter, given[parameter.called], parameter.called)
        elif parameter.default is inspect.Parameter.empty:
            raise Refusal(422, f"The query needs {parameter.called!r}.")
    if found.route.body is not None:
        nothing = b"null" if found.route.needs_body else b"{}"
        arguments["body"] = found.route.body.validate_json(request.body or nothing)
    return arguments


def _read(adapter: Any, raw: Any, name: str) -> Any:
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        reasons = "; ".join(detail["msg"] for detail in error.errors())
        raise Refusal(422, f"{name} does not fit: {reasons}.") from error


def _reply(route: Route, here: Here, value: Any) -> Reply:
    status = here.status or route.status
    if status == NO_CONTENT or route.answer is None:
        return Reply(status, headers=here.told)
    if isinstance(value, Plain):
        return Reply(status, value.content, {**here.told, **value.headers})
    return Reply(status, route.answer.dump_json(value), here.told)


def reply_to_error(error: Exception, request: Request, fault_id: UUID) -> Reply:
    """The answer to a request that could not be carried out: what was wrong, never how we are built.

    A fault of ours is logged with what we know of it, under the id by which the answer names it.
    """
    match error:
        case Refusal():
            return _told(error.status, "detail", str(error))._replace(headers=error.headers)
        case ValidationError():
            return _invalid(error, request)
        case ObjectNotFound():
            return _told(404, "exception_message", str(error))
        case ObjectAlreadyExists():
            return _told(409, "detail", str(error))
        case ConfigurationError():
            return _told(500, "exception_message", str(error))
        case ProtectedBlockError() | ProtectedName():
            return _told(403, "detail", str(error))
        case SchemaMismatch():
            return _told(409, "detail", str(error))
        case MemoryError():
            return NO_MEMORY
        case OverflowError():
            return _told(422, "exception_message", str(error))
        case ValueError() | TypeError() if _is_said_by_us(error):
            return _told(422, "exception_message", str(error))
    match fault_of(error):
        case Fault.BUSY:
            return busy("the database is busy")
        case Fault.AWAY:
            return busy("the database is away")
        case Fault.GONE:
            return _told(503, "exception_message", str(error))
        case Fault.FULL:
            return _told(507, "exception_message", "The disk of the database is full; make room and try again.")
        case Fault.CONFLICT:
            return _told(409, "detail", CONFLICT)
        case Fault.UNFIT:
            return _told(422, "exception_message", "A value is none that the database takes.")
    return _fault(error, request, fault_id)


OURS = str(Path(__file__).parents[1])


def _is_said_by_us(error: Exception) -> bool:
    """Whether an error speaks of what was given, or else is a fault of our own code.

    The former is raised by a statement: of ours, or of Python's library where it reads a text (`ValueError`).
    """
    trace = error.__traceback__
    if trace is None:
        return True
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    is_raised = opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"
    return is_raised and (isinstance(error, ValueError) or code.co_filename.startswith(OURS))


def _fault(error: Exception, request: Request, id: UUID) -> Reply:
    logger = logging.getLogger("prefect.server")
    logger.error("%s %s failed (fault %s)", request.method, request.path, id, exc_info=error)
    content = orjson.dumps({"exception_message": "Internal Server Error", "fault_id": str(id)})
    return Reply(500, content, {FAULT: str(id)})


def _told(status: int, key: str, message: str) -> Reply:
    return Reply(status, orjson.dumps({key: message}))


def busy(why: str) -> Reply:
    """The answer to a request that may be sent again soon."""
    content = orjson.dumps({"exception_message": f"Service Unavailable: {why}, try again."})
    return Reply(503, content, {"retry-after": "1"})


NO_MEMORY = busy("the server has no memory left")
"""Made beforehand, for where there is none it could not be."""


def _invalid(error: ValidationError, request: Request) -> Reply:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    details = [
        {"loc": ["body", *detail["loc"]], "msg": detail["msg"], "type": detail["type"]} for detail in errors[:MOST_TOLD]
    ]
    first = details[0]
    place = ".".join(str(part) for part in first["loc"])
    return Reply(
        422,
        orjson.dumps(
            {
                "exception_message": f"Invalid request received. {place}: {first['msg']}.",
                "exception_detail": details,
            }
        ),
    )
