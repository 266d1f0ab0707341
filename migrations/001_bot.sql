-- The runtime: what came in, what goes out, what is due, who and where. Texts of messages are
-- kept only until they are handled (inbox.raw) or sent (outbox.post); the CHECKs below hold that.

CREATE TABLE sync_state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single), -- one bot account a database
    token  text    NOT NULL -- next_batch; written with the inbox rows of its batch
);

CREATE TABLE rooms (
    room_id     text        PRIMARY KEY,
    state       text        NOT NULL DEFAULT 'joined' CHECK (state IN ('invited', 'joined', 'left', 'moved')),
    direct      boolean     NOT NULL DEFAULT false,
    partner     text        NOT NULL DEFAULT '', -- of a direct chat: who invited; a third person makes it a room
    settings    jsonb       NOT NULL DEFAULT '{}',
    encrypted   boolean     NOT NULL DEFAULT false,
    moved_to    text,
    welcomed_at timestamptz, -- the handlers of "joined" ran; they run once a room
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT moved_to_when_moved CHECK ((state = 'moved') = (moved_to IS NOT NULL))
);

CREATE TABLE persons (
    user_id text PRIMARY KEY,
    lang    text NOT NULL CHECK (lang <> '') -- fixed by the person; else there is no row
);

CREATE TABLE inbox (
    seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of /sync
    event_id      text        NOT NULL UNIQUE,
    room_id       text        NOT NULL,
    state         text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'nokey', 'done', 'parked')),
    raw           bytea,       -- the event as it was received; bytea, since jsonb refuses \u0000
    timer         jsonb,       -- of a due timer, instead of raw
    attempt       integer     NOT NULL DEFAULT 0,
    crashes       integer     NOT NULL DEFAULT 0, -- how often a process died while it handled the row
    due_at        timestamptz NOT NULL,
    claimed_until timestamptz, -- the lease; finishing names it, so that a late worker finishes nothing
    nokey_since   timestamptz, -- its key was missing for the first time
    blocks_until  timestamptz, -- until then it holds up its room though its key is missing
    key_requested boolean     NOT NULL DEFAULT false,
    told          boolean     NOT NULL DEFAULT false, -- the person knows that it can't be read
    received_at   timestamptz NOT NULL,
    done_at       timestamptz,
    -- What edits and deletions of it need, when it was addressed to the bot:
    addressed     boolean     NOT NULL DEFAULT false,
    kind          text        NOT NULL DEFAULT '',
    thread        text        NOT NULL DEFAULT '',
    CONSTRAINT finished_keeps_no_text CHECK (state IN ('new', 'nokey') OR (raw IS NULL AND timer IS NULL)),
    CONSTRAINT finished_has_no_lease CHECK (state IN ('new', 'nokey') OR claimed_until IS NULL),
    CONSTRAINT nokey_blocks_for_a_time CHECK (state <> 'nokey' OR (nokey_since IS NOT NULL AND blocks_until IS NOT NULL)),
    CONSTRAINT done_at_when_finished CHECK ((state IN ('done', 'parked')) = (done_at IS NOT NULL))
);

-- The claim goes through the unfinished rows in order. Those that were tried already are few, and the
-- only ones that can hold up others of their room.
CREATE INDEX inbox_unfinished ON inbox (seq) WHERE state IN ('new', 'nokey');
CREATE INDEX inbox_waiting ON inbox (room_id, seq) WHERE state IN ('new', 'nokey') AND (attempt > 0 OR state = 'nokey');
CREATE INDEX inbox_done ON inbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE outbox (
    seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    txn        text        NOT NULL UNIQUE, -- transaction ID, carries the purpose; never changes
    room_id    text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('msg', 'edit', 'react', 'redact')),
    priority   smallint    NOT NULL DEFAULT 0, -- 1: seeded reactions, after the messages of the room
    -- References are event IDs ("$…") or transaction IDs of other rows, resolved when it is sent.
    thread     text        NOT NULL DEFAULT '',
    target     text        NOT NULL DEFAULT '',
    reply_to   text        NOT NULL DEFAULT '',
    key        text        NOT NULL DEFAULT '',
    post       jsonb,       -- the text; NULL once it is sent or given up
    note_for   bigint,      -- inbox row that it says "takes a little longer" about
    state      text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'sending', 'unknown', 'sent', 'parked', 'dropped')),
    attempt    integer     NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    unknown_at timestamptz, -- since when it is being sent, or nobody knows whether it arrived
    event_id   text,
    created_at timestamptz NOT NULL,
    done_at    timestamptz,
    CONSTRAINT sent_has_event CHECK ((state = 'sent') = (event_id IS NOT NULL)),
    CONSTRAINT unknown_has_time CHECK (state <> 'unknown' OR unknown_at IS NOT NULL),
    CONSTRAINT finished_keeps_no_text CHECK (state IN ('new', 'sending', 'unknown') OR post IS NULL),
    CONSTRAINT text_until_sent CHECK (state NOT IN ('new', 'sending', 'unknown') OR kind NOT IN ('msg', 'edit') OR post IS NOT NULL),
    CONSTRAINT done_at_when_finished CHECK ((state IN ('sent', 'parked', 'dropped')) = (done_at IS NOT NULL))
);

-- Likewise for what is sent.
CREATE INDEX outbox_unsent ON outbox (priority, seq) WHERE state IN ('new', 'sending', 'unknown');
CREATE INDEX outbox_waiting ON outbox (room_id, priority, seq)
    WHERE state IN ('new', 'sending', 'unknown') AND (attempt > 0 OR state <> 'new');
CREATE INDEX outbox_event ON outbox (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX outbox_thread ON outbox (room_id, thread) WHERE thread <> '';
CREATE INDEX outbox_target ON outbox (target) WHERE target <> '';
CREATE INDEX outbox_note ON outbox (note_for) WHERE note_for IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE choices (
    seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post       text        NOT NULL UNIQUE, -- transaction ID of the post with the options
    room_id    text        NOT NULL,
    thread     text        NOT NULL DEFAULT '',
    handler    text        NOT NULL,
    options    jsonb       NOT NULL,
    data       jsonb,
    lang       text        NOT NULL, -- of the question, for answers that show none
    words      boolean     NOT NULL, -- plain text in the same conversation may answer it
    asker      text        NOT NULL DEFAULT '', -- whose message led to the question
    person     text        NOT NULL DEFAULT '', -- only this person may answer
    keep       boolean     NOT NULL, -- stays open after an answer
    created_at timestamptz NOT NULL,
    closed_at  timestamptz
);

CREATE INDEX choices_open ON choices (room_id, seq) WHERE closed_at IS NULL AND words;
CREATE INDEX choices_created ON choices (created_at);

CREATE TABLE timers (
    key     text        PRIMARY KEY,
    handler text        NOT NULL,
    due_at  timestamptz NOT NULL,
    room_id text        NOT NULL,
    data    jsonb
);

CREATE INDEX timers_due ON timers (due_at);
