-- The bot's account on its homeserver, and what bot/matrix must know of a room before it speaks there.
--
-- mautrix keeps its keys and its picture of the rooms in tables of its own (crypto_*, mx_*). These
-- three hold what it has no place for, or what must not depend on its judgement.

-- One row: the bot logs in once and stays the same device, because encryption and the homeserver's
-- memory of transaction IDs hang on it. The secrets are sealed with a key derived from the pickle key.
CREATE TABLE account (
    user_id      TEXT        PRIMARY KEY,
    device_id    TEXT        NOT NULL,
    access_token BYTEA       NOT NULL,
    recovery_key BYTEA, -- of the cross-signing identity; NULL until the bot has made or been given one
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- A room without a row is unknown, and nothing is sent to it before its state was fetched. Once
-- encrypted, always encrypted: a later event that says otherwise is ignored.
CREATE TABLE matrix_room (
    room_id   TEXT    PRIMARY KEY,
    encrypted BOOLEAN NOT NULL
);

-- Upgrades of rooms that could not be followed at once, because the new room wants an invitation.
CREATE TABLE matrix_move (
    old_room  TEXT        NOT NULL,
    new_room  TEXT        NOT NULL,
    tombstone BYTEA       NOT NULL, -- the event, as received
    seen_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (old_room, new_room)
);
