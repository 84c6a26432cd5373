"""The settings that hold here and now."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from prefect._store.homes import file_of_home
from prefect.exceptions import ConfigurationError
from prefect.settings.databases import ADDRESS, address_in_parts, with_connections
from prefect.settings.profiles import Profile, load_current_profile
from prefect.settings.reading import Setting
from prefect.settings.sources import gather
from prefect.settings.table import BY_ENV, BY_PATH, TABLE


class _Branch:
    """Settings that share the beginning of their path; attributes lead on, and stay once they were asked for."""

    def __init__(self, root: Settings, path: str) -> None:
        self._root = root
        self._path = path

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = self._root._at(f"{self._path}.{name}")
        return value


class Settings:
    """All settings, read by path: `settings.server.api.port`."""

    def __init__(self, found: Mapping[str, tuple[Any, str]], unknown: Sequence[tuple[str, str]] = ()) -> None:
        self._found = dict(found)
        self._values: dict[str, Any] = {}
        self.unknown = tuple(unknown)
        """Names that look like settings and are none, each with where it is said."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self.__dict__[name] = self._at(name)
        return value

    def _at(self, path: str) -> Any:
        if path in self._values:
            return self._values[path]
        setting = BY_PATH.get(path)
        value = self._read(setting) if setting is not None else self._branch(path)
        self._values[path] = value
        return value

    def _branch(self, path: str) -> _Branch:
        if not any(known.startswith(f"{path}.") for known in BY_PATH):
            raise AttributeError(f"There is no setting {path!r}. `prefect config view --show-defaults` lists them all.")
        return _Branch(self, path)

    def _read(self, setting: Setting) -> Any:
        raw, source = self._found.get(setting.path, (setting.default, "default"))
        if setting.path == ADDRESS:
            told = (address_in_parts(self._said) or self._address_at_home()) if source == "default" else None
            raw = with_connections(str(told or raw), self._said)
        if isinstance(raw, str) and "{home}" in raw:
            raw = raw.replace("{home}", str(self._at("home")))
        return setting.parsed(raw, source)

    def _address_at_home(self) -> str:
        return f"sqlite:///{file_of_home(self._at('home'))}"

    def _said(self, path: str) -> Any:
        return self._at(path) if path in self._found else None

    def value_of(self, setting: Setting) -> Any:
        return self._at(setting.path)

    def source_of(self, setting: Setting) -> str:
        """Where a setting's value comes from; `default` where nobody says anything."""
        return self._found.get(setting.path, (None, "default"))[1]

    def with_overrides(self, overrides: Mapping[str, Any], removed: set[str], defaults: Mapping[str, Any]) -> Settings:
        """These settings with others on top, some back at their defaults, and others below."""
        found = {path: held for path, held in self._found.items() if path not in removed}
        for path, value in defaults.items():
            found.setdefault(path, (value, "the program"))
        for path, value in overrides.items():
            found[path] = (value, "the program")
        return Settings(found, self.unknown)

    def to_environment_variables(self, exclude_unset: bool = True) -> dict[str, str]:
        """The settings that were set, as a child process's environment takes them.

        `exclude_unset` is taken for older programs: what was not set has its default there, too, and is never told.
        """
        return {BY_PATH[path].env: _as_text(raw) for path, (raw, _) in self._found.items() if raw is not None}


def _as_text(raw: Any) -> str:
    """A value as the environment holds it."""
    return json.dumps(raw) if isinstance(raw, (list, dict)) else str(raw)


_overridden: ContextVar[Settings | None] = ContextVar("prefect_settings", default=None)
_loaded: tuple[dict[Any, Any], tuple[Any, ...], Settings] | None = None
"""The environment as it was when it was last looked at, what in it tells of settings, and those."""


def get_current_settings() -> Settings:
    """The settings that hold here and now; a change of the environment or of a file's folder is noticed.

    This is asked for every log line and every task. So the environment is compared whole with what it was, which costs
    a microsecond, and looked through where it has changed. `os.environ` decodes each variable it is asked for: its
    bytes are compared instead, where this Python keeps them.
    """
    overridden = _overridden.get()
    if overridden is not None:
        return overridden
    held: Any = getattr(os.environ, "_data", os.environ)
    loaded = _loaded
    if loaded is not None and loaded[0] == held:
        return loaded[2]
    return _looked_at(dict(held))


def _looked_at(environment: dict[Any, Any]) -> Settings:
    """The settings of an environment: the same as before where nothing in it that tells of settings has changed."""
    global _loaded
    told = tuple(item for item in environment.items() if os.fsdecode(item[0]).startswith("PREFECT_"))
    settings = _loaded[2] if _loaded is not None and _loaded[1] == told else _load()
    _loaded = (environment, told, settings)
    return settings


def _load() -> Settings:
    return settings_with_profile(load_current_profile(), over_environment=False)


def settings_with_profile(profile: Profile, *, over_environment: bool) -> Settings:
    """The settings as they are with a profile, which the environment comes before unless told otherwise."""
    over = profile.settings if over_environment else {}
    found = gather(over, profile.settings, profile.name)
    return Settings(found, found.unknown)


def settings_of_environment(variables: Mapping[str, str]) -> Settings:
    """The settings of another process, as `to_environment_variables` tells them; the rest are those of here."""
    told = {BY_ENV[name].path: value for name, value in variables.items() if name in BY_ENV}
    return get_current_settings().with_overrides(told, set(), {})


@contextmanager
def in_force(settings: Settings) -> Iterator[Settings]:
    """Have these settings hold inside the block."""
    token = _overridden.set(settings)
    try:
        yield settings
    finally:
        _overridden.reset(token)


@contextmanager
def temporary_settings(
    updates: Mapping[Any, Any] | None = None,
    set_defaults: Mapping[Any, Any] | None = None,
    restore_defaults: set[Any] | None = None,
) -> Iterator[Settings]:
    """Other settings inside the block; keys are constants such as `PREFECT_API_URL`, or their names."""
    settings = get_current_settings().with_overrides(
        {_path(key): value for key, value in (updates or {}).items()},
        {_path(key) for key in (restore_defaults or ())},
        {_path(key): value for key, value in (set_defaults or {}).items()},
    )
    with in_force(settings):
        yield settings


def _path(key: Any) -> str:
    name = getattr(key, "name", key)
    if name not in BY_ENV:
        raise ConfigurationError(f"There is no setting {name!r}. `prefect config view --show-defaults` lists them all.")
    return BY_ENV[name].path


def everything(settings: Settings) -> Iterator[tuple[Setting, Any, str]]:
    """Every setting with its value and where it comes from."""
    for setting in TABLE:
        yield setting, settings.value_of(setting), settings.source_of(setting)
