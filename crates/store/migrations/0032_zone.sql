-- 片区: the ground of one field worker, with a name and a history. Instant at any size: accounts are few, zones fewer.

CREATE TABLE zone (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    -- The general union of the town (or county) in whose ground it lies; all its unions hang there.
    union_org_id UUID NOT NULL,
    -- Its field worker; null: nobody at present.
    account_id UUID REFERENCES account (id),
    made_at BIGINT NOT NULL,
    -- Null: in use.
    ended_at BIGINT
);
CREATE INDEX zone_ground ON zone (union_org_id);
CREATE INDEX zone_worker ON zone (account_id);

-- Which unions lie in it, from when until when (the first day on which they did no longer).
CREATE TABLE zone_union (
    id UUID PRIMARY KEY,
    zone_id UUID NOT NULL REFERENCES zone (id),
    union_org_id UUID NOT NULL,
    -- Whether all below that union lies in it too.
    with_below BOOLEAN NOT NULL,
    -- Null: since before zones had a history.
    from_on DATE,
    until_on DATE
);
-- A union lies in one zone at most.
CREATE UNIQUE INDEX zone_union_now ON zone_union (union_org_id) WHERE until_on IS NULL;
CREATE INDEX zone_union_zone ON zone_union (zone_id);

-- What a field worker is told of changes of the zone, until it is marked as read.
CREATE TABLE zone_news (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    zone_id UUID NOT NULL REFERENCES zone (id),
    words TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX zone_news_unread ON zone_news (account_id) WHERE read_at IS NULL;

-- A legal hold reaches whatever was merged into the membership it is on, however many times: few rows have it.
CREATE INDEX past_member_kept ON past_member (kept) WHERE kept IS NOT NULL;

-- The zones of before had no row of their own: what was assigned to a field worker in use becomes that worker's zone, in the ground of
-- the worker's union. Since when is not known.
INSERT INTO zone (id, name, union_org_id, account_id, made_at, ended_at)
SELECT a.id, a.login || '的片区', a.union_id, a.id, a.changed_at, NULL FROM account a
WHERE a.reach = 'zone' AND a.union_id IS NOT NULL AND a.disabled_at IS NULL;

INSERT INTO zone_union (id, zone_id, union_org_id, with_below, from_on, until_on)
SELECT r.union_org_id, z.id, r.union_org_id, r.with_below, NULL, NULL FROM account_reach r JOIN zone z ON z.account_id = r.account_id
WHERE NOT EXISTS (
    SELECT 1 FROM account_reach s JOIN zone y ON y.account_id = s.account_id WHERE s.union_org_id = r.union_org_id AND y.id < z.id
);
DELETE FROM account_reach WHERE account_id IN (SELECT id FROM account WHERE reach = 'zone');
