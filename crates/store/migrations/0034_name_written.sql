-- A name as it is written on the document, where that is not its normal form: names of people are compared and looked up by the
-- normal form in `name`, and shown, exported and handed on by this. Instant at any size: the column is empty for nearly everybody.
ALTER TABLE member ADD COLUMN name_written TEXT;
