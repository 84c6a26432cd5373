ALTER TABLE concurrency_slot ADD COLUMN lease_id UUID;
ALTER TABLE concurrency_slot ADD COLUMN kind TEXT NOT NULL DEFAULT 'run';
ALTER TABLE concurrency_slot ADD COLUMN process TEXT;
UPDATE concurrency_slot SET lease_id = id;
CREATE INDEX concurrency_slot_of_lease ON concurrency_slot (lease_id);
CREATE TABLE concurrency_waiter (
    lease_id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, place INTEGER NOT NULL, mode TEXT NOT NULL,
    lease_seconds REAL NOT NULL, process TEXT, holder_type TEXT, holder_id UUID, expires_at TIMESTAMP NOT NULL,
    answer TEXT
) WITHOUT ROWID;
CREATE INDEX concurrency_waiter_of_process ON concurrency_waiter (process);
CREATE TABLE concurrency_wanted (
    lease_id UUID NOT NULL REFERENCES concurrency_waiter (lease_id) ON DELETE CASCADE,
    limit_id UUID NOT NULL REFERENCES concurrency_limit_v2 (id) ON DELETE CASCADE,
    slots INTEGER NOT NULL, PRIMARY KEY (lease_id, limit_id)
) WITHOUT ROWID;
CREATE INDEX concurrency_wanted_of_limit ON concurrency_wanted (limit_id);
DROP TABLE concurrency_limit;
CREATE INDEX concurrency_waiter_by_place ON concurrency_waiter (place);
