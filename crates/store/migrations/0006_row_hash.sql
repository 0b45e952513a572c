-- A hash of a row's values, so that a run writes only the rows that say something new. Rows of before have none and are
-- written once more.
ALTER TABLE link ADD COLUMN row_hash BIGINT;
ALTER TABLE employer ADD COLUMN row_hash BIGINT;
