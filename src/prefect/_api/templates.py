"""`/templates`"""

from __future__ import annotations

from prefect._api.routing import Here, Plain, Routes
from prefect._orchestration.templates import fault_in
from prefect._wire.templates import TemplateRefused

routes = Routes("/templates")


@routes.post("/validate")
def validate_template(here: Here, body: str) -> Plain:
    """Check a template; 204 where there is nothing wrong with it, and 422 saying what is, and in which line."""
    fault = fault_in(body)
    here.status = 204 if fault is None else 422
    told = b"" if fault is None else TemplateRefused.telling(fault, body).model_dump_json().encode()
    return Plain(told, "application/json")
