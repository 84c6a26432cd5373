CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
CREATE TABLE flow (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, tags JSON_TEXT NOT NULL, labels JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE flow_run (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    flow_id UUID NOT NULL REFERENCES flow (id) ON DELETE CASCADE, name TEXT NOT NULL,
    parameters JSON_TEXT NOT NULL, tags JSON_TEXT NOT NULL, labels JSON_TEXT NOT NULL, context JSON_TEXT NOT NULL,
    empirical_policy JSON_TEXT NOT NULL, flow_version TEXT, deployment_id UUID, deployment_version TEXT,
    work_queue_id UUID, work_queue_name TEXT, idempotency_key TEXT, parent_task_run_id UUID,
    auto_scheduled BOOLEAN NOT NULL, infrastructure_document_id UUID, infrastructure_pid TEXT, created_by JSON_TEXT,
    job_variables JSON_TEXT NOT NULL, state_id UUID, state_type TEXT, state_name TEXT, state_timestamp TIMESTAMP,
    state_message TEXT, state_details JSON_TEXT, state_data JSON_TEXT,
    run_count INTEGER NOT NULL, expected_start_time TIMESTAMP, next_scheduled_start_time TIMESTAMP,
    start_time TIMESTAMP, end_time TIMESTAMP, total_run_time REAL NOT NULL, epoch INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE UNIQUE INDEX flow_run_idempotency ON flow_run (flow_id, idempotency_key);
CREATE INDEX flow_run_expected_start ON flow_run (expected_start_time DESC);
CREATE INDEX flow_run_state_time ON flow_run (state_type, expected_start_time DESC);
CREATE INDEX flow_run_due ON flow_run (next_scheduled_start_time) WHERE next_scheduled_start_time IS NOT NULL;
CREATE INDEX flow_run_deployment ON flow_run (deployment_id, expected_start_time) WHERE deployment_id IS NOT NULL;
CREATE INDEX flow_run_parent ON flow_run (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
CREATE TABLE flow_run_state (
    id UUID PRIMARY KEY, flow_run_id UUID NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    type TEXT NOT NULL, name TEXT NOT NULL, timestamp TIMESTAMP NOT NULL, message TEXT,
    state_details JSON_TEXT NOT NULL, data JSON_TEXT
) WITHOUT ROWID;
CREATE INDEX flow_run_state_history ON flow_run_state (flow_run_id, timestamp);
CREATE TABLE flow_run_lease (
    flow_run_id UUID PRIMARY KEY REFERENCES flow_run (id) ON DELETE CASCADE,
    holder TEXT NOT NULL, epoch INTEGER NOT NULL, expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX flow_run_lease_expiry ON flow_run_lease (expires_at);
CREATE TABLE task_run (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    flow_run_id UUID, name TEXT NOT NULL, task_key TEXT NOT NULL, dynamic_key TEXT NOT NULL,
    tags JSON_TEXT NOT NULL, labels JSON_TEXT NOT NULL, empirical_policy JSON_TEXT NOT NULL, task_inputs JSON_TEXT NOT NULL,
    cache_key TEXT, cache_expiration TIMESTAMP, task_version TEXT, flow_run_run_count INTEGER NOT NULL,
    state_id UUID, state_type TEXT, state_name TEXT, state_timestamp TIMESTAMP, state_message TEXT,
    state_details JSON_TEXT, state_data JSON_TEXT,
    run_count INTEGER NOT NULL, expected_start_time TIMESTAMP, next_scheduled_start_time TIMESTAMP,
    start_time TIMESTAMP, end_time TIMESTAMP, total_run_time REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX task_run_of_flow_run ON task_run (flow_run_id, expected_start_time);
CREATE TABLE task_run_state (
    task_run_id UUID NOT NULL, timestamp TIMESTAMP NOT NULL, id UUID NOT NULL,
    type TEXT NOT NULL, name TEXT NOT NULL, message TEXT, state_details JSON_TEXT NOT NULL, data JSON_TEXT,
    PRIMARY KEY (task_run_id, timestamp)
) WITHOUT ROWID;
CREATE TABLE task_run_state_cache (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, cache_key TEXT NOT NULL, cache_expiration TIMESTAMP,
    task_run_state_id UUID NOT NULL
) WITHOUT ROWID;
CREATE INDEX task_run_state_cache_key ON task_run_state_cache (cache_key, created);
CREATE TABLE log (
    id UUID PRIMARY KEY, name TEXT NOT NULL, level INTEGER NOT NULL, message TEXT NOT NULL,
    timestamp TIMESTAMP NOT NULL, flow_run_id UUID, task_run_id UUID
) WITHOUT ROWID;
CREATE INDEX log_of_flow_run ON log (flow_run_id, timestamp);
CREATE INDEX log_of_task_run ON log (task_run_id, timestamp) WHERE task_run_id IS NOT NULL;
CREATE TABLE variable (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, value JSON_TEXT NOT NULL, tags JSON_TEXT NOT NULL
) WITHOUT ROWID;
