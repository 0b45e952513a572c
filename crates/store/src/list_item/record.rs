//! The row of a list item, typed.

use chrono::NaiveDate;
use codes::id::{AccountId, ListItemId};
use codes::time::{Day, Timestamp};
use domain::list_item::{ClosedBy, ItemState, ItemSubject, ListKind, RefuteReason};
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{BulkRow, RowWriter};

/// Every column, in the order of [`Row`], for a table called `i`.
macro_rules! record_columns {
    () => {
        "i.id, i.item_no, i.rule, i.rule_version, i.subject_kind, i.subject_id, i.kind, i.state, i.uscc, i.name, \
         i.search_text, i.county, i.town, i.priority, i.expected_members, i.insured_now, i.due_days, \
         i.clock_started_on, i.due_on, i.fingerprint, i.detail_hash, i.reason, i.evidence_count, i.responsible_path, \
         i.owner_id, i.is_confirmed, i.tries, i.founded_union_id, i.raised_run, i.raised_at, i.changed_at, \
         i.confirmed_at, i.founded_at, i.closed_at, i.closed_by, i.closing_reason, i.refute_reason, \
         i.suppressed_fingerprint, i.suppressed_until, i.version"
    };
}

/// One item with everything but its long texts.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRecord {
    pub id: ListItemId,
    pub item_no: String,
    pub rule: String,
    pub rule_version: i64,
    pub subject_kind: ItemSubject,
    pub subject_id: String,
    pub kind: ListKind,
    pub state: ItemState,
    pub uscc: Option<String>,
    pub name: String,
    /// Normal form of name, code and number, for searching.
    pub search_text: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
    /// 1 is the most urgent, 9 the least.
    pub priority: i64,
    pub expected_members: Option<i64>,
    pub insured_now: Option<i64>,
    /// Working days from `clock_started_on`.
    pub due_days: i64,
    pub clock_started_on: Day,
    pub due_on: Day,
    pub fingerprint: String,
    /// Hash of reason, evidence and figures: they are rewritten only when it changes.
    pub detail_hash: i64,
    pub reason: String,
    pub evidence_count: i64,
    /// The path of the union that looks after the place.
    pub responsible_path: Option<String>,
    pub owner_id: Option<AccountId>,
    pub is_confirmed: bool,
    pub tries: i64,
    pub founded_union_id: Option<String>,
    pub raised_run: Option<i64>,
    pub raised_at: Timestamp,
    pub changed_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
    pub founded_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<ClosedBy>,
    pub closing_reason: Option<String>,
    pub refute_reason: Option<RefuteReason>,
    pub suppressed_fingerprint: Option<String>,
    pub suppressed_until: Option<Day>,
    /// Counts up with every change by a person.
    pub version: i64,
}

