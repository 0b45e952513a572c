-- The journal is sealed: each row carries SM3 over its content and the seal before it. Rows that were there before are sealed
-- when the store is opened the first time after this.
ALTER TABLE journal ADD COLUMN seal BYTEA;
-- One row: the last seal and how many rows there are. Whoever writes journal rows holds it until the commit, so the order of
-- seals is the order of seq.
CREATE TABLE journal_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    seal BYTEA NOT NULL
);
-- Seals that were written down (锚点): each also stands in a file outside the store and, where people are careful, on paper.
CREATE TABLE journal_anchor (
    seq BIGINT PRIMARY KEY,
    entries BIGINT NOT NULL,
    seal BYTEA NOT NULL,
    at BIGINT NOT NULL
);

-- Data keys (数据密钥): each wrapped by the master key, and in a database's backup with what they seal. Number 1 is derived from
-- the master key and has no row.
CREATE TABLE data_key (
    version BIGINT PRIMARY KEY,
    -- Empty once the key is retired.
    wrapped BYTEA,
    created_at BIGINT NOT NULL,
    -- Sealing begins here, so that every process has read the key by then.
    active_from BIGINT NOT NULL,
    retired_at BIGINT
);
