//! Reading the journal (日志): by subject as a timeline, by time as an audit list.

pub mod anchor;
pub mod chain;

use std::time::Duration;

use codes::time::Day;
use domain::accounts::{Role, shown_name};
use domain::journal::{JournalAction, JournalEntry, JournalResult, JournalRow, SubjectKind};
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::journal::{COUNTED_MAX, JournalFilter};
use store::list_query::{Bind, KeyPage};
use uuid::Uuid;

use crate::error::{AppError, ErrorKind};
use crate::op::{App, OpContext};
use crate::pace::key;
use crate::paging::After;

/// Rows on a page of the journal.
const PAGE_SIZE: usize = 50;
/// Refused requests of one account that the journal keeps in a quarter of an hour.
const REFUSALS_OF_ONE: u32 = 20;
/// So long an answer waits for the entry of its refusal: a large import may hold the writer for minutes.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);
/// Longest address of a request that is kept, in characters.
const PATH_MAX: usize = 200;

/// What the journal is asked for, as it stands in the address bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalParams {
    /// From this day, `2026-08-01`.
    pub from: String,
    /// To this day, itself included.
    pub to: String,
    /// The actor's name contains this.
    pub actor: String,
    /// An action's code.
    pub action: String,
    /// A subject kind's code.
    pub subject: String,
    /// A subject's id.
    pub id: String,
    /// A role's code.
    pub role: String,
    /// The id of a session or interface token.
    pub session: String,
    /// An address, whole.
    pub address: String,
    /// A result's code.
    pub result: String,
    /// Only entries before this one, by its number: where the page before ended. From the newest when absent.
    pub before: Option<i64>,
}

/// One line of a timeline or an audit list.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalView {
    /// The order in which entries were written.
    pub seq: i64,
    /// When, to the minute in Asia/Shanghai.
    pub at: String,
    /// Who, and on whose behalf.
    pub actor: String,
    /// In which role, in words; `None` in rows from before it was kept.
    pub role: Option<String>,
    /// Through which session or interface token.
    pub session_id: Option<Uuid>,
    /// From which address.
    pub address: Option<String>,
    /// What came of it; `None` in rows from before it was kept.
    pub result: Option<String>,
    /// Why it was refused, by its code.
    pub reason: Option<String>,
    /// What, in words.
    pub action: String,
    /// What kind of thing.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// What changed: name of the value, before, after.
    pub changes: Vec<(String, String, String)>,
    /// The request or command.
    pub request_id: Option<String>,
}

/// A page of the journal.
#[derive(Debug, Clone)]
pub struct JournalPage {
    /// The rows, newest first.
    pub rows: Vec<JournalView>,
    /// How many rows on all pages; see [`is_counted`].
    pub total: i64,
    /// Behind which entry there are older ones.
    pub older: Option<i64>,
}

/// Whether a total of the journal is exact; else there are that many or more.
pub fn is_counted(total: i64) -> bool {
    total < COUNTED_MAX
}

impl From<JournalRow> for JournalView {
    fn from(row: JournalRow) -> JournalView {
        let (action, subject) = (row.action_label().to_owned(), row.subject_label().to_owned());
        let changes = changes(row.before.as_ref(), row.after.as_ref());
        let actor = match row.on_behalf {
            Some(whom) => format!("{}（代 {whom}）", row.actor_name),
            None => row.actor_name,
        };
        JournalView {
            seq: row.seq,
            at: row.at.to_minute(),
            actor,
            role: row.role.map(|code| match Role::from_code(&code) {
                Some(role) => role.label().to_owned(),
                None => code,
            }),
            session_id: row.session_id,
            address: row.address,
            result: row.result.map(|code| match JournalResult::from_code(&code) {
                Some(result) => result.label().to_owned(),
                None => code,
            }),
            reason: row.reason,
            action,
            subject,
            subject_id: row.subject_id,
            changes,
            request_id: row.request_id,
        }
    }
}

