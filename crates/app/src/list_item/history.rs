//! The timeline of an item, told from the journal.

use domain::accounts::shown_name;
use domain::journal::{JournalAction, JournalRow};
use serde_json::Value;

use super::HistoryEntry;

/// Oldest first.
pub(super) fn history_of(rows: &[JournalRow]) -> Vec<HistoryEntry> {
    rows.iter().map(entry).collect()
}

fn entry(row: &JournalRow) -> HistoryEntry {
    let after = row.after.as_ref();
    let action = JournalAction::from_code(&row.action);
    HistoryEntry {
        at: row.at,
        label: label(action, row),
        actor: actor(row),
        note: note(action, after),
        tone: match action {
            Some(
                JournalAction::ItemUnreachable | JournalAction::ItemBlocked | JournalAction::ItemReported,
            ) => "act",
            Some(JournalAction::ItemStarted | JournalAction::ItemChanged) => "wait",
            _ => "done",
        },
    }
}

fn label(action: Option<JournalAction>, row: &JournalRow) -> String {
    let words = match action {
        Some(JournalAction::ItemRaised) => "生成",
        Some(JournalAction::ItemAssigned) => "派发",
        Some(JournalAction::ItemReturned) => "退回待派",
        Some(JournalAction::ItemAccepted) => "接收办理",
        Some(JournalAction::ItemVerified) => "核实属实，报镇（街道）总工会",
        Some(JournalAction::ItemRefuted) => "核实不属实",
        Some(JournalAction::ItemReported) => "上报",
        Some(JournalAction::ItemFounded) => "建会，等待比对办结",
        Some(JournalAction::ItemClosed) => "自动办结",
        Some(JournalAction::ItemSuperseded) => "已失效，自动关闭",
        _ => return row.action_label().to_owned(),
    };
    words.to_owned()
}

/// Runs and the command line are the system's; people are masked, and who acted for another is named with that other.
fn actor(row: &JournalRow) -> String {
    let name = shown_name(&row.actor_name);
    match (row.actor_id, &row.on_behalf) {
        (Some(_), Some(whom)) => format!("{name}（代 {}）", shown_name(whom)),
        (Some(_), None) => name,
        (None, _) => "系统".to_owned(),
    }
}

fn note(action: Option<JournalAction>, after: Option<&Value>) -> Option<String> {
    let text = |key: &str| {
        after
            .and_then(|value| value.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let number = |key: &str| after.and_then(|value| value.get(key)).and_then(Value::as_i64);
    let mut parts = Vec::new();
    if let Some(run_no) = number("run_no") {
        parts.push(format!("第 {run_no} 次比对"));
    }
    if action == Some(JournalAction::ItemAssigned) {
        let name = text("owner_name").map(|name| shown_name(&name));
        let is_auto = after.and_then(|value| value.get("auto")).and_then(Value::as_bool) == Some(true);
        parts.extend(name.map(|name| {
            if is_auto {
                format!("派给 {name} · 自动")
            } else {
                format!("派给 {name}")
            }
        }));
    }
    parts.extend(text("to"));
    parts.extend(text("refute_reason"));
    parts.extend(text("union_name"));
    parts.extend(text("words"));
    (!parts.is_empty()).then(|| parts.join(" · "))
}
