-- Duties towards members and the second person. All but the last column's table are empty at first, so instant at any size.

-- What exactly a second person is asked to approve, in words: a JSON list of label and text.
ALTER TABLE approval ADD COLUMN details TEXT NOT NULL DEFAULT '[]';
-- Whose share of the day an export uses up; none where a second person approved.
ALTER TABLE export_file ADD COLUMN alone_by UUID;
CREATE INDEX export_file_alone ON export_file (alone_by, made_at);
