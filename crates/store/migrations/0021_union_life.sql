-- 工会法人资格登记、加挂牌子和曾用名、产业隶属. All empty at first, so instant at any size but for the index on members.

-- 法人资格: how a union stands today; a union that only files speak of has no row here, its 法人资格 is among the form's elements.
CREATE TABLE union_legal (
    union_org_id UUID PRIMARY KEY,
    state TEXT NOT NULL,
    certificate_no TEXT,
    legal_rep TEXT,
    premises TEXT,
    valid_from DATE,
    valid_to DATE,
    -- The day of the last step.
    since DATE NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX union_legal_valid_to ON union_legal (valid_to);

-- What happened to it, in order; never changed.
CREATE TABLE union_legal_event (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    step TEXT NOT NULL,
    happened_on DATE NOT NULL,
    -- The state that it led to.
    state TEXT NOT NULL,
    certificate_no TEXT,
    legal_rep TEXT,
    valid_from DATE,
    valid_to DATE,
    document_no TEXT,
    words TEXT,
    actor_name TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX union_legal_event_union ON union_legal_event (union_org_id, at);

-- 加挂的牌子和曾用名: further names under which a union is found.
CREATE TABLE union_alias (
    id UUID PRIMARY KEY,
    union_org_id UUID NOT NULL,
    -- plate or former.
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    -- In normal form.
    search TEXT NOT NULL,
    -- Unknown where only a file names it.
    since DATE,
    -- The first day on which it no longer was; null: it still is.
    until DATE,
    document_no TEXT,
    -- A file named it; else a person.
    is_from_file BOOLEAN NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX union_alias_union ON union_alias (union_org_id, kind);
CREATE INDEX union_alias_search ON union_alias (search);

-- The industry line is walked from the top down.
CREATE INDEX union_org_industry_parent ON union_org (industry_parent_id);

-- Members of a past day: those who joined since are counted off from the index alone.
CREATE INDEX member_joined_on ON member (joined_on, union_org_id);
CREATE INDEX member_event_happened_on ON member_event (happened_on);
