CREATE INDEX automation_of_resource ON automation_related_resource (resource_id);
