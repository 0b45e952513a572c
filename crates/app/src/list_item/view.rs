//! What the list page and the item page show. Plain values, masked where a person's data are concerned.

use codes::time::{Day, Timestamp};
use domain::list_item::{ItemState, ItemSubject, ListKind};
use serde::Serialize;

use super::ListParams;
use crate::employer::EmployerCard;
use crate::explanation::Explanation;

/// How urgent a deadline is, for the colour beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Time enough.
    Calm,
    /// Three working days or fewer are left.
    Soon,
    /// The day has passed.
    Late,
}

/// A deadline in working days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deadline {
    pub due_on: Day,
    /// Working days left; negative when overdue.
    pub days_left: i64,
    pub tone: Tone,
    /// The calendar does not reach that far; weekends alone were counted (暂按周末推算).
    pub is_estimate: bool,
    /// `还剩 3 个工作日`, `今天到期`, `逾期 2 个工作日`.
    pub text: String,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemRow {
    /// `QD-330226-2026-000412`: the item's address in URLs as well.
    pub item_no: String,
    pub kind: ListKind,
    pub state: ItemState,
    pub rule: String,
    /// The rule in words, e.g. 应建未建.
    pub rule_title: String,
    pub subject_kind: ItemSubject,
    pub subject_id: String,
    /// The employer's or the union's name.
    pub name: String,
    pub uscc: Option<String>,
    /// The Chinese sentence that says why it is here.
    pub reason: String,
    /// How many pieces of evidence stand behind it.
    pub evidence_count: i64,
    pub insured_now: Option<i64>,
    pub expected_members: Option<i64>,
    /// 1 is the most urgent.
    pub priority: i64,
    pub county: Option<i64>,
    pub county_name: Option<String>,
    pub town: Option<i64>,
    pub town_name: Option<String>,
    /// The owner's sign-in name.
    pub owner: Option<String>,
    /// The owner's name, masked: 李**.
    pub owner_name: Option<String>,
    /// Absent once the item is closed.
    pub deadline: Option<Deadline>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListPage {
    pub rows: Vec<ItemRow>,
    /// How many rows there are on all pages, exactly.
    pub total: i64,
    /// How many of them are overdue.
    pub overdue: i64,
    /// From 1; never past `page_count`.
    pub page: u32,
    pub page_count: u32,
    /// What was asked, as understood (unknown values dropped).
    pub params: ListParams,
    /// The last finished run: 数据截至, 第 n 次比对.
    pub run: Option<RunStamp>,
}

/// Which run the lists come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunStamp {
    pub run_no: i64,
    pub as_of: Day,
    pub finished_at: Option<Timestamp>,
}

/// How many open items wait, for the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct KindCounts {
    pub verification: i64,
    pub task: i64,
    pub work: i64,
    /// Open items of the person who asks.
    pub mine: i64,
    /// Overdue among all of them.
    pub overdue: i64,
}

/// One chip above a list: a rule with the number of its open items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleChip {
    pub rule: String,
    pub title: String,
    pub count: i64,
}

/// Somebody to whom items can be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignee {
    pub login: String,
    /// In full: colleagues know each other.
    pub name: String,
    pub union_name: String,
    pub open_count: i64,
}

/// The item page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemView {
    pub row: ItemRow,
    pub rule_version: i64,
    /// Counts up with every change; a form sends it back so that two people do not act on each other's page.
    pub version: i64,
    pub employer: Option<EmployerCard>,
    pub evidence: Vec<EvidenceRow>,
    /// What the machine is not sure of, in words.
    pub doubts: Vec<String>,
    /// The nearest union (or enterprise) that was not taken.
    pub candidate: Option<Candidate>,
    pub history: Vec<HistoryEntry>,
    /// What this person may do now; the first is the one to make red.
    pub actions: Vec<ActionView>,
    /// Why nothing can be done, where `actions` is empty.
    pub locked_because: Option<String>,
    /// How often nobody could be reached.
    pub tries: i64,
    /// The union founded for this item, waiting for the next run.
    pub founded_union: Option<FoundedUnion>,
    pub closing: Option<Closing>,
    /// The item before this one under the same filter and order.
    pub previous: Option<String>,
    pub next: Option<String>,
    /// Raised at, by which run.
    pub raised_at: Timestamp,
    pub raised_run: Option<i64>,
}

/// How a closed item ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closing {
    pub closed_on: Option<Day>,
    /// Why: a run's sentence, or the refutation's reason and words.
    pub reason: String,
    /// Facts behind it, label and value: the register change that answered the item.
    pub facts: Vec<(String, String)>,
    /// Until when it stays away while its evidence does not change.
    pub suppressed_until: Option<Day>,
}

/// A union founded for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundedUnion {
    pub union_id: String,
    pub union_name: String,
}

/// Rows of one source that speak for the item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// `enterprises`, `insurance`, `tax`, `unions`, `covers`, `members`.
    pub source: String,
    /// 市场监管, 参保, 税务, 工会登记, 覆盖名单, 会员.
    pub source_label: String,
    /// Absent where the run could not count.
    pub count: Option<i64>,
    /// Label and value, in the rule's order.
    pub facts: Vec<(String, String)>,
}

/// The nearest candidate with its contributions, for the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    pub union_id: String,
    pub union_name: String,
    pub enterprise_id: Option<String>,
    /// On a union's item this is the other side, the one to show.
    pub enterprise_name: Option<String>,
    pub probability: Option<f64>,
    pub explanation: Option<Explanation>,
    /// A person's word on this pair, if given: same or not same.
    pub verdict: Option<bool>,
    /// Whether this person may give it.
    pub may_judge: bool,
}

/// One line of the timeline, from the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryEntry {
    pub at: Timestamp,
    /// 生成, 派发, 已读 …
    pub label: String,
    /// Who, masked; 系统 for runs.
    pub actor: String,
    /// What was said, to whom it was given.
    pub note: Option<String>,
    /// `done`, `act` or `wait`, for the dot.
    pub tone: &'static str,
}

/// One thing a person may do now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionView {
    /// The code that [`super::act`] takes. `found` leads to the founding page instead.
    pub code: &'static str,
    pub label: String,
    pub is_primary: bool,
    /// The field for words, if the action takes any.
    pub words: Option<WordsField>,
    /// Choices of the field `choice`: refusal reasons, levels, colleagues. Empty when there is nothing to choose.
    pub choices: Vec<Choice>,
}

/// A text field that goes with an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordsField {
    pub label: &'static str,
    pub is_required: bool,
    /// When words that are not always required may be left out.
    pub hint: &'static str,
}

/// One choice: what is sent and what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// A person's act on an item, as a form sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ActForm {
    /// An [`ActionView::code`].
    pub action: String,
    /// A refusal reason, a level (`county`, `city`) or the sign-in name of the new owner.
    pub choice: Option<String>,
    pub words: Option<String>,
    /// The [`ItemView::version`] the person saw; absent for bulk acts.
    pub version: Option<i64>,
}

/// An act that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActDone {
    pub item_no: String,
    pub state: ItemState,
    /// What to tell the person: `已核实属实，转入任务清单`.
    pub message: String,
}

/// What became of a bulk act, item by item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BulkResult {
    pub done: Vec<String>,
    pub refused: Vec<BulkRefusal>,
}

/// What a bulk act would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BulkPreview {
    pub possible: Vec<String>,
    pub refused: Vec<BulkRefusal>,
}

/// One item of a bulk act that was left as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkRefusal {
    pub item_no: String,
    /// The employer's or the union's name; empty where the item is out of sight.
    pub name: String,
    pub reason: String,
}
