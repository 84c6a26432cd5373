CREATE INDEX log_by_time ON log (timestamp, id);
CREATE INDEX artifact_by_time ON artifact (created, id);
