"""Block types, schemas and documents, on both databases: what is written is what is read, and sealed in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from prefect._domain.blocks import BlockDocument, BlockSchema, BlockType, reference_to
from prefect._domain.filters import read_filter
from prefect._domain.sorting import read_sort
from prefect._orchestration import block_documents as documents
from prefect._orchestration import block_types as types
from prefect._store.block_documents import Meant
from prefect._store.database import Database, open_database
from prefect.exceptions import ConfigurationError, ObjectAlreadyExists, ObjectNotFound, ProtectedBlockError
from tests._store.records import NOON, SECOND

KEYS = [Fernet.generate_key().decode()]
FIELDS: dict[str, Any] = {"properties": {"user": {}, "token": {}}, "secret_fields": ["token"]}


def a_type(db: Database, slug: str = "login", **fields: Any) -> BlockType:
    return types.ensure_type(db, BlockType(uuid4(), slug.title(), slug, created=NOON, updated=NOON, **fields))


def a_schema(db: Database, slug: str = "login", fields: dict[str, Any] = FIELDS, **options: Any) -> BlockSchema:
    return types.ensure_schema(db, a_type(db, slug).id, fields, now=NOON, new_id=uuid4, **options)[0]


def a_document(
    db: Database, name: str | None, data: dict[str, Any], schema: BlockSchema | None = None, **options: Any
) -> BlockDocument:
    schema = schema or a_schema(db)
    return documents.create(db, schema.id, name, data, keys=KEYS, now=NOON, new_id=uuid4, **options)


def plain(db: Database, document_id: UUID) -> dict[str, Any]:
    return documents.read(db, document_id, keys=KEYS, include_secrets=True).data


def test_a_type_is_made_once_and_takes_new_words(db: Database) -> None:
    first = a_type(db, description="old")

    again = a_type(db, description="new", logo_url="https://logo")

    assert (again.id, again.description, again.logo_url) == (first.id, "new", "https://logo")
    assert types.read_type_by_slug(db, "login") == types.read_type(db, first.id) == again
    with pytest.raises(ObjectAlreadyExists, match="'login'"):
        types.create_type(db, replace(first, id=uuid4()))


def test_a_protected_type_is_described_anew_but_not_deleted(db: Database) -> None:
    held = types.create_type(
        db, BlockType(uuid4(), "Built-In", "built-in", is_protected=True, created=NOON, updated=NOON)
    )
    schema = a_schema(db, "built-in")

    types.update_type(db, held.id, {"description": "x"}, now=NOON)

    assert types.read_type(db, held.id).description == "x"
    with pytest.raises(ProtectedBlockError):
        types.delete_type(db, held.id, now=NOON)
    with pytest.raises(ProtectedBlockError):
        types.delete_schema(db, schema.id)


def test_a_type_goes_with_its_schemas_and_documents(db: Database) -> None:
    document = a_document(db, "mine", {"user": "u"})

    types.update_type(db, document.block_type.id, {"description": "x"}, now=NOON + SECOND)
    assert types.read_type_by_slug(db, "login").description == "x"
    types.delete_type(db, document.block_type.id, now=NOON)

    with pytest.raises(ObjectNotFound):
        types.read_type(db, document.block_type.id)
    with pytest.raises(ObjectNotFound):
        types.delete_type(db, document.block_type.id, now=NOON)
    with pytest.raises(ObjectNotFound):
        documents.read(db, document.id, keys=KEYS)
    with pytest.raises(ObjectNotFound, match="login"):
        types.read_type_by_slug(db, "login")


def test_a_schema_is_known_by_its_fields_and_version(db: Database) -> None:
    schema = a_schema(db, capabilities=["read"])

    assert a_schema(db, capabilities=["read"]) == schema == types.read_schema(db, schema.id)
    assert a_schema(db, fields={"properties": {}}).id != schema.id
    assert a_schema(db, version="2").id != schema.id
    assert a_schema(db, "other").id != schema.id
    assert types.read_schema_by_checksum(db, schema.checksum, "non-versioned") == schema
    grown = a_schema(db, capabilities=["read", "write"])
    assert (grown.id, grown.capabilities) == (schema.id, ["read", "write"])
    assert types.list_capabilities(db) == ["read", "write"]
    with pytest.raises(ObjectNotFound, match="checksum"):
        types.read_schema_by_checksum(db, schema.checksum, "3")


def test_a_schema_may_hold_blocks_of_others(db: Database) -> None:
    login = a_schema(db)
    told = {
        "by": {"block_type_slug": "login", "block_schema_checksum": login.checksum},
        "or": [{"block_type_slug": "?"}],
    }

    a_schema(db, "query", {"block_schema_references": told})

    with db.read() as conn:
        rows = conn.execute("SELECT name, reference_block_schema_id FROM block_schema_reference")
    assert [(name, UUID(str(other))) for name, other in rows] == [("by", login.id)]


def test_a_document_is_read_with_its_secrets_only_when_asked(db: Database) -> None:
    made = a_document(db, "mine", {"user": "数", "token": "SEKRIT", "more": [1, None, {"x": 2.5}]})

    hidden = documents.read_by_name(db, "login", "mine", keys=KEYS)
    assert hidden.data == {"user": "数", "token": "********", "more": [1, None, {"x": 2.5}]}
    assert documents.read_by_name(db, "login", "mine", keys=KEYS, include_secrets=True) == made
    [listed] = documents.list_documents(db, limit=10, keys=KEYS)
    assert listed == hidden == documents.read(db, made.id, keys=KEYS)


def test_a_name_is_taken_once_in_its_type(db: Database) -> None:
    a_document(db, "mine", {})

    with pytest.raises(ObjectAlreadyExists, match="login/mine"):
        a_document(db, "mine", {})
    a_document(db, "mine", {}, a_schema(db, "other"))
    a_document(db, None, {}, is_anonymous=True)
    a_document(db, None, {}, is_anonymous=True)
    assert documents.count(db) == 4


def test_an_update_merges_or_replaces_and_keeps_a_secret_that_it_was_shown(db: Database) -> None:
    made = a_document(db, "mine", {"user": "u", "token": "SEKRIT"})
    other = a_schema(db, fields={"secret_fields": []})

    def change(data: dict[str, Any], **options: Any) -> dict[str, Any]:
        documents.update(db, made.id, data, keys=KEYS, now=NOON + SECOND, new_id=uuid4, **options)
        return plain(db, made.id)

    assert change({"user": "v", "token": "********"}) == {"user": "v", "token": "SEKRIT"}
    assert change({"token": "new"}, whole=True) == {"token": "new"}
    assert change({}, schema_id=other.id) == {"token": "new"}
    held = documents.read(db, made.id, keys=KEYS)
    assert (held.block_schema, held.updated, held.created) == (other, NOON + SECOND, NOON)
    with pytest.raises(ValueError, match="own type"):
        change({}, schema_id=a_schema(db, "stranger").id)


def test_what_a_document_refers_to_is_read_with_it(db: Database) -> None:
    login = a_document(db, "login", {"user": "u", "token": "SEKRIT"})
    query = a_schema(db, "query", {})
    made = a_document(db, "all", {"by": reference_to(login.id), "also": [reference_to(login.id)]}, query)

    shown = documents.read(db, made.id, keys=KEYS)
    assert shown.data == {"by": {"user": "u", "token": "********"}, "also": [{"user": "u", "token": "********"}]}
    assert shown.references.keys() == {"by", "also.0"}
    assert shown.references["by"] == documents.read(db, login.id, keys=KEYS)
    assert plain(db, made.id)["by"] == {"user": "u", "token": "SEKRIT"}


def test_a_reference_to_what_is_gone_stays_and_one_to_what_never_was_is_refused(db: Database) -> None:
    login, query = a_document(db, "login", {}), a_schema(db, "query", {})
    made = a_document(db, "all", {"by": reference_to(login.id)}, query)

    documents.delete(db, login.id, now=NOON)

    assert plain(db, made.id) == {"by": reference_to(login.id)}
    with pytest.raises(ObjectNotFound, match="'by' refers"):
        a_document(db, "none", {"by": reference_to(uuid4())}, query)
    assert documents.count(db) == 1
    with pytest.raises(ObjectNotFound):
        documents.delete(db, login.id, now=NOON)


def test_an_anonymous_document_goes_with_the_last_one_that_refers_to_it(db: Database) -> None:
    inner = a_document(db, None, {"token": "t"}, is_anonymous=True)
    middle = a_document(db, None, {"inner": reference_to(inner.id)}, is_anonymous=True)
    one = a_document(db, "one", {"middle": reference_to(middle.id)})
    two = a_document(db, "two", {"middle": reference_to(middle.id)})
    unrelated = a_document(db, None, {}, is_anonymous=True)

    documents.delete(db, one.id, now=NOON)
    assert plain(db, two.id) == {"middle": {"inner": {"token": "t"}}}
    documents.update(db, two.id, {}, whole=True, keys=KEYS, now=NOON, new_id=uuid4)

    left = documents.list_documents(db, limit=10, keys=KEYS)
    assert {document.id for document in left} == {two.id, unrelated.id}


def test_documents_that_refer_to_each_other_are_read(db: Database) -> None:
    one = a_document(db, "one", {})
    two = a_document(db, "two", {"other": reference_to(one.id)})
    documents.update(db, one.id, {"other": reference_to(two.id)}, keys=KEYS, now=NOON, new_id=uuid4)

    assert plain(db, one.id) == {"other": {"other": reference_to(one.id)}}


MEANT: list[tuple[Callable[[Database], Meant], list[str]]] = [
    (lambda db: Meant(documents=read_filter("block_document", {"is_anonymous": {"eq_": False}})), ["a", "b", "c"]),
    (lambda db: Meant(documents=read_filter("block_document", {"name": {"like_": "B"}})), ["b"]),
    (lambda db: Meant(types=read_filter("block_type", {"slug": {"any_": ["other"]}})), ["c"]),
    (lambda db: Meant(types=read_filter("block_type", {"name": {"like_": "oth"}})), ["c"]),
    (lambda db: Meant(schemas=read_filter("block_schema", {"block_capabilities": {"all_": ["x"]}})), ["c"]),
    (
        lambda db: Meant(schemas=read_filter("block_schema", {"id": {"any_": [str(a_schema(db).id)]}})),
        ["a", "b", "None"],
    ),
]


@pytest.mark.parametrize(("meant", "names"), MEANT)
def test_documents_are_found_by_what_they_and_their_types_are(
    db: Database, meant: Callable[[Database], Meant], names: list[str]
) -> None:
    for name in ("b", "a"):
        a_document(db, name, {})
    a_document(db, None, {}, is_anonymous=True)
    a_document(db, "c", {}, a_schema(db, "other", capabilities=["x", "y"]))

    found = documents.list_documents(db, limit=10, meant=meant(db), keys=KEYS)

    assert [str(document.name) for document in found] == names
    assert documents.count(db, meant=meant(db)) == len(names)


def test_documents_and_types_stand_in_order_and_in_pages(db: Database) -> None:
    a_document(db, "a", {}, a_schema(db, "second"))
    for name in ("c", "b"):
        a_document(db, name, {}, a_schema(db, "first", capabilities=["x"]))

    def names(order: str, **page: int) -> list[str | None]:
        asked: Any = {"limit": 10, **page, "order": read_sort("block_document", order)}
        return [document.name for document in documents.list_documents(db, keys=KEYS, **asked)]

    assert names("NAME_DESC") == ["c", "b", "a"]
    assert names("BLOCK_TYPE_AND_NAME_ASC") == ["b", "c", "a"]
    assert names("NAME_ASC", limit=1, offset=1) == ["b"]
    capable = read_filter("block_schema", {"block_capabilities": {"all_": ["x"]}})
    assert [held.slug for held in types.list_types(db, limit=9)] == ["first", "second"]
    assert [held.slug for held in types.list_types(db, limit=9, schemas=capable)] == ["first"]
    assert len(types.list_schemas(db, limit=9)) == 2


def test_many_who_register_and_save_at_once_make_each_thing_once(url: str) -> None:
    open_database(url).close()

    def registers(_: int) -> tuple[UUID, UUID, bool]:
        db = open_database(url)
        try:
            schema = a_schema(db)
            try:
                a_document(db, "mine", {"token": "t"}, schema)
                return schema.block_type_id, schema.id, True
            except ObjectAlreadyExists:
                return schema.block_type_id, schema.id, False
        finally:
            db.close()

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(registers, range(6)))

    assert len({type_id for type_id, _, _ in seen}) == len({schema_id for _, schema_id, _ in seen}) == 1
    assert sum(made for _, _, made in seen) == 1


def test_the_database_holds_no_word_of_a_document(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'sealed.db'}")
    a_document(db, "mine", {"user": "OPENUSER", "token": "SEKRIT-123"})
    db.close()

    written = b"".join(file.read_bytes() for file in tmp_path.glob("sealed.db*"))
    assert b"login" in written
    assert b"SEKRIT" not in written
    assert b"OPENUSER" not in written
    assert KEYS[0].encode() not in written


def test_another_key_opens_nothing_unless_the_first_one_is_kept(db: Database) -> None:
    made = a_document(db, "mine", {"token": "t"})
    other = Fernet.generate_key().decode()

    assert documents.read(db, made.id, keys=[other, *KEYS], include_secrets=True).data == {"token": "t"}
    with pytest.raises(ConfigurationError, match="another key"):
        documents.read(db, made.id, keys=[other])
    with pytest.raises(ConfigurationError, match="not valid"):
        documents.read(db, made.id, keys=["short"])
    documents.delete(db, made.id, now=NOON)
