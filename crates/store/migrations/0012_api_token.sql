-- 接口令牌: what programs show instead of a password. Both tables are empty at first, so instant at any size.
CREATE TABLE api_token (
    id UUID PRIMARY KEY,
    -- SM3 of the secret: whoever reads the table cannot call the interface with it.
    secret_digest BYTEA NOT NULL UNIQUE,
    account_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    -- Codes, separated by spaces.
    scopes TEXT NOT NULL,
    tail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    withdrawn_at BIGINT
);
CREATE INDEX api_token_account_id ON api_token (account_id, created_at);

-- The answer to a request that came with an idempotency key, kept for a day. It is null while the request is at work.
CREATE TABLE api_answer (
    account_id UUID NOT NULL,
    request_key TEXT NOT NULL,
    -- SM3 of method, path and body.
    request_digest BYTEA NOT NULL,
    answer_sealed BYTEA,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, request_key)
);
CREATE INDEX api_answer_begun_at ON api_answer (begun_at);

-- The unions directly below one. Takes a second at 300,000 unions.
CREATE INDEX IF NOT EXISTS union_org_parent_id ON union_org (parent_id, union_id);
