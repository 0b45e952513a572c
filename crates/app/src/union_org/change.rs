//! 工会组织变更: moving a union under another parent, merging, splitting and dissolving, each in one transaction with all that hangs on it.
//!
//! A person first sees what a change would do ([`preview`]), then has it done ([`apply`]). Both go through the same plan; what was
//! seen is told by a stamp, and a register that has changed in between is seen anew first.

mod carry;
mod plan;
mod wrong;
mod zones;

pub(super) use plan::standing;

use codes::time::Day;
use domain::approval::ApprovalKind;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::security::Limit;
use domain::union_org::UnionType;
use domain::union_org::change::{has_parts, splits};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Reader, Tx};
use uuid::Uuid;

use self::plan::Plan;
use super::{branch_in_sight, cover, union_in_sight};
use crate::approval::{self, Wanted};
use crate::element_right::expect_write;
use crate::error::AppError;
use crate::membership::standing::note_change;
use crate::op::{App, OpContext};
use crate::security::needs_second_person;

/// What is to be done to a union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 调整上级工会
    Move,
    /// 并入另一工会
    Merge,
    /// 分立出新工会
    Split,
    /// 在基层工会之下设立分会或小组
    SetUp,
    /// 撤销
    Dissolve,
    /// 登记、改换或取消所属产业工会
    Industry,
    /// 接收已撤销工会留下的会员
    TakeOver,
}

impl Change {
    /// Every change, in the order of the buttons.
    pub const ALL: [Change; 7] = [
        Change::Move,
        Change::Merge,
        Change::Split,
        Change::SetUp,
        Change::Dissolve,
        Change::Industry,
        Change::TakeOver,
    ];

    /// Whether it is for a union that is dissolved; all others are for those that are not.
    pub fn is_for_dissolved(self) -> bool {
        self == Change::TakeOver
    }

    /// Whether members are moved or kept by it.
    /// Whether unions of a kind are ever changed so; an act that never can be is not offered.
    pub fn is_for(self, kind: UnionType) -> bool {
        match self {
            Change::Split => splits(kind),
            Change::SetUp => has_parts(kind),
            _ => true,
        }
    }

    fn moves_members(self) -> bool {
        matches!(
            self,
            Change::Merge | Change::Split | Change::SetUp | Change::Dissolve | Change::TakeOver
        )
    }

    /// The word on buttons and in addresses' pages.
    pub fn label(self) -> &'static str {
        match self {
            Change::Move => "调整上级工会",
            Change::Merge => "合并",
            Change::Split => "分立",
            Change::SetUp => "设立分会、小组",
            Change::Dissolve => "撤销",
            Change::Industry => "调整产业隶属",
            Change::TakeOver => "接收会员",
        }
    }

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Change::Move => "move",
            Change::Merge => "merge",
            Change::Split => "split",
            Change::SetUp => "set-up",
            Change::Dissolve => "dissolve",
            Change::Industry => "industry",
            Change::TakeOver => "take-over",
        }
    }

    /// Reads [`Change::code`].
    pub fn from_code(code: &str) -> Option<Change> {
        Change::ALL.into_iter().find(|change| change.code() == code)
    }

    /// The element that it changes of the union itself, where it changes one.
    pub fn element(self) -> Option<&'static str> {
        match self {
            Change::Move => Some("parent_id"),
            Change::Industry => Some("industry_parent_id"),
            _ => None,
        }
    }

    fn action(self) -> JournalAction {
        match self {
            Change::Move => JournalAction::UnionMoved,
            Change::Merge => JournalAction::UnionMerged,
            Change::Split => JournalAction::UnionSplit,
            Change::SetUp => JournalAction::UnionPartSetUp,
            Change::Dissolve => JournalAction::UnionDissolved,
            Change::Industry => JournalAction::IndustryChanged,
            Change::TakeOver => JournalAction::MembersTakenOver,
        }
    }
}

