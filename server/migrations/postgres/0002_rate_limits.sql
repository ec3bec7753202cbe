-- How often auth endpoints were asked, for all servers together; SQLite has one server, which counts in memory.
-- Unlogged: a count is worth no wait for the disk, and may be lost in a crash.
CREATE UNLOGGED TABLE rate_limits (
    key                 TEXT PRIMARY KEY NOT NULL,  -- what is limited, and whose
    theoretical_arrival BIGINT NOT NULL             -- GCRA's, in nanoseconds since the Unix epoch by this database's clock
) WITH (fillfactor = 50);                           -- room for each row's next version beside it