impl ItemRecord {
    /// An open item as it is on the day it is raised: a number and a subject, and nothing said or done yet.
    pub fn new(
        id: ListItemId,
        item_no: String,
        kind: ListKind,
        subject_kind: ItemSubject,
        subject_id: String,
        now: Timestamp,
        today: Day,
    ) -> ItemRecord {
        ItemRecord {
            id,
            item_no,
            rule: String::new(),
            rule_version: 0,
            subject_kind,
            subject_id,
            kind,
            state: ItemState::New,
            uscc: None,
            name: String::new(),
            search_text: String::new(),
            county: None,
            town: None,
            priority: 9,
            expected_members: None,
            insured_now: None,
            due_days: 0,
            clock_started_on: today,
            due_on: today,
            fingerprint: String::new(),
            detail_hash: 0,
            reason: String::new(),
            evidence_count: 0,
            responsible_path: None,
            owner_id: None,
            is_confirmed: false,
            tries: 0,
            founded_union_id: None,
            raised_run: None,
            raised_at: now,
            changed_at: now,
            confirmed_at: None,
            founded_at: None,
            closed_at: None,
            closed_by: None,
            closing_reason: None,
            refute_reason: None,
            suppressed_fingerprint: None,
            suppressed_until: None,
            version: 1,
        }
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    item_no: String,
    rule: String,
    rule_version: i64,
    subject_kind: String,
    subject_id: String,
    kind: String,
    state: String,
    uscc: Option<String>,
    name: String,
    search_text: String,
    county: Option<i64>,
    town: Option<i64>,
    priority: i64,
    expected_members: Option<i64>,
    insured_now: Option<i64>,
    due_days: i64,
    clock_started_on: NaiveDate,
    due_on: NaiveDate,
    fingerprint: String,
    detail_hash: i64,
    reason: String,
    evidence_count: i64,
    responsible_path: Option<String>,
    owner_id: Option<Uuid>,
    is_confirmed: bool,
    tries: i64,
    founded_union_id: Option<String>,
    raised_run: Option<i64>,
    raised_at: i64,
    changed_at: i64,
    confirmed_at: Option<i64>,
    founded_at: Option<i64>,
    closed_at: Option<i64>,
    closed_by: Option<String>,
    closing_reason: Option<String>,
    refute_reason: Option<String>,
    suppressed_fingerprint: Option<String>,
    suppressed_until: Option<NaiveDate>,
    version: i64,
}

impl TryFrom<Row> for ItemRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<ItemRecord, StoreError> {
        let bad = |column| StoreError::corrupt("list_item", column, &row.item_no);
        Ok(ItemRecord {
            subject_kind: ItemSubject::from_code(&row.subject_kind).ok_or_else(|| bad("subject_kind"))?,
            kind: ListKind::from_code(&row.kind).ok_or_else(|| bad("kind"))?,
            state: ItemState::from_code(&row.state).ok_or_else(|| bad("state"))?,
            closed_by: known(row.closed_by.as_deref(), ClosedBy::from_code)
                .ok_or_else(|| bad("closed_by"))?,
            refute_reason: known(row.refute_reason.as_deref(), RefuteReason::from_code)
                .ok_or_else(|| bad("refute_reason"))?,
            id: ListItemId::from_uuid(row.id),
            item_no: row.item_no,
            rule: row.rule,
            rule_version: row.rule_version,
            subject_id: row.subject_id,
            uscc: row.uscc,
            name: row.name,
            search_text: row.search_text,
            county: row.county,
            town: row.town,
            priority: row.priority,
            expected_members: row.expected_members,
            insured_now: row.insured_now,
            due_days: row.due_days,
            clock_started_on: row.clock_started_on.into(),
            due_on: row.due_on.into(),
            fingerprint: row.fingerprint,
            detail_hash: row.detail_hash,
            reason: row.reason,
            evidence_count: row.evidence_count,
            responsible_path: row.responsible_path,
            owner_id: row.owner_id.map(AccountId::from_uuid),
            is_confirmed: row.is_confirmed,
            tries: row.tries,
            founded_union_id: row.founded_union_id,
            raised_run: row.raised_run,
            raised_at: Timestamp(row.raised_at),
            changed_at: Timestamp(row.changed_at),
            confirmed_at: row.confirmed_at.map(Timestamp),
            founded_at: row.founded_at.map(Timestamp),
            closed_at: row.closed_at.map(Timestamp),
            closing_reason: row.closing_reason,
            suppressed_fingerprint: row.suppressed_fingerprint,
            suppressed_until: row.suppressed_until.map(Day::from),
            version: row.version,
        })
    }
}

/// An absent code stays absent; a code that is not known is no answer at all.
pub(super) fn known<T>(code: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match code {
        None => Some(None),
        Some(code) => read(code).map(Some),
    }
}

impl BulkRow for ItemRecord {
    const TABLE: &'static str = "list_item";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "item_no",
        "rule",
        "rule_version",
        "subject_kind",
        "subject_id",
        "kind",
        "state",
        "is_open",
        "uscc",
        "name",
        "search_text",
        "county",
        "town",
        "priority",
        "expected_members",
        "insured_now",
        "due_days",
        "clock_started_on",
        "due_on",
        "fingerprint",
        "detail_hash",
        "reason",
        "evidence_count",
        "responsible_path",
        "owner_id",
        "is_confirmed",
        "tries",
        "founded_union_id",
        "raised_run",
        "raised_at",
        "changed_at",
        "confirmed_at",
        "founded_at",
        "closed_at",
        "closed_by",
        "closing_reason",
        "refute_reason",
        "suppressed_fingerprint",
        "suppressed_until",
        "version",
    ];
    const KEY: &'static [&'static str] = &["id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.id.uuid())
            .text(self.item_no.as_str())
            .text(self.rule.as_str())
            .int(self.rule_version)
            .text(self.subject_kind.code())
            .text(self.subject_id.as_str())
            .text(self.kind.code())
            .text(self.state.code())
            .bool(self.state.is_open())
            .text(self.uscc.as_deref())
            .text(self.name.as_str())
            .text(self.search_text.as_str())
            .int(self.county)
            .int(self.town)
            .int(self.priority)
            .int(self.expected_members)
            .int(self.insured_now)
            .int(self.due_days)
            .day(self.clock_started_on.naive())
            .day(self.due_on.naive())
            .text(self.fingerprint.as_str())
            .int(self.detail_hash)
            .text(self.reason.as_str())
            .int(self.evidence_count)
            .text(self.responsible_path.as_deref())
            .uuid(self.owner_id.map(|owner| owner.uuid()))
            .bool(self.is_confirmed)
            .int(self.tries)
            .text(self.founded_union_id.as_deref())
            .int(self.raised_run)
            .int(self.raised_at.0)
            .int(self.changed_at.0)
            .int(self.confirmed_at.map(|at| at.0))
            .int(self.founded_at.map(|at| at.0))
            .int(self.closed_at.map(|at| at.0))
            .text(self.closed_by.map(|by| by.code()))
            .text(self.closing_reason.as_deref())
            .text(self.refute_reason.map(|reason| reason.code()))
            .text(self.suppressed_fingerprint.as_deref())
            .day(self.suppressed_until.map(Day::naive))
            .int(self.version);
    }
}
