-- The log of ids, indexed both ways; what was done; and how far the log has been read.
CREATE TABLE IF NOT EXISTS ids (
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    number INTEGER NOT NULL,
    content INTEGER NOT NULL,
    PRIMARY KEY (kind, text)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS numbers ON ids (kind, number);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
