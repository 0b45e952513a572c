-- 会籍: a row of member is one person's membership wherever it moves; what happened to it lies beside it, and one that has ended
-- leaves the table, so that whatever counts members counts those that are. A membership that was imported and never changed has no
-- event: its row says when it began.
ALTER TABLE member ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
UPDATE member SET state = 'provisional'
    WHERE extra LIKE '%"member_kind":"预备会员"%' OR extra LIKE '%"会员类型":"预备会员"%';
UPDATE member SET state = 'retained'
    WHERE extra LIKE '%"event_type":"保留"%' OR extra LIKE '%"会籍变化类型":"保留"%';

-- 会籍变化: never changed, never deleted but with the batch that brought it. The member may stand in member or past_member.
CREATE TABLE member_event (
    id UUID PRIMARY KEY,
    member UUID NOT NULL,
    kind TEXT NOT NULL,
    -- Unknown when a file changed the union and did not say since when.
    happened_on DATE,
    reason TEXT,
    words TEXT,
    from_union UUID,
    to_union UUID,
    -- The state that it led to.
    state TEXT NOT NULL,
    decided_on DATE,
    decision_no TEXT,
    actor_name TEXT NOT NULL,
    request UUID,
    batch_no BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX member_event_member ON member_event (member, at);
CREATE INDEX member_event_batch_no ON member_event (batch_no);

-- Memberships that have ended, with the sealed row as it was.
CREATE TABLE past_member (
    id UUID PRIMARY KEY,
    member_id TEXT NOT NULL,
    union_org_id UUID NOT NULL,
    name TEXT NOT NULL,
    id_index BYTEA,
    state TEXT NOT NULL,
    ended_on DATE,
    -- What it went into, when it was merged.
    kept UUID,
    batch_no BIGINT,
    image BYTEA NOT NULL
);
CREATE INDEX past_member_member_id ON past_member (member_id);
CREATE INDEX past_member_id_index ON past_member (id_index);
CREATE INDEX past_member_union ON past_member (union_org_id, ended_on);

-- 会籍申请: what one asks and another answers. What is typed of a person lies sealed.
CREATE TABLE member_request (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    member UUID,
    member_id TEXT,
    -- Masked, for lists.
    name TEXT NOT NULL,
    from_union UUID,
    to_union UUID,
    -- Which of the two asked.
    asked_by TEXT NOT NULL,
    happened_on DATE NOT NULL,
    reason TEXT,
    words TEXT,
    decided_on DATE,
    decision_no TEXT,
    content BYTEA,
    asker_id UUID,
    asker_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    due_on DATE NOT NULL,
    answerer_name TEXT,
    answered_at BIGINT,
    answer TEXT
);
CREATE INDEX member_request_from ON member_request (from_union, state);
CREATE INDEX member_request_to ON member_request (to_union, state);
CREATE INDEX member_request_member ON member_request (member, state);
CREATE INDEX member_request_state ON member_request (state, due_on);

-- 重复会员合并: both rows as they were, sealed, so that it can be undone.
CREATE TABLE member_merge (
    id UUID PRIMARY KEY,
    kept UUID NOT NULL,
    dropped UUID NOT NULL,
    images BYTEA NOT NULL,
    merged_at BIGINT NOT NULL,
    merged_by TEXT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT
);
CREATE INDEX member_merge_kept ON member_merge (kept);
CREATE INDEX member_merge_dropped ON member_merge (dropped);

-- 接转建议: insured elsewhere by the last run, one row a membership. What somebody refused stays while its evidence is the same.
CREATE TABLE transfer_suggestion (
    member UUID PRIMARY KEY,
    member_id TEXT NOT NULL,
    -- Masked, for lists.
    name TEXT NOT NULL,
    from_union UUID NOT NULL,
    to_union UUID NOT NULL,
    employer_name TEXT NOT NULL,
    insured_from DATE,
    -- Employer and union that it rests on.
    evidence TEXT NOT NULL,
    tier TEXT,
    run_no BIGINT NOT NULL,
    state TEXT NOT NULL,
    answerer_name TEXT,
    answered_at BIGINT,
    answer TEXT
);
CREATE INDEX transfer_suggestion_from ON transfer_suggestion (from_union, state);

-- 本人查询码: what the union hands to a member; only the digest is kept.
CREATE TABLE member_pass (
    id UUID PRIMARY KEY,
    member UUID NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    issued_by TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL
);
CREATE INDEX member_pass_member ON member_pass (member);
