"""Databases as another installation of version 3 leaves them, on SQLite and PostgreSQL.

The names and types of their columns are facts about such databases; what they hold is made here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
from cryptography.fernet import Fernet

KEY = Fernet.generate_key().decode()
MADE = "2026-03-01 12:00:00.000000"
ENDED = "2026-03-01 12:00:05.500000"
BASE = ("id ID", "created AT", "updated AT")
TABLES: Mapping[str, str] = {
    "alembic_version": "version_num TEXT",
    "configuration": "key TEXT, value JSON",
    "flow": "name TEXT, tags JSON, labels JSON",
    "block_type": "name TEXT, slug TEXT, logo_url TEXT, documentation_url TEXT, description TEXT, code_example TEXT, "
    "is_protected BOOLEAN",
    "block_schema": "fields JSON, block_type_id ID, checksum TEXT, capabilities JSON, version TEXT",
    "block_schema_reference": "name TEXT, parent_block_schema_id ID, reference_block_schema_id ID",
    "block_document": "name TEXT, data JSON, block_schema_id ID, block_type_id ID, is_anonymous BOOLEAN, "
    "block_type_name TEXT",
    "block_document_reference": "name TEXT, parent_block_document_id ID, reference_block_document_id ID",
    "variable": "name TEXT, tags JSON, value JSON",
    "saved_search": "name TEXT, filters JSON",
    "concurrency_limit_v2": 'active BOOLEAN, name TEXT, "limit" INTEGER, active_slots INTEGER, denied_slots INTEGER, '
    "slot_decay_per_second FLOAT, avg_slot_occupancy_seconds FLOAT",
    "work_pool": "name TEXT, description TEXT, type TEXT, base_job_template JSON, is_paused BOOLEAN, "
    "concurrency_limit INTEGER, default_queue_id ID, status TEXT, last_transitioned_status_at AT, "
    "last_status_event_id ID, storage_configuration JSON",
    "work_queue": "name TEXT, filter JSON, description TEXT, is_paused BOOLEAN, concurrency_limit INTEGER, "
    "last_polled AT, priority INTEGER, work_pool_id ID, status TEXT",
    "deployment": "name TEXT, tags JSON, parameters JSON, flow_id ID, description TEXT, parameter_openapi_schema JSON, "
    "version TEXT, infra_overrides JSON, path TEXT, entrypoint TEXT, work_queue_name TEXT, work_queue_id ID, "
    "pull_steps JSON, enforce_parameter_schema BOOLEAN, last_polled AT, paused BOOLEAN, status TEXT, "
    "concurrency_options JSON, concurrency_limit_id ID, labels JSON, created_by JSON, updated_by JSON, "
    "storage_document_id ID, infrastructure_document_id ID",
    "deployment_schedule": "schedule JSON, active BOOLEAN, deployment_id ID, max_scheduled_runs INTEGER, "
    "parameters JSON, slug TEXT",
    "automation": "name TEXT, description TEXT, enabled BOOLEAN, tags JSON, trigger JSON, actions JSON, "
    "actions_on_trigger JSON, actions_on_resolve JSON",
    "flow_run": "name TEXT, state_type TEXT, state_name TEXT, state_id ID, state_timestamp AT, run_count INTEGER, "
    "expected_start_time AT, start_time AT, end_time AT, total_run_time SPAN, parameters JSON, idempotency_key TEXT, "
    "context JSON, empirical_policy JSON, tags JSON, auto_scheduled BOOLEAN, flow_id ID, deployment_id ID, "
    "parent_task_run_id ID, labels JSON, job_variables JSON",
    "flow_run_state": "type TEXT, timestamp AT, name TEXT, message TEXT, state_details JSON, data JSON, "
    "flow_run_id ID, result_artifact_id ID",
    "task_run": "name TEXT, state_type TEXT, state_name TEXT, state_id ID, state_timestamp AT, run_count INTEGER, "
    "flow_run_run_count INTEGER, expected_start_time AT, start_time AT, end_time AT, total_run_time SPAN, "
    "task_key TEXT, dynamic_key TEXT, empirical_policy JSON, task_inputs JSON, tags JSON, flow_run_id ID, labels JSON",
    "task_run_state": "type TEXT, timestamp AT, name TEXT, message TEXT, state_details JSON, data JSON, "
    "task_run_id ID, result_artifact_id ID",
    "log": "name TEXT, level INTEGER, flow_run_id ID, task_run_id ID, message TEXT, timestamp AT",
    "artifact": "key TEXT, type TEXT, data JSON, metadata_ JSON, task_run_id ID, flow_run_id ID, description TEXT",
}
TYPES = {
    "sqlite": {" ID": " CHAR(36)", " AT": " DATETIME", " SPAN": " DATETIME"},
    "postgresql": {" ID": " UUID", " AT": " TIMESTAMPTZ", " SPAN": " INTERVAL", " FLOAT": " DOUBLE PRECISION"},
}


def id_of(name: str) -> str:
    """The id of something in the database."""
    return str(uuid5(UUID(int=0), name))


class OtherInstallation:
    """Such a database, into which rows are written."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
        self._conn: Any = (
            sqlite3.connect(self.path, isolation_level=None)
            if self._dialect == "sqlite"
            else psycopg.connect(url, autocommit=True)
        )
        for table, columns in TABLES.items():
            base = "" if table == "alembic_version" else f"{', '.join(BASE)}, "
            sql = f"CREATE TABLE {table} ({base}{columns})"
            for ours, theirs in TYPES[self._dialect].items():
                sql = sql.replace(ours, theirs)
            self._conn.execute(sql)

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))

    def add(self, table: str, id: str, **row: Any) -> None:
        """Write a row; what is structured as JSON."""
        values = {"id": id_of(id), "created": MADE, "updated": MADE, **row}
        columns = self._json_columns(table)
        told = [json.dumps(value) if name in columns and value is not None else value for name, value in values.items()]
        mark = "?" if self._dialect == "sqlite" else "%s"
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join([mark] * len(values))
        self._conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", told)

    def _json_columns(self, table: str) -> set[str]:
        return {part.strip().split()[0] for part in TABLES[table].split(",") if part.strip().endswith(" JSON")}

    def span(self, seconds: float) -> str:
        """A duration as the database has it."""
        return f"1970-01-01 00:00:0{seconds:.6f}" if self._dialect == "sqlite" else f"{seconds} seconds"

    def sealed(self, data: dict[str, Any]) -> str:
        """The data of a block, encrypted."""
        return Fernet(KEY).encrypt(json.dumps(data).encode()).decode()

    def close(self) -> None:
        self._conn.close()


