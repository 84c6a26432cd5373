"""Settings: what they are (`table.py`), where they come from (`sources.py`), and how code reads them.

`get_current_settings().results.persist_by_default` reads one by its path, `PREFECT_API_URL.value()` by its constant.
"""

from __future__ import annotations

from typing import Any

from prefect.settings.current import (
    Settings,
    get_current_settings,
    temporary_settings,
)
from prefect.settings.profiles import (
    Profile,
    ProfilesCollection,
    load_current_profile,
    load_profile,
    load_profiles,
    save_profiles,
    update_current_profile,
)
from prefect.settings.reading import Setting
from prefect.settings.table import BY_ENV


def __getattr__(name: str) -> Any:
    """The constants `PREFECT_…`, one a setting."""
    setting = BY_ENV.get(name)
    if setting is None:
        raise AttributeError(f"module 'prefect.settings' has no attribute {name!r}")
    return SettingConstant(setting)


class SettingConstant:
    """A setting as older programs name it: `PREFECT_API_URL.value()`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.name = setting.env

    def value(self) -> Any:
        """The setting's value here and now."""
        return get_current_settings().value_of(self.setting)

    def value_from(self, settings: Settings) -> Any:
        return settings.value_of(self.setting)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SettingConstant) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}>"


__all__ = [
    "Profile",
    "ProfilesCollection",
    "Settings",
    "get_current_settings",
    "load_current_profile",
    "load_profile",
    "load_profiles",
    "save_profiles",
    "temporary_settings",
    "update_current_profile",
]
