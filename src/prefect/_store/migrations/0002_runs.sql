ALTER TABLE task_run_state_cache ADD COLUMN task_run_id UUID;
DROP INDEX flow_run_expected_start;
CREATE INDEX flow_run_expected_figures ON flow_run (
    expected_start_time DESC, state_type, state_name, start_time, state_timestamp, total_run_time, flow_id
);
CREATE INDEX flow_run_started ON flow_run ((COALESCE(start_time, expected_start_time)) DESC);
CREATE INDEX flow_run_of_flow ON flow_run (flow_id, (COALESCE(start_time, expected_start_time)) DESC);
CREATE INDEX flow_run_start ON flow_run (start_time, state_type);
CREATE INDEX flow_run_end ON flow_run (end_time DESC);
CREATE INDEX flow_run_state_name ON flow_run (state_name, expected_start_time DESC);
CREATE INDEX task_run_expected_start ON task_run (expected_start_time DESC, state_type);
CREATE INDEX task_run_start ON task_run (start_time, state_type);
CREATE INDEX task_run_end ON task_run (end_time DESC, state_type, start_time);
CREATE INDEX flow_run_name ON flow_run (name);
CREATE INDEX task_run_state_id ON task_run_state (id);
CREATE INDEX flow_run_next_of_flow ON flow_run (flow_id, next_scheduled_start_time) WHERE next_scheduled_start_time IS NOT NULL;
