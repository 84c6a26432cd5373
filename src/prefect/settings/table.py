"""Every setting in one table: its path, its type, its default and what it means.

A setting `a.b` is `PREFECT_A_B` in the environment and `[a] b = ...` in a file. Durations are in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from prefect.exceptions import ConfigurationError


class Setting(NamedTuple):
    path: str
    read: Callable[[Any], Any]
    default: Any
    meaning: str
    aliases: tuple[str, ...] = ()
    secret: bool = False

    @property
    def env(self) -> str:
        return "PREFECT_" + self.path.upper().replace(".", "_")

    def parsed(self, raw: Any, source: str) -> Any:
        """The value of what a source says. Raises `ConfigurationError`, which names setting, source and value."""
        if raw is None:
            return None
        try:
            return self.read(raw)
        except (ValueError, TypeError) as error:
            shown = "********" if self.secret else repr(raw)
            raise ConfigurationError(
                f"{self.env} is {shown} in {source}, which is not valid: {error}. It is {self.meaning.lower()}"
            ) from error


def text(raw: Any) -> str:
    return str(raw)


def flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in ("1", "true", "t", "yes", "y", "on"):
        return True
    if word in ("0", "false", "f", "no", "n", "off"):
        return False
    raise ValueError("expected true or false")


def whole(raw: Any) -> int:
    try:
        return int(raw)
    except ValueError:
        raise ValueError("expected a whole number") from None


def natural(raw: Any) -> int:
    number = whole(raw)
    if number < 0:
        raise ValueError("expected a whole number, 0 or more")
    return number


def number(raw: Any) -> float:
    try:
        return float(raw)
    except ValueError:
        raise ValueError("expected a number") from None


def delays(raw: Any) -> Any:
    """A number of seconds, or a list of them."""
    value = json.loads(raw) if isinstance(raw, str) else raw
    return [number(item) for item in value] if isinstance(value, list) else number(value)


def path(raw: Any) -> Path:
    return expanded(Path(raw))


def expanded(given: Path) -> Path:
    """A path whose `~` is the user's folder. Raises `ConfigurationError` where nobody knows that."""
    try:
        return given.expanduser()
    except RuntimeError as error:
        raise ConfigurationError(
            f"The folder {str(given)!r} cannot be found, for this user has no home folder. Set PREFECT_HOME to a folder "
            "that can be written to, or HOME."
        ) from error


