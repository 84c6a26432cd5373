DROP TABLE automation_bucket;
DROP TABLE composite_trigger_child_firing;
DROP TABLE automation_event_follower;
CREATE TABLE automation_progress (
    automation_id UUID PRIMARY KEY REFERENCES automation (id) ON DELETE CASCADE,
    version BIGINT NOT NULL, seen TEXT NOT NULL, kept JSON_TEXT, due TIMESTAMP
) WITHOUT ROWID;
CREATE TABLE automation_firing (
    id UUID PRIMARY KEY, automation_id UUID NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    recorded TIMESTAMP NOT NULL, firing JSON_TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX automation_firing_recorded ON automation_firing (automation_id, recorded);
CREATE TABLE automation_action (
    firing_id UUID NOT NULL REFERENCES automation_firing (id) ON DELETE CASCADE, place INTEGER NOT NULL,
    action JSON_TEXT NOT NULL, status TEXT NOT NULL, tries INTEGER NOT NULL, leased_until TIMESTAMP NOT NULL,
    reason TEXT, ended TIMESTAMP, PRIMARY KEY (firing_id, place)
) WITHOUT ROWID;
CREATE INDEX automation_action_open ON automation_action (leased_until) WHERE status = 'open';
