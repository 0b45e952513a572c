-- 数据质量, as of the last count: how many records of each union have each fault, and how many are sound. Which ones is found again
-- when somebody asks.
CREATE TABLE quality_count (
    union_org_id UUID NOT NULL,
    check_id TEXT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (check_id, union_org_id)
);
CREATE TABLE quality_score (
    union_org_id UUID PRIMARY KEY,
    is_sound BOOLEAN NOT NULL,
    members BIGINT NOT NULL,
    sound_members BIGINT NOT NULL
);
