"""`prefect profile …`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from prefect.cli.output import Output, show_json
from prefect.cli.running import CommandError
from prefect.settings.profiles import (
    STOCK,
    Profile,
    active_profile_name,
    load_profiles,
    missing,
    profiles_path,
    save_profiles,
)
from prefect.settings.table import BY_ENV

app = App(name="profile", help="Keep several sets of settings.")


@app.command
def ls(*, output: Output = None) -> None:
    """List profiles; a star marks the active one."""
    active, names = active_profile_name(), sorted(load_profiles())
    if output == "json":
        show_json([{"name": name, "active": name == active} for name in names])
        return
    for name in names:
        print(f"* {name}" if name == active else f"  {name}")


@app.command
def use(name: str) -> None:
    """Make a profile the active one."""
    profiles = load_profiles()
    profiles.set_active(name)
    save_profiles(profiles)
    print(f"The profile {name!r} is active now.")


@app.command
def create(name: str, *, from_: Annotated[str | None, Parameter(name="--from")] = None) -> None:
    """Make a new profile.

    Parameters
    ----------
    from_
        A profile whose settings it starts with.
    """
    profiles = load_profiles()
    if name in profiles:
        raise CommandError(f"The profile {name!r} exists already. `prefect profile inspect {name}` shows it.")
    if from_ is not None and from_ not in profiles:
        raise missing(from_, profiles.names)
    settings = dict(profiles[from_].settings) if from_ is not None else {}
    profiles.add_profile(Profile(name, settings, profiles_path()))
    save_profiles(profiles)
    print(f"Created the profile {name!r}. Make it the active one: prefect profile use {name}")


@app.command
def delete(name: str) -> None:
    """Remove a profile."""
    profiles = load_profiles()
    if name == active_profile_name():
        raise CommandError(f"The profile {name!r} is active. Use another one first: prefect profile use NAME")
    profiles.remove_profile(name)
    save_profiles(profiles)
    print(f"Deleted the profile {name!r}.")


@app.command
def rename(name: str, new_name: str) -> None:
    """Give a profile another name."""
    profiles = load_profiles()
    if new_name in profiles:
        raise CommandError(f"The profile {new_name!r} exists already.")
    if name not in profiles:
        raise missing(name, profiles.names)
    profiles.add_profile(Profile(new_name, profiles[name].settings, profiles_path()))
    if profiles.active_name == name:
        profiles.set_active(new_name)
    profiles.remove_profile(name)
    save_profiles(profiles)
    print(f"The profile {name!r} is called {new_name!r} now.")


@app.command
def inspect(name: str | None = None, *, output: Output = None) -> None:
    """Show the settings of a profile; of the active one if none is named."""
    profiles, wanted = load_profiles(), name or active_profile_name()
    if wanted not in profiles:
        raise missing(wanted, profiles.names)
    shown = {key: _masked(key, value) for key, value in profiles[wanted].settings.items()}
    if output == "json":
        show_json(shown)
        return
    for key, value in shown.items():
        print(f"{key}={value!r}")
    if not shown:
        print(f"The profile {wanted!r} sets nothing.")


def _masked(name: str, value: str) -> str:
    return "********" if name in BY_ENV and BY_ENV[name].secret else value


@app.command
def populate_defaults() -> None:
    """Write the stock profiles into the file of profiles, where they can be changed."""
    profiles = load_profiles()
    for name, settings in STOCK.items():
        if name not in profiles:
            profiles.add_profile(Profile(name, dict(settings), profiles_path()))
    save_profiles(profiles)
    print(f"The stock profiles are in {profiles_path()}.")
