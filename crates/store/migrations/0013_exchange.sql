-- 核对与导出. A check of a file that waits for its decision: what an import would do, as JSON; the file and the rows lie sealed beside
-- the store until then. An export that somebody asked for: what, why, how many; the file lies sealed until it expires.
CREATE TABLE intake_check (
    check_no BIGINT PRIMARY KEY,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sm3 TEXT NOT NULL,
    state TEXT NOT NULL,
    report TEXT NOT NULL,
    base TEXT NOT NULL,
    batch_no BIGINT,
    account_id UUID,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL
);
CREATE INDEX intake_check_state ON intake_check (state, started_at);
CREATE TABLE export_file (
    export_no BIGINT PRIMARY KEY,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    is_plain BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    request TEXT NOT NULL,
    rows BIGINT,
    account_id UUID,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    is_kept BOOLEAN NOT NULL
);
CREATE INDEX export_file_kept ON export_file (is_kept, made_at);
-- Members without a key are found by union and name; unions without one by their own code or by name.
CREATE INDEX union_org_union_code ON union_org (union_code);
CREATE INDEX union_org_search ON union_org (search);
