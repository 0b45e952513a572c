-- Keyed tokens of the parts of a member's number, packed into 64 bits, so that a masked or mistyped number can be compared with
-- a whole one. Rows imported before have none and are compared as before.
ALTER TABLE member ADD COLUMN id_parts BIGINT;
