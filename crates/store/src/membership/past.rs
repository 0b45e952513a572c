//! 以前某一天的会员: what has happened to memberships since, and who joined since.

use codes::time::Day;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::Reader;

statements! {
    TALLIES = Sql::both("SELECT union_org_id, members FROM member_tally"),
    // Everything that has happened to whoever has an event after the day; a correction moves nobody.
    STEPS = Sql::both(
        "SELECT e.member, e.kind, e.happened_on, e.at, e.from_union, e.to_union, e.state FROM member_event e \
         WHERE e.kind <> 'correct' AND e.member IN (SELECT s.member FROM member_event s \
         WHERE s.happened_on > $1 OR (s.happened_on IS NULL AND s.at >= $2)) ORDER BY e.member, e.at, e.id"
    ),
    STANDING = Sql::both(
        "SELECT m.id, m.union_org_id, m.joined_on FROM member m WHERE m.id IN (SELECT s.member FROM member_event s \
         WHERE s.happened_on > $1 OR (s.happened_on IS NULL AND s.at >= $2))"
    ),
    // From the index alone.
    JOINED_SINCE = Sql::both("SELECT union_org_id, COUNT(*) FROM member WHERE joined_on > $1 GROUP BY union_org_id"),
    UNDATED = Sql::both("SELECT union_org_id, COUNT(*) FROM member WHERE joined_on IS NULL GROUP BY union_org_id"),
    FIRST_BATCH = Sql::both(
        "SELECT MIN(started_at) FROM intake_batch WHERE kind = 'members' AND state = 'applied'"
    ),
}

/// One event, as far as a past day asks.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PastStepRow {
    pub member: Uuid,
    /// `ChangeKind::code`.
    pub kind: String,
    pub happened_on: Option<chrono::NaiveDate>,
    pub at: i64,
    pub from_union: Option<Uuid>,
    pub to_union: Option<Uuid>,
    /// `MembershipState::code`.
    pub state: String,
}

/// A union and how many memberships.
pub type Counted = (Uuid, i64);
/// A membership, its union and the day of joining.
pub type StandingRow = (Uuid, Uuid, Option<chrono::NaiveDate>);

impl Reader {
    /// How many memberships each union has now.
    pub async fn members_of_all_unions(&mut self) -> Result<Vec<Counted>, StoreError> {
        fetch_all!(self, TALLIES)
    }

    /// The events of everybody to whom something has happened since a day, by member and in order.
    pub async fn member_steps_since(&mut self, day: Day) -> Result<Vec<PastStepRow>, StoreError> {
        let written = day.add_days(1).start().millis();
        fetch_all!(self, STEPS, day.naive(), written)
    }

    /// Those of them that are memberships now.
    pub async fn members_touched_since(&mut self, day: Day) -> Result<Vec<StandingRow>, StoreError> {
        let written = day.add_days(1).start().millis();
        fetch_all!(self, STANDING, day.naive(), written)
    }

    /// How many memberships of each union name a day of joining after a day.
    pub async fn members_joined_since(&mut self, day: Day) -> Result<Vec<Counted>, StoreError> {
        fetch_all!(self, JOINED_SINCE, day.naive())
    }

    /// How many memberships of each union name no day of joining.
    pub async fn members_undated(&mut self) -> Result<Vec<Counted>, StoreError> {
        fetch_all!(self, UNDATED)
    }

    /// When the first file of members that counts came; `None`: never.
    pub async fn first_members_at(&mut self) -> Result<Option<i64>, StoreError> {
        let row: (Option<i64>,) = fetch_one!(self, FIRST_BATCH)?;
        Ok(row.0)
    }
}
