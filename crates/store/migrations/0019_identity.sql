-- Signing in with the unit's own identity provider (统一身份认证). All empty at first, so instant at any size.

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
