-- 覆盖单位 that a person has set or handed to another union: files leave what stands under these keys alone. Empty at first, so instant
-- at any size.
CREATE TABLE cover_by_hand (
    -- As a file would write it: union and employer. The cover itself may be gone.
    cover_key TEXT PRIMARY KEY,
    -- The register's key of the union that covers the employer instead; null: what stands under this key is what a person set.
    moved_to TEXT,
    set_at BIGINT NOT NULL
);
