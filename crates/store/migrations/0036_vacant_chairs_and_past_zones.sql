-- 主席空缺 and 片区 of a past day. All empty at first, so instant at any size.

-- A file said that a union has no chair where it had one (主席空缺). Whoever leaves office by hand has a row in union_officer; a file has
-- none. Taking the batch back takes the row away where the chair is there again.
CREATE TABLE union_chair_gone (
    union_org_id UUID NOT NULL,
    gone_on DATE NOT NULL,
    batch_no BIGINT NOT NULL,
    PRIMARY KEY (union_org_id, gone_on)
);
CREATE INDEX union_chair_gone_batch ON union_chair_gone (batch_no);

-- What a zone was until a day (that day no longer): its name, its town, and who looked after it under which name. One row a day: several
-- changes on one day leave the state before the first. A worker who had left, or was out of use, looked after nothing: null.
CREATE TABLE zone_past (
    zone_id UUID NOT NULL REFERENCES zone (id),
    until_on DATE NOT NULL,
    name TEXT NOT NULL,
    union_org_id UUID NOT NULL,
    login TEXT,
    worker TEXT,
    PRIMARY KEY (zone_id, until_on)
);
CREATE INDEX zone_past_until_on ON zone_past (until_on);
