"""What an OpenAPI description says about an interface, in a short form, and where two of them differ.

A type is the name of a plain one ("string", "uuid", "date-time", "integer", "number", "boolean", "null", "any"), or

    {"one of": [words]}   {"list": type}   {"tuple": [types]}   {"map": type}   {"either": [types]}
    {"see": name}   {"fields": {name: field}, "closed": true where other fields are refused}

A field is its type, or {"type": type, "default": value}; the name of a required one ends with `*`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Type = Any
FORMATS = ("uuid", "date-time")
PLAIN = ("string", "integer", "number", "boolean", "null")
DEEPEST = 12
"""How many steps into nested types a comparison goes; a type may hold itself."""
KINDS = ("one of", "list", "tuple", "map", "fields")


def facts_of(openapi: Mapping[str, Any]) -> dict[str, Any]:
    """The routes of a description, and the named types that they use."""
    schemas = openapi.get("components", {}).get("schemas", openapi.get("schemas", {}))
    routes = {
        f"{method.upper()} {path}": _route(operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    }
    return {"routes": routes, "types": {name: type_of(schema) for name, schema in schemas.items()}}


def _route(operation: Mapping[str, Any]) -> dict[str, Any]:
    status = next(code for code in operation["responses"] if code.startswith("2"))
    asked = [argument for argument in operation.get("parameters", []) if argument["in"] == "query"]
    schemas = {argument["name"]: argument["schema"] for argument in asked}
    required = [argument["name"] for argument in asked if argument["required"]]
    route: dict[str, Any] = {"status": int(status)}
    if asked:
        route["query"] = {"fields": _fields({"properties": schemas, "required": required})}
    if "requestBody" in operation:
        route["body"] = type_of(_schema(operation["requestBody"]))
    if operation["responses"][status].get("content"):
        route["answer"] = type_of(_schema(operation["responses"][status]))
    return route


def _schema(held: Mapping[str, Any]) -> Any:
    return next(iter(held["content"].values()))["schema"]


def type_of(schema: Mapping[str, Any]) -> Type:
    """The short form of a JSON schema."""
    if "$ref" in schema:
        return {"see": schema["$ref"].rpartition("/")[2]}
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return {"either": [type_of(part) for part in schema[union]]}
    if "enum" in schema or "const" in schema:
        return {"one of": sorted(schema.get("enum") or [schema["const"]])}
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return {"tuple": [type_of(item) for item in schema["prefixItems"]]}
        case "array":
            return {"list": type_of(schema.get("items", {}))}
        case "object" if "properties" in schema:
            closed = {"closed": True} if schema.get("additionalProperties") is False else {}
            return {"fields": _fields(schema), **closed}
        case "object":
            held = schema.get("additionalProperties", {})
            return {"map": "any" if isinstance(held, bool) else type_of(held)}
        case str(plain):
            form = schema.get("format")
            return form if form in FORMATS else plain
    return "any"


def _fields(schema: Mapping[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    fields = {}
    for name, held in schema["properties"].items():
        type, default = type_of(held), held.get("default")
        fields[name + ("*" if name in required else "")] = (
            type if default is None else {"type": type, "default": default}
        )
    return fields


Types = Mapping[str, Type]


@dataclass(frozen=True)
class Comparison:
    """Where our types are not theirs; each difference is a sentence.

    A body of ours may take more than theirs: null, and any number for a whole one. An answer of ours may promise more:
    a field that theirs may leave out, a type where theirs says nothing.
    """

    theirs: Types
    ours: Types
    is_body: bool

    def differences(self, theirs: Type, ours: Type, place: str = "", depth: int = DEEPEST) -> Iterator[str]:
        """Where one type of ours is not theirs."""
        wanted, given = _alternatives(theirs, self.theirs), _alternatives(ours, self.ours)
        if depth == 0 or ("any" in wanted and (not self.is_body or "any" in given)):
            return
        yield from self._plain(wanted, given, place)
        for kind in KINDS:
            yield from self._nested(kind, _held(kind, wanted), _held(kind, given), place, depth)

    def _plain(self, wanted: list[Type], given: list[Type], place: str) -> Iterator[str]:
        theirs, ours = ({one for one in side if isinstance(one, str)} for side in (wanted, given))
        more = {"null"} if self.is_body else set()
        if "number" in ours and self.is_body:
            more |= {"number"}
            theirs, ours = theirs - {"integer"}, ours - {"integer"}
        if theirs - ours or ours - theirs - more:
            yield f"{place or 'it'} is {_told(ours)}, not {_told(theirs)}"

    def _nested(self, kind: str, wanted: list[Any], given: list[Any], place: str, depth: int) -> Iterator[str]:
        if bool(wanted) != bool(given):
            yield f"{place or 'it'} {'lacks' if wanted else 'should have no'} {kind!r}"
        elif kind == "one of":
            words, known = ({word for one in side for word in one[kind]} for side in (wanted, given))
            if words != known:
                yield f"{place} is one of {sorted(known)}, not of {sorted(words)}"
        elif given:
            for one in wanted:
                yield from min(([*self._of_kind(kind, one, other, place, depth)] for other in given), key=len)

    def _of_kind(self, kind: str, theirs: Any, ours: Any, place: str, depth: int) -> Iterator[str]:
        if kind == "fields":
            if self.is_body and theirs.get("closed") != ours.get("closed"):
                yield f"{place or 'it'} {'refuses' if ours.get('closed') else 'takes'} fields that are not known"
            yield from self.of_fields(theirs[kind], ours[kind], place, depth)
        elif kind == "tuple":
            for index, (one, other) in enumerate(zip(theirs[kind], ours[kind], strict=True)):
                yield from self.differences(one, other, f"{place}[{index}]", depth - 1)
        else:
            yield from self.differences(theirs[kind], ours[kind], f"{place}[]", depth - 1)

    def of_fields(self, theirs: Any, ours: Any, place: str = "", depth: int = DEEPEST) -> Iterator[str]:
        """Where our fields are not theirs."""
        wanted, given = _by_name(theirs), _by_name(ours)
        for name in {**wanted, **given}:
            here = f"{place}.{name}" if place else name
            if name in wanted and name in given:
                yield from self._field(wanted[name], given[name], here, depth)
            else:
                yield f"{here} {'is missing' if name in wanted else 'is not theirs'}"

    def _field(self, theirs: tuple[bool, Any], ours: tuple[bool, Any], place: str, depth: int) -> Iterator[str]:
        if theirs[0] != ours[0] and (self.is_body or theirs[0]):
            yield f"{place} is {'required' if ours[0] else 'optional'}"
        (wanted, default), (given, our_default) = _split(theirs[1]), _split(ours[1])
        if self.is_body and default is not None and our_default != default:
            yield f"{place} is {our_default!r} by default, not {default!r}"
        yield from self.differences(wanted, given, place, depth - 1)


def _alternatives(type: Type, types: Types) -> list[Type]:
    """The types that one type is, with names and unions dissolved."""
    if isinstance(type, dict) and "see" in type:
        return _alternatives(types[type["see"]], types)
    if not isinstance(type, dict) or "either" not in type:
        return [type]
    found = [one for part in type["either"] for one in _alternatives(part, types)]
    return ["any", *(["null"] if "null" in found else [])] if _is_anything(found) else found


def _is_anything(alternatives: list[Type]) -> bool:
    """Whether a union takes whatever JSON knows."""
    kinds = {next(iter(one)) if isinstance(one, dict) else one for one in alternatives}
    return "any" in kinds or {"string", "number", "boolean", "map", "list"} <= kinds


def _held(kind: str, alternatives: list[Type]) -> list[Any]:
    return [one for one in alternatives if isinstance(one, dict) and kind in one]


def _told(names: set[str]) -> str:
    return " or ".join(sorted(names)) or "nothing plain"


def _by_name(fields: Mapping[str, Any]) -> dict[str, tuple[bool, Any]]:
    return {name.rstrip("*"): (name.endswith("*"), held) for name, held in fields.items()}


def _split(field: Any) -> tuple[Type, Any]:
    if isinstance(field, dict) and "type" in field and "default" in field:
        return field["type"], field["default"]
    return field, None
