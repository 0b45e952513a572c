-- The unions' own register and the batches that fill it. Loading 3.78 M members takes about a minute on SQLite; an index
-- added later on member takes about 10 s at that size.

-- 工会组织. The path is the place in the territorial tree; a union whose parent is unknown or cyclic hangs under no one.
CREATE TABLE union_org (
    id UUID PRIMARY KEY,
    -- The register's own key (工会标识).
    union_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Name in normal form, for search.
    search TEXT NOT NULL,
    union_code TEXT,
    -- The employer's code as written, in normal writing: read again by every run.
    employer_code TEXT,
    employer_name TEXT,
    employer_legal_rep TEXT,
    chair TEXT,
    county BIGINT,
    town BIGINT,
    address TEXT,
    phone_sealed BYTEA,
    phone_index BYTEA,
    phone_token BIGINT,
    industry_section TEXT,
    union_type TEXT NOT NULL,
    parent_id TEXT,
    industry_parent_id TEXT,
    founded_on DATE,
    term_end_on DATE,
    declared_members BIGINT,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    path TEXT,
    is_active BOOLEAN NOT NULL,
    -- import or founded: what a person entered wins over a file.
    source TEXT NOT NULL,
    unread TEXT,
    row_hash BIGINT NOT NULL,
    batch_no BIGINT,
    changed_at BIGINT NOT NULL
);
CREATE INDEX union_org_path ON union_org (path);
CREATE INDEX union_org_place ON union_org (county, town);
CREATE INDEX union_org_employer_code ON union_org (employer_code);
CREATE INDEX union_org_union_type ON union_org (union_type, path);
CREATE INDEX union_org_batch_no ON union_org (batch_no);

-- 会员: one row a membership. Number and phone are sealed; the index finds an exact number, the token joins in the lake.
CREATE TABLE member (
    id UUID PRIMARY KEY,
    member_id TEXT NOT NULL UNIQUE,
    union_org_id UUID NOT NULL,
    name TEXT NOT NULL,
    id_sealed BYTEA,
    id_index BYTEA,
    id_token BIGINT,
    id_status BIGINT NOT NULL,
    phone_sealed BYTEA,
    phone_index BYTEA,
    joined_on DATE,
    extra TEXT,
    unread TEXT,
    row_hash BIGINT NOT NULL,
    batch_no BIGINT
);
CREATE INDEX member_union_org_id ON member (union_org_id, member_id);
CREATE INDEX member_id_index ON member (id_index);
CREATE INDEX member_batch_no ON member (batch_no);

-- 覆盖单位: employers under a joint union or federation.
CREATE TABLE cover (
    cover_key TEXT PRIMARY KEY,
    union_id TEXT NOT NULL,
    employer_code TEXT,
    employer_name TEXT,
    cover_from DATE,
    cover_to DATE,
    row_hash BIGINT NOT NULL,
    batch_no BIGINT
);
CREATE INDEX cover_union_id ON cover (union_id);

-- 数据批次. The latest applied batch of an agency kind names the lake file that is its present state.
CREATE TABLE intake_batch (
    batch_no BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sm3 TEXT NOT NULL,
    is_delta BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    accepted_count BIGINT NOT NULL,
    rejected_count BIGINT NOT NULL,
    doubtful_count BIGINT NOT NULL,
    created_count BIGINT NOT NULL,
    updated_count BIGINT NOT NULL,
    deleted_count BIGINT NOT NULL,
    unchanged_count BIGINT NOT NULL,
    missing_count BIGINT NOT NULL,
    lake_file TEXT,
    failure TEXT,
    notes TEXT,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX intake_batch_kind ON intake_batch (kind, state, batch_no);
