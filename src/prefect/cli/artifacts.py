"""`prefect artifact …`"""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._wire import filters
from prefect._wire.artifacts import Artifact
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.found import as_id, begun_so, span_of
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

app = App(name="artifact", help="Look at artifacts, and remove them.")
ALL_HINT = "`prefect artifact ls --all` lists those there are."
HINT = "`prefect artifact ls` lists the keys there are."


@app.command
def ls(
    *,
    limit: Annotated[int, AtLeastOne] = 100,
    all: Annotated[bool, Parameter(name=["--all", "-a"])] = False,
    output: Output = None,
) -> None:
    """List the latest artifact of each key, or with --all every artifact, the newest first.

    prefect artifact ls --all --limit 20

    Parameters
    ----------
    limit
        At most so many.
    all
        Also those that are not the latest of their keys, and those without one.
    """
    found: list[Any]
    with asking() as client:
        if all:
            found = up_to(limit, lambda **piece: client.read_artifacts(sort="CREATED_DESC", **piece))
        else:
            found = up_to(limit, lambda **piece: client.read_latest_artifacts(sort="UPDATED_DESC", **piece))
    if output == "json":
        show_json(found)
        return
    rows = [
        (one.id if all else one.latest_id, one.key, one.type, ago(one.updated), _shortened(one.description))
        for one in found
    ]
    hint = "There are no artifacts yet. Make one in a flow: create_markdown_artifact('# Hello', key='hello')"
    show_table(("Id", "Key", "Type", "Updated", "Description"), rows, empty=hint, has_short_ids=True)


def _shortened(text: str | None) -> str:
    first = (text or "").strip().partition("\n")[0]
    return first if len(first) <= 60 else f"{first[:57]}..."


@app.command
def inspect(key: str, *, limit: Annotated[int, AtLeastOne] = 10, output: Output = None) -> None:
    """Show what was made under a key, the latest first.

    prefect artifact inspect daily-report

    Parameters
    ----------
    limit
        At most so many.
    """
    with asking() as client:
        found = _of_key(client, key, limit)
        if not found:
            raise _missing(client, key)
    if output == "json":
        show_json(found)
        return
    for number, one in enumerate(found):
        if number:
            print()
        show_fields(
            {
                "Key": one.key,
                "Id": one.id,
                "Type": one.type,
                "Description": one.description,
                "Created": one.created,
                "Updated": one.updated,
                "Flow run": one.flow_run_id,
                "Task run": one.task_run_id,
                "Data": one.data,
            }
        )


@app.command
def delete(key: str | None = None, *, id: str | None = None, yes: Yes = False) -> None:
    """Remove everything that was made under a key, or one artifact by its id.

    prefect artifact delete daily-report
    prefect artifact delete --id 0190f6a1-7c1f-7d37-8f0e-6a7f6ad6a2a1

    Parameters
    ----------
    id
        Only the artifact of this id, or of one that begins so; what was made before it stands for its key then.
    """
    if (key is None) == (id is None):
        raise CommandError("Say which: a key, or --id with the id of one artifact.")
    with asking() as client:
        if id is not None:
            _delete_one(client, id, yes=yes)
        else:
            assert key is not None
            _delete_key(client, key, yes=yes)


def _delete_one(client: SyncPrefectClient, asked: str, *, yes: bool) -> None:
    id = as_id(asked) or _begun(client, asked).id
    confirm(f"The artifact {id} will be removed.", yes=yes, needed=False)
    try:
        client.delete_artifact(id)
    except ObjectNotFound:
        raise no_such("artifact", id, hint=ALL_HINT) from None
    print(f"Removed the artifact {id}.")


def _begun(client: SyncPrefectClient, asked: str) -> Artifact:
    span = span_of(asked)
    if span is None:
        raise CommandError(f"An artifact is meant by its id, or the beginning of one; {asked!r} is none. {ALL_HINT}")
    wanted = filters.ArtifactFilter.model_validate({"id": {"ge_": span.first, "le_": span.last}})
    found = begun_so("artifact", asked, client.read_artifacts(artifact_filter=wanted, limit=2), ALL_HINT)
    if found is None:
        raise no_such("artifact", asked, hint=ALL_HINT)
    return found


def _delete_key(client: SyncPrefectClient, key: str, *, yes: bool) -> None:
    found = _of_key(client, key, None)
    if not found:
        raise _missing(client, key)
    count = "1 artifact" if len(found) == 1 else f"{len(found)} artifacts"
    confirm(f"{count} with the key {key!r} will be removed.", yes=yes, needed=False)
    for one in reversed(found):
        client.delete_artifact(one.id)
    print(f"Removed {count} with the key {key!r}.")


def _of_key(client: SyncPrefectClient, key: str, limit: int | None) -> list[Artifact]:
    wanted = filters.ArtifactFilter.model_validate({"key": {"any_": [key]}})
    return up_to(limit, lambda **piece: client.read_artifacts(artifact_filter=wanted, sort="CREATED_DESC", **piece))


def _missing(client: SyncPrefectClient, key: str) -> CommandError:
    known = (one.key for one in client.read_latest_artifacts())
    return no_such("artifact", key, known, hint=HINT)
