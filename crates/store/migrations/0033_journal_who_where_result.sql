-- The journal says in which role, through which session, from where and with what result (GB/T 22239-2019 8.1.4.3). Rows that are there
-- stay as they were sealed: empty columns are added, so instant at any size; the indices hold rows with a value alone, of which there
-- are none yet, and take one reading of the table (about 5 s at 4 M rows).
ALTER TABLE journal ADD COLUMN form BIGINT;
ALTER TABLE journal ADD COLUMN role TEXT;
ALTER TABLE journal ADD COLUMN session_id UUID;
ALTER TABLE journal ADD COLUMN address TEXT;
ALTER TABLE journal ADD COLUMN result TEXT;
ALTER TABLE journal ADD COLUMN reason TEXT;
CREATE INDEX journal_session ON journal (session_id, seq) WHERE session_id IS NOT NULL;
CREATE INDEX journal_address ON journal (address, seq) WHERE address IS NOT NULL;
CREATE INDEX journal_refused ON journal (seq) WHERE result <> 'done';

-- Who signed an anchor, and the signature of its line.
ALTER TABLE journal_anchor ADD COLUMN key_id TEXT;
ALTER TABLE journal_anchor ADD COLUMN signature BYTEA;