/// What a person enters for a change; which fields count depends on the change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeForm {
    /// The new parent, the union to merge into, the one that takes a dissolved union's members, or the industry union (may be empty
    /// with the last two):
    /// the register's key or the whole name.
    pub other: String,
    /// 生效日期, `yyyy-mm-dd`; today when empty.
    pub effective_on: String,
    /// 批复文号
    pub document_no: String,
    /// Why, in words.
    pub reason: String,
    /// The new union's name (分立、设立分会和小组).
    pub name: String,
    /// The new union's chair or the leader of the group (分立、设立分会和小组).
    pub chair: String,
    /// 3 or 5 (分立、设立分会).
    pub term_years: String,
    /// The new union's employer, by its credit code (分立); may be empty.
    pub employer_code: String,
    /// Keys of the members that go to the new union, one a line (分立、设立分会和小组).
    pub members: String,
    /// Keys of the covered employers that go with their members (分立).
    pub covers: Vec<String>,
    /// What the preview showed; empty before it.
    pub seen: String,
}

/// What the form shows before anything is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDraft {
    pub union_id: String,
    pub name: String,
    /// Name of the union above.
    pub parent: Option<String>,
    /// Unions below.
    pub below: i64,
    /// Members of this union alone.
    pub members: i64,
    /// Covered employers to choose from (分立): key and name.
    pub covers: Vec<(String, String)>,
    pub today: Day,
    /// Why it cannot be done at all, whatever is entered.
    pub refusal: Option<String>,
}

/// What a change would do, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub union_id: String,
    pub name: String,
    /// One sentence for each thing that follows.
    pub effects: Vec<String>,
    /// To be handed back with the form.
    pub seen: String,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The union to look at now: the same, the one that it went into, or the new one.
    pub union_id: String,
    pub message: String,
}

/// The form of a change.
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn draft(
    op: &OpContext,
    app: &App,
    change: Change,
    union_id: &str,
) -> Result<ChangeDraft, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, path) = union_in_sight(op, &mut reader, union_id).await?;
    branch_in_sight(op, &row.name, path.as_ref())?;
    expect_write(op, &mut reader, Kind::Unions, change.element().as_slice()).await?;
    let (mut parent, mut below, mut members) = (None, 0, 0);
    if let Some(path) = &path {
        if let Some(over) = path.parent() {
            parent = reader.union_at_path(over.as_str()).await?.map(|found| found.name);
        }
        below = reader
            .weight_under(path.as_str(), &path.upper_bound())
            .await?
            .unions
            - 1;
    }
    if row.is_active || change.is_for_dissolved() {
        members = reader.members_of_union(row.id).await?.len() as i64;
    }
    let covers = reader
        .covers_of(union_id)
        .await?
        .into_iter()
        .filter(|cover| cover::holds(cover, op.today()))
        .map(|cover| {
            let name = cover.employer_name.or(cover.employer_code);
            (cover.cover_key, name.unwrap_or_else(|| "（没有名称）".to_owned()))
        })
        .collect();
    let refusal = plan::refusal_at_once(change, &mut reader, &row).await?;
    Ok(ChangeDraft {
        union_id: row.union_id,
        name: row.name,
        parent,
        below,
        members,
        covers,
        today: op.today(),
        refusal,
    })
}

/// What a change would do. Nothing is written.
///
/// # Errors
/// `ELM-403` when what it changes is not the actor's to change; `UNI-404` out of sight, `UNI-420` with the fields that are wrong, `UNI-409` when the union stands so that it cannot be done.
pub async fn preview(
    op: &OpContext,
    app: &App,
    change: Change,
    union_id: &str,
    form: &ChangeForm,
) -> Result<Preview, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut reader = app.store.read().await?;
    let plan = plan::make(op, &mut reader, change, union_id, form).await?;
    expect_write(op, &mut reader, Kind::Unions, change.element().as_slice()).await?;
    Ok(Preview {
        union_id: plan.union.union_id.clone(),
        name: plan.union.name.clone(),
        effects: plan.effects(),
        seen: plan.stamp(),
    })
}

