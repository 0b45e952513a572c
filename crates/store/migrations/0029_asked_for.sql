-- In whose name a request about a membership was asked, where somebody acted for another (代办): neither of the two answers it.
-- `asker_id` is the person. Rows from before name the one in whose name it was asked, which counts as well.
ALTER TABLE member_request ADD COLUMN asked_for UUID;
