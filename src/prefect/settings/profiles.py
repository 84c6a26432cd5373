"""Profiles: named sets of settings in `$PREFECT_HOME/profiles.toml`, one of them active."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect.exceptions import MissingProfileError
from prefect.settings.reading import expanded
from prefect.settings.sources import read_toml
from prefect.utilities.files import write_whole

STOCK: dict[str, dict[str, str]] = {
    "ephemeral": {"PREFECT_SERVER_EPHEMERAL_ENABLED": "true"},
    "local": {"PREFECT_API_URL": "http://127.0.0.1:4200/api"},
    "test": {"PREFECT_TESTING_TEST_MODE": "true"},
}
DEFAULT_PROFILE = "ephemeral"


@dataclass
class Profile:
    """A named set of settings, by their names in the environment."""

    name: str
    settings: dict[str, str] = field(default_factory=dict)
    source: Path | None = None


class ProfilesCollection:
    """All profiles, and which one is active."""

    def __init__(self, profiles: Iterable[Profile], active: str | None = None) -> None:
        self.profiles_by_name = {profile.name: profile for profile in profiles}
        self.active_name = active

    @property
    def names(self) -> set[str]:
        return set(self.profiles_by_name)

    @property
    def active_profile(self) -> Profile | None:
        return self.profiles_by_name.get(self.active_name) if self.active_name else None

    def set_active(self, name: str | None) -> None:
        """Make a profile the active one. Raises `MissingProfileError`."""
        if name is not None and name not in self:
            raise missing(name, self.names)
        self.active_name = name

    def add_profile(self, profile: Profile) -> None:
        self.profiles_by_name[profile.name] = profile

    def remove_profile(self, name: str) -> None:
        """Remove a profile. Raises `MissingProfileError`."""
        if name not in self:
            raise missing(name, self.names)
        del self.profiles_by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.profiles_by_name

    def __getitem__(self, name: str) -> Profile:
        return self.profiles_by_name[name]

    def __iter__(self) -> Any:
        return iter(self.profiles_by_name)


def missing(name: str, names: Iterable[str]) -> MissingProfileError:
    return MissingProfileError(f"There is no profile {name!r}. The profiles are: {', '.join(sorted(names))}.")


def profiles_path() -> Path:
    """The file of profiles; it cannot be set in a profile, so the environment alone decides."""
    given = os.environ.get("PREFECT_PROFILES_PATH")
    home = os.environ.get("PREFECT_HOME", "~/.prefect")
    return expanded(Path(given or Path(home) / "profiles.toml"))


def load_profiles(include_defaults: bool = True) -> ProfilesCollection:
    """The profiles of the file, and the stock ones that it does not replace."""
    file = profiles_path()
    held = read_toml(file) if file.is_file() else {}
    own = [Profile(name, _as_text(values), file) for name, values in held.get("profiles", {}).items()]
    stock = [Profile(name, dict(values)) for name, values in STOCK.items()] if include_defaults else []
    return ProfilesCollection([*stock, *own], held.get("active") or DEFAULT_PROFILE)


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def save_profiles(profiles: ProfilesCollection) -> None:
    """Write the profiles to their file, whole or not at all."""
    lines = [f"active = {_quoted(profiles.active_name)}"] if profiles.active_name else []
    for name, profile in profiles.profiles_by_name.items():
        lines += ["", f"[profiles.{_quoted(name)}]"]
        lines += [f"{setting} = {_quoted(value)}" for setting, value in profile.settings.items()]
    write_whole(profiles_path(), "\n".join([*lines, ""]).encode())


def _quoted(text: str) -> str:
    """A text as a basic string of TOML, which has the escapes of JSON's strings."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def active_profile_name() -> str:
    """The profile that the environment names, else the file's, else the stock one."""
    return os.environ.get("PREFECT_PROFILE") or load_profiles().active_name or DEFAULT_PROFILE


def load_profile(name: str) -> Profile:
    """The profile of that name. Raises `MissingProfileError`."""
    profiles = load_profiles()
    if name not in profiles:
        raise missing(name, profiles.names)
    return profiles[name]


def load_current_profile() -> Profile:
    """The active profile. Raises `MissingProfileError`."""
    return load_profile(active_profile_name())


def update_current_profile(settings: Mapping[Any, Any]) -> Profile:
    """Set settings in the active profile; a value of None takes one out."""
    profiles, current = load_profiles(), load_current_profile()
    changed = dict(current.settings)
    for key, value in settings.items():
        name = getattr(key, "name", key)
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    profile = Profile(current.name, changed, profiles_path())
    profiles.add_profile(profile)
    save_profiles(profiles)
    return profile