/// Makes a change whose preview was seen.
///
/// # Errors
/// As [`preview`]; `UNI-412` when the register has changed since; `APR-428` or `APR-425` while a second person's approval is needed.
pub async fn apply(
    op: &OpContext,
    app: &App,
    change: Change,
    union_id: &str,
    form: &ChangeForm,
) -> Result<Changed, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    if change.moves_members()
        && let Some(row) = tx.union_row(union_id).await?
    {
        // What the plan reads of the members is what is written back: whoever changes one meanwhile waits.
        note_change(op, &mut tx).await?;
        tx.hold_members_of_union(row.id).await?;
    }
    let plan = plan::make(op, &mut tx, change, union_id, form).await?;
    expect_write(op, &mut tx, Kind::Unions, change.element().as_slice()).await?;
    if plan.stamp() != form.seen {
        return Err(
            AppError::conflict("UNI-412", "核对之后台账又有变动，没有保存").hint("请重新核对影响后再确认")
        );
    }
    let (unions, members) = plan.concerned_counts();
    if is_massive(op, &mut tx, unions, members).await? {
        approval::spend(op, &mut tx, &wanted_of(&plan)).await?;
    }
    let changed = match change {
        Change::Move => carry::move_union(op, &mut tx, &plan).await?,
        Change::Merge => carry::merge(op, &mut tx, &plan).await?,
        Change::Split => carry::split(op, &mut tx, &plan).await?,
        Change::SetUp => carry::set_up(op, &mut tx, &plan).await?,
        Change::Dissolve => carry::dissolve(op, &mut tx, &plan).await?,
        Change::Industry => carry::change_line(op, &mut tx, &plan).await?,
        Change::TakeOver => carry::take_over(op, &mut tx, &plan).await?,
    };
    zones::carry(op, &mut tx, &plan, &changed.union_id).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Whether this is more than one person does alone (双人复核).
pub(super) async fn is_massive(
    op: &OpContext,
    reader: &mut Reader,
    unions: i64,
    members: i64,
) -> Result<bool, AppError> {
    Ok(
        needs_second_person(op, reader, Limit::ChangeUnions, unions).await?
            || needs_second_person(op, reader, Limit::ChangeRows, members).await?,
    )
}

/// What a second person is asked to approve, when this change concerns more than one person decides alone: this change of these
/// unions on this day, for this reason.
///
/// # Errors
/// As [`apply`].
pub async fn wanted(
    op: &OpContext,
    app: &App,
    change: Change,
    union_id: &str,
    form: &ChangeForm,
) -> Result<Wanted, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut reader = app.store.read().await?;
    let plan = plan::make(op, &mut reader, change, union_id, form).await?;
    expect_write(op, &mut reader, Kind::Unions, change.element().as_slice()).await?;
    if plan.stamp() != form.seen {
        return Err(
            AppError::conflict("UNI-412", "核对之后台账又有变动，没有提交").hint("请重新核对影响后再申请")
        );
    }
    Ok(wanted_of(&plan))
}

fn wanted_of(plan: &Plan) -> Wanted {
    let (unions, members) = plan.concerned_counts();
    let told = |label: &str, text: String| (label.to_owned(), text);
    let mut details = vec![
        told("生效日期", plan.effective_on.to_string()),
        told("原因", plan.reason.clone()),
    ];
    if let Some(number) = &plan.document_no {
        details.push(told("批复文号", number.clone()));
    }
    details.extend(plan.effects().into_iter().map(|effect| told("影响", effect)));
    Wanted {
        kind: ApprovalKind::UnionChange,
        title: format!(
            "{}：{}（{unions} 家工会、{members} 名会员）",
            plan.change.label(),
            plan.union.name
        ),
        details,
        arguments: plan.fixed(),
    }
}

/// Journals a change for the union and, where it concerns other unions, for each of them at its own place.
async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    before: Value,
    after: Value,
) -> Result<(), AppError> {
    let action = plan.change.action();
    let entry = JournalEntry {
        path: tx.path_of_union(plan.union.id).await?,
        ..JournalEntry::new(action, SubjectKind::UnionOrg, plan.union.id)
            .before(&before)
            .after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    for (other, words) in &plan.concerned {
        tell(op, tx, plan, *other, words).await?;
    }
    Ok(())
}

/// Journals at the place of another union what the change means for it.
async fn tell(op: &OpContext, tx: &mut Tx, plan: &Plan, other: Uuid, words: &str) -> Result<(), AppError> {
    let told = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "words": words,
        "effective_on": plan.effective_on,
    });
    let entry = JournalEntry {
        path: tx.path_of_union(other).await?,
        ..JournalEntry::new(plan.change.action(), SubjectKind::UnionOrg, other).after(&told)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}
