"""The laws of blocks: names, what is secret in a document, and what it refers to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from prefect._domain.blocks import (
    BlockSchema,
    at_path,
    checked_document_name,
    checksum_of,
    merged,
    obfuscated,
    reference_to,
    references_in,
    referred_id,
    replaced,
    slug_of,
)


def a_schema(*secret_fields: str) -> BlockSchema:
    return BlockSchema(uuid4(), uuid4(), "sha256:0", {"secret_fields": list(secret_fields)})


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Local File System", "local-file-system"),
        ("MyBlock", "myblock"),
        ("  S3 / Bucket (v2)_x ", "s3-bucket-v2-x"),
        ("Café", "cafe"),
        ("数据库", "数据库"),
    ],
)
def test_a_types_name_makes_its_slug(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_name_of_nothing_but_signs_makes_none() -> None:
    with pytest.raises(ValueError, match="letter or a digit"):
        slug_of(" -_/ ")


@pytest.mark.parametrize("name", ["", "Upper", "a_b", "a/b", "a b", "ü"])
def test_a_documents_name_is_plain(name: str) -> None:
    assert checked_document_name("my-block-2") == "my-block-2"
    with pytest.raises(ValueError, match="lowercase letters, digits and dashes"):
        checked_document_name(name)


def test_a_checksum_tells_fields_and_types_apart_but_not_their_order() -> None:
    fields = {"a": 1, "b": {"c": 2, "d": 3}}

    assert checksum_of("t", fields) == checksum_of("t", {"b": {"d": 3, "c": 2}, "a": 1})
    assert checksum_of("t", fields) != checksum_of("u", fields)
    assert checksum_of("t", fields) != checksum_of("t", {**fields, "a": 2})


@pytest.mark.parametrize(
    ("path", "data", "shown"),
    [
        ("a", {"a": "x", "b": "y"}, {"a": "********", "b": "y"}),
        ("a", {"a": {"deep": ["x"]}}, {"a": "********"}),
        ("a", {"a": None, "b": 1}, {"a": None, "b": 1}),
        ("a", {"b": 1}, {"b": 1}),
        ("a.*", {"a": {"k": "x", "l": 2}}, {"a": {"k": "********", "l": "********"}}),
        ("a.*", {"a": ["x", "y"]}, {"a": ["********", "********"]}),
        ("a.b", {"a": {"b": "x", "c": "y"}}, {"a": {"b": "********", "c": "y"}}),
        ("a.*.b", {"a": [{"b": "x", "c": 1}, {"c": 2}]}, {"a": [{"b": "********", "c": 1}, {"c": 2}]}),
        ("a.*.b", {"a": {"k": {"b": "x"}}}, {"a": {"k": {"b": "********"}}}),
        ("a.b", {"a.b": "x", "a": 1}, {"a.b": "********", "a": "********"}),
        ("a.*", {"a": "not of that shape"}, {"a": "********"}),
    ],
)
def test_what_is_secret_is_hidden_and_nothing_else(path: str, data: dict[str, Any], shown: dict[str, Any]) -> None:
    assert obfuscated(data, a_schema(path)) == shown


def test_a_secret_that_comes_back_as_shown_stays_what_it_was() -> None:
    held = {"token": "t", "map": {"a": "1", "b": "2"}, "many": ["x", "y"], "open": "o"}
    schema = a_schema("token", "map.*", "many.*")
    given = {**obfuscated(held, schema), "open": "********", "map": {"a": "********", "b": "new", "c": "more"}}

    assert merged(held, given, schema, whole=True) == {
        "token": "t",
        "map": {"a": "1", "b": "new", "c": "more"},
        "many": ["x", "y"],
        "open": "********",
    }


def test_data_is_merged_by_fields_or_replaced_as_a_whole() -> None:
    held = {"a": {"x": 1}, "b": 2}

    assert merged(held, {"a": {"y": 1}}, a_schema(), whole=False) == {"a": {"y": 1}, "b": 2}
    assert merged(held, {"a": {"y": 1}}, a_schema(), whole=True) == {"a": {"y": 1}}


def test_references_are_found_and_replaced_wherever_they_stand() -> None:
    one, two = uuid4(), uuid4()
    data = {"a": reference_to(one), "b": {"many": [1, reference_to(two)]}, "c": {"$ref": "#/definitions/X"}}

    assert dict(references_in(data)) == {"a": one, "b.many.1": two}
    filled = replaced(data, {"a": {"x": 1}, "b.many.1": "two"})
    assert filled == {"a": {"x": 1}, "b": {"many": [1, "two"]}, "c": {"$ref": "#/definitions/X"}}
    assert (at_path(filled, "b.many.1"), at_path(filled, "a.x"), at_path(filled, "a.y")) == ("two", 1, None)


@pytest.mark.parametrize("value", [None, 1, "x", {}, {"$ref": None}, {"$ref": {"block_document_id": 3}}, {"$ref": {}}])
def test_what_is_no_reference_refers_to_nothing(value: Any) -> None:
    assert referred_id(value) is None
    assert referred_id({"$ref": str(uuid4())}) is not None
