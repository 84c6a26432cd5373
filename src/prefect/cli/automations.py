"""`prefect automation …`"""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._store.opened import database_of
from prefect._wire.written_automations import Automation, AutomationCore
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.found import begun_so
from prefect.cli.output import Output, show_fields, show_json, show_table
from prefect.cli.running import CommandError
from prefect.cli.telling import automation_for_failures
from prefect.cli.values import parsed
from prefect.client.orchestration import SyncPrefectClient
from prefect.runner.automating import Automating
from prefect.settings import get_current_settings
from prefect.utilities.yaml_text import read_yaml_file, written_yaml

app = App(name="automation", help="Make automations, look at them, and turn them on and off.")
HINT = "`prefect automation ls` lists those there are."
Id = Annotated[str | None, Parameter(help="The id of the automation, or its beginning, in place of its name.")]
FromFile = Annotated[Path | None, Parameter(name=["--from-file", "-f"])]
FromJson = Annotated[str | None, Parameter(name=["--from-json", "-j"])]


@app.command
def ls(*, output: Output = None) -> None:
    """List automations by name: what they wait for, and what they do then."""
    with asking() as client:
        found = client.read_automations()
    if output == "json":
        show_json(found)
        return
    rows = [(one.name, str(one.id), "on" if one.enabled else "off", _waits_for(one), _does(one)) for one in found]
    hint = "There are no automations yet. Make one: prefect automation create --from-file automation.yaml"
    show_table(("Name", "Id", "", "When", "Then"), rows, empty=hint, has_short_ids=True)


def _waits_for(automation: AutomationCore) -> str:
    return automation.trigger.describe_for_cli()


def _does(automation: AutomationCore) -> str:
    return "\n".join(action.describe_for_cli() for action in _all_actions(automation)) or "nothing"


def _all_actions(automation: AutomationCore) -> list[Any]:
    return [*automation.actions, *automation.actions_on_trigger, *automation.actions_on_resolve]


@app.command
def inspect(
    name: str | None = None, *, id: Id = None, yaml: bool = False, json: bool = False, output: Output = None
) -> None:
    """Show everything known about an automation.

    prefect automation inspect "tell me" --yaml

    Parameters
    ----------
    yaml
        Write it as YAML, which `create --from-file` takes again.
    json
        Write it as JSON.
    """
    with asking() as client:
        held = _automation(client, name, id)
    if json or output == "json":
        show_json(held)
    elif yaml:
        print(written_yaml(held.model_dump(mode="json")), end="")
    else:
        show_fields(
            {
                "Name": held.name,
                "Id": held.id,
                "On": held.enabled,
                "Description": held.description,
                "Tags": ", ".join(held.tags),
                "When": _waits_for(held),
                "Then": _does(held),
            }
        )


@app.command
def create(
    *,
    from_file: FromFile = None,
    from_json: FromJson = None,
    on_failure: str | None = None,
    notify: list[str] | None = None,
) -> None:
    """Make automations of a file of YAML or JSON, or of JSON in the command line: one, a list, or `automations: [...]`.

    prefect automation create --on-failure nightly --notify slack-webhook/ops
    prefect automation create -f automation.yaml
    prefect automation create -j '{"name": "a", "trigger": {"type": "event", "expect": ["x"]}, "actions": [...]}'

    Parameters
    ----------
    on_failure
        Be told when runs of this flow, or of this FLOW/DEPLOYMENT, fail, crash or are killed.
    notify
        The saved block by which one is told, slack-webhook/ops; may be given several times.
    """
    if (on_failure is None) != (notify is None):
        raise CommandError("Say whose failures are told and by what: --on-failure FLOW --notify slack-webhook/ops")
    written = [] if on_failure is not None else [_checked(one) for one in _listed(_written(from_file, from_json))]
    with asking() as client:
        wanted = written or [automation_for_failures(client, str(on_failure), notify or [])]
        for one in wanted:
            print(f"Made the automation {one.name!r}: {client.create_automation(one)}")


