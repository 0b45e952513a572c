-- Counts that pages show all the time, kept beside the rows they count.

-- Open items by everything that a list is usually counted by. Every change adds rows, -1 where an item was and +1 where
-- it is now, so writers never wait for one another here; a run folds them together. The sum over delta is the count.
CREATE TABLE item_tally (
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    county BIGINT,
    town BIGINT,
    responsible_path TEXT,
    owner_id UUID,
    due_on DATE NOT NULL,
    delta BIGINT NOT NULL,
    -- True only while rows are being folded together.
    is_folding BOOLEAN NOT NULL
);
INSERT INTO item_tally (kind, rule, county, town, responsible_path, owner_id, due_on, delta, is_folding)
SELECT kind, rule, county, town, responsible_path, owner_id, due_on, COUNT(*), FALSE
FROM list_item WHERE is_open GROUP BY kind, rule, county, town, responsible_path, owner_id, due_on;

-- Memberships by union, made anew by whatever changes memberships.
CREATE TABLE member_tally (
    union_org_id UUID PRIMARY KEY,
    members BIGINT NOT NULL
);
INSERT INTO member_tally (union_org_id, members) SELECT union_org_id, COUNT(*) FROM member GROUP BY union_org_id;

-- The home page's funnel reads this index alone, and the wrong-target rate only what somebody has looked at.
DROP INDEX list_item_raised;
CREATE INDEX list_item_raised ON list_item (raised_at, rule, responsible_path, confirmed_at, state, founded_at);
CREATE INDEX list_item_judged ON list_item (responsible_path, rule, confirmed_at, refute_reason)
    WHERE confirmed_at IS NOT NULL OR refute_reason IS NOT NULL;

-- Unions are counted by place on every home page: from the index alone.
DROP INDEX union_org_path;
CREATE INDEX union_org_path ON union_org (path, is_active, county, town, id);
