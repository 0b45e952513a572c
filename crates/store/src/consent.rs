//! Notices that members were given, and what they agreed to (告知书、知情同意).

use chrono::NaiveDate;
use codes::time::{Day, Timestamp};
use domain::consent::{Consent, ConsentWay, Notice};
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    NOTICES = Sql::both(
        "SELECT notice_no, body, in_force_on, asks_anew, published_by, published_at FROM consent_notice ORDER BY notice_no"
    ),
    NOTICE_ADD = Sql::both(
        "INSERT INTO consent_notice (notice_no, body, in_force_on, asks_anew, published_by, published_at) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    ),
    CONSENTS_OF = Sql::both(
        "SELECT id, purpose, notice_no, given_on, given_way, given_by, withdrawn_on, withdrawn_way, withdrawn_by, is_refusal \
         FROM consent WHERE member = $1 ORDER BY recorded_at, id"
    ),
    CONSENT_ADD = Sql::both(
        "INSERT INTO consent (id, member, purpose, notice_no, given_on, given_way, given_by, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ),
    REFUSAL_ADD = Sql::both(
        "INSERT INTO consent (id, member, purpose, notice_no, given_on, given_way, given_by, recorded_at, withdrawn_on, \
         withdrawn_way, withdrawn_by, is_refusal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5, $6, $7, TRUE)"
    ),
    CONSENT_WITHDRAW = Sql::both(
        "UPDATE consent SET withdrawn_on = $3, withdrawn_way = $4, withdrawn_by = $5 \
         WHERE member = $1 AND purpose = $2 AND withdrawn_on IS NULL"
    ),
    CONSENT_WITHDRAW_MERGED = Sql::both(
        "UPDATE consent SET withdrawn_way = 'spoken', withdrawn_by = $3, withdrawn_on = ( \
           SELECT MAX(o.withdrawn_on) FROM consent o WHERE o.member = $2 AND o.purpose = consent.purpose) \
         WHERE member = $1 AND withdrawn_on IS NULL AND EXISTS ( \
           SELECT 1 FROM consent o WHERE o.member = $2 AND o.purpose = consent.purpose \
             AND o.withdrawn_on >= consent.given_on) RETURNING id"
    ),
    // Whatever they answered to the same purpose after $2 holds instead.
    CONSENT_REOPEN = Sql::both(
        "UPDATE consent SET withdrawn_on = NULL, withdrawn_way = NULL, withdrawn_by = NULL WHERE id = $1 AND NOT EXISTS ( \
           SELECT 1 FROM consent o WHERE o.member = consent.member AND o.purpose = consent.purpose AND o.id <> consent.id \
             AND o.recorded_at > $2)"
    ),
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    notice_no: i64,
    body: String,
    in_force_on: NaiveDate,
    asks_anew: bool,
    published_by: String,
    published_at: i64,
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    id: Uuid,
    purpose: String,
    notice_no: i64,
    given_on: NaiveDate,
    given_way: String,
    given_by: String,
    withdrawn_on: Option<NaiveDate>,
    withdrawn_way: Option<String>,
    withdrawn_by: Option<String>,
    is_refusal: bool,
}

impl TryFrom<ConsentRow> for Consent {
    type Error = StoreError;

    fn try_from(row: ConsentRow) -> Result<Consent, StoreError> {
        let way = |code: &str| {
            ConsentWay::from_code(code).ok_or_else(|| StoreError::corrupt("consent", "given_way", row.id))
        };
        Ok(Consent {
            given_way: way(&row.given_way)?,
            withdrawn: match (row.withdrawn_on, &row.withdrawn_way, row.withdrawn_by.clone()) {
                (Some(on), Some(code), Some(by)) => Some((Day::from(on), way(code)?, by)),
                (None, ..) => None,
                _ => return Err(StoreError::corrupt("consent", "withdrawn_way", row.id)),
            },
            purpose: row.purpose,
            notice_no: row.notice_no,
            given_on: Day::from(row.given_on),
            given_by: row.given_by,
            is_refusal: row.is_refusal,
        })
    }
}

impl Reader {
    /// Every version of the notice, the first first.
    pub async fn notices(&mut self) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> = fetch_all!(self, NOTICES)?;
        let notice = |row: NoticeRow| Notice {
            no: row.notice_no,
            text: row.body,
            in_force_on: Day::from(row.in_force_on),
            asks_anew: row.asks_anew,
            published_by: row.published_by,
            published_at: Timestamp(row.published_at),
        };
        Ok(rows.into_iter().map(notice).collect())
    }

    /// What a member (by row id) agreed to and withdrew, in the order in which it was written down.
    pub async fn consents_of(&mut self, member: Uuid) -> Result<Vec<Consent>, StoreError> {
        let rows: Vec<ConsentRow> = fetch_all!(self, CONSENTS_OF, member)?;
        rows.into_iter().map(Consent::try_from).collect()
    }
}

impl Tx {
    /// Adds a version; a conflict when its number is taken.
    pub async fn add_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        execute!(
            self,
            NOTICE_ADD,
            notice.no,
            notice.text.as_str(),
            notice.in_force_on.naive(),
            notice.asks_anew,
            notice.published_by.as_str(),
            notice.published_at.0,
        )?;
        Ok(())
    }

    /// Adds a consent; a conflict when one to the same purpose and version runs already.
    pub async fn add_consent(
        &mut self,
        id: Uuid,
        member: Uuid,
        consent: &Consent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            CONSENT_ADD,
            id,
            member,
            consent.purpose.as_str(),
            consent.notice_no,
            consent.given_on.naive(),
            consent.given_way.code(),
            consent.given_by.as_str(),
            now.0,
        )?;
        Ok(())
    }

    /// Keeps that a member refused a purpose on a day, before anything was agreed to.
    #[allow(clippy::too_many_arguments)]
    pub async fn add_refusal(
        &mut self,
        id: Uuid,
        member: Uuid,
        purpose: &str,
        notice_no: i64,
        on: Day,
        way: ConsentWay,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            REFUSAL_ADD,
            id,
            member,
            purpose,
            notice_no,
            on.naive(),
            way.code(),
            by,
            now.0
        )?;
        Ok(())
    }

    /// Ends every running consent to a purpose; false when there is none.
    pub async fn withdraw_consent(
        &mut self,
        member: Uuid,
        purpose: &str,
        on: Day,
        way: ConsentWay,
        by: &str,
    ) -> Result<bool, StoreError> {
        let ended = execute!(
            self,
            CONSENT_WITHDRAW,
            member,
            purpose,
            on.naive(),
            way.code(),
            by
        )?;
        Ok(ended > 0)
    }

    /// Ends what runs of a membership where another one that is merged into it took consent to the same purpose back on the
    /// day on which it was given or later; answers which ended.
    pub async fn withdraw_merged_consents(
        &mut self,
        kept: Uuid,
        dropped: Uuid,
        by: &str,
    ) -> Result<Vec<Uuid>, StoreError> {
        let rows: Vec<(Uuid,)> = fetch_all!(self, CONSENT_WITHDRAW_MERGED, kept, dropped, by)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Consents that only a merge at `merged_at` ended run again once it is undone; one whose purpose the member answered anew since stays
    /// ended. Answers how many run again.
    pub async fn reopen_consents(&mut self, ids: &[Uuid], merged_at: Timestamp) -> Result<u64, StoreError> {
        let mut reopened = 0;
        for id in ids {
            reopened += execute!(self, CONSENT_REOPEN, *id, merged_at.millis())?;
        }
        Ok(reopened)
    }
}
