"""`prefect events …`"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

from cyclopts import App, Parameter

from prefect._domain.events import ID, ROLE
from prefect._domain.texts import harmless
from prefect._wire.events import Event, ReceivedEvent, RelatedResource, Resource
from prefect.cli.client import asking
from prefect.cli.running import CommandError
from prefect.cli.values import json_object, pairs
from prefect.client.following import WAIT, EventsFollowed
from prefect.client.operations import content_of, post
from prefect.client.orchestration import new_transport

app = App(name="events", help="Follow events, and tell of one.")


@app.command
def stream(
    *,
    format: Literal["json", "text"] = "json",
    output_file: Path | None = None,
    run_once: bool = False,
    account: bool = False,
) -> None:
    """Show events as they come, a line each, until Ctrl-C.

    prefect events stream --format text
    prefect events stream --output-file events.jsonl

    Parameters
    ----------
    format
        Whole events as JSON, or a line of text for people.
    output_file
        The file to which they are added, in place of the terminal.
    run_once
        End after the first event.
    account
        Taken for older scripts; only the cloud has accounts.
    """
    if account:
        raise CommandError("--account follows the events of an account of the cloud; there are no accounts here.")
    with writing_to(output_file) as out, closing(EventsFollowed(new_transport(), None, backfill=False)) as followed:
        while True:
            for event in followed.next(WAIT):
                print(event.model_dump_json() if format == "json" else in_words(event), file=out, flush=True)
                if run_once:
                    return


@contextmanager
def writing_to(file: Path | None) -> Iterator[TextIO]:
    """Where events are written: the end of a file, or else the terminal. Raises `CommandError`."""
    if file is None:
        yield sys.stdout
        return
    try:
        stream = file.open("a", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The file {str(file)!r} cannot be written: {error.strerror}.") from None
    with stream:
        yield stream


def in_words(event: ReceivedEvent) -> str:
    """An event in a line."""
    resource = event.resource.name or event.resource.id
    return f"{event.occurred.astimezone():%Y-%m-%d %H:%M:%S} {harmless(f'{event.event} {resource}', one_line=True)}"


@app.command
def emit(
    event: str,
    *,
    resource: Annotated[list[str] | None, Parameter(name=["--resource", "-r"])] = None,
    resource_id: str | None = None,
    related: str | None = None,
    payload: Annotated[str | None, Parameter(name=["--payload", "-p"])] = None,
) -> None:
    """Tell of an event.

    prefect events emit order.shipped --resource-id order.4711
    prefect events emit order.shipped -r prefect.resource.id=order.4711 -r kind=socks -p '{"parcels": 2}'

    Parameters
    ----------
    resource
        A label of the resource to which it happened, `name=value`, or all of them as a JSON object.
    resource_id
        Which resource it is, for `--resource prefect.resource.id=...`.
    related
        A related resource as a JSON object, or a list of them; each has an id and a role.
    payload
        What else there is to say, as a JSON object.
    """
    told = Event(
        event=event,
        resource=Resource(_labels(resource, resource_id)),
        related=[RelatedResource(one) for one in _related(related)],
        payload=json_object(payload, "--payload"),
    )
    with asking() as client:
        request = post("/events", [told.model_dump(mode="json")])
        content_of(request, client.send(request))
    print(f"Told of the event {event!r} of {told.resource.id!r} ({told.id}).")


def _labels(words: list[str] | None, resource_id: str | None) -> dict[str, str]:
    """The labels that the options say. Raises `CommandError` where they do not say which resource it is."""
    labels: dict[str, Any] = {}
    for word in words or ():
        labels.update(json_object(word, "--resource") if word.startswith("{") else _pair(word))
    if resource_id is not None:
        labels[ID] = resource_id
    if not labels.get(ID):
        raise CommandError("Say to which resource it happened: --resource-id order.4711")
    return {name: str(value) for name, value in labels.items()}


def _pair(word: str) -> dict[str, str]:
    pairs([word], "--resource")
    name, _, value = word.partition("=")
    return {name: value}


def _related(text: str | None) -> list[dict[str, str]]:
    """The related resources that the option says. Raises `CommandError`."""
    if text is None:
        return []
    told = json_object(f'{{"related": {text}}}', "--related")["related"]
    found = told if isinstance(told, list) else [told]
    for one in found:
        if not isinstance(one, dict) or not {ID, ROLE} <= one.keys():
            raise CommandError(
                f"""--related takes '{{"{ID}": "customer.7", "{ROLE}": "customer"}}', or a list of such."""
            )
    return [{name: str(value) for name, value in one.items()} for one in found]
