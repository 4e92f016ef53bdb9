-- A log of events of schema version 1, as SQLite dumps it. Do not change it: logs like this exist.
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    time_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    severity INTEGER NOT NULL,
    service TEXT,
    plugin TEXT,
    subject TEXT,
    correlation_id TEXT,
    cause_id TEXT,
    error_type TEXT,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    mono_ns INTEGER NOT NULL
);
INSERT INTO events VALUES(
    '019a1b2c-3d4e-7f60-8123-00000a9c8b7d', 1767225600123456, 'job.failed', 17, 'sandbox', NULL,
    'job/7', '019a1b2c-0000-7000-8000-000000000001', NULL, 'net.offline',
    '{"message":"no network","tracks_done":3}', 'core/delivery',
    '019a1b2c-0000-7000-8000-000000000002', 41, 90000000000
);
CREATE INDEX events_time ON events (time_us);
CREATE INDEX events_kind ON events (kind);
CREATE INDEX events_service ON events (service) WHERE service IS NOT NULL;
CREATE INDEX events_correlation ON events (correlation_id);
PRAGMA user_version = 1;
COMMIT;
