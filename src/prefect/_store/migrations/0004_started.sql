DROP INDEX flow_run_started;
CREATE INDEX flow_run_started ON flow_run (
    (COALESCE(start_time, expected_start_time)) DESC, id DESC, state_type, expected_start_time, start_time
);