def level(raw: Any) -> str:
    name = str(raw).upper()
    if name not in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET"):
        raise ValueError("expected DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return name


def structure(raw: Any) -> Any:
    return json.loads(raw) if isinstance(raw, str) else raw


def names(raw: Any) -> list[str]:
    return [name.strip() for name in raw.split(",") if name.strip()] if isinstance(raw, str) else list(raw)


def one_of(*words: str) -> Callable[[Any], str]:
    def read(raw: Any) -> str:
        if str(raw).lower() not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return str(raw).lower()

    return read


TABLE: tuple[Setting, ...] = (
    Setting("home", path, "~/.prefect", "The folder of configuration, database and results."),
    Setting("profiles_path", path, "{home}/profiles.toml", "The file of profiles."),
    Setting("debug_mode", flag, False, "Whether everything logs at DEBUG."),
    Setting("silence_api_url_misconfiguration", flag, False, "Whether a doubtful API URL goes without a warning."),
    Setting("api.url", text, None, "The address of a server, with /api at its end; none runs embedded."),
    Setting("api.key", text, None, "A bearer key for the server.", secret=True),
    Setting("api.auth_string", text, None, "user:password for the server.", secret=True),
    Setting("api.request_timeout", number, 60.0, "Seconds to wait for an answer of the server."),
    Setting("api.tls_insecure_skip_verify", flag, False, "Whether certificates go unchecked."),
    Setting("api.ssl_cert_file", text, None, "A file of certificates to trust."),
    Setting("api.enable_http2", flag, False, "Whether HTTP/2 is used."),
    Setting("ui_url", text, None, "The address of the web UI, for links."),
    Setting("cli.colors", flag, True, "Whether the terminal shows colours."),
    Setting("cli.prompt", text, None, "Whether the terminal asks questions."),
    Setting("cli.wrap_lines", flag, True, "Whether long lines are wrapped."),
    Setting("client.max_retries", natural, 5, "How often a request is tried again."),
    Setting("client.retry_jitter_factor", number, 0.2, "How much the delays between tries vary."),
    Setting("client.retry_extra_codes", names, [], "Further status codes that are tried again."),
    Setting("client.outage_seconds", number, 600.0, "Seconds that a flow goes on while its server is away, before what happened is kept on disk."),
    Setting("client.custom_headers", structure, {}, "Headers that every request carries, as a JSON object."),
    Setting("client.csrf_support_enabled", flag, True, "Whether CSRF tokens are sent."),
    Setting("client.server_version_check_enabled", flag, True, "Whether the server's version is compared."),
    Setting("deployments.default_work_pool_name", text, None, "The work pool of deployments that name none.", ("PREFECT_DEFAULT_WORK_POOL_NAME",)),
    Setting("deployments.default_docker_build_namespace", text, None, "The namespace of built images."),
    Setting("events.worker_max_queue_size", natural, 0, "How many events may wait to be sent; 0 sets no bound."),
    Setting("flows.heartbeat_frequency", natural, 180, "Seconds between heartbeat events."),
    Setting("flows.default_retries", natural, 0, "The retries of flows that name none.", ("PREFECT_FLOW_DEFAULT_RETRIES",)),
    Setting("flows.default_retry_delay_seconds", number, 0, "Seconds before a flow is retried.", ("PREFECT_FLOW_DEFAULT_RETRY_DELAY_SECONDS",)),
    Setting("flows.lease_seconds", number, 30.0, "Seconds after which a run whose process died is marked Crashed."),
    Setting("tasks.default_retries", natural, 0, "The retries of tasks that name none.", ("PREFECT_TASK_DEFAULT_RETRIES",)),
    Setting("tasks.default_retry_delay_seconds", delays, 0, "Seconds before a task is retried, or a list of them.", ("PREFECT_TASK_DEFAULT_RETRY_DELAY_SECONDS",)),
    Setting("tasks.default_no_cache", flag, False, "Whether tasks without a cache policy are not cached."),
    Setting("tasks.disable_caching", flag, False, "Whether no task is cached."),
    Setting("tasks.refresh_cache", flag, False, "Whether cached results are ignored and written anew."),
    Setting("tasks.default_persist_result", flag, None, "Whether tasks keep their results unless told otherwise."),
    Setting("tasks.runner.thread_pool_max_workers", natural, None, "The threads of a task runner; none sets no bound."),
    Setting("tasks.runner.process_pool_max_workers", natural, None, "The processes of a task runner."),
    Setting("tasks.scheduling.default_storage_block", text, None, "Where the parameters of delayed tasks are kept."),
    Setting("tasks.scheduling.delete_failed_submissions", flag, True, "Whether submissions that failed are deleted."),
    Setting("results.persist_by_default", flag, False, "Whether results are kept unless told otherwise."),
    Setting("results.default_serializer", text, "pickle", "How results are written."),
    Setting("results.default_storage_block", text, None, "Where results are kept, as type/name.", ("PREFECT_DEFAULT_RESULT_STORAGE_BLOCK",)),
    Setting("results.local_storage_path", path, "{home}/storage", "The folder of results.", ("PREFECT_LOCAL_STORAGE_PATH",)),
    Setting("logging.level", level, "INFO", "The level of run loggers."),
    Setting("logging.internal_level", level, "ERROR", "The level of the package's own loggers."),
    Setting("logging.config_path", path, "{home}/logging.yml", "A file that configures logging."),
    Setting("logging.extra_loggers", names, None, "Further loggers whose records belong to runs."),
    Setting("logging.log_prints", flag, False, "Whether prints become log lines."),
    Setting("logging.colors", flag, True, "Whether levels are coloured."),
    Setting("logging.markup", flag, False, "Whether log lines may hold markup."),
    Setting("logging.to_api.enabled", flag, True, "Whether the log lines of runs are kept."),
    Setting("logging.to_api.batch_interval", number, 2.0, "Seconds between two batches of log lines."),
    Setting("logging.to_api.batch_size", natural, 4_000_000, "Bytes of a batch of log lines."),
    Setting("logging.to_api.max_log_size", natural, 1_000_000, "Characters of a log line."),
    Setting("logging.to_api.when_missing_flow", one_of("warn", "error", "ignore"), "warn", "What a log line outside of runs does."),
    Setting("server.database.connection_url", text, "sqlite:///{home}/prefect.db", "The address of the database.", ("PREFECT_API_DATABASE_CONNECTION_URL",), True),
    Setting("server.database.durability", one_of("normal", "full"), "normal", "What a commit on SQLite survives: the process (normal) or the loss of power (full)."),
    Setting("server.database.migrate_on_start", flag, True, "Whether the database is brought up to date when opened.", ("PREFECT_API_DATABASE_MIGRATE_ON_START",)),
    Setting("server.database.timeout", number, 60.0, "Seconds that a writer waits for its turn.", ("PREFECT_API_DATABASE_TIMEOUT",)),
    Setting("server.api.host", text, "127.0.0.1", "The address on which the server listens."),
    Setting("server.api.port", natural, 4200, "The port on which the server listens."),
    Setting("server.api.auth_string", text, None, "user:password that the server asks for.", secret=True),
    Setting("server.api.allowed_hosts", names, [], "Further names under which the server may be asked, beside loopback, addresses and plain names."),
    Setting("server.api.cors_allowed_origins", names, [], "Origins of other sites whose pages may use the API.", ("PREFECT_SERVER_CORS_ALLOWED_ORIGINS",)),
    Setting("server.api.keepalive_timeout", natural, 5, "Seconds that an idle connection stays open.", ("PREFECT_SERVER_KEEPALIVE_TIMEOUT",)),
    Setting("server.api.default_limit", natural, 200, "The most things in one answer."),
    Setting("server.api.max_parameter_size", natural, 512 * 1024, "Bytes of a flow run's parameters as JSON."),
    Setting("server.api.csrf_token_expiration", number, 3600.0, "Seconds for which a client's token is good.", ("PREFECT_SERVER_CSRF_TOKEN_EXPIRATION",)),
    Setting("server.api.csrf_protection_enabled", flag, False, "Whether clients must bring a token with requests that change something.", ("PREFECT_SERVER_CSRF_PROTECTION_ENABLED",)),
    Setting("server.ui.enabled", flag, True, "Whether the server shows the web UI.", ("PREFECT_UI_ENABLED",)),
    Setting("server.flow_run_graph.max_nodes", natural, 10_000, "The most runs in a flow run's graph.", ("PREFECT_API_MAX_FLOW_RUN_GRAPH_NODES",)),
    Setting("server.flow_run_graph.max_artifacts", natural, 10_000, "The most artifacts in a flow run's graph.", ("PREFECT_API_MAX_FLOW_RUN_GRAPH_ARTIFACTS",)),
    Setting("server.tasks.max_cache_key_length", natural, 2_000, "Characters of a cache key.", ("PREFECT_API_TASK_CACHE_KEY_MAX_LENGTH",)),
    Setting("server.logging_level", level, "WARNING", "The level of the server's log.", ("PREFECT_LOGGING_SERVER_LEVEL",)),
    Setting("server.ephemeral.enabled", flag, False, "Whether programs may start a server of their own."),
    Setting("server.encryption_key", text, None, "The key of secrets in the database.", secret=True),
    Setting("runner.process_limit", natural, 5, "How many runs a runner starts at once."),
    Setting("runner.grace_seconds", number, 30.0, "Seconds that the processes of a run have to end before they are killed."),
    Setting("runner.poll_frequency", number, 10, "Seconds between two looks for due runs."),
    Setting("runner.server.host", text, "127.0.0.1", "The address on which a runner answers whether it lives."),
    Setting("runner.server.port", natural, 8080, "The port of that address."),
    Setting("worker.heartbeat_seconds", number, 30, "Seconds between a worker's heartbeats."),
    Setting("worker.query_seconds", number, 10, "Seconds between a worker's looks for due runs."),
    Setting("worker.prefetch_seconds", number, 10, "Seconds before its time that a run is fetched."),
    Setting("worker.webserver.host", text, "0.0.0.0", "The address on which a worker says whether it is alive."),
    Setting("worker.webserver.port", natural, 8080, "The port on which a worker says whether it is alive."),
    Setting("testing.test_mode", flag, False, "Whether the package's tests are running.", ("PREFECT_TEST_MODE",)),
)  # fmt: skip

BY_PATH = {setting.path: setting for setting in TABLE}
BY_ENV = {name: setting for setting in TABLE for name in (setting.env, *setting.aliases)}
