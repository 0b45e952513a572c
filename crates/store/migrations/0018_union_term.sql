-- 届次、委员会、法人资格、挂牌. All empty at first, so instant at any size.

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

-- 工会法人资格: applications and what became of them; the latest granted one is the certificate.
CREATE TABLE union_legal_person (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    certificate_no TEXT,
    legal_rep TEXT,
    address TEXT,
    valid_from DATE,
    valid_to DATE,
    words TEXT,
    filed_by TEXT NOT NULL,
    filed_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    decision_words TEXT
);
CREATE INDEX union_legal_person_union ON union_legal_person (union_org_id, filed_at);
CREATE INDEX union_legal_person_state ON union_legal_person (state, filed_at);

-- 第二块牌子: further names under which a union works.
CREATE TABLE union_plate (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    started_on DATE,
    ended_on DATE,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX union_plate_union ON union_plate (union_org_id);
CREATE INDEX union_plate_search ON union_plate (search);
