"""Values that say how they are made, and values held against schemas."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from prefect.utilities.schema_tools import hydration, validation
from prefect.utilities.schema_tools.hydration import HydrationContext, hydrate
from prefect.variables import Variable

EVERYTHING = HydrationContext(
    render_jinja=True, jinja_context={"x": 3}, render_workspace_variables=True, workspace_variables={"city": "Oslo"}
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer"},
        "note": {"type": "string"},
        "kind": {"type": "string", "default": "a"},
        "buyer": {"$ref": "#/definitions/Buyer"},
        "sizes": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["amount"],
    "definitions": {
        "Buyer": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            "required": ["name"],
        }
    },
}


def of_kind(kind: str | None, **said: Any) -> dict[str, Any]:
    return {"__prefect_kind": kind, **said}


@pytest.mark.parametrize(
    ("said", "made"),
    [
        (of_kind("json", value='{"a": [1]}'), {"a": [1]}),
        (of_kind("json", value=of_kind("jinja", template="[{{ x }}, 4]")), [3, 4]),
        (of_kind("jinja", template="{{ x }} of them"), "3 of them"),
        (of_kind("workspace_variable", variable_name="city"), "Oslo"),
        (of_kind("none", value=[of_kind("json", value="1")]), [1]),
        (of_kind(None, value=4), 4),
        (of_kind("nobody's", value=4), 4),
        ({"a": of_kind("json"), "b": [of_kind("workspace_variable"), 2]}, {"b": [2]}),
        (of_kind("json"), {}),
        (of_kind("none"), hydration.ValueNotFound()),
        (of_kind("jinja"), hydration.TemplateNotFound()),
        (of_kind("workspace_variable", variable_name="town"), hydration.WorkspaceVariableNotFound("town")),
    ],
)
def test_a_value_is_made_as_it_says(said: Any, made: Any) -> None:
    assert hydrate(said, EVERYTHING) == made


def test_what_is_not_to_be_made_yet_is_stood_for() -> None:
    said = {"a": of_kind("jinja", template="{{ x }}"), "b": of_kind("workspace_variable", variable_name="city")}

    assert hydrate(said) == {"a": hydration.ValidJinja("{{ x }}"), "b": hydration.WorkspaceVariable("city")}
    assert hydration.ValidJinja("a") != hydration.ValidJinja("b")
    assert not hydration.ValidJinja("a").is_error


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (of_kind("json", value="{"), "Invalid JSON: Expecting property name"),
        (of_kind("jinja", template="{{"), "Invalid jinja: "),
        (of_kind("none"), "Missing 'value' key in __prefect object"),
        (of_kind("workspace_variable", variable_name="town"), "Variable 'town' not found in workspace."),
    ],
)
def test_what_cannot_be_made_says_why_or_is_raised(said: Any, message: str) -> None:
    error = hydrate(said, EVERYTHING)

    assert isinstance(error, hydration.HydrationError)
    assert error.is_error
    assert error.message.startswith(message)
    with pytest.raises(type(error), match=message):
        hydrate([said], EVERYTHING.model_copy(update={"raise_on_error": True}))


def test_a_kind_of_ones_own_is_made_by_its_handler() -> None:
    @hydration.handler("doubled")
    def doubled(obj: dict[str, Any], ctx: HydrationContext) -> Any:
        return 2 * obj["value"]

    assert hydrate([of_kind("doubled", value=4)]) == [8]


def test_variables_come_from_where_they_are_kept(home: Any) -> None:
    Variable.set("city", "Oslo")

    context = asyncio.run(HydrationContext.build(None, render_workspace_variables=True))

    assert hydrate(of_kind("workspace_variable", variable_name="city"), context) == "Oslo"
    assert asyncio.run(HydrationContext.build(None)).workspace_variables == {}


@pytest.mark.parametrize(
    ("value", "errors"),
    [
        ({"amount": 1, "note": None, "buyer": {"name": "A", "age": None}}, []),
        ({}, [{"property": "amount", "errors": ["This property is required."]}]),
        ({"amount": 1, "kind": None}, [{"property": "kind", "errors": ['null is not of type "string"']}]),
        (
            {"amount": 1, "buyer": {"name": 5}},
            [{"property": "buyer", "errors": [{"property": "name", "errors": ['5 is not of type "string"']}]}],
        ),
        (
            {"amount": 1, "sizes": [1, "x"]},
            [{"property": "sizes", "errors": [{"index": 1, "errors": ['"x" is not of type "integer"']}]}],
        ),
        (
            {"amount": hydration.InvalidJSON("bad"), "buyer": hydration.ValidJinja("x")},
            [{"property": "amount", "errors": ["Invalid JSON: bad"]}],
        ),
    ],
)
def test_what_does_not_fit_is_told_where_it_is(value: dict[str, Any], errors: list[Any]) -> None:
    assert validation.build_error_obj(validation.validate(value, SCHEMA)) == {"errors": errors, "valid": not errors}


def test_nothing_has_to_be_there_and_none_is_allowed_where_one_says_so() -> None:
    assert validation.validate({"buyer": {}}, SCHEMA, ignore_required=True) == []
    assert validation.validate({"amount": 1, "kind": None}, SCHEMA, allow_none_with_default=True) == []
    assert not validation.is_valid({"amount": 1, "buyer": {}}, SCHEMA)
    with pytest.raises(validation.ValidationError, match=r"note: null is not of type"):
        validation.validate({"amount": 1, "note": None}, SCHEMA, raise_on_error=True, preprocess=False)


def test_a_schema_is_made_ready_without_being_changed() -> None:
    before = str(SCHEMA)

    ready = validation.preprocess_schema(SCHEMA)

    assert ready["properties"]["amount"] == {"type": "integer"}
    assert ready["properties"]["kind"] == {"type": "string", "default": "a"}
    assert ready["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert ready["definitions"]["Buyer"]["properties"]["age"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert str(SCHEMA) == before


def test_definitions_that_are_only_each_other_are_no_schema() -> None:
    endless = {"definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}}}
    nested = {"definitions": {"A": {"type": "object", "properties": {"a": {"$ref": "#/definitions/A"}}}}}

    with pytest.raises(validation.CircularSchemaRefError, match="A -> B -> A"):
        validation.is_valid_schema(endless)
    validation.is_valid_schema(nested)


def test_what_could_not_be_made_comes_first_and_stands_for_its_place() -> None:
    faults = validation.validate({"amount": hydration.InvalidJSON("bad"), "sizes": 5}, SCHEMA)
    ordered = validation.prioritize_placeholder_errors([*faults[::-1], faults[-1]._replace(path=("amount",))])

    assert [fault.path for fault in ordered] == [("amount",), ("sizes",)]
