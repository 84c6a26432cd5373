from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.serving import Caller, embedded


def test_settings_are_told_without_secrets(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    told = api.get("/admin/settings").json

    assert told["server"]["api"]["default_limit"] == 200
    assert told["server"]["database"]["connection_url"] == "********"
    assert told["server"]["api"]["auth_string"] is None


def test_a_default_result_storage_is_chosen_among_blocks(api: Caller) -> None:
    nothing = {"default_result_storage_block_id": None}

    assert api.get("/admin/storage") == (200, nothing)
    assert api.put("/admin/storage", {"default_result_storage_block_id": str(uuid4())}).status == 404
    assert api.put("/admin/storage", {"default_result_storage_block_id": "x"}).status == 422
    assert api.delete("/admin/storage").status == 204

    chosen = {"default_result_storage_block_id": a_block(api)}
    assert api.put("/admin/storage", chosen) == (200, chosen)
    assert api.get("/admin/storage") == (200, chosen)
    api.delete("/admin/storage")
    assert api.get("/admin/storage") == (200, nothing)


def a_block(api: Caller) -> str:
    """The id of a new block document."""
    type_id = api.post("/block_types/", {"name": "Shelf", "slug": "shelf"}).json["id"]
    schema = {"block_type_id": type_id, "fields": {"title": "Shelf", "type": "object", "properties": {}}}
    schema_id = api.post("/block_schemas/", schema).json["id"]
    told = {"name": "mine", "block_type_id": type_id, "block_schema_id": schema_id, "data": {}}
    return str(api.post("/block_documents/", told).json["id"])


def test_nobody_needs_a_token(api: Caller) -> None:
    refused = api.get("/csrf-token", client="me")

    assert refused.status == 422
    assert "disabled" in refused.json["detail"]
    assert api.get("/csrf-token").status == 422


def test_a_server_is_ready_only_with_room_on_its_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    here = embedded()
    assert here.get("/ready").status == 200

    monkeypatch.setattr("prefect._api.admin.LEAST_ROOM", 2**62)

    refused = here.get("/ready")
    assert refused.status == 503
    assert "disk of the database is full" in refused.json["detail"]


def test_a_server_whose_database_was_removed_says_so_and_takes_nothing_in(home: Path) -> None:
    here = embedded()
    (home / "prefect.db").unlink()

    assert here.get("/ready").status == 503
    assert "removed or replaced" in here.get("/ready").json["detail"]
    assert here.post("/flows/", {"name": "lost"}).status == 503
    assert here.get("/health").status == 200