@app.command
def update(*, id: str, from_file: FromFile = None, from_json: FromJson = None) -> None:
    """Give the automation with that id other values, written as for `create`.

    prefect automation update --id ... -f automation.yaml
    """
    written = _listed(_written(from_file, from_json))
    if len(written) != 1:
        raise CommandError(f"One automation takes the values of one; {len(written)} were given.")
    with asking() as client:
        held = _automation(client, None, id)
        told = {"name": held.name, "trigger": held.trigger, "actions": held.actions, **written[0]}
        client.update_automation(held.id, _checked(told))
    print(f"Changed the automation {held.name!r}.")


@app.command(name=["pause", "disable"])
def pause(name: str | None = None, *, id: Id = None) -> None:
    """Turn an automation off."""
    with asking() as client:
        held = _automation(client, name, id)
        client.pause_automation(held.id)
    print(f"The automation {held.name!r} is off.")


@app.command(name=["resume", "enable"])
def resume(name: str | None = None, *, id: Id = None) -> None:
    """Turn an automation on; it listens from now on."""
    with asking() as client:
        held = _automation(client, name, id)
        client.resume_automation(held.id)
    print(f"The automation {held.name!r} is on.")


@app.command
def delete(name: str | None = None, *, id: Id = None, all: bool = False, yes: Yes = False) -> None:
    """Remove an automation, or all of them.

    Parameters
    ----------
    all
        Remove every automation.
    """
    with asking() as client:
        found = client.read_automations() if all else [_automation(client, name, id)]
        if all:
            confirm(f"All {len(found)} automations are removed.", yes=yes)
        for held in found:
            client.delete_automation(held.id)
            print(f"Removed the automation {held.name!r}.")


@app.command
def run(*, once: bool = False) -> None:
    """Carry automations out here, where neither a server nor a worker does, until Ctrl-C.

    prefect automation run --once

    Parameters
    ----------
    once
        Do what there is to do now, and end.
    """
    settings = get_current_settings()
    if settings.api.url:
        raise CommandError(f"The server at {settings.api.url} carries automations out.")
    automating = Automating(database_of(settings.server.database))
    if once:
        automating.run_once()
        print(f"{automating.fired} fired.")
        return

    def stop(number: int, frame: FrameType | None) -> None:
        automating.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    print("Carrying automations out (Ctrl-C ends it).", flush=True)
    automating.run()


def _written(from_file: Path | None, from_json: str | None) -> Any:
    """What a file or the command line says. Raises `CommandError`."""
    if (from_file is None) == (from_json is None):
        raise CommandError(
            "Say what is awaited and done: --from-file automation.yaml, or --from-json '{...}', or --on-failure FLOW "
            "--notify TYPE/BLOCK."
        )
    if from_json is not None:
        return parsed(from_json)
    assert from_file is not None
    if not from_file.is_file():
        raise CommandError(f"There is no file {str(from_file)!r}.")
    return read_yaml_file(from_file)


def _listed(written: Any) -> list[dict[str, Any]]:
    found = written.get("automations", written) if isinstance(written, dict) else written
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(one, dict) for one in listed):
        raise CommandError(
            "An automation is a mapping with a name, a trigger and actions, such as "
            '{"name": "a", "trigger": {"type": "event", "expect": ["prefect.flow-run.Failed"]}, '
            '"actions": [{"type": "cancel-flow-run"}]}.'
        )
    return listed


def _checked(written: dict[str, Any]) -> AutomationCore:
    return AutomationCore.model_validate(written)


def _automation(client: SyncPrefectClient, name: str | None, id: str | None) -> Automation:
    wanted = id or name
    if wanted is None:
        raise CommandError("Say which automation: by its name, or with --id.")
    found = client.find_automation(wanted)
    if found is not None:
        return found
    known = client.read_automations()
    begun = begun_so("automation", wanted, known, HINT)
    if begun is None:
        raise no_such("automation", wanted, (one.name for one in known), hint=HINT)
    return begun
