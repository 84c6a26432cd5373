CREATE INDEX task_run_state_time ON task_run (state_type, expected_start_time);
