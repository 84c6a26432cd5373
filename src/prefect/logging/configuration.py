"""Setting logging up, when the first run begins or somebody asks for it.

The configuration is `built_in.py`, or the file that `PREFECT_LOGGING_CONFIG_PATH` names, in the words of
`logging.config.dictConfig`. `$NAME` in it stands for a setting or a variable of the environment, and each of its keys
is replaced by the variable that spells its path: `PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL=DEBUG`.
"""

from __future__ import annotations

import base64
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from prefect._domain.addresses import passwords_in
from prefect._engine.redaction import keep_out_of_logs
from prefect.exceptions import ConfigurationError
from prefect.logging.built_in import BUILT_IN
from prefect.logging.handlers import APILogHandler, PrefectConsoleHandler, WorkerAPILogHandler
from prefect.settings import get_current_settings
from prefect.settings.current import Settings
from prefect.settings.doubts import doubts
from prefect.settings.reading import flag, names
from prefect.settings.table import BY_ENV, TABLE

SECTIONS = ("formatters", "filters", "handlers", "loggers", "root")
PREFIX = "PREFECT_LOGGING_"
TOLD = "PREFECT__SETTINGS_TOLD"
"""The environment variable that says to child processes that doubts about settings have been told."""
MAKERS = {"console": PrefectConsoleHandler, "api": APILogHandler, "worker_api": WorkerAPILogHandler}

PROCESS_LOGGING_CONFIG: dict[str, Any] = {}
"""The configuration that holds in this process, once logging is set up."""
ADDRESSES = ("server.database.connection_url", "api.url")
"""The settings that may hold a password within an address."""
_setting_up = threading.Lock()


def setup_logging(incremental: bool | None = None) -> dict[str, Any]:
    """Give the loggers of runs their levels and handlers as the settings are now, and return the configuration.

    Where that was done before, only the levels are set again; with `incremental=False` the handlers, too. Raises
    `ConfigurationError` for a file that cannot be read, or says what logging does not know.
    """
    with _setting_up:
        if PROCESS_LOGGING_CONFIG and incremental is not False:
            _set_levels(get_current_settings())
        else:
            PROCESS_LOGGING_CONFIG.update(_set_up(get_current_settings()))
    return PROCESS_LOGGING_CONFIG


def ensure_logging_setup() -> None:
    """Set logging up, if it is not; it is asked for at every call of a task."""
    if PROCESS_LOGGING_CONFIG:
        return
    with _setting_up:
        if not PROCESS_LOGGING_CONFIG:
            PROCESS_LOGGING_CONFIG.update(_set_up(get_current_settings()))


def _set_levels(settings: Settings) -> None:
    configuration = load_logging_config(settings.logging.config_path)
    for name, said in configuration.get("loggers", {}).items():
        if "level" in said:
            logging.getLogger(name).setLevel(said["level"])
    if settings.debug_mode:
        logging.getLogger("prefect").setLevel(logging.DEBUG)


def _set_up(settings: Settings) -> dict[str, Any]:
    keep_out_of_logs(secrets_of(settings))
    file: Path = settings.logging.config_path
    is_told = file.is_file() or any(_overriding(os.environ))
    configuration = load_logging_config(file)
    if is_told:
        _apply(configuration, file)
    else:
        _put_up(configuration)
    if settings.debug_mode:
        logging.getLogger("prefect").setLevel(logging.DEBUG)
    for name in sorted(settings.logging.extra_loggers or ()):
        _add_extra(logging.getLogger(name), logging.getLogger("prefect.extra"))
    if not is_told:
        logging.getLogger("prefect").propagate = not any(map(_shows_lines, logging.getLogger().handlers))
    _tell_doubts(settings, configuration)
    return configuration


DEFAULT_LOGGING_SETTINGS_PATH = Path(__file__).parent / "logging.yml"
"""Where packages look for the built-in configuration; there is no such file, so that `load_logging_config` gives it."""


def load_logging_config(path: Path) -> dict[str, Any]:
    """The configuration of a file, or the built-in one where there is none, as settings and environment complete it.

    Raises `ConfigurationError` for a file that holds no configuration.
    """
    told = _read(path) if path.is_file() else _built_in(get_current_settings().logging.format)
    complete: dict[str, Any] = _overridden(_filled_in(told, _Values(get_current_settings())), (), os.environ)
    return complete


def _built_in(format: str) -> Mapping[str, Any]:
    if format == "text":
        return BUILT_IN
    console = {**BUILT_IN["handlers"]["console"], "formatter": format}
    return {**BUILT_IN, "handlers": {**BUILT_IN["handlers"], "console": console}}


