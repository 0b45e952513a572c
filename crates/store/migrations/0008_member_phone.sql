-- Members are found by a whole phone as they are by a whole document number: by its blind index.
CREATE INDEX member_phone_index ON member (phone_index);
