-- What is counted of one union is read on its page and in the ranking; without an index that looked through every count of the city.
CREATE INDEX quality_count_union ON quality_count (union_org_id, records);
