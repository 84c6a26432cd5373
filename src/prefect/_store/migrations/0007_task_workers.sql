CREATE TABLE task_worker (
    id TEXT PRIMARY KEY, task_keys JSON_TEXT NOT NULL, heard_at TIMESTAMP NOT NULL, expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE TABLE task_run_claim (
    task_run_id UUID PRIMARY KEY REFERENCES task_run (id) ON DELETE CASCADE, worker_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX task_run_claim_of_worker ON task_run_claim (worker_id);
CREATE INDEX task_run_in_background ON task_run (task_key, next_scheduled_start_time)
    WHERE flow_run_id IS NULL AND state_type = 'SCHEDULED';
