DROP TABLE artifact_collection;
CREATE TABLE artifact_collection (
    id UUID PRIMARY KEY, created TIMESTAMP NOT NULL, key TEXT NOT NULL UNIQUE, latest_id UUID NOT NULL
) WITHOUT ROWID;
