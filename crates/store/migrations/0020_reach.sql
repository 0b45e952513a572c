-- 数据范围: which unions an account sees. Instant at any size: accounts are few, and the new table is empty.

-- branch: its union and all below it, as before; own: its union alone; chosen, zone: the unions in account_reach.
ALTER TABLE account ADD COLUMN reach TEXT NOT NULL DEFAULT 'branch';

CREATE TABLE account_reach (
    account_id UUID NOT NULL REFERENCES account (id),
    union_org_id UUID NOT NULL,
    -- Whether all below that union is in sight too.
    with_below BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, union_org_id)
);
CREATE INDEX account_reach_union ON account_reach (union_org_id);
