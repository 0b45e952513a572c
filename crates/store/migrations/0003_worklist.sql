-- What runs write and people work on: employers, links, runs, the lists, verdicts, saved views.
-- All empty at first, so instant at any size; the indices on journal take about 20 s at 4 M entries.

-- The last run's card of every employer that a finding or a link names. The phone is sealed.
CREATE TABLE employer (
    enterprise_id TEXT PRIMARY KEY,
    uscc TEXT,
    name TEXT NOT NULL,
    entity TEXT NOT NULL,
    status TEXT,
    status_class TEXT NOT NULL,
    legal_rep TEXT,
    county BIGINT,
    town BIGINT,
    address TEXT,
    industry TEXT,
    founded_on DATE,
    capital_fen BIGINT,
    phone_sealed BYTEA,
    insured_now BIGINT,
    tax_headcount BIGINT,
    payroll_fen BIGINT,
    fee_fen BIGINT,
    flags JSONB NOT NULL,
    -- The path of the union that looks after the place: the town's, else the county's, else the city's.
    responsible_path TEXT
);
CREATE INDEX employer_uscc ON employer (uscc);

-- The last run's answer for every union of the register.
CREATE TABLE link (
    union_id TEXT PRIMARY KEY,
    enterprise_id TEXT,
    uscc TEXT,
    probability DOUBLE PRECISION,
    decision TEXT NOT NULL,
    tier TEXT,
    evidence TEXT NOT NULL,
    candidate_name TEXT
);
CREATE INDEX link_enterprise_id ON link (enterprise_id);

CREATE TABLE run (
    run_no BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    state TEXT NOT NULL,
    as_of DATE NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    started_by TEXT NOT NULL,
    failure TEXT,
    -- Counts and times of the bulk job, counts of the merge, batches that were read.
    stats JSONB,
    merge_counts JSONB,
    batches JSONB NOT NULL,
    member_links_file TEXT
);
CREATE INDEX run_state ON run (state);

-- Employers with 25 or more insured and those of them with a union, of the last run.
CREATE TABLE coverage (
    county BIGINT,
    town BIGINT,
    employers_25 BIGINT NOT NULL,
    employers_25_with_union BIGINT NOT NULL,
    responsible_path TEXT
);

-- One thing, one row, one number for life. due_on follows from clock_started_on, due_days and the working-day
-- calendar; it is kept only to be sorted by and is brought up to date whenever the calendar changes.
CREATE TABLE list_item (
    id UUID PRIMARY KEY,
    item_no TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    rule_version BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    is_open BOOLEAN NOT NULL,
    uscc TEXT,
    name TEXT NOT NULL,
    search_text TEXT NOT NULL,
    county BIGINT,
    town BIGINT,
    priority BIGINT NOT NULL,
    expected_members BIGINT,
    insured_now BIGINT,
    due_days BIGINT NOT NULL,
    clock_started_on DATE NOT NULL,
    due_on DATE NOT NULL,
    fingerprint TEXT NOT NULL,
    detail_hash BIGINT NOT NULL,
    reason TEXT NOT NULL,
    evidence_count BIGINT NOT NULL,
    responsible_path TEXT,
    owner_id UUID,
    is_confirmed BOOLEAN NOT NULL,
    tries BIGINT NOT NULL,
    founded_union_id TEXT,
    raised_run BIGINT,
    raised_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    founded_at BIGINT,
    closed_at BIGINT,
    closed_by TEXT,
    closing_reason TEXT,
    refute_reason TEXT,
    suppressed_fingerprint TEXT,
    suppressed_until DATE,
    version BIGINT NOT NULL,
    UNIQUE (rule, subject_kind, subject_id)
);
-- Counting and sorting a list read this index alone, in the usual order without sorting; only the rows of the page are
-- fetched from the table. search_text is cut to 200 characters so that an entry always fits.
CREATE INDEX list_item_lists ON list_item (is_open, kind, priority, item_no, responsible_path, due_on, rule, town, owner_id, state, insured_now, county, search_text);
CREATE INDEX list_item_by_owner ON list_item (owner_id, is_open, kind, due_on);
CREATE INDEX list_item_by_subject ON list_item (subject_id);
CREATE INDEX list_item_raised ON list_item (raised_at);

-- The long texts of an item, out of the way of the lists.
CREATE TABLE list_item_evidence (
    item_id UUID PRIMARY KEY,
    evidence TEXT NOT NULL,
    closing TEXT
);

-- Numbers are counted by county and year.
CREATE TABLE list_item_counter (
    division BIGINT NOT NULL,
    year BIGINT NOT NULL,
    last_no BIGINT NOT NULL,
    PRIMARY KEY (division, year)
);

-- A person's word on a pair; it wins over every run.
CREATE TABLE verdict (
    id UUID PRIMARY KEY,
    union_id TEXT NOT NULL,
    enterprise_id TEXT NOT NULL,
    is_same BOOLEAN NOT NULL,
    note TEXT,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    UNIQUE (union_id, enterprise_id)
);
CREATE INDEX verdict_enterprise_id ON verdict (enterprise_id);

CREATE TABLE saved_view (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);

-- Median days between two steps are read from the journal by action.
CREATE INDEX journal_action ON journal (subject_kind, action, at);
