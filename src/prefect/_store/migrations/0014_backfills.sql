CREATE TABLE backfill (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, updated TIMESTAMP NOT NULL,
    deployment_id UUID NOT NULL REFERENCES deployment (id) ON DELETE CASCADE, name TEXT NOT NULL UNIQUE,
    schedule JSON_TEXT NOT NULL, schedule_id UUID, starts TIMESTAMP NOT NULL, ends TIMESTAMP NOT NULL,
    slot_order TEXT NOT NULL, slots INTEGER NOT NULL, max_active INTEGER NOT NULL, parameters JSON_TEXT NOT NULL,
    again TEXT NOT NULL, position TIMESTAMP, status TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX backfill_running ON backfill (id) WHERE status = 'RUNNING';
CREATE INDEX backfill_of_deployment ON backfill (deployment_id, created);
CREATE TABLE backfill_slot (
    backfill_id UUID NOT NULL REFERENCES backfill (id) ON DELETE CASCADE, slot TIMESTAMP NOT NULL,
    flow_run_id UUID NOT NULL, status TEXT NOT NULL, PRIMARY KEY (backfill_id, slot)
) WITHOUT ROWID;
CREATE INDEX backfill_slot_undone ON backfill_slot (backfill_id, status, slot) WHERE status IN ('OPEN', 'RETRY');
CREATE INDEX backfill_slot_of_run ON backfill_slot (flow_run_id);
