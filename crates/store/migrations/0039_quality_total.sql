-- The sums of a check for each general union's branch, made with the count: a page of the whole city then reads some fifty rows and not every
-- count. None for a branch that was moved since: then the counts themselves are summed.
CREATE TABLE quality_total (
    path TEXT NOT NULL,
    check_id TEXT NOT NULL,
    records BIGINT NOT NULL,
    unions BIGINT NOT NULL,
    PRIMARY KEY (path, check_id)
);
