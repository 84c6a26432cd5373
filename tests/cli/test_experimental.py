"""`prefect experimental result-storage …`, and commands of a hosted service."""

from __future__ import annotations

import pytest

from prefect.filesystems import LocalFileSystem
from tests.cli.terminal import Terminal


def test_a_default_storage_is_chosen_shown_and_cleared(anywhere: Terminal) -> None:
    id = LocalFileSystem(basepath="kept").save("results")
    words = ("experimental", "result-storage")
    assert "No block is chosen." in anywhere(*words, "inspect")

    anywhere(*words, "set", "local-file-system/results")

    assert anywhere(*words, "inspect") == "local-file-system/results\n"
    assert anywhere.json(*words, "inspect")["default_result_storage_block_id"] == str(id)
    anywhere(*words, "clear")
    assert "No block is chosen." in anywhere(*words, "inspect")
    anywhere(*words, "set", "--id", str(id))
    assert anywhere(*words, "inspect") == "local-file-system/results\n"


def test_a_block_that_is_not_there_is_told(prefect: Terminal) -> None:
    LocalFileSystem(basepath="kept").save("results")
    words = ("experimental", "result-storage", "set")

    assert "Did you mean 'local-file-system/results'?" in prefect(*words, "local-file-system/reslts", expect=1)
    assert "does not say of which type" in prefect(*words, "results", expect=1)
    assert "Say one block" in prefect(*words, expect=1)


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        (["login", "-k", "x"], "PREFECT_API_URL"),
        (["logout"], "unset"),
        (["workspace", "ls"], "profile create"),
        (["workspaces", "set", "--workspace", "a/b"], "profile create"),
        (["webhook", "ls"], "events emit"),
    ],
)
def test_what_only_a_hosted_service_has_is_told_in_a_line(prefect: Terminal, command: list[str], instead: str) -> None:
    told = prefect("cloud", *command, expect=1)

    assert "is of a hosted service" in told
    assert instead in told
