//! Reading the journal (日志): by subject as a timeline, by time as an audit list.

pub mod chain;

use codes::time::Day;
use domain::accounts::shown_name;
use domain::journal::{JournalAction, JournalRow, SubjectKind};
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use store::journal::JournalFilter;
use store::list_query::Page;
use uuid::Uuid;

use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// Rows on a page of the journal.
const PAGE_SIZE: u32 = 50;

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
    /// Which page, from 1.
    pub page: u32,
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
    /// How many rows on all pages.
    pub total: i64,
    /// Rows a page.
    pub page_size: u32,
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
    let page = Page::number(params.page, PAGE_SIZE);
    let (rows, total) = app
        .store
        .read()
        .await?
        .journal_list(op.scope(), &filter, page)
        .await?;
    Ok(JournalPage {
        rows: rows.into_iter().map(JournalView::from).collect(),
        total,
        page_size: PAGE_SIZE,
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
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    Ok(JournalFilter {
        from: from.map(Day::start),
        to: to.map(|day| day.add_days(1).start()),
        actor: None,
        action: some(&params.action),
        subject_kind: SubjectKind::from_code(&params.subject),
        subject_id: id,
        actor_name: some(&params.actor),
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
    }
}