def filled(url: str) -> OtherInstallation:
    """An installation with something of everything."""
    made = OtherInstallation(url)
    _configured(made)
    _deployed(made)
    _run(made)
    return made


def _configured(made: OtherInstallation) -> None:
    made.add("configuration", "key", key="ENCRYPTION_KEY", value={"fernet_key": KEY})
    made.add("variable", "region", name="region", tags=["t"], value={"a": [1, "eu"]})
    made.add("variable", "plain", name="plain", tags=[], value="eu")
    for slug, title in (("inner", "Inner"), ("outer", "Outer"), ("unused", "Unused")):
        made.add("block_type", f"{slug} type", name=title, slug=slug, is_protected=False)
        held = {"inner": {"$ref": "#/definitions/Inner"}} if slug == "outer" else {}
        fields = {"title": title, "type": "object", "properties": held, "block_type_slug": slug, "secret_fields": []}
        made.add(
            "block_schema",
            f"{slug} schema",
            fields=fields,
            block_type_id=id_of(f"{slug} type"),
            checksum=f"sha256:{slug}",
            capabilities=[],
            version="1",
        )
    schemas = {"parent_block_schema_id": id_of("outer schema"), "reference_block_schema_id": id_of("inner schema")}
    made.add("block_schema_reference", "part", name="inner", **schemas)
    for slug, data in (("inner", {"password": "s3cret-välue"}), ("outer", {"name": "x"})):
        made.add(
            "block_document",
            slug,
            name=f"my-{slug}",
            data=made.sealed(data),
            block_schema_id=id_of(f"{slug} schema"),
            block_type_id=id_of(f"{slug} type"),
            is_anonymous=False,
            block_type_name=slug.title(),
        )
    parts = {"parent_block_document_id": id_of("outer"), "reference_block_document_id": id_of("inner")}
    made.add("block_document_reference", "ref", name="inner", **parts)
    for name, slots in (("database", 5), (f"deployment:{id_of('nightly')}", 2), ("tag:heavy", 3)):
        made.add(
            "concurrency_limit_v2",
            name,
            active=True,
            name=name,
            limit=slots,
            active_slots=1,
            denied_slots=0,
            slot_decay_per_second=0.5,
            avg_slot_occupancy_seconds=2.0,
        )


