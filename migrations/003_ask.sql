-- What handlers/ask knows of conversations, counts of feedback, and what handlers/room remembers
-- of rooms. None of it holds the words of a message: of a question there are left the facts that
-- were read from it, the matter, and which posts answered it.

-- A conversation is a thread; without one, a direct chat; in the timeline of a shared room, a person.
CREATE TABLE conversations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id    text NOT NULL,
    thread     text NOT NULL DEFAULT '', -- root; empty: the timeline
    person     text NOT NULL DEFAULT '', -- empty: everybody in the thread or direct chat
    lang       text NOT NULL,
    state      jsonb NOT NULL,           -- knowledge.State
    expires_at timestamptz NOT NULL,
    UNIQUE (room_id, thread, person)
);

-- A turn is a message that was answered. It is kept as long as its conversation, so that an edited
-- message can be decided anew from the state before it, and a deleted one takes its answer along.
CREATE TABLE turns (
    event_id        text PRIMARY KEY,
    conversation_id bigint NOT NULL REFERENCES conversations ON DELETE CASCADE,
    seq             bigint GENERATED ALWAYS AS IDENTITY,
    question        text NOT NULL,  -- event ID of the turn whose question this one helps to answer; of a question its own
    person          text NOT NULL,  -- who said it: nobody else's edit counts, and "forget me" finds it
    before          jsonb NOT NULL, -- knowledge.State before it
    read            jsonb NOT NULL, -- fact → value that it stated ("?": not known)
    decision        jsonb NOT NULL, -- knowledge.Decision, without what quotes the message
    second          text NOT NULL DEFAULT '', -- the second-best matter, for "does not fit"
    posts           text[] NOT NULL CHECK (cardinality(posts) > 0), -- the answer, then what followed from feedback on it
    open            boolean NOT NULL, -- the answer asks for a fact, and nobody has answered
    counted         text[] NOT NULL DEFAULT '{}', -- verdicts of feedback that were counted: once an answer
    CHECK (NOT open OR decision ->> 'kind' = 'ask')
);

CREATE INDEX turns_conversation ON turns (conversation_id, seq);
CREATE INDEX turns_person ON turns (person);

-- How often answers fitted. Nobody can be found in it.
CREATE TABLE feedback (
    day     date NOT NULL,
    topic   text NOT NULL,
    office  text NOT NULL, -- empty: several, or none
    verdict text NOT NULL CHECK (verdict IN ('fits', 'misfit', 'office', 'outdated', 'matter', 'second', 'person')),
    count   integer NOT NULL CHECK (count > 0),
    PRIMARY KEY (day, topic, office, verdict)
);

-- When a room was last told that a message could not be read: once an hour.
CREATE TABLE room_unreadable (
    room_id text PRIMARY KEY,
    told_at timestamptz NOT NULL
);

-- What was set in a room before the last change, so that it can be taken back. In a direct chat the
-- language of the person is part of it.
CREATE TABLE setting_undo (
    room_id text PRIMARY KEY,
    before  jsonb NOT NULL
);
