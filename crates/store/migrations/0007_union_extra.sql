-- The further elements of the collection form for unions (工会组织信息采集表) and those we add, as members have them.
ALTER TABLE union_org ADD COLUMN extra TEXT;
