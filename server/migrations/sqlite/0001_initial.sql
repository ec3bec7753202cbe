-- Instants are whole seconds since the Unix epoch. ../postgres has the same tables.

CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL UNIQUE,      -- lower case, so that one mailbox has one account
    name          TEXT,
    password_hash TEXT NOT NULL,
    roles         TEXT NOT NULL,             -- separated by spaces
    created_at    INTEGER NOT NULL
) STRICT;

-- One row per login. It is also the family of all refresh tokens that descend from that login.
CREATE TABLE sessions (
    id             TEXT PRIMARY KEY NOT NULL,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device         TEXT,                     -- what its client last called itself
    address        TEXT,                     -- where that was
    created_at     INTEGER NOT NULL,
    last_used_at   INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,         -- when its newest refresh token dies
    revoked_at     INTEGER,
    revoked_reason TEXT
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Used tokens stay until they expire: a second presentation has to be recognised as reuse.
CREATE TABLE refresh_tokens (
    jti               TEXT PRIMARY KEY NOT NULL,  -- the token's id; the token itself is never stored
    session_id        TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    access_jti        TEXT NOT NULL,              -- the access token that was handed out with it
    access_expires_at INTEGER NOT NULL,
    issued_at         INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    used_at           INTEGER,
    successor         TEXT                        -- what it was exchanged for
) STRICT;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- Access tokens that must not be honoured although their time is not over.
CREATE TABLE revoked_access_tokens (
    jti        TEXT PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX revoked_access_tokens_by_expiry ON revoked_access_tokens (expires_at);

-- Wrong passwords in a row. Kept for addresses without an account too, so that nothing tells the two apart.
CREATE TABLE login_attempts (
    account      TEXT PRIMARY KEY NOT NULL,  -- a hash: what was typed there may be no address at all
    failures     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    locked_until INTEGER
) STRICT;

CREATE INDEX login_attempts_by_time ON login_attempts (last_at);

-- What a profile's protected resources hold, per user.
CREATE TABLE resource_items (
    id         INTEGER PRIMARY KEY,
    resource   TEXT NOT NULL,                -- the resource's name in the profile
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX resource_items_by_owner ON resource_items (resource, user_id);
