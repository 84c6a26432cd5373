"""Settings of packages: a class of its own for each, read where ours are read (prefect-aws, -azure, -gcp, -kubernetes,
-redis).

    class ShopSettings(PrefectBaseSettings):
        model_config = build_settings_config(("integrations", "shop"))
        region: str = "north"

`PREFECT_INTEGRATIONS_SHOP_REGION` in the environment, in `.env` or in the active profile sets it, and so does `region`
in the table `integrations.shop` of `prefect.toml`, or `tool.prefect.integrations.shop` of `pyproject.toml`.
"""

from __future__ import annotations

from typing import Any, cast

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from prefect.settings.profiles import load_current_profile
from prefect.settings.sources import toml_here


class PrefectBaseSettings(BaseSettings):
    """The settings of a package, as `model_config` names them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the program says, the environment, `.env`, secret files, the project's files, and the active profile."""
        of_project = [_OfFile(settings_cls, "prefect.toml"), _OfFile(settings_cls, "pyproject.toml", "tool", "prefect")]
        said = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        return *said, *of_project, _OfProfile(settings_cls)

    def to_environment_variables(self, exclude_unset: bool = False, include_secrets: bool = True) -> dict[str, str]:
        """The settings as a child process's environment takes them."""
        told = self.model_dump(exclude_unset=exclude_unset, mode="json", context={"include_secrets": include_secrets})
        prefix = str(self.model_config.get("env_prefix", ""))
        return {f"{prefix}{name.upper()}": str(value) for name, value in told.items() if value is not None}


class _OfFile(PydanticBaseSettingsSource):
    """Settings in a TOML file of the working directory, in the table of their class below some others.

    What has a class of its own is left to that, which reads it by its own place.
    """

    def __init__(self, settings_cls: type[BaseSettings], name: str, *above: str) -> None:
        super().__init__(settings_cls)
        place = cast("PrefectSettingsConfigDict", self.config).get("place", ())
        table: Any = toml_here(name)
        for part in (*above, *place):
            table = table.get(part, {}) if isinstance(table, dict) else {}
        self._told = table if isinstance(table, dict) else {}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        has_its_own = isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings)
        return None if has_its_own else self._told.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        told = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in told.items() if value is not None}


class _OfProfile(PydanticBaseSettingsSource):
    """The active profile's settings."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        return load_current_profile().settings.get(name), field_name, False

    def __call__(self) -> dict[str, Any]:
        told = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in told.items() if value is not None}


class PrefectSettingsConfigDict(SettingsConfigDict, total=False):
    """The `model_config` of settings, with the names of the tables in which files have them."""

    place: tuple[str, ...]


def build_settings_config(path: tuple[str, ...] = (), frozen: bool = False) -> PrefectSettingsConfigDict:
    """The `model_config` of settings that stand at a path: `("integrations", "shop")`."""
    prefix = "".join(f"{part.upper()}_" for part in ("PREFECT", *path))
    return PrefectSettingsConfigDict(env_prefix=prefix, env_file=".env", place=path, extra="ignore", frozen=frozen)
