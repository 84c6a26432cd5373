ALTER TABLE deployment_schedule ADD COLUMN catch_up TEXT NOT NULL DEFAULT 'all';
ALTER TABLE deployment_schedule ADD COLUMN planned_until TIMESTAMP;
ALTER TABLE work_pool ADD COLUMN alive_until TIMESTAMP;
CREATE INDEX flow_run_in_queue ON flow_run (work_queue_id, next_scheduled_start_time)
    WHERE next_scheduled_start_time IS NOT NULL;
CREATE INDEX deployment_of_queue ON deployment (work_queue_id) WHERE work_queue_id IS NOT NULL;
CREATE INDEX deployment_of_limit ON deployment (concurrency_limit_id) WHERE concurrency_limit_id IS NOT NULL;
CREATE INDEX concurrency_slot_of_holder ON concurrency_slot (holder_id);
