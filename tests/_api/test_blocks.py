"""Block types, schemas and documents over the API: the same inside the process and from a server."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from prefect._domain.job_templates import require_whole
from prefect.settings import get_current_settings
from prefect.workers.starting import PACKAGES
from tests.serving import Caller, embedded

FIELDS = {"properties": {"user": {}, "token": {}}, "secret_fields": ["token"]}


def a_type(api: Caller, slug: str = "login") -> dict[str, Any]:
    made: dict[str, Any] = api.post("/block_types/", {"name": slug.title(), "slug": slug}).json
    return made


def a_schema(api: Caller, type_id: str, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/block_schemas/", {"fields": FIELDS, "block_type_id": type_id, **fields}).json
    return made


def create(api: Caller, schema: dict[str, Any], **fields: Any) -> Any:
    ids = {"block_schema_id": schema["id"], "block_type_id": schema["block_type_id"]}
    return api.post("/block_documents/", {**ids, **fields})


@pytest.fixture
def schema(api: Caller) -> dict[str, Any]:
    return a_schema(api, a_type(api)["id"], capabilities=["log-in"])


def test_a_type_is_created_read_changed_and_deleted(api: Caller) -> None:
    made = api.post("/block_types/", {"name": "Log In", "slug": "log-in", "description": "d"})

    assert made.status == 201
    assert api.get("/block_types/slug/log-in").json == api.get(f"/block_types/{made.json['id']}").json == made.json
    assert api.post("/block_types/", {"name": "Log In", "slug": "log-in"}).status == 409
    assert api.patch(f"/block_types/{made.json['id']}", {"logo_url": "https://logo"}).status == 204
    changed = api.get("/block_types/slug/log-in").json
    assert (changed["logo_url"], changed["description"], changed["is_protected"]) == ("https://logo", "d", False)
    assert api.delete(f"/block_types/{made.json['id']}").status == 204
    assert api.get("/block_types/slug/log-in").status == 404


def test_a_schema_is_created_once(api: Caller) -> None:
    type_id = a_type(api)["id"]
    body = {"fields": FIELDS, "block_type_id": type_id, "capabilities": ["log-in"], "version": "1"}

    first, again = api.post("/block_schemas/", body), api.post("/block_schemas/", body)

    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json == api.get(f"/block_schemas/{first.json['id']}").json
    assert first.json["block_type"]["slug"] == "login"
    checksum = first.json["checksum"]
    assert checksum.startswith("sha256:")
    assert api.get(f"/block_schemas/checksum/{checksum}").json == first.json
    assert api.get(f"/block_schemas/checksum/{checksum}", version="2").status == 404
    assert "log-in" in api.get("/block_capabilities/").json
    assert api.post("/block_schemas/", {**body, "block_type_id": str(uuid4())}).status == 404
    assert api.delete(f"/block_schemas/{first.json['id']}").status == 204
    of_type = {"block_schemas": {"block_type_id": {"any_": [type_id]}}}
    assert api.post("/block_schemas/filter", of_type).json == []


def test_a_document_shows_its_secrets_only_to_who_asks(api: Caller, schema: dict[str, Any]) -> None:
    made = create(api, schema, name="mine", data={"user": "u", "token": "SEKRIT"})

    assert made.status == 201
    assert made.json["data"] == {"user": "u", "token": "********"}
    assert made.json["block_type"]["slug"] == "login"
    assert made.json["block_schema"]["checksum"] == schema["checksum"]
    one, of_type = f"/block_documents/{made.json['id']}", "/block_types/slug/login/block_documents"
    for path in (one, f"{of_type}/name/mine"):
        assert api.get(path).json["data"]["token"] == "********"
        assert api.get(path, include_secrets=True).json["data"]["token"] == "SEKRIT"
    assert [held["data"]["token"] for held in api.get(of_type).json] == ["********"]
    assert [held["data"]["token"] for held in api.get(of_type, include_secrets=True).json] == ["SEKRIT"]
    shown = api.post("/block_documents/filter", {"include_secrets": True}).json
    assert [held["data"]["token"] for held in shown] == ["SEKRIT"]


def test_a_document_is_changed_in_part_or_whole_and_deleted(api: Caller, schema: dict[str, Any]) -> None:
    made = create(api, schema, name="mine", data={"user": "u", "token": "SEKRIT"}).json
    one = f"/block_documents/{made['id']}"

    assert api.patch(one, {"data": {"user": "v", "token": "********"}}).status == 204
    assert api.get(one, include_secrets=True).json["data"] == {"user": "v", "token": "SEKRIT"}
    assert api.patch(one, {"data": {"token": "n"}, "merge_existing_data": False}).status == 204
    assert api.get(one, include_secrets=True).json["data"] == {"token": "n"}
    other = a_schema(api, a_type(api, "other")["id"])
    assert api.patch(one, {"block_schema_id": other["id"]}).status == 422
    assert api.delete(one).status == 204
    assert api.delete(one).status == api.get(one).status == api.patch(one, {}).status == 404


def test_a_document_that_another_one_refers_to_is_told_of(api: Caller, schema: dict[str, Any]) -> None:
    login = create(api, schema, name="mine", data={"token": "SEKRIT"}).json
    reference = {"$ref": {"block_document_id": login["id"]}}

    made = create(api, schema, name="outer", data={"by": reference}).json

    assert made["data"] == {"by": {"token": "********"}}
    told = made["block_document_references"]["by"]["block_document"]
    assert (told["id"], told["name"], told["block_type"]["slug"]) == (login["id"], "mine", "login")
    missing = create(api, schema, name="none", data={"by": {"$ref": {"block_document_id": str(uuid4())}}})
    assert missing.status == 404
    assert "'by' refers" in missing.json["exception_message"]


def test_lists_are_filtered_and_leave_anonymous_documents_out(api: Caller, schema: dict[str, Any]) -> None:
    other = a_schema(api, a_type(api, "other")["id"])
    for name in ("b", "a"):
        create(api, schema, name=name)
    create(api, other, name="c")
    assert create(api, schema, is_anonymous=True).status == 201

    def names(**body: Any) -> list[str | None]:
        found = api.post("/block_documents/filter", body).json
        assert api.post("/block_documents/count", body).json == len(found)
        return [held["name"] for held in found]

    assert names() == ["a", "b", "c"]
    assert names(block_documents={"operator": "or_", "name": {"like_": "A"}}) == ["a"]
    assert names(block_documents={"is_anonymous": {"eq_": True}}) == [None]
    assert names(block_documents={"is_anonymous": None}) == ["a", "b", "c", None]
    assert names(block_types={"slug": {"any_": ["other"]}}) == ["c"]
    assert names(block_schemas={"block_capabilities": {"all_": ["log-in"]}}) == ["a", "b"]
    page = api.post("/block_documents/filter", {"sort": "BLOCK_TYPE_AND_NAME_ASC", "limit": 1, "offset": 2}).json
    assert [held["name"] for held in page] == ["c"]
    capable = {"block_schemas": {"block_capabilities": {"all_": ["log-in"]}}}
    assert [held["slug"] for held in api.post("/block_types/filter", capable).json] == ["login"]
    assert len(api.post("/block_schemas/filter", {"block_schemas": {"version": {"any_": ["1"]}}}).json) == 0


def test_the_types_that_come_with_the_package_are_there_and_protected(api: Caller) -> None:
    for _ in range(2):
        assert api.post("/block_types/install_system_block_types").status == 200

    found = {held["slug"]: held for held in api.post("/block_types/filter").json}
    assert {"local-file-system", "remote-file-system", "secret"} <= found.keys()
    assert all(held["is_protected"] for held in found.values())
    assert api.patch(f"/block_types/{found['secret']['id']}", {"description": "x"}).status == 204
    assert api.delete(f"/block_types/{found['secret']['id']}").status == 403
    of_type = {"block_schemas": {"block_type_id": {"any_": [found["secret"]["id"]]}}}
    [schema] = api.post("/block_schemas/filter", of_type).json
    assert schema["fields"]["secret_fields"] == ["value"]


def test_what_does_not_fit_is_refused_with_a_reason(api: Caller, schema: dict[str, Any]) -> None:
    create(api, schema, name="mine")

    assert create(api, schema, name="mine").status == 409
    assert create(api, schema, name="a/b").status == 422
    assert create(api, schema).status == 422
    assert create(api, {**schema, "block_type_id": str(uuid4())}, name="x").status == 422
    assert create(api, {**schema, "id": str(uuid4())}, name="x").status == 404
    assert api.post("/block_types/", {"name": "a/b", "slug": "x"}).status == 422
    assert api.get("/block_types/slug/none/block_documents").status == 404
    assert api.get("/block_types/slug/login/block_documents/name/none").status == 404


def test_a_document_under_another_key_is_said_to_be_so(schema: dict[str, Any]) -> None:
    here = embedded()
    made = create(here, schema, name="mine", data={"token": "SEKRIT"}).json
    (get_current_settings().home / "encryption.key").write_text(Fernet.generate_key().decode())

    refused = here.get(f"/block_documents/{made['id']}")

    assert refused.status == 500
    assert "PREFECT_SERVER_ENCRYPTION_KEY" in refused.json["exception_message"]
    assert here.delete(f"/block_documents/{made['id']}").status == 204


def test_the_catalog_of_workers_knows_the_types_of_all_packages(api: Caller) -> None:
    view = api.get("/collections/views/aggregate-worker-metadata").json

    assert {type: package for package, types in view.items() for type in types if package != "prefect"} == PACKAGES
    for types in view.values():
        for known in types.values():
            require_whole(known["default_base_job_configuration"])


def test_the_catalog_of_workers_knows_processes(api: Caller) -> None:
    view = api.get("/collections/views/aggregate-worker-metadata").json

    process = view["prefect"]["process"]
    assert process["type"] == "process"
    assert "command" in process["default_base_job_configuration"]["variables"]["properties"]
    assert api.get("/collections/views/aggregate-block-metadata").json == {}
    assert api.get("/collections/views/aggregate-flow-metadata").json == {}
