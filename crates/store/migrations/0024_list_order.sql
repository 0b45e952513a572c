-- Pages of the unions' list and counts of members are found in these indices alone; the rows are read for what is shown.
CREATE INDEX union_org_order ON union_org (path, union_id, id, term_end_on, founded_on, declared_members);
-- The place of the union, kept beside the count as in quality_score: counts and pages of members then need this index alone.
ALTER TABLE member_tally ADD COLUMN path TEXT;
UPDATE member_tally SET path = (SELECT u.path FROM union_org u WHERE u.id = member_tally.union_org_id);
CREATE INDEX member_tally_path ON member_tally (path, members, union_org_id);
DROP INDEX union_org_search;
CREATE INDEX union_org_search ON union_org (search, id);
DROP INDEX employer_name;
CREATE INDEX employer_name ON employer (name, enterprise_id);
-- One row for each name of a union or an employer, all its readings and their initials in it, parted by blanks: a search for any part
-- of one passes over a seventh of the rows. The server makes them anew when it starts.
DROP TABLE org_name_key;
CREATE TABLE org_name_key (
    name TEXT PRIMARY KEY,
    readings TEXT NOT NULL
);
