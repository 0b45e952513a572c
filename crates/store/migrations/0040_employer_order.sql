-- The list of employers as people first see it, most insured first: its pages and the nearest of a search are read in this order and end
-- with the page.
CREATE INDEX employer_insured ON employer (insured_now DESC NULLS LAST, enterprise_id, responsible_path);
