"""The types of the web UI are those of our own OpenAPI."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from prefect.server.description import openapi

UI = Path(__file__).parents[2] / "ui"


def test_the_types_of_the_pages_are_those_of_the_api() -> None:
    spec = importlib.util.spec_from_file_location("api_types", UI / "api_types.py")
    assert spec is not None
    assert spec.loader is not None
    types = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(types)

    first = (UI / "src" / "api" / "schema.ts").read_text(encoding="utf-8").splitlines()[0]

    assert first.endswith(types.digest(openapi())), "The API has changed: run `python ui/api_types.py`."