/// The values that differ between two objects, by name; anything else as one nameless change.
fn changes(
    before: Option<&serde_json::Value>,
    after: Option<&serde_json::Value>,
) -> Vec<(String, String, String)> {
    use serde_json::Value;
    let words = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(truth)) => if *truth { "是" } else { "否" }.to_owned(),
        Some(other) => other.to_string(),
    };
    let empty = serde_json::Map::new();
    let object = |value: Option<&Value>| match value {
        Some(Value::Object(map)) => Some(map.clone()),
        None | Some(Value::Null) => Some(empty.clone()),
        Some(_) => None,
    };
    let (Some(old), Some(new)) = (object(before), object(after)) else {
        return vec![(String::new(), words(before), words(after))];
    };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| (name.clone(), words(old.get(name)), words(new.get(name))))
        .collect()
}

/// What somebody tried and was refused.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// `POST`
    pub method: &'a str,
    /// The address without its query: what was typed into a search is not kept.
    pub path: &'a str,
    /// The kind of the refusal.
    pub kind: ErrorKind,
    /// Its code.
    pub code: &'a str,
}

/// Writes down that a request was refused (操作被拒绝; GB/T 22239-2019 8.1.4.3, ASVS 16.3.2): what the role does not allow, and what lies
/// outside the scope, which is answered as if it were not there. At most twenty of one account in a quarter of an hour, the last of
/// which says so. The refusal stands whether or not this can be written; a store that is at work is not waited for.
pub async fn refused(op: &OpContext, app: &App, tried: Tried<'_>) {
    let (Some(account), true) = (
        op.person_id(),
        matches!(tried.kind, ErrorKind::Forbidden | ErrorKind::NotFound),
    ) else {
        return;
    };
    let now = op.now();
    let refusals = &app.paces.refusals;
    let count = refusals.count(key(&["of", &account.to_string()]), now);
    if count > REFUSALS_OF_ONE {
        return;
    }
    let path: String = tried.path.chars().take(PATH_MAX).collect();
    let mut after = json!({ "request": format!("{} {path}", tried.method) });
    if count == REFUSALS_OF_ONE {
        after["why"] = format!("{} 前的不再逐条记录", refusals.until(now).to_minute()).into();
    }
    let entry = JournalEntry::new(
        JournalAction::RequestRefused,
        SubjectKind::Account,
        account.uuid(),
    )
    .after(&after)
    .refused(tried.code);
    let (by, store) = (op.by(), app.store.clone());
    let told = tokio::spawn(async move {
        let told = async {
            let mut tx = store.begin().await?;
            tx.journal(&by, entry).await?;
            tx.commit().await
        };
        if let Err(error) = told.await {
            tracing::error!(%error, "a refusal was not journalled");
        }
    });
    // It goes on by itself when it takes longer.
    let _ = tokio::time::timeout(REFUSAL_WAIT, told).await;
}

/// The journal in sight, newest first (审计).
///
/// # Errors
/// `JRN-101` when a day or an id cannot be read.
pub async fn journal(op: &OpContext, app: &App, params: &JournalParams) -> Result<JournalPage, AppError> {
    op.may(Action::SeeJournal)?;
    let filter = JournalFilter {
        without_administrators: !op.can(Action::SeeAdministratorJournal),
        ..filter_of(params)?
    };
    // One more than shown tells whether there are older ones.
    let wanted = KeyPage {
        after: params.before.map(Bind::Int),
        limit: PAGE_SIZE as i64 + 1,
    };
    let mut reader = app.store.read().await?;
    let (mut rows, total) = reader.journal_list(op.scope(), &filter, wanted).await?;
    let has_older = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    Ok(JournalPage {
        older: rows.last().filter(|_| has_older).map(|row| row.seq),
        rows: rows.into_iter().map(JournalView::from).collect(),
        total,
    })
}

/// The entries before one, the newest first, and how many there are in all.
///
/// # Errors
/// As [`journal`].
pub async fn journal_after(
    op: &OpContext,
    app: &App,
    params: &JournalParams,
    after: &After,
) -> Result<(Vec<JournalView>, i64), AppError> {
    op.may(Action::SeeJournal)?;
    let filter = filter_of(params)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.journal_list(op.scope(), &filter, after.number()).await?;
    Ok((rows.into_iter().map(JournalView::from).collect(), total))
}