def _deployed(made: OtherInstallation) -> None:
    made.add("flow", "etl", name="etl", tags=["x"], labels={"team": "data"})
    made.add(
        "work_pool",
        "pool",
        name="pool",
        description="d",
        type="process",
        base_job_template={},
        is_paused=False,
        concurrency_limit=4,
        default_queue_id=id_of("default"),
        status="NOT_READY",
        storage_configuration={},
    )
    for name, priority in (("default", 2), ("fast", 1)):
        queue = {"name": name, "description": "", "is_paused": False, "priority": priority, "status": "NOT_READY"}
        made.add("work_queue", name, work_pool_id=id_of("pool"), **queue)
    made.add(
        "deployment",
        "nightly",
        name="nightly",
        flow_id=id_of("etl"),
        tags=["prod"],
        parameters={"day": "sunday"},
        parameter_openapi_schema={"type": "object"},
        version="v1",
        infra_overrides={"env": {"A": "1"}},
        path="/code",
        entrypoint="flows.py:etl",
        work_queue_name="fast",
        work_queue_id=id_of("fast"),
        pull_steps=[],
        enforce_parameter_schema=True,
        paused=False,
        status="NOT_READY",
        concurrency_options={"collision_strategy": "CANCEL_NEW", "grace_period_seconds": None},
        concurrency_limit_id=id_of(f"deployment:{id_of('nightly')}"),
        labels={},
    )
    made.add(
        "deployment_schedule",
        "daily",
        schedule={"cron": "0 8 * * *", "timezone": "Asia/Shanghai", "day_or": True},
        active=True,
        deployment_id=id_of("nightly"),
        parameters={"day": "x"},
        slug="daily",
    )
    event = {
        **{"type": "event", "id": id_of("trigger"), "match": {}, "match_related": {}, "after": [], "for_each": []},
        **{"expect": ["prefect.flow-run.Failed"], "posture": "Reactive", "threshold": 1, "within": 0.0},
    }
    runs = {
        **{"type": "run-deployment", "source": "selected", "deployment_id": id_of("nightly")},
        **{"parameters": None, "job_variables": None, "schedule_after": 0.0},
    }
    for name, actions in (("tell", [runs]), ("unknown", [{"type": "from-the-future"}])):
        none: dict[str, Any] = {"tags": [], "actions_on_trigger": [], "actions_on_resolve": []}
        told = {"name": name, "description": "", "enabled": True, "trigger": event, "actions": actions}
        made.add("automation", name, **told, **none)


def _run(made: OtherInstallation) -> None:
    policy = {"max_retries": 0, "retries": 2, "retry_delay": 1, "pause_keys": [], "resuming": False, "retry_type": None}
    for name, type in (("ended", "COMPLETED"), ("open", "RUNNING")):
        times = {"expected_start_time": MADE, "start_time": MADE, "end_time": ENDED if name == "ended" else None}
        state = {"state_type": type, "state_name": type.title(), "state_id": id_of(f"{name} state")}
        made.add(
            "flow_run",
            name,
            name=name,
            run_count=1,
            total_run_time=made.span(5.5),
            parameters={"day": "monday"},
            context={},
            empirical_policy=policy,
            tags=["a"],
            auto_scheduled=False,
            flow_id=id_of("etl"),
            deployment_id=id_of("nightly"),
            labels={},
            job_variables={},
            **times,
            **state,
        )
        details = {"flow_run_id": id_of(name), "scheduled_time": None, "untrackable_result": False, "retriable": False}
        known = {"type": type, "name": type.title(), "timestamp": ENDED, "state_details": details, "message": None}
        made.add(
            "flow_run_state", f"{name} state", flow_run_id=id_of(name), result_artifact_id=id_of("result"), **known
        )
        task = {"name": f"{name}-task", "task_key": "t", "dynamic_key": name, "task_inputs": {"x": []}, "tags": []}
        made.add(
            "task_run",
            f"{name} task",
            flow_run_id=id_of(name),
            run_count=1,
            flow_run_run_count=1,
            total_run_time=made.span(0.25),
            empirical_policy={"retries": 0, "retry_delay": 0},
            labels={},
            **{**times, **state, "state_id": id_of(f"{name} task state")},
            **task,
        )
        made.add("task_run_state", f"{name} task state", task_run_id=id_of(f"{name} task"), **known)
        made.add(
            "log",
            f"{name} log",
            name="prefect.flow_runs",
            level=20,
            flow_run_id=id_of(name),
            message="日志",
            timestamp=MADE,
        )
    made.add("artifact", "result", data={"storage_key": "/storage/1"}, flow_run_id=id_of("ended"))
    made.add("artifact", "report", key="report", type="markdown", data="# Report", flow_run_id=id_of("ended"))
