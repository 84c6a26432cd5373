"""`prefect config …`"""

from __future__ import annotations

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._domain.addresses import MASK, without_password
from prefect.cli.output import Output, show_json
from prefect.cli.running import CommandError
from prefect.settings import get_current_settings, load_current_profile, update_current_profile
from prefect.settings.current import everything
from prefect.settings.doubts import doubts, meant_by, of_idle
from prefect.settings.profiles import active_profile_name
from prefect.settings.reading import Setting
from prefect.settings.table import BY_ENV

app = App(name="config", help="Look at settings, and change those of the active profile.")

UNCHANGEABLE = ("PREFECT_HOME", "PREFECT_PROFILES_PATH")


@app.command
def view(
    *,
    show_defaults: Annotated[bool, Parameter(negative="--hide-defaults")] = False,
    show_sources: Annotated[bool, Parameter(negative="--hide-sources")] = True,
    show_secrets: Annotated[bool, Parameter(negative="--hide-secrets")] = False,
    output: Output = None,
) -> None:
    """Show the settings that hold here and now.

    Parameters
    ----------
    show_defaults
        Also those that nobody has changed.
    show_sources
        Say where each comes from.
    show_secrets
        Show passwords and keys.
    """
    shown = [
        (setting.env, _value(setting, value, show_secrets), source)
        for setting, value, source in everything(get_current_settings())
        if show_defaults or source != "default"
    ]
    if output == "json":
        show_json({name: {"value": value, "source": source} for name, value, source in shown})
        return
    for doubt in doubts(get_current_settings()):
        print(f"Warning: {doubt}", file=sys.stderr)
    print(f"PREFECT_PROFILE={active_profile_name()!r}")
    for name, value, source in shown:
        print(f"{name}={value!r}" + (f" (from {source})" if show_sources else ""))


def _value(setting: Setting, value: Any, show_secrets: bool) -> Any:
    if setting.secret and value is not None and not show_secrets:
        return MASK
    if isinstance(value, str) and not show_secrets:
        return without_password(value)
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)


@app.command(name="set")
def set_values(*settings: str) -> None:
    """Change settings of the active profile: NAME=VALUE, one or several."""
    if not settings:
        raise CommandError("Name a setting and its value, such as PREFECT_LOGGING_LEVEL=DEBUG.")
    changes = dict(_pair(given) for given in settings)
    update_current_profile(changes)
    for name, value in changes.items():
        setting = BY_ENV[name]
        shown = "********" if setting.secret else repr(value)
        print(f"Set {name} to {shown} in the profile {active_profile_name()!r}.")
        for doubt in of_idle(setting, setting.parsed(value, "the command line"), "that profile"):
            print(f"Warning: {doubt}", file=sys.stderr)


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise CommandError(f"{given!r} has no value. Write NAME=VALUE, such as PREFECT_LOGGING_LEVEL=DEBUG.")
    setting = _setting(name)
    setting.parsed(value, "the command line")
    return setting.env, value


def _setting(name: str) -> Setting:
    setting = BY_ENV.get(name.upper())
    if setting is None:
        meant = meant_by(name.upper())
        advice = f"Did you mean {meant}? " if meant else ""
        raise CommandError(
            f"There is no setting {name!r}. {advice}`prefect config view --show-defaults` lists them all."
        )
    if setting.env in UNCHANGEABLE:
        raise CommandError(f"{setting.env} cannot be set in a profile; set it in the environment.")
    return setting


@app.command
def unset(*settings: str, yes: Annotated[bool, Parameter(name=["--yes", "-y"], negative=())] = False) -> None:
    """Take settings out of the active profile, one or several.

    Parameters
    ----------
    yes
        Do not ask; this command never does.
    """
    names = [_setting(name).env for name in settings]
    held = load_current_profile().settings
    for name in names:
        if name not in held:
            raise CommandError(f"{name} is not set in the profile {active_profile_name()!r}.")
    update_current_profile(dict.fromkeys(names))
    for name in names:
        print(f"Unset {name} in the profile {active_profile_name()!r}.")


@app.command
def validate() -> None:
    """Check every setting."""
    for _ in everything(get_current_settings()):
        pass
    print("All settings are valid.")
