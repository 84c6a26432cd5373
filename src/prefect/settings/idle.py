"""Settings of other versions that mean nothing here, and why: they are known, checked, and told of where they are said.

The default says what is so here, so that nobody is told who asks for just that (analytics that are off, for instance).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prefect._domain.durations import duration_of
from prefect.settings.reading import Reader, Setting, flag, level, number, path, structure, text, whole


class Known(NamedTuple):
    """A setting that is known, without a meaning here."""

    path: str
    read: Reader
    default: object = None
    alias: str = ""


def _because(reason: str, settings: Sequence[Known]) -> Iterator[Setting]:
    for known in settings:
        aliases = (known.alias,) if known.alias else ()
        yield Setting(known.path, known.read, known.default, reason, aliases, idle=reason)


def _of(prefix: str, *settings: Known) -> tuple[Known, ...]:
    return tuple(known._replace(path=f"{prefix}.{known.path}") for known in settings)


IDLE: tuple[Setting, ...] = (
    *_because("There is no cloud service behind this.", _of(
        "cloud",
        Known("api_url", text, "https://api.prefect.cloud/api"),
        Known("enable_orchestration_telemetry", flag, False),
        Known("max_log_size", whole, 25_000),
        Known("ui_url", text),
    )),
    *_because("Nothing is measured or sent to anybody.", (
        Known("server.analytics_enabled", flag, False),
        Known("telemetry.enable_resource_metrics", flag, False),
        Known("telemetry.resource_metrics_interval_seconds", whole, 10),
    )),
    *_because("Programs tell no metrics; their server does: GET /metrics.", (
        Known("client.metrics.enabled", flag, False, "PREFECT_CLIENT_ENABLE_METRICS"),
        Known("client.metrics.port", whole, 4201),
    )),
    *_because("Requests are small and connections kept open, by HTTP/1.1.", (Known("api.enable_http2", flag, False),)),
    *_because("Versions are not compared; a server that lacks something says so.", (
        Known("client.server_version_check_enabled", flag, False),
    )),
    *_because("Nothing here is called experimental.", (
        Known("experiments.warn", flag, True, "PREFECT_EXPERIMENTAL_WARN"),
    )),
    *_because("What is logged is on disk at once and handed on within 100 ms, in batches that bound themselves.", (
        Known("logging.to_api.batch_interval", number, 2.0),
        Known("logging.to_api.batch_size", whole, 4_000_000),
    )),
    *_because("A cancelled run's process learns of it when it renews its lease, and its runner sees to its end.", (
        Known("runner.crash_on_cancellation_failure", flag, False),
        Known("worker.enable_cancellation", flag, True),
        Known("worker.cancellation_poll_seconds", number, 120.0),
    )),
    *_because("A worker is woken when a run is there, and claims it when it is due.", (
        Known("worker.query_seconds", number, 10.0),
        Known("worker.prefetch_seconds", number, 10.0),
    )),
    *_because("PREFECT_LOGGING_LEVEL=DEBUG has a worker say more.", (Known("worker.debug_mode", flag, False),)),
    *_because("A run's code finds the packages of its environment; a pull step can install more.", (
        Known("runner.auto_install_dependencies", flag, False),
    )),
    *_because("A program that serves answers whether it lives, and nothing else.", _of(
        "runner.server",
        Known("log_level", level, "ERROR"),
        Known("missed_polls_tolerance", whole, 2),
    )),
    *_because("Requests that are tried again are not logged.", (
        Known("server.log_retryable_errors", flag, False, "PREFECT_API_LOG_RETRYABLE_ERRORS"),
    )),
    *_because("Types of blocks are registered when a block of them is saved; those that come along are always there.", (
        Known("server.register_blocks_on_start", flag, True, "PREFECT_API_BLOCKS_REGISTER_ON_START"),
        Known("server.memoize_block_auto_registration", flag, True, "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION"),
        Known("server.memo_store_path", path, None, "PREFECT_MEMO_STORE_PATH"),
    )),
    *_because("PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS bounds the runs of every schedule.", (
        Known(
            "server.deployment_schedule_max_scheduled_runs", whole, None, "PREFECT_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS"
        ),
    )),
    *_because("Leases and slots are rows of the database, and waiters are woken when one is free.", (
        Known("server.concurrency.lease_storage", text, None),
        Known("server.concurrency.initial_deployment_lease_duration", number, None),
        Known(
            "server.deployments.concurrency_slot_wait_seconds", number, None,
            "PREFECT_DEPLOYMENT_CONCURRENCY_SLOT_WAIT_SECONDS",
        ),
        Known(
            "server.tasks.tag_concurrency_slot_wait_seconds", number, None,
            "PREFECT_TASK_RUN_TAG_CONCURRENCY_SLOT_WAIT_SECONDS",
        ),
    )),
    *_because("Each thread of the server has a connection of its own; there is no pool.", _of(
        "server.database.sqlalchemy",
        Known("pool_size", whole, None, "PREFECT_SQLALCHEMY_POOL_SIZE"),
        Known("pool_recycle", whole, None),
        Known("pool_timeout", number, None),
        Known("max_overflow", whole, None, "PREFECT_SQLALCHEMY_MAX_OVERFLOW"),
    )),
    *_because("Statements are not logged.", (Known("server.database.echo", flag, False, "PREFECT_API_DATABASE_ECHO"),)),
    *_because("A database is brought up to date when it is opened, in one transaction.", (
        Known("server.database.migration_timeout", number, None),
        Known("server.database.migrate_on_start", flag, True, "PREFECT_API_DATABASE_MIGRATE_ON_START"),
    )),
    *_because("The duties need no queue: any server carries them out, and the database keeps them from being done twice.", (
        Known("server.docket.name", text, "prefect-server"),
        Known("server.docket.url", text, "memory://"),
    )),
    *_because("No server is started for a program: without PREFECT_API_URL it writes to the database itself.", (
        Known("server.ephemeral.enabled", flag, True, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"),
        Known("server.ephemeral.startup_timeout_seconds", whole, 20),
    )),
    *_because("Events are checked when they come, against fixed bounds.", _of(
        "server.events",
        Known("related_resource_cache_ttl", duration_of, 300, "PREFECT_API_EVENTS_RELATED_RESOURCE_CACHE_TTL"),
        Known("maximum_labels_per_resource", whole, 500, "PREFECT_EVENTS_MAXIMUM_LABELS_PER_RESOURCE"),
        Known("maximum_related_resources", whole, 100, "PREFECT_EVENTS_MAXIMUM_RELATED_RESOURCES"),
        Known("maximum_size_bytes", whole, 1_500_000, "PREFECT_EVENTS_MAXIMUM_SIZE_BYTES"),
        Known("maximum_event_name_length", whole, 1_024),
        Known("expired_bucket_buffer", duration_of, 60, "PREFECT_EVENTS_EXPIRED_BUCKET_BUFFER"),
        Known("proactive_granularity", duration_of, 5, "PREFECT_EVENTS_PROACTIVE_GRANULARITY"),
    )),
    *_because("Messages between servers go through the database.", (
        Known("server.events.messaging_broker", text, None, "PREFECT_MESSAGING_BROKER"),
        Known("server.events.messaging_cache", text, None, "PREFECT_MESSAGING_CACHE"),
        Known("server.events.causal_ordering", text, None),
        Known("server.worker_channel.cleanup_queue_storage", text, None),
        Known("server.worker_channel.cleanup_lease_seconds", number, 30.0),
        Known("server.worker_channel.cleanup_max_delivery_attempts", whole, 3),
        Known("server.worker_channel.cleanup_completed_idempotency_retention_seconds", number, None),
    )),
    *_because("Log lines can always be followed.", (
        Known("server.logs.stream_out_enabled", flag, True),
        Known("server.logs.stream_publishing_enabled", flag, True),
    )),
    *_because("What a cancelled run has started is ended with it.", _of(
        "server.services",
        Known("cancellation_cleanup.enabled", flag, True, "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_ENABLED"),
        Known("cancellation_cleanup.loop_seconds", number, 20.0, "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS"),
        Known("cancellation_cleanup.cancelling_timeout_seconds", number, 300.0),
        Known("cleanup_reconciler.enabled", flag, True),
        Known("cleanup_reconciler.loop_seconds", number, 5.0),
        Known("cleanup_reconciler.batch_size", whole, 100),
    )),
    *_because("Nothing is removed by itself: `prefect flow-run delete` and the API remove runs.", _of(
        "server.services.db_vacuum",
        Known("enabled", text, None),
        Known("loop_seconds", number, 3_600.0),
        Known("orphan_cleanup_loop_seconds", number, 86_400.0),
        Known("retention_period", duration_of, 90 * 86_400),
        Known("batch_size", whole, 200),
        Known("event_retention_overrides", structure, None),
    )),
    *_because("What is told in events is written in the transaction in which it comes.", (
        *_of(
            "server.services.event_persister",
            Known("enabled", flag, True, "PREFECT_API_SERVICES_EVENT_PERSISTER_ENABLED"),
            Known("batch_size", whole, 20, "PREFECT_API_SERVICES_EVENT_PERSISTER_BATCH_SIZE"),
            Known("read_batch_size", whole, 1, "PREFECT_API_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE"),
            Known("flush_interval", number, 5.0, "PREFECT_API_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL"),
            Known("queue_max_size", whole, 50_000),
            Known("max_flush_retries", whole, 5),
        ),
        *_of(
            "server.services.task_run_recorder",
            Known("enabled", flag, True, "PREFECT_API_SERVICES_TASK_RUN_RECORDER_ENABLED"),
            Known("read_batch_size", whole, 1),
            Known("batch_size", whole, 1),
            Known("flush_interval", number, 5.0),
        ),
        Known("server.services.event_logger.enabled", flag, False, "PREFECT_API_SERVICES_EVENT_LOGGER_ENABLED"),
        Known("events.worker_max_queue_size", whole, 0),
    )),
    *_because("Whether somebody lives is told by the intervals that a worker says, and by what asks for runs.", _of(
        "server.services.foreman",
        Known(
            "inactivity_heartbeat_multiple", whole, 3, "PREFECT_API_SERVICES_FOREMAN_INACTIVITY_HEARTBEAT_MULTIPLE"
        ),
        Known(
            "fallback_heartbeat_interval_seconds", whole, 30,
            "PREFECT_API_SERVICES_FOREMAN_FALLBACK_HEARTBEAT_INTERVAL_SECONDS",
        ),
        Known(
            "deployment_last_polled_timeout_seconds", whole, 60,
            "PREFECT_API_SERVICES_FOREMAN_DEPLOYMENT_LAST_POLLED_TIMEOUT_SECONDS",
        ),
        Known(
            "work_queue_last_polled_timeout_seconds", whole, 60,
            "PREFECT_API_SERVICES_FOREMAN_WORK_QUEUE_LAST_POLLED_TIMEOUT_SECONDS",
        ),
    )),
    *_because("All deployments are planned in one pass, and a changed one at once.", _of(
        "server.services.scheduler",
        Known("deployment_batch_size", whole, 100, "PREFECT_API_SERVICES_SCHEDULER_DEPLOYMENT_BATCH_SIZE"),
        Known("insert_batch_size", whole, 500, "PREFECT_API_SERVICES_SCHEDULER_INSERT_BATCH_SIZE"),
        Known("recent_deployments_loop_seconds", number, 5.0),
    )),
    *_because("Automations are woken by what is committed, and read what has come at once.", _of(
        "server.services.triggers",
        Known("read_batch_size", whole, 1),
        Known("pg_notify_reconnect_interval_seconds", whole, 10),
        Known("pg_notify_heartbeat_interval_seconds", whole, 5),
    )),
    *_because("Background tasks are rows of the database, and task workers are woken when one is there.", _of(
        "server.tasks.scheduling",
        Known("max_scheduled_queue_size", whole, None, "PREFECT_TASK_SCHEDULING_MAX_SCHEDULED_QUEUE_SIZE"),
        Known("max_retry_queue_size", whole, None, "PREFECT_TASK_SCHEDULING_MAX_RETRY_QUEUE_SIZE"),
        Known("pending_task_timeout", duration_of, 0, "PREFECT_TASK_SCHEDULING_PENDING_TASK_TIMEOUT"),
    )),
    *_because("A submission that failed leaves nothing behind.", (
        Known(
            "tasks.scheduling.delete_failed_submissions", flag, True,
            "PREFECT_TASK_SCHEDULING_DELETE_FAILED_SUBMISSIONS",
        ),
    )),
    *_because("There is one set of pages, it holds no advertisements, and it is served from memory.", _of(
        "server.ui",
        Known("v2_enabled", flag, True),
        Known("static_directory", text, None, "PREFECT_UI_STATIC_DIRECTORY"),
        Known("show_promotional_content", flag, False),
    )),
    *_because("It is for the tests of another implementation.", _of(
        "testing",
        Known("unit_test_mode", flag, False, "PREFECT_UNIT_TEST_MODE"),
        Known("unit_test_loop_debug", flag, True, "PREFECT_UNIT_TEST_LOOP_DEBUG"),
        Known("test_setting", text, "FOO", "PREFECT_TEST_SETTING"),
    )),
)  # fmt: skip
