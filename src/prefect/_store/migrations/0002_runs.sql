ALTER TABLE task_run_state_cache ADD COLUMN task_run_id UUID;
