-- Duties towards members and the second person. All but the last column's table are empty at first, so instant at any size.

-- What exactly a second person is asked to approve, in words: a JSON list of label and text.
ALTER TABLE approval ADD COLUMN details TEXT NOT NULL DEFAULT '[]';
-- Whose share of the day an export uses up; none where a second person approved.
ALTER TABLE export_file ADD COLUMN alone_by UUID;
CREATE INDEX export_file_alone ON export_file (alone_by, made_at);

-- 暂缓匿名化 (legal hold): while one runs, nobody's data in this membership, or in one merged into it, are taken away.
CREATE TABLE member_hold (
    id UUID PRIMARY KEY,
    -- Row id of the membership; it stays the same when the membership ends.
    member UUID NOT NULL,
    member_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    held_by TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    released_by TEXT,
    released_at BIGINT
);
CREATE UNIQUE INDEX member_hold_running ON member_hold (member) WHERE released_at IS NULL;

-- 注销申请: a member asks to leave and to have the data deleted; answered by a day.
CREATE TABLE member_closing (
    id UUID PRIMARY KEY,
    member UUID NOT NULL,
    member_id TEXT NOT NULL,
    -- The union that kept the membership when it was asked.
    union_org_id UUID NOT NULL,
    words TEXT,
    asked_at BIGINT NOT NULL,
    due_on DATE NOT NULL,
    state TEXT NOT NULL,
    answer TEXT,
    answered_by TEXT,
    answered_at BIGINT
);
CREATE UNIQUE INDEX member_closing_waiting ON member_closing (member) WHERE state = 'waiting';
CREATE INDEX member_closing_due ON member_closing (state, due_on);

-- Whose rows stood in an export in full: ids of memberships, 16 bytes each, in order, some hundred a row; found by the first one.
-- Ids name nobody, so they are not sealed; they stay as long as the journal does.
CREATE TABLE export_member (
    export_no BIGINT NOT NULL,
    first_member UUID NOT NULL,
    members BYTEA NOT NULL,
    PRIMARY KEY (export_no, first_member)
);

-- 不同意: said before any consent was written down. It has the day on which it was said in both columns, and stands against a consent
-- of an earlier day that is written down later (个人信息保护法 art. 15).
ALTER TABLE consent ADD COLUMN is_refusal BOOLEAN NOT NULL DEFAULT FALSE;
