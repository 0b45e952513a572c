-- 数据质量, as of the last count: how many records of each union have each fault, and how many are sound. Which ones is found again
-- when somebody asks. The path is the union's place when it was counted: sums over a scope then need no other table, and one index.
CREATE TABLE quality_count (
    union_org_id UUID NOT NULL,
    path TEXT,
    check_id TEXT NOT NULL,
    records BIGINT NOT NULL
);
CREATE INDEX quality_count_check ON quality_count (check_id, path, records);
CREATE TABLE quality_score (
    union_org_id UUID PRIMARY KEY,
    path TEXT,
    is_sound BOOLEAN NOT NULL,
    members BIGINT NOT NULL,
    sound_members BIGINT NOT NULL
);
