-- What a profile's protected resources hold, per user.
CREATE TABLE resource_items (
    id         INTEGER PRIMARY KEY,
    resource   TEXT NOT NULL,                -- the resource's name in the profile
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX resource_items_by_owner ON resource_items (resource, user_id);
