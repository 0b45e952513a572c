-- Signing in: age and history of passwords, the second factor, acting for others, the two-person rule, the three administrators.

-- Unknown for accounts that exist already: it was set when the account was made, or later.
ALTER TABLE account ADD COLUMN password_set_at BIGINT;
UPDATE account SET password_set_at = created_at;

-- Hashes of earlier passwords, so that none comes back at once.
CREATE TABLE password_history (
    account_id UUID NOT NULL REFERENCES account (id),
    set_at BIGINT NOT NULL,
    password_hash TEXT NOT NULL
);
CREATE INDEX password_history_account ON password_history (account_id, set_at);

-- The authenticator app of an account. Without confirmed_at it has been shown and not yet proved.
CREATE TABLE second_factor (
    account_id UUID PRIMARY KEY REFERENCES account (id),
    secret_sealed BYTEA NOT NULL,
    -- The step of the last code that was taken: none is taken twice.
    last_step BIGINT,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT
);
CREATE TABLE recovery_code (
    account_id UUID NOT NULL REFERENCES account (id),
    -- HMAC-SM3 keyed by the app's secret.
    digest BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, digest)
);

-- Somebody whose password was right and whose code is still to come. No session: nothing can be opened with it.
CREATE TABLE sign_in_step (
    token_digest BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    expires_at BIGINT NOT NULL,
    address TEXT,
    user_agent TEXT
);
CREATE INDEX sign_in_step_account ON sign_in_step (account_id);

-- 代办: who may act for whom, from which day to which.
CREATE TABLE delegation (
    id UUID PRIMARY KEY,
    principal_id UUID NOT NULL REFERENCES account (id),
    delegate_id UUID NOT NULL REFERENCES account (id),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX delegation_principal ON delegation (principal_id);
CREATE INDEX delegation_delegate ON delegation (delegate_id);
ALTER TABLE session ADD COLUMN delegation_id UUID;
-- A job that was queued on somebody's behalf: who it really was.
ALTER TABLE job ADD COLUMN delegate_id UUID;

-- 双人复核: what one person asks for and another approves.
CREATE TABLE approval (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT NOT NULL,
    digest BYTEA NOT NULL,
    resume TEXT NOT NULL,
    asked_by UUID NOT NULL,
    asked_by_name TEXT NOT NULL,
    asked_for UUID,
    path TEXT,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_by UUID,
    decided_by_name TEXT,
    decided_at BIGINT,
    is_approved BOOLEAN,
    remark TEXT,
    spent_at BIGINT
);
CREATE INDEX approval_asked ON approval (asked_by, asked_at);
CREATE INDEX approval_asked_at ON approval (asked_at);

-- 三员: administrators so far opened accounts, which is now the security administrator's. They open the other two.
UPDATE account SET role = 'security_administrator' WHERE role = 'administrator';
