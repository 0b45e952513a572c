//! The buttons of an item page: what this person may do now.

use domain::accounts::Role;
use domain::list_item::{self as rules, Action, Actor, EscalateTo, RefuteReason};
use domain::permission;
use domain::scope::UnionPath;
use store::Reader;
use store::list_item::ItemRecord;

use super::query::assignable;
use super::{ActionView, Choice, WordsField, policy_on, standing_of};
use crate::error::AppError;
use crate::op::OpContext;

/// What this person may do now, by asking the transition function itself.
pub(super) fn actions_of(op: &OpContext, record: &ItemRecord) -> (Vec<ActionView>, Option<String>) {
    if let Err(error) = op.may(permission::Action::WorkOnItems) {
        return (Vec::new(), Some(error.message));
    }
    let standing = standing_of(record, &policy_on(op.today()));
    let actor = Actor {
        role: op.role(),
        is_owner: op.actor.id.is_some() && record.owner_id == op.actor.id,
    };
    let mut views: Vec<ActionView> = Vec::new();
    let mut refusal = None;
    for action in specimens(op) {
        match rules::step(standing, &action, actor) {
            Ok(_) => views.push(action_view(Some(record), &action)),
            Err(reason) => refusal = refusal.or(Some(reason.reason)),
        }
    }
    // What brings the item forward stands first and red, however many ways out there are.
    if let Some(at) = views.iter().position(|view| !WAYS_OUT.contains(&view.code)) {
        views[..=at].rotate_right(1);
        views[0].is_primary = true;
    }
    let locked = if views.is_empty() { refusal } else { None };
    (views, locked)
}

/// Acts that do not bring an item forward.
const WAYS_OUT: [&str; 5] = ["refute", "unreachable", "put_aside", "block", "escalate"];

/// Acts that may be done to many items at once, in the order of the choice. What needs a look at each (whether it is
/// true, that nobody was there, founding) is not among them.
const BULK: [&str; 9] = [
    "assign",
    "read",
    "start_verifying",
    "accept",
    "block",
    "escalate",
    "resume",
    "complete",
    "put_aside",
];
/// What a field worker leaves to the officers.
const OFFICERS: [&str; 3] = ["assign", "escalate", "put_aside"];

/// What this person may choose to do to many items at once, with what it asks for.
pub fn bulk_actions(op: &OpContext) -> Vec<ActionView> {
    if !op.can(permission::Action::WorkOnItems) {
        return Vec::new();
    }
    let specimens = bulk_specimens(op);
    BULK.iter()
        .filter_map(|code| specimens.iter().find(|action| action.code() == *code))
        .map(|action| match action {
            Action::Read => ActionView {
                label: "签收（标为已读）".to_owned(),
                ..action_view(None, action)
            },
            other => action_view(None, other),
        })
        .collect()
}

/// One specimen of each act of [`bulk_actions`].
pub(super) fn bulk_specimens(op: &OpContext) -> Vec<Action> {
    let is_officer = op.role() != Role::FieldWorker;
    let mut all = specimens(op);
    all.push(Action::Read);
    all.retain(|action| BULK.contains(&action.code()) && (is_officer || !OFFICERS.contains(&action.code())));
    all
}

/// One specimen of every act that the role allows, as this person would do it.
fn specimens(op: &OpContext) -> Vec<Action> {
    let is_county = op.role() == Role::CountyOfficer;
    Action::for_people()
        .into_iter()
        .filter(|action| match action {
            Action::Found => op.can(permission::Action::FoundUnion),
            Action::Assign => op.can(permission::Action::AssignItems),
            _ => true,
        })
        .map(|action| match action {
            Action::Escalate { words, .. } if is_county => Action::Escalate {
                to: EscalateTo::City,
                words,
            },
            other => other,
        })
        .collect()
}

fn action_view(record: Option<&ItemRecord>, action: &Action) -> ActionView {
    let label = match action {
        Action::Assign if record.is_some_and(|record| record.owner_id.is_some()) => "转派".to_owned(),
        Action::Refute { .. } => "核实不属实…".to_owned(),
        Action::Escalate { to, .. } => format!("上报{}", to.label()),
        other => other.label().to_owned(),
    };
    let words = |label, is_required| {
        let hint = match action {
            _ if is_required => "",
            Action::Refute { .. } => "选“其他”时必填",
            _ => "可不填",
        };
        Some(WordsField {
            label,
            is_required,
            hint,
        })
    };
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
    };
    ActionView {
        code: action.code(),
        label,
        is_primary: false,
        words: match action {
            Action::Confirm { .. } => words("现场情况", false),
            Action::Refute { .. } => words("说明", false),
            Action::Unreachable { .. } => words("何时、如何联系过", true),
            Action::Block { .. } => words("单位不配合的情况", true),
            Action::Escalate { .. } => words("上报理由", true),
            Action::PutAside { .. } => words("不属本级的理由", true),
            Action::Resume { .. } | Action::Complete { .. } => words("说明", false),
            _ => None,
        },
        choices: match action {
            Action::Refute { .. } => RefuteReason::ALL
                .iter()
                .map(|it| choice(it.code(), it.label()))
                .collect(),
            Action::Escalate { to, .. } => vec![choice(to.code(), to.label())],
            _ => Vec::new(),
        },
    }
}

/// The people who can see the item, hence be given it, nearest first.
pub(super) async fn colleagues(
    op: &OpContext,
    reader: &mut Reader,
    record: &ItemRecord,
) -> Result<Vec<Choice>, AppError> {
    let place = record
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    let mut accounts = assignable(op, reader).await?;
    accounts.retain(|account| account.scope().contains(place.as_ref()));
    accounts.sort_by_key(|account| std::cmp::Reverse(account.path.as_ref().map_or(0, UnionPath::depth)));
    Ok(accounts
        .into_iter()
        .map(|account| Choice {
            label: format!("{}（{}）", account.name, account.role.label()),
            value: account.login,
        })
        .collect())
}
