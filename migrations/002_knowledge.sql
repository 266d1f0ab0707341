-- The knowledge base: who is responsible for what, what is searched, and what the router has learned.
-- An import writes all of it in one transaction; the constraints below are what it may never break, so
-- that no rule leads nowhere. References are checked at the end of the transaction, because an import
-- may well replace what others name.

-- The only extension. It is there or may be created wherever PostgreSQL is offered as a service.
CREATE EXTENSION IF NOT EXISTS vector;

-- One row: grows by one with every change, so that running programs notice.
CREATE TABLE knowledge_version (
    single     boolean     PRIMARY KEY DEFAULT true CHECK (single),
    version    bigint      NOT NULL CHECK (version >= 0),
    terms      text        NOT NULL, -- which parts of words passages.terms was made with
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO knowledge_version (version, terms) VALUES (0, '');

CREATE TABLE areas (
    code          text    PRIMARY KEY CHECK (code ~ '^[0-9]{2,12}$'), -- official municipality key
    name          text    NOT NULL CHECK (name <> ''),
    also          text[]  NOT NULL DEFAULT '{}',
    inside        text    REFERENCES areas DEFERRABLE INITIALLY DEFERRED CHECK (inside <> code),
    everyday_word boolean NOT NULL DEFAULT false,
    ord           integer NOT NULL, -- the order of the source, in which people see the list; so in all tables
    UNIQUE (name) DEFERRABLE INITIALLY DEFERRED -- a town named in a question is one town
);

CREATE TABLE legal_areas (
    id    text    PRIMARY KEY CHECK (id <> ''),
    title jsonb   NOT NULL CHECK (coalesce(title ->> 'de', '') <> ''), -- texts by language; German is always there
    ord   integer NOT NULL
);

CREATE TABLE facts (
    id    text    PRIMARY KEY CHECK (id <> ''),
    ask   jsonb   NOT NULL CHECK (coalesce(ask ->> 'de', '') <> ''),
    areas boolean NOT NULL DEFAULT false, -- its values are areas
    ord   integer NOT NULL
);
CREATE UNIQUE INDEX facts_one_has_areas ON facts (areas) WHERE areas;

CREATE TABLE fact_values (
    fact        text    NOT NULL REFERENCES facts ON DELETE CASCADE,
    id          text    NOT NULL CHECK (id <> ''),
    title       jsonb   NOT NULL CHECK (coalesce(title ->> 'de', '') <> ''),
    unless_said boolean NOT NULL DEFAULT false,
    ord         integer NOT NULL,
    PRIMARY KEY (fact, id)
);

CREATE TABLE kinds (
    id    text    PRIMARY KEY CHECK (id <> ''),
    title jsonb   NOT NULL CHECK (coalesce(title ->> 'de', '') <> ''),
    ord   integer NOT NULL
);

CREATE TABLE offices (
    id           text    PRIMARY KEY CHECK (id <> ''),
    kind         text    REFERENCES kinds DEFERRABLE INITIALLY DEFERRED,
    name         jsonb   NOT NULL CHECK (coalesce(name ->> 'de', '') <> ''),
    phone        text    NOT NULL DEFAULT '',
    email        text    NOT NULL DEFAULT '',
    web          text    NOT NULL DEFAULT '',
    street       text    NOT NULL DEFAULT '',
    postcode     text    NOT NULL DEFAULT '', -- text: it may begin with a zero
    city         text    NOT NULL DEFAULT '',
    hours        jsonb   NOT NULL DEFAULT '{}',
    appointment  jsonb   NOT NULL DEFAULT '{}',
    source       text    NOT NULL DEFAULT '',
    reviewed_at  date,                                       -- NULL: never; an import never makes it older
    review_days  integer NOT NULL DEFAULT 0 CHECK (review_days >= 0), -- 0: no period
    ord          integer NOT NULL,
    UNIQUE (id, kind)
);

-- What an office serves. The kind is repeated here so that UNIQUE holds what resolving a kind to the
-- office of a town relies on: an area has one office of a kind at most.
CREATE TABLE office_areas (
    office text    NOT NULL REFERENCES offices ON DELETE CASCADE,
    area   text    NOT NULL REFERENCES areas DEFERRABLE INITIALLY DEFERRED,
    kind   text,
    ord    integer NOT NULL,
    PRIMARY KEY (office, area),
    FOREIGN KEY (office, kind) REFERENCES offices (id, kind) ON DELETE CASCADE,
    UNIQUE (kind, area) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE office_legal_areas (
    office     text    NOT NULL REFERENCES offices ON DELETE CASCADE,
    legal_area text    NOT NULL REFERENCES legal_areas DEFERRABLE INITIALLY DEFERRED,
    ord        integer NOT NULL,
    PRIMARY KEY (office, legal_area)
);

CREATE TABLE topics (
    id          text    PRIMARY KEY CHECK (id <> '' AND id <> 'none'), -- none is no topic, in files of examples
    title       jsonb   NOT NULL CHECK (coalesce(title ->> 'de', '') <> ''),
    synonyms    jsonb   NOT NULL DEFAULT '{}', -- lists by language
    legal_area  text    REFERENCES legal_areas DEFERRABLE INITIALLY DEFERRED,
    basis       text    NOT NULL DEFAULT '',
    urgent      jsonb   NOT NULL DEFAULT '{}',
    bring       jsonb   NOT NULL DEFAULT '{}',
    source      text    NOT NULL DEFAULT '',
    reviewed_at date,
    review_days integer NOT NULL DEFAULT 0 CHECK (review_days >= 0),
    ord         integer NOT NULL
);

-- The first rule whose conditions hold decides. It leads to an office or to a kind, never to both.
CREATE TABLE rules (
    topic      text    NOT NULL REFERENCES topics ON DELETE CASCADE,
    position   integer NOT NULL,
    conditions jsonb   NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(conditions) = 'object'), -- fact → values
    office     text    REFERENCES offices DEFERRABLE INITIALLY DEFERRED,
    kind       text    REFERENCES kinds DEFERRABLE INITIALLY DEFERRED,
    legal_area text    REFERENCES legal_areas DEFERRABLE INITIALLY DEFERRED,
    basis      text    NOT NULL DEFAULT '',
    valid_from date,
    valid_to   date, -- inclusive
    PRIMARY KEY (topic, position),
    CONSTRAINT leads_to_one CHECK (num_nonnulls(office, kind) = 1),
    CONSTRAINT period_in_order CHECK (valid_to >= valid_from)
);

-- What people say when they mean a topic; without one it is no matter of ours. The order of the source
-- is that of the IDs.
CREATE TABLE examples (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text   REFERENCES topics DEFERRABLE INITIALLY DEFERRED,
    lang  text   NOT NULL CHECK (lang <> ''),
    text  text   NOT NULL CHECK (text <> ''),
    UNIQUE (lang, text)
);
CREATE INDEX examples_topic ON examples (topic);

-- Words that state facts: one row for each list of text.WordList.
CREATE TABLE fact_words (
    lang  text   NOT NULL,
    list  text   NOT NULL CHECK (list IN
        ('values', 'answer_only', 'receive', 'apply', 'have', 'persons', 'years', 'months', 'years_bare')),
    fact  text   NOT NULL DEFAULT '', -- of values and answer_only
    value text   NOT NULL DEFAULT '', -- of values
    words text[] NOT NULL CHECK (words <> '{}'),
    PRIMARY KEY (lang, list, fact, value),
    CONSTRAINT fact_when_needed CHECK ((fact <> '') = (list IN ('values', 'answer_only'))),
    CONSTRAINT value_when_needed CHECK ((value <> '') = (list = 'values'))
);

-- What is searched. The ID is made from kind, owner, language and text: a text that didn't change keeps
-- its row and its vector.
CREATE TABLE passages (
    id    uuid     PRIMARY KEY,
    kind  text     NOT NULL CHECK (kind IN ('topic', 'example', 'office', 'page')),
    owner text     NOT NULL, -- ID of the topic, office or page
    lang  text     NOT NULL,
    text  text     NOT NULL CHECK (text <> ''),
    terms tsvector NOT NULL, -- made by text.Indexer, not by PostgreSQL, which can't take compounds apart
    UNIQUE (id, kind)
);
CREATE INDEX passages_terms ON passages USING gin (terms);
CREATE INDEX passages_owner ON passages (kind, owner);

-- A table of its own, so that reading all vectors reads nothing else, and so that the vectors of a new
-- embedder can be made while the old ones serve. No dimension is fixed: it is the embedder's.
CREATE TABLE vectors (
    passage   uuid   NOT NULL,
    embedder  text   NOT NULL CHECK (embedder <> ''),
    kind      text   NOT NULL,
    embedding vector, -- NULL: this embedder can't embed the text; it need not be tried again
    PRIMARY KEY (embedder, passage),
    FOREIGN KEY (passage, kind) REFERENCES passages (id, kind) ON DELETE CASCADE
);
CREATE INDEX vectors_passage ON vectors (passage);
-- MAIN keeps even long vectors inside the row: fetching each from elsewhere is what makes exact search slow.
ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE MAIN;

-- Trained routers. The key is made from what it was trained with: the same examples need no training.
CREATE TABLE models (
    key        text        PRIMARY KEY,
    version    bigint      NOT NULL, -- of the knowledge base when it was trained
    weights    bytea       NOT NULL,
    trained_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE models ALTER COLUMN weights SET STORAGE EXTERNAL; -- they don't compress
