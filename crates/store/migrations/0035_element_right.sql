-- 数据元权限 that were set otherwise than the product ships them. Empty at first: everything is as it ships.
CREATE TABLE element_right (
    -- Kind of record and name of the element, as the dictionary has them.
    kind TEXT NOT NULL,
    element TEXT NOT NULL,
    role TEXT NOT NULL,
    -- write or reveal
    right_code TEXT NOT NULL,
    is_allowed BOOLEAN NOT NULL,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (kind, element, role, right_code)
);
