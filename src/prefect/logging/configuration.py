"""Setting logging up, once, when the first run begins."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator

from prefect._domain.addresses import passwords_in
from prefect._engine.redaction import keep_out_of_logs
from prefect.logging.handlers import APILogHandler, PrefectConsoleHandler
from prefect.settings import get_current_settings
from prefect.settings.current import Settings
from prefect.settings.table import TABLE

_setting_up = threading.Lock()
_is_set_up = False


def setup_logging() -> None:
    """Give the loggers of runs their level and handlers; calling it again changes nothing."""
    global _is_set_up
    if _is_set_up:
        return
    with _setting_up:
        if not _is_set_up:
            _set_up()
            _is_set_up = True


def _set_up() -> None:
    settings = get_current_settings()
    keep_out_of_logs(secrets_of(settings))
    root = logging.getLogger("prefect")
    root.setLevel("DEBUG" if settings.debug_mode else settings.logging.level)
    root.propagate = False
    console = PrefectConsoleHandler()
    root.addHandler(console)
    keep = APILogHandler()
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addHandler(keep)
    for name in _extra_loggers():
        extra = logging.getLogger(name)
        extra.addHandler(keep)
        extra.addHandler(console)
        if extra.level == logging.NOTSET:
            extra.setLevel(settings.logging.level)


def secrets_of(settings: Settings) -> Iterator[str]:
    """Secrets that settings hold, as they may be met: whole, the password alone, and as a header carries them."""
    for held in (settings.value_of(setting) for setting in TABLE if setting.secret):
        if held:
            yield from (held, held.partition(":")[2], base64.b64encode(held.encode()).decode())
    for address in (settings.server.database.connection_url, settings.api.url):
        yield from passwords_in(str(address))


def _extra_loggers() -> list[str]:
    extra = get_current_settings().logging.extra_loggers
    names = extra.split(",") if isinstance(extra, str) else (extra or ())
    return [name.strip() for name in names if name.strip()]
