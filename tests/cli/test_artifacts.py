"""`prefect artifact …`"""

from __future__ import annotations

from uuid import uuid4

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_progress_artifact
from tests.cli.terminal import Terminal


@flow
def reports() -> None:
    create_markdown_artifact("# One", key="daily-report", description="the first")
    create_markdown_artifact("# Two", key="daily-report")
    create_progress_artifact(5, key="far")
    create_markdown_artifact("without a key")


def test_artifacts_are_listed_looked_at_and_removed(anywhere: Terminal) -> None:
    assert "no artifacts yet" in anywhere("artifact", "ls")
    reports()

    assert [one["key"] for one in anywhere.json("artifact", "ls")] == ["far", "daily-report"]
    assert len(anywhere.json("artifacts", "ls", "--all")) == 4
    assert len(anywhere.json("artifact", "ls", "-a", "--limit", "1")) == 1
    assert "daily-report" in anywhere("artifact", "ls")
    assert [one["data"] for one in anywhere.json("artifact", "inspect", "daily-report")] == ["# Two", "# One"]
    assert "# Two" in anywhere("artifact", "inspect", "daily-report", "--limit", "1")
    [latest, first] = anywhere.json("artifact", "inspect", "daily-report")
    anywhere("artifact", "delete", "--id", latest["id"])
    assert anywhere.json("artifact", "inspect", "daily-report") == [first]
    assert "Removed 1 artifact" in anywhere("artifact", "delete", "daily-report")
    assert [one["key"] for one in anywhere.json("artifact", "ls")] == ["far"]


def test_what_is_not_there_is_told(anywhere: Terminal) -> None:
    reports()

    for command in ("inspect", "delete"):
        assert "Did you mean 'daily-report'?" in anywhere("artifact", command, "daily-reprot", expect=1)
    assert "There is no artifact" in anywhere("artifact", "delete", "--id", str(uuid4()), expect=1)
    assert "a key, or --id" in anywhere("artifact", "delete", expect=1)