fn filter_of(params: &JournalParams) -> Result<JournalFilter, AppError> {
    let wrong = |field, message: &str| AppError::invalid("JRN-101", "查询条件有误").field(field, message);
    let day = |field, text: &str| match text.trim() {
        "" => Ok(None),
        text => Day::parse_iso(text)
            .map(Some)
            .map_err(|_| wrong(field, "日期应写作 2026-08-01")),
    };
    let (from, to) = (day("from", &params.from)?, day("to", &params.to)?);
    let id = match params.id.trim() {
        "" => None,
        text => Some(Uuid::parse_str(text).map_err(|_| wrong("id", "不是有效的编号"))?),
    };
    let session = match params.session.trim() {
        "" => None,
        text => Some(Uuid::parse_str(text).map_err(|_| wrong("session", "不是有效的会话编号"))?),
    };
    let role = match params.role.trim() {
        "" => None,
        code => Some(Role::from_code(code).ok_or_else(|| wrong("role", "没有这个角色"))?),
    };
    let result = match params.result.trim() {
        "" => None,
        code => Some(JournalResult::from_code(code).ok_or_else(|| wrong("result", "没有这种结果"))?),
    };
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    Ok(JournalFilter {
        from: from.map(Day::start),
        to: to.map(|day| day.add_days(1).start()),
        actor: None,
        action: some(&params.action),
        subject_kind: SubjectKind::from_code(&params.subject),
        subject_id: id,
        actor_name: some(&params.actor),
        role,
        session_id: session,
        address: some(&params.address),
        result,
        without_administrators: true,
    })
}

/// The history of one subject, oldest first: what changed, by whom as pages name them. Who looked is for the journal. The caller has made
/// sure that the subject is in sight.
pub async fn timeline(app: &App, kind: SubjectKind, subject: Uuid) -> Result<Vec<JournalView>, AppError> {
    let rows = app.store.read().await?.journal_of(kind, subject, 500).await?;
    let is_change = |row: &JournalRow| row.action != JournalAction::ValueRevealed.code();
    let shown = |row: JournalRow| {
        let view = JournalView::from(row);
        JournalView {
            actor: shown_name(&view.actor),
            ..view
        }
    };
    Ok(rows.into_iter().filter(is_change).map(shown).collect())
}

/// What the filter offers: code and word of every action.
pub fn actions() -> impl Iterator<Item = (&'static str, &'static str)> {
    JournalAction::ALL
        .iter()
        .map(|action| (action.code(), action.label()))
}

/// What the filter offers: code and word of every role.
pub fn roles() -> impl Iterator<Item = (&'static str, &'static str)> {
    Role::ALL.into_iter().map(|role| (role.code(), role.label()))
}

/// What the filter offers: code and word of every result.
pub fn results() -> impl Iterator<Item = (&'static str, &'static str)> {
    JournalResult::ALL
        .iter()
        .map(|result| (result.code(), result.label()))
}

/// What the filter offers: code and word of every kind of subject.
pub fn subjects() -> impl Iterator<Item = (&'static str, &'static str)> {
    SubjectKind::ALL.iter().map(|kind| (kind.code(), kind.label()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_shown() {
        let changes = changes(
            Some(&json!({ "name": "王", "role": "auditor", "gone": 1 })),
            Some(&json!({ "name": "李", "role": "auditor", "is_disabled": true })),
        );
        assert_eq!(
            changes,
            [
                ("gone".into(), "1".into(), String::new()),
                ("is_disabled".into(), String::new(), "是".into()),
                ("name".into(), "王".into(), "李".into()),
            ]
        );
    }

    #[test]
    fn a_day_is_whole_and_in_shanghai() {
        let params = JournalParams {
            from: "2026-08-01".into(),
            to: "2026-08-01".into(),
            ..Default::default()
        };
        let filter = filter_of(&params).unwrap();
        assert_eq!(filter.to.unwrap().millis_since(filter.from.unwrap()), 86_400_000);
        let wrong = JournalParams {
            from: "昨天".into(),
            ..Default::default()
        };
        assert_eq!(filter_of(&wrong).unwrap_err().fields[0].field, "from");
        for (params, field) in [
            (
                JournalParams {
                    role: "king".into(),
                    ..Default::default()
                },
                "role",
            ),
            (
                JournalParams {
                    session: "1".into(),
                    ..Default::default()
                },
                "session",
            ),
            (
                JournalParams {
                    result: "ok".into(),
                    ..Default::default()
                },
                "result",
            ),
        ] {
            assert_eq!(
                filter_of(&params).unwrap_err().fields[0].field,
                field,
                "nothing unread filters nothing"
            );
        }
    }
}
