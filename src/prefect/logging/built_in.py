"""The logging configuration that holds where nobody says another one, in the words of `logging.config.dictConfig`.

`$PREFECT_LOGGING_LEVEL` and the like stand for settings; each key can be replaced by a variable of the environment
(`configuration.py`). Handlers that keep lines stand before those that show them, which mark what is kept.
"""

from __future__ import annotations

from typing import Any

FORMAT = "%(asctime)s.%(msecs)03d | %(levelname)-7s | %(name)s - %(message)s"

BUILT_IN: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "simple": {"format": "%(asctime)s.%(msecs)03d | %(message)s", "datefmt": "%H:%M:%S"},
        "standard": {
            "()": "prefect.logging.formatters.PrefectFormatter",
            "format": FORMAT,
            "flow_run_fmt": FORMAT.replace("%(name)s", "Flow run %(flow_run_name)r"),
            "task_run_fmt": FORMAT.replace("%(name)s", "Task run %(task_run_name)r"),
            "datefmt": "%H:%M:%S",
        },
        "debug": {
            "format": FORMAT.replace("%(name)s", "%(threadName)-12s | %(name)s"),
            "datefmt": "%H:%M:%S",
        },
        "json": {"()": "prefect.logging.formatters.JsonFormatter", "fmt": "default"},
    },
    "handlers": {
        "console": {
            "class": "prefect.logging.handlers.PrefectConsoleHandler",
            "level": 0,
            "formatter": "standard",
        },
        "api": {"class": "prefect.logging.handlers.APILogHandler", "level": 0},
        "worker_api": {"class": "prefect.logging.handlers.WorkerAPILogHandler", "level": 0},
        "debug": {"class": "logging.StreamHandler", "level": 0, "formatter": "debug"},
    },
    "loggers": {
        "prefect": {"level": "$PREFECT_LOGGING_LEVEL", "handlers": ["console"], "propagate": False},
        "prefect.extra": {"level": "$PREFECT_LOGGING_LEVEL", "handlers": ["api", "console"], "propagate": False},
        "prefect.flow_runs": {"level": "NOTSET", "handlers": ["api"]},
        "prefect.task_runs": {"level": "NOTSET", "handlers": ["api"]},
        "prefect.workers": {"level": "NOTSET", "handlers": ["worker_api"]},
        "prefect.server": {"level": "$PREFECT_SERVER_LOGGING_LEVEL"},
        "prefect.client": {"level": "$PREFECT_LOGGING_LEVEL"},
        "prefect._internal": {"level": "$PREFECT_INTERNAL_LOGGING_LEVEL"},
        "uvicorn": {"level": "$PREFECT_SERVER_LOGGING_LEVEL"},
        "fastapi": {"level": "$PREFECT_SERVER_LOGGING_LEVEL"},
    },
    "root": {"level": "WARNING", "handlers": []},
}