def _read(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The logging configuration {path} is not valid YAML: {error}. Correct it.") from error
    if not isinstance(told, dict):
        raise ConfigurationError(
            f"The logging configuration {path} holds {type(told).__name__}, not a mapping of keys."
        )
    return {"version": 1, **told}


class _Values(Mapping[str, str]):
    """What `$NAME` stands for: the environment, and settings under each of their names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __getitem__(self, name: str) -> str:
        setting = BY_ENV.get(name)
        return os.environ[name] if setting is None else str(self._settings.value_of(setting))

    def __iter__(self) -> Iterator[str]:
        return iter({**os.environ, **BY_ENV})

    def __len__(self) -> int:
        return len({**os.environ, **BY_ENV})


def _filled_in(part: Any, values: Mapping[str, str]) -> Any:
    """The configuration with what `$NAME` stands for; a name that nobody knows is left as it is."""
    if isinstance(part, Mapping):
        return {key: _filled_in(value, values) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_filled_in(value, values) for value in part]
    return Template(part).safe_substitute(values) if isinstance(part, str) and "$" in part else part


def _overriding(names: Iterable[str]) -> Iterator[str]:
    """The names that spell the path of a key, for all one can see."""
    for name in names:
        section = name.removeprefix(PREFIX).partition("_")[0].lower()
        if name.startswith(PREFIX) and section in SECTIONS:
            yield name


def _overridden(part: Any, path: tuple[str, ...], environment: Mapping[str, str]) -> Any:
    """The configuration with the keys that the environment replaces."""
    if isinstance(part, Mapping):
        return {key: _overridden(value, (*path, str(key)), environment) for key, value in part.items()}
    said = environment.get(variable_of(path))
    return part if said is None else _as(part, said)


def variable_of(path: Iterable[str]) -> str:
    """The variable of the environment that replaces the key at a path."""
    return PREFIX + "_".join(path).replace(".", "_").replace("-", "_").upper()


def _as(held: Any, said: str) -> Any:
    """What the environment says, as a value of the kind that it replaces."""
    if isinstance(held, bool):
        return flag(said)
    if isinstance(held, list):
        return names(said)
    return int(said) if said.lstrip("-").isdigit() else said


def _put_up(configuration: Mapping[str, Any]) -> None:
    """Apply the built-in configuration as it is, without `logging.config`, which takes longer to import."""
    handlers: dict[str, logging.Handler] = {}
    for name, said in configuration["loggers"].items():
        logger = logging.getLogger(name)
        logger.setLevel(said["level"])
        logger.propagate = said.get("propagate", True)
        logger.handlers = [handler for handler in logger.handlers if not isinstance(handler, tuple(MAKERS.values()))]
        for handler in said.get("handlers", ()):
            if handler not in handlers:
                handlers[handler] = MAKERS[handler]()
            logger.addHandler(handlers[handler])


def _shows_lines(handler: logging.Handler) -> bool:
    """Whether a handler of the root logger writes to the terminal, where our lines would stand twice."""
    return isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stdout, sys.stderr)


def _apply(configuration: dict[str, Any], file: Path) -> None:
    from logging.config import dictConfig

    try:
        dictConfig(configuration)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        where = str(file) if file.is_file() else f"changed by {', '.join(_overriding(os.environ))}"
        why = f"{error}: {error.__cause__}" if error.__cause__ else str(error)
        raise ConfigurationError(f"The logging configuration ({where}) cannot be used. {why}") from error
    for logger in map(logging.getLogger, configuration.get("loggers", ())):
        logger.handlers.sort(key=lambda handler: not isinstance(handler, APILogHandler))


def _add_extra(logger: logging.Logger, like: logging.Logger) -> None:
    """Have a further logger's records belong to runs; one that hands its records to such a logger needs nothing."""
    for handler in like.handlers:
        if handler not in _reached_from(logger):
            logger.addHandler(handler)
    if logger.level == logging.NOTSET:
        logger.setLevel(like.level)


def _reached_from(logger: logging.Logger) -> Iterator[logging.Handler]:
    """The handlers that see what a logger says."""
    here: logging.Logger | None = logger
    while here is not None:
        yield from here.handlers
        here = here.parent if here.propagate else None


def _tell_doubts(settings: Settings, configuration: Mapping[str, Any]) -> None:
    """Warn once, and not in child processes again, of what is said in settings and does nothing."""
    told = [*doubts(settings), *_doubts_of_keys(configuration)]
    if not told or TOLD in os.environ:
        return
    os.environ[TOLD] = "true"
    for doubt in told:
        logging.getLogger("prefect.settings").warning("%s", doubt)


def _doubts_of_keys(configuration: Mapping[str, Any]) -> Iterator[str]:
    known = set(_variables(configuration, ()))
    for name in _overriding(os.environ):
        if name not in known and name not in BY_ENV:
            yield f"{name} names no key of the logging configuration and does nothing."


def _variables(part: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _variables(value, (*path, str(key)))
    else:
        yield variable_of(path)


def secrets_of(settings: Settings) -> Iterator[str]:
    """Secrets that settings hold, as they may be met: whole, the password alone, and as a header carries them."""
    said = [setting for setting in TABLE if settings.source_of(setting) != "default"]
    for held in (settings.value_of(setting) for setting in said if setting.secret):
        if held:
            yield from (held, held.partition(":")[2], base64.b64encode(held.encode()).decode())
    for setting in said:
        if setting.path in ADDRESSES:
            yield from passwords_in(str(settings.value_of(setting)))


__all__ = ["PROCESS_LOGGING_CONFIG", "ensure_logging_setup", "load_logging_config", "setup_logging"]
