//! Suggested transfers (接转建议): members who are insured with an employer of another union.

use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, ListQuery, Window};
use crate::tx::{Reader, Tx};

statements! {
    SUGGESTIONS_ALL = Sql::both(
        "SELECT member, member_id, name, from_union, to_union, employer_name, insured_from, evidence, tier, run_no, state, \
         answerer_name, answered_at, answer FROM transfer_suggestion"
    ),
    SUGGESTION_OF = Sql::both(
        "SELECT member, member_id, name, from_union, to_union, employer_name, insured_from, evidence, tier, run_no, state, \
         answerer_name, answered_at, answer FROM transfer_suggestion WHERE member = $1"
    ),
    SUGGESTIONS_CLEAR = Sql::both("DELETE FROM transfer_suggestion"),
    SUGGESTION_ANSWER = Sql::both(
        "UPDATE transfer_suggestion SET state = $2, answerer_name = $3, answered_at = $4, answer = $5 \
         WHERE member = $1 AND state = 'open'"
    ),
}

/// A membership whose person is insured elsewhere.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct TransferSuggestion {
    /// Row id of the membership.
    pub member: Uuid,
    pub member_id: String,
    /// Masked.
    pub name: String,
    /// The union that has the member.
    pub from_union: Uuid,
    /// The union of the employer where the person is insured.
    pub to_union: Uuid,
    pub employer_name: String,
    pub insured_from: Option<chrono::NaiveDate>,
    /// Employer and union that it rests on: while it is the same, an answer holds.
    pub evidence: String,
    /// How the person was found among the insured.
    pub tier: Option<String>,
    pub run_no: i64,
    /// `open`, `refused` or `asked`.
    pub state: String,
    pub answerer_name: Option<String>,
    pub answered_at: Option<i64>,
    pub answer: Option<String>,
}

impl BulkRow for TransferSuggestion {
    const TABLE: &'static str = "transfer_suggestion";
    const COLUMNS: &'static [&'static str] = &[
        "member",
        "member_id",
        "name",
        "from_union",
        "to_union",
        "employer_name",
        "insured_from",
        "evidence",
        "tier",
        "run_no",
        "state",
        "answerer_name",
        "answered_at",
        "answer",
    ];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.member)
            .text(self.member_id.as_str())
            .text(self.name.as_str())
            .uuid(self.from_union)
            .uuid(self.to_union)
            .text(self.employer_name.as_str())
            .day(self.insured_from)
            .text(self.evidence.as_str())
            .text(self.tier.as_deref())
            .int(self.run_no)
            .text(self.state.as_str())
            .text(self.answerer_name.as_deref())
            .int(self.answered_at)
            .text(self.answer.as_deref());
    }
}

impl Tx {
    /// Puts suggestions in the place of those of before.
    pub async fn replace_suggestions(
        &mut self,
        rows: impl IntoIterator<Item = TransferSuggestion>,
    ) -> Result<u64, StoreError> {
        execute!(self, SUGGESTIONS_CLEAR)?;
        bulk::insert_rows(self, rows).await
    }

    /// Answers one that is open; `false` when somebody was quicker.
    pub async fn answer_suggestion(
        &mut self,
        member: Uuid,
        state: &str,
        by: &str,
        at: i64,
        words: &str,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, SUGGESTION_ANSWER, member, state, by, at, words)? == 1)
    }
}

impl Reader {
    /// Every suggestion.
    pub async fn suggestions(&mut self) -> Result<Vec<TransferSuggestion>, StoreError> {
        fetch_all!(self, SUGGESTIONS_ALL)
    }

    /// The suggestion about one membership.
    pub async fn suggestion_of(&mut self, member: Uuid) -> Result<Option<TransferSuggestion>, StoreError> {
        fetch_optional!(self, SUGGESTION_OF, member)
    }

    /// A page of the open, or of the refused, suggestions whose member is in scope, and how many there are.
    pub async fn suggestion_list(
        &mut self,
        scope: &Scope,
        state: &str,
        window: impl Into<Window>,
    ) -> Result<(Vec<TransferSuggestion>, i64), StoreError> {
        let mut query = ListQuery::new(
            "s.member, s.member_id, s.name, s.from_union, s.to_union, s.employer_name, s.insured_from, s.evidence, s.tier, \
             s.run_no, s.state, s.answerer_name, s.answered_at, s.answer",
            "transfer_suggestion s JOIN union_org u ON u.id = s.from_union",
            scope,
            "u.path",
        );
        query.wherever("s.state = ?", [state.into()]);
        query.then_by("u.path").then_by("s.member_id");
        query.window(window.into(), "s.member", Direction::Ascending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }
}
