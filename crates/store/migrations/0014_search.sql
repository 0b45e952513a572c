-- Search by name, pinyin and initials; children of a union by their place alone.

-- What a person's name may be typed as: pinyin, initials, each other reading, the parts after a middle dot. One row for each
-- key of each different name, so that thousands of one name cost one. Names nobody has any more are swept away at night.
CREATE TABLE member_name_key (
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (key, name)
);
-- The same of unions and employers, found by any part; the name is the one in the register's normal form.
CREATE TABLE org_name_key (
    name TEXT NOT NULL,
    sound TEXT NOT NULL,
    initials TEXT NOT NULL,
    PRIMARY KEY (name, sound)
);
CREATE INDEX member_name ON member (name, union_org_id);
CREATE INDEX IF NOT EXISTS union_org_search ON union_org (search);
CREATE INDEX union_org_level ON union_org (LENGTH(path), path);
CREATE INDEX employer_name ON employer (name);
-- Members that were there before have no keys yet; the server makes them in the background and says so until they are made.
INSERT INTO setting (name, value, changed_at) SELECT 'search_names_after', '', 0 WHERE EXISTS (SELECT 1 FROM member);
