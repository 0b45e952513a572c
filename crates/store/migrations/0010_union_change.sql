-- 工会组织变更. All empty at first, so instant at any size.

-- What a union was until a day (that day no longer): its name, kind, parents, place and standing. With the row of today, the tree of
-- any past day can be read. One row a day: several changes on one day leave the state before the first.
CREATE TABLE union_past (
    union_org_id UUID NOT NULL,
    until_on DATE NOT NULL,
    union_id TEXT NOT NULL,
    name TEXT NOT NULL,
    union_type TEXT NOT NULL,
    parent_id TEXT,
    industry_parent_id TEXT,
    county BIGINT,
    town BIGINT,
    founded_on DATE,
    is_active BOOLEAN NOT NULL,
    PRIMARY KEY (union_org_id, until_on)
);
CREATE INDEX union_past_until_on ON union_past (until_on);

-- Elements of a union that a person has set: files leave them alone and are told so.
CREATE TABLE union_by_hand (
    union_org_id UUID NOT NULL,
    element TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (union_org_id, element)
);

-- 撤销、合并: how a union ended.
CREATE TABLE union_end (
    union_org_id UUID PRIMARY KEY,
    ended_on DATE NOT NULL,
    reason TEXT NOT NULL,
    document_no TEXT,
    -- The union that it was merged into, by the register's own key.
    successor_id TEXT
);
