CREATE TABLE turn (value BIGINT NOT NULL);
INSERT INTO turn (value) VALUES (0);
ALTER TABLE flow_run_state ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE task_run_state ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX flow_run_state_turn ON flow_run_state (turn, timestamp);
CREATE INDEX flow_run_state_named ON flow_run_state (name, timestamp);
CREATE INDEX task_run_state_turn ON task_run_state (turn, timestamp);
CREATE INDEX task_run_state_named ON task_run_state (name, timestamp);
DROP TABLE event_resources;
DROP TABLE events;
CREATE TABLE events (
    turn BIGINT NOT NULL, occurred TIMESTAMP NOT NULL, id UUID NOT NULL UNIQUE, event TEXT NOT NULL,
    resource_id TEXT NOT NULL, resource JSON_TEXT NOT NULL, related JSON_TEXT NOT NULL, payload JSON_TEXT NOT NULL,
    received TIMESTAMP NOT NULL, follows UUID, PRIMARY KEY (turn, occurred, id)
) WITHOUT ROWID;
CREATE INDEX events_named ON events (event, occurred);
CREATE INDEX events_occurred ON events (occurred);
CREATE INDEX events_of_resource ON events (resource_id, occurred);
CREATE TABLE event_resources (
    event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE, resource_id TEXT NOT NULL,
    resource_role TEXT NOT NULL, occurred TIMESTAMP NOT NULL, PRIMARY KEY (event_id, resource_id, resource_role)
) WITHOUT ROWID;
CREATE INDEX event_resources_of_resource ON event_resources (resource_id, occurred);
