-- 届次、委员会、提醒. All empty at first, so instant at any size.

-- 届次: one row a term of a union's committee.
CREATE TABLE union_term (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    -- 第几届; null where nobody knows.
    term_no BIGINT,
    started_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    document_no TEXT,
    recorded_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX union_term_union ON union_term (union_org_id, started_on);

-- 委员会成员: who holds which post of which committee, from when to when.
CREATE TABLE union_officer (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    body TEXT NOT NULL,
    post TEXT NOT NULL,
    name TEXT NOT NULL,
    is_full_time BOOLEAN NOT NULL,
    started_on DATE NOT NULL,
    ended_on DATE,
    end_reason TEXT,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX union_officer_union ON union_officer (union_org_id, body, started_on);

-- 提醒: which stage before a day has been told, once for each day and stage; who has read it.
CREATE TABLE union_reminder (
    union_org_id UUID NOT NULL,
    subject TEXT NOT NULL,
    due_on DATE NOT NULL,
    stage BIGINT NOT NULL,
    raised_on DATE NOT NULL,
    read_by TEXT,
    read_at BIGINT,
    PRIMARY KEY (union_org_id, subject, due_on, stage)
);
CREATE INDEX union_reminder_unread ON union_reminder (read_at, due_on);
