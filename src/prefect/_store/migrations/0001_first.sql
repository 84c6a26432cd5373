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
CREATE TABLE artifact (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    key TEXT, type TEXT, data JSON_TEXT, description TEXT, metadata_ JSON_TEXT, flow_run_id UUID, task_run_id UUID
) WITHOUT ROWID;
CREATE INDEX artifact_key ON artifact (key, created) WHERE key IS NOT NULL;
CREATE INDEX artifact_of_flow_run ON artifact (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX artifact_of_task_run ON artifact (task_run_id) WHERE task_run_id IS NOT NULL;
CREATE TABLE artifact_collection (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    key TEXT NOT NULL UNIQUE, latest_id UUID NOT NULL, type TEXT, data JSON_TEXT, description TEXT, metadata_ JSON_TEXT,
    flow_run_id UUID, task_run_id UUID
) WITHOUT ROWID;
CREATE TABLE concurrency_limit (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    tag TEXT NOT NULL UNIQUE, concurrency_limit INTEGER NOT NULL, active_slots JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE concurrency_limit_v2 (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, active BOOLEAN NOT NULL, slots INTEGER NOT NULL,
    slot_decay_per_second REAL NOT NULL, avg_slot_occupancy_seconds REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE concurrency_slot (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL,
    limit_id UUID NOT NULL REFERENCES concurrency_limit_v2 (id) ON DELETE CASCADE,
    slots INTEGER NOT NULL, holder_type TEXT, holder_id UUID, expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX concurrency_slot_of_limit ON concurrency_slot (limit_id, expires_at);
CREATE TABLE block_type (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, logo_url TEXT, documentation_url TEXT, description TEXT,
    code_example TEXT, is_protected BOOLEAN NOT NULL
) WITHOUT ROWID;
CREATE TABLE block_schema (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    block_type_id UUID NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    checksum TEXT NOT NULL, version TEXT NOT NULL, fields JSON_TEXT NOT NULL, capabilities JSON_TEXT NOT NULL,
    UNIQUE (checksum, version)
) WITHOUT ROWID;
CREATE TABLE block_schema_reference (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL, name TEXT NOT NULL,
    parent_block_schema_id UUID NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
    reference_block_schema_id UUID NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE block_document (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT, data TEXT NOT NULL, is_anonymous BOOLEAN NOT NULL, block_type_name TEXT,
    block_type_id UUID NOT NULL REFERENCES block_type (id) ON DELETE CASCADE,
    block_schema_id UUID NOT NULL REFERENCES block_schema (id) ON DELETE CASCADE,
    UNIQUE (block_type_id, name)
) WITHOUT ROWID;
CREATE TABLE block_document_reference (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL, name TEXT NOT NULL,
    parent_block_document_id UUID NOT NULL REFERENCES block_document (id) ON DELETE CASCADE,
    reference_block_document_id UUID NOT NULL REFERENCES block_document (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE configuration (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    key TEXT NOT NULL UNIQUE, value JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE saved_search (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, filters JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE work_pool (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, description TEXT, type TEXT NOT NULL, base_job_template JSON_TEXT NOT NULL,
    is_paused BOOLEAN NOT NULL, default_queue_id UUID, concurrency_limit INTEGER, status TEXT NOT NULL,
    last_transitioned_status_at TIMESTAMP, last_status_event_id UUID, storage_configuration JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE work_queue (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    work_pool_id UUID NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    name TEXT NOT NULL, filter JSON_TEXT, description TEXT NOT NULL, is_paused BOOLEAN NOT NULL,
    concurrency_limit INTEGER, priority INTEGER NOT NULL, last_polled TIMESTAMP, status TEXT NOT NULL,
    UNIQUE (work_pool_id, name)
) WITHOUT ROWID;
CREATE TABLE worker (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    work_pool_id UUID NOT NULL REFERENCES work_pool (id) ON DELETE CASCADE,
    name TEXT NOT NULL, last_heartbeat_time TIMESTAMP, heartbeat_interval_seconds REAL, status TEXT NOT NULL,
    UNIQUE (work_pool_id, name)
) WITHOUT ROWID;
CREATE TABLE agent (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL UNIQUE, work_queue_id UUID, last_activity_time TIMESTAMP
) WITHOUT ROWID;
CREATE TABLE deployment (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    flow_id UUID NOT NULL REFERENCES flow (id) ON DELETE CASCADE, name TEXT NOT NULL, version TEXT, description TEXT,
    work_queue_id UUID REFERENCES work_queue (id) ON DELETE SET NULL, work_queue_name TEXT,
    job_variables JSON_TEXT NOT NULL, path TEXT, entrypoint TEXT, last_polled TIMESTAMP, status TEXT NOT NULL,
    paused BOOLEAN NOT NULL, concurrency_limit_id UUID, concurrency_options JSON_TEXT,
    tags JSON_TEXT NOT NULL, labels JSON_TEXT NOT NULL, parameters JSON_TEXT NOT NULL, pull_steps JSON_TEXT,
    parameter_openapi_schema JSON_TEXT, enforce_parameter_schema BOOLEAN NOT NULL, created_by JSON_TEXT,
    updated_by JSON_TEXT, storage_document_id UUID, infrastructure_document_id UUID,
    UNIQUE (flow_id, name)
) WITHOUT ROWID;
CREATE TABLE deployment_schedule (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    deployment_id UUID NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    schedule JSON_TEXT NOT NULL, active BOOLEAN NOT NULL, max_scheduled_runs INTEGER, parameters JSON_TEXT NOT NULL,
    slug TEXT, UNIQUE (deployment_id, slug)
) WITHOUT ROWID;
CREATE TABLE flow_run_input (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    flow_run_id UUID NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    key TEXT NOT NULL, value TEXT NOT NULL, sender TEXT, UNIQUE (flow_run_id, key)
) WITHOUT ROWID;
CREATE TABLE csrf_token (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    client TEXT NOT NULL UNIQUE, token TEXT NOT NULL, expiration TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE TABLE automation (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    name TEXT NOT NULL, description TEXT NOT NULL, enabled BOOLEAN NOT NULL, tags JSON_TEXT NOT NULL,
    trigger JSON_TEXT NOT NULL, actions JSON_TEXT NOT NULL, actions_on_trigger JSON_TEXT NOT NULL,
    actions_on_resolve JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE automation_bucket (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    automation_id UUID NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    trigger_id UUID NOT NULL, bucketing_key TEXT NOT NULL, last_event JSON_TEXT, start_at TIMESTAMP NOT NULL,
    end_at TIMESTAMP NOT NULL, count INTEGER NOT NULL, last_operation TEXT, triggered_at TIMESTAMP,
    UNIQUE (automation_id, trigger_id, bucketing_key)
) WITHOUT ROWID;
CREATE TABLE automation_related_resource (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    automation_id UUID NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL, automation_owned_by_resource BOOLEAN NOT NULL, UNIQUE (automation_id, resource_id)
) WITHOUT ROWID;
CREATE TABLE composite_trigger_child_firing (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    automation_id UUID NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    parent_trigger_id UUID NOT NULL, child_trigger_id UUID NOT NULL, child_firing_id UUID NOT NULL,
    child_fired_at TIMESTAMP, child_firing JSON_TEXT NOT NULL, UNIQUE (automation_id, parent_trigger_id, child_trigger_id)
) WITHOUT ROWID;
CREATE TABLE automation_event_follower (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL, scope TEXT NOT NULL,
    leader_event_id UUID NOT NULL, follower_event_id UUID NOT NULL UNIQUE, received TIMESTAMP NOT NULL,
    follower JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE events (
    id UUID PRIMARY KEY, occurred TIMESTAMP NOT NULL, event TEXT NOT NULL, resource_id TEXT NOT NULL,
    resource JSON_TEXT NOT NULL, related_resource_ids JSON_TEXT NOT NULL, related JSON_TEXT NOT NULL,
    payload JSON_TEXT NOT NULL, received TIMESTAMP NOT NULL, recorded TIMESTAMP NOT NULL, follows UUID
) WITHOUT ROWID;
CREATE INDEX events_occurred ON events (occurred);
CREATE INDEX events_of_resource ON events (resource_id, occurred);
CREATE TABLE event_resources (
    id UUID PRIMARY KEY, event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE, resource_id TEXT NOT NULL,
    resource_role TEXT NOT NULL, resource JSON_TEXT NOT NULL, occurred TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX event_resources_of_resource ON event_resources (resource_id, occurred);
