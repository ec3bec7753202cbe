-- Instants are whole seconds since the Unix epoch. ../sqlite has the same tables.

CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL UNIQUE,      -- lower case, so that one mailbox has one account
    name          TEXT,
    password_hash TEXT NOT NULL,
    roles         TEXT NOT NULL,             -- separated by spaces
    created_at    BIGINT NOT NULL
);

-- One row per login. It is also the family of all refresh tokens that descend from that login.
CREATE TABLE sessions (
    id             TEXT PRIMARY KEY NOT NULL,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device         TEXT,                     -- what its client last called itself
    address        TEXT,                     -- where that was
    created_at     BIGINT NOT NULL,
    last_used_at   BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,         -- when its newest refresh token dies
    revoked_at     BIGINT,
    revoked_reason TEXT
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Used tokens stay until they expire: a second presentation has to be recognised as reuse.
CREATE TABLE refresh_tokens (
    jti               TEXT PRIMARY KEY NOT NULL,  -- the token's id; the token itself is never stored
    session_id        TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    access_jti        TEXT NOT NULL,              -- the access token that was handed out with it
    access_expires_at BIGINT NOT NULL,
    issued_at         BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    used_at           BIGINT,
    successor         TEXT                        -- what it was exchanged for
);

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- Access tokens that must not be honoured although their time is not over.
CREATE TABLE revoked_access_tokens (
    jti        TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX revoked_access_tokens_by_expiry ON revoked_access_tokens (expires_at);

-- Wrong passwords in a row. Kept for addresses without an account too, so that nothing tells the two apart.
CREATE TABLE login_attempts (
    account      TEXT PRIMARY KEY NOT NULL,  -- a hash: what was typed there may be no address at all
    failures     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    locked_until BIGINT
);

CREATE INDEX login_attempts_by_time ON login_attempts (last_at);

-- What a profile's protected resources hold, per user.
CREATE TABLE resource_items (
    id         BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    resource   TEXT NOT NULL,                -- the resource's name in the profile
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX resource_items_by_owner ON resource_items (resource, user_id);
