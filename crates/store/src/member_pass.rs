//! Codes with which members see their own data (本人查询码).

use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    PASS_ADD = Sql::both(
        "INSERT INTO member_pass (id, member, digest, issued_by, issued_at, expires_at, tries) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ),
    PASS_BY_DIGEST = Sql::both(
        "SELECT id, member, digest, issued_by, issued_at, expires_at, tries FROM member_pass WHERE digest = $1"
    ),
    PASSES_OF_MEMBER_DELETE = Sql::both("DELETE FROM member_pass WHERE member = $1"),
    PASS_TRY = Sql::both("UPDATE member_pass SET tries = tries + 1 WHERE id = $1"),
}

/// A code, of which only the digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MemberPass {
    pub id: Uuid,
    /// Row id of the membership.
    pub member: Uuid,
    /// SM3 of the code, which is random.
    pub digest: String,
    pub issued_by: String,
    pub issued_at: i64,
    pub expires_at: i64,
    /// Wrong digits typed with it.
    pub tries: i64,
}

impl Tx {
    /// Keeps a code; the member's code of before is gone.
    pub async fn replace_member_pass(&mut self, pass: &MemberPass) -> Result<(), StoreError> {
        execute!(self, PASSES_OF_MEMBER_DELETE, pass.member)?;
        execute!(
            self,
            PASS_ADD,
            pass.id,
            pass.member,
            pass.digest.as_str(),
            pass.issued_by.as_str(),
            pass.issued_at,
            pass.expires_at,
            pass.tries,
        )?;
        Ok(())
    }

    /// Counts a wrong try.
    pub async fn count_member_pass_try(&mut self, id: Uuid) -> Result<(), StoreError> {
        execute!(self, PASS_TRY, id)?;
        Ok(())
    }
}

impl Reader {
    /// The code with this digest, expired or not.
    pub async fn member_pass(&mut self, digest: &str) -> Result<Option<MemberPass>, StoreError> {
        fetch_optional!(self, PASS_BY_DIGEST, digest)
    }
}
