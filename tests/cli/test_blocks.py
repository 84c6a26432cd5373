"""`prefect block …`"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from prefect.blocks.system import Secret
from tests.cli.terminal import Terminal


def test_blocks_are_listed_shown_and_removed_without_their_secrets(anywhere: Terminal) -> None:
    assert "no blocks yet" in anywhere("block", "ls")
    document_id = Secret(value="SEKRIT").save("mine")

    assert "mine" in anywhere("blocks", "ls")
    assert anywhere.json("block", "ls")[0]["data"] == {"value": "********"}
    assert "********" in anywhere("block", "inspect", "secret/mine")
    assert anywhere.json("block", "inspect", "--id", str(document_id))["name"] == "mine"
    assert "Did you mean 'secret/mine'?" in anywhere("block", "inspect", "secret/min", expect=1)
    assert "TYPE/NAME" in anywhere("block", "delete", "mine", expect=1)
    assert "TYPE/NAME" in anywhere("block", "delete", expect=1)
    anywhere("block", "delete", "secret/mine")
    assert "There is no block 'secret/mine'" in anywhere("block", "inspect", "secret/mine", expect=1)
    assert "There is no block" in anywhere("block", "delete", "--id", str(uuid4()), expect=1)


def test_a_block_is_made_on_the_command_line(anywhere: Terminal) -> None:
    told = anywhere("block", "create", "secret")
    assert "value" in told
    assert "prefect block create secret --name NAME" in told

    anywhere("block", "create", "json", "--name", "numbers", "-f", "value=[1, 2]")
    assert anywhere.json("block", "inspect", "json/numbers")["data"] == {"value": [1, 2]}
    assert "value:" in anywhere("block", "create", "json", "-n", "empty", expect=1)
    assert "name=value" in anywhere("block", "create", "json", "-n", "empty", "-f", "value", expect=1)
    assert "Did you mean 'secret'?" in anywhere("block", "create", "secrets", expect=1)


def test_types_are_listed_before_anybody_has_saved_a_block(anywhere: Terminal) -> None:
    assert "secret" in anywhere("block", "type", "ls")
    assert anywhere.json("block", "types", "inspect", "secret")["name"] == "Secret"
    assert "Secret.load" in anywhere("block", "type", "inspect", "secret")
    assert "built in" in anywhere("block", "type", "delete", "secret", "--yes", expect=1)


def test_blocks_of_a_file_a_module_and_a_package_are_registered(
    prefect: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(
        "from prefect.blocks.core import Block\n\n\nclass MyOwn(Block):\n    number: int\n", encoding="utf-8"
    )

    assert "myown" in prefect("block", "register", "-f", str(tmp_path / "mine.py"))
    assert "secret" in prefect("block", "register", "-m", "prefect.blocks.system")
    assert {one["slug"] for one in prefect.json("block", "type", "ls")} >= {"myown", "secret"}
    assert "no blocks" in prefect("block", "register", "-m", "json", expect=1)
    package = tmp_path / "shop_blocks"
    package.mkdir()
    (package / "shelf.py").write_text("from prefect.blocks.core import Block\n\nclass Shelf(Block):\n    size: int\n")
    (package / "__init__.py").write_text(
        "from prefect.blocks.system import Secret\nfrom shop_blocks.shelf import Shelf\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    told = prefect("block", "register", "-m", "shop_blocks")
    assert "shelf" in told
    assert "secret" not in told
    assert "-m package.module" in prefect("block", "register", expect=1)
    assert "--yes" in prefect("block", "type", "delete", "myown", expect=1)
    prefect("block", "type", "delete", "myown", "--yes")
    assert "no type of blocks 'myown'" in prefect("block", "type", "delete", "myown", expect=1)
