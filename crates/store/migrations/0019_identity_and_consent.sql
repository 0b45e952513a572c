-- Signing in with the unit's own identity provider (统一身份认证), and what members agreed to (知情同意). All empty at first, so
-- instant at any size.

-- Which subject of which provider an account is bound to.
CREATE TABLE account_identity (
    account_id UUID NOT NULL REFERENCES account (id),
    issuer TEXT NOT NULL,
    -- HMAC-SM3 of issuer and subject: some providers make a subject of a telephone or a document number.
    subject_index BYTEA NOT NULL,
    -- The end of the subject, enough to tell two apart.
    subject_hint TEXT NOT NULL,
    bound_by_name TEXT NOT NULL,
    bound_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, issuer)
);
CREATE UNIQUE INDEX account_identity_subject ON account_identity (issuer, subject_index);

-- How a session was opened; before there was one way.
ALTER TABLE session ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sign_in_step ADD COLUMN way TEXT NOT NULL DEFAULT 'password';

-- 告知书: versions that stay as they are, because members agreed to them.
CREATE TABLE consent_notice (
    notice_no BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    in_force_on DATE NOT NULL,
    -- Consent to the versions before counts no more.
    asks_anew BOOLEAN NOT NULL,
    published_by TEXT NOT NULL,
    published_at BIGINT NOT NULL
);

-- 同意: a member, a purpose, a version; the row stays when it is withdrawn.
CREATE TABLE consent (
    id UUID PRIMARY KEY,
    member UUID NOT NULL,
    purpose TEXT NOT NULL,
    notice_no BIGINT NOT NULL REFERENCES consent_notice (notice_no),
    given_on DATE NOT NULL,
    given_way TEXT NOT NULL,
    given_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    withdrawn_on DATE,
    withdrawn_way TEXT,
    withdrawn_by TEXT
);
CREATE UNIQUE INDEX consent_running ON consent (member, purpose, notice_no) WHERE withdrawn_on IS NULL;
CREATE INDEX consent_member ON consent (member);
