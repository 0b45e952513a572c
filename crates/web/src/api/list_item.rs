//! 清单项: lists, one with its evidence, and the steps that people take with it.

use app::list_item::{self, ActForm, EvidenceRow, ItemRow, ItemView, ListFilter, ListParams, OwnerFilter};
use domain::api_token::TokenScope;
use domain::list_item::{Action, EscalateTo, ItemState, ListKind, RefuteReason};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging, sorting};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::places;

/// 列表中的一项。
#[derive(Debug, Serialize, JsonSchema)]
struct ListItem {
    /// 编号，终身不变
    item_no: String,
    /// 所在清单：verify、task、work
    kind: String,
    /// 状态代码
    state: String,
    /// 状态
    state_label: String,
    /// 规则
    rule: String,
    /// 规则的名称
    rule_title: String,
    /// 对象：enterprise 或 union
    subject_kind: String,
    /// 对象的标识
    subject_id: String,
    /// 单位或工会的名称
    name: String,
    /// 统一社会信用代码
    uscc: Option<String>,
    /// 列入的依据，一句话
    reason: String,
    /// 当前参保人数
    insured_now: Option<i64>,
    /// 预计会员人数
    expected_members: Option<i64>,
    /// 1 最紧急
    priority: i64,
    /// 区县
    county: Option<String>,
    /// 街道乡镇
    street: Option<String>,
    /// 承办人的登录名
    owner: Option<String>,
    /// 期限；已办结的没有
    #[schemars(extend("format" = "date"))]
    due_on: Option<String>,
    /// 离期限的工作日数，逾期为负
    days_left: Option<i64>,
}

/// 一项，和它的依据、经过、可办的事。
#[derive(Debug, Serialize, JsonSchema)]
struct ListItemDetail {
    /// 列表中的各项
    item: ListItem,
    /// 版本，每次变化加一；与 ETag 相同
    version: i64,
    /// 规则的版本
    rule_version: i64,
    /// 依据，逐个来源
    evidence: Vec<Evidence>,
    /// 存疑之处
    doubts: Vec<String>,
    /// 经过
    history: Vec<History>,
    /// 这个令牌现在可办的事
    steps: Vec<Step>,
    /// 不能办理的原因
    locked_because: Option<String>,
    /// 已为它建立的工会
    founded_union_id: Option<String>,
    /// 办结的原因
    closing_reason: Option<String>,
}

/// 一个来源的依据。
#[derive(Debug, Serialize, JsonSchema)]
struct Evidence {
    /// 来源代码
    source: String,
    /// 来源
    source_label: String,
    /// 行数；没有数出时为 null
    count: Option<i64>,
    /// 事实
    facts: Vec<Fact>,
}

/// 一件事实。
#[derive(Debug, Serialize, JsonSchema)]
struct Fact {
    /// 名称
    label: String,
    /// 值
    value: String,
}

/// 经过中的一步。
#[derive(Debug, Serialize, JsonSchema)]
struct History {
    /// 时间（北京时间），如 2026-08-01 09:30:00
    at: String,
    /// 做了什么
    what: String,
    /// 谁，已脱敏
    actor: String,
    /// 说明
    note: Option<String>,
}

/// 可办的一步。
#[derive(Debug, Serialize, JsonSchema)]
struct Step {
    /// 代码，即 step 的值；found 见 founding
    code: String,
    /// 名称
    label: String,
    /// 是否必须写说明 words
    needs_words: bool,
}

/// 办理的结果。
#[derive(Debug, Serialize, JsonSchema)]
struct StepDone {
    /// 编号
    item_no: String,
    /// 办理后的状态代码
    state: String,
    /// 办理后的状态
    state_label: String,
    /// 一句话
    message: String,
}

/// An item by its number, in a path.
pub(super) fn item_no() -> Param {
    Param::new("item_no", "清单项编号，如 QD-330226-2026-000412", Shape::key())
}

pub(super) fn filters() -> Vec<Param> {
    let kinds = ListKind::ALL
        .iter()
        .map(|kind| (kind.code(), kind.label()))
        .collect();
    let states = ItemState::ALL
        .iter()
        .map(|state| (state.code(), state.label()))
        .collect();
    let mut params = vec![
        Param::new("kind", "所在清单", Shape::Choice(kinds)),
        Param::new("rule", "规则，如 found-25", Shape::key()),
        Param::new("state", "状态；办结的状态只列出办结的项", Shape::Choice(states)),
        Param::new("all", "也列出已办结的项", Shape::Flag),
        Param::new("owner", "承办人的登录名；me 本人，none 未派发", Shape::key()),
        Param::new("overdue", "只列出逾期的项", Shape::Flag),
        Param::new("q", "名称、代码或编号的一部分", Shape::Text { min: 1, max: 100 }),
        Param::new(
            "insured_min",
            "当前参保不少于",
            Shape::Int {
                min: 0,
                max: 10_000_000,
            },
        ),
        Param::new("subject_id", "对象的标识", Shape::key()),
    ];
    params.extend(places());
    params
}

/// The steps of people that have no operation of their own.
fn steps() -> Vec<(&'static str, &'static str)> {
    let mut steps = vec![(Action::Read.code(), Action::Read.label())];
    steps.extend(
        Action::for_people()
            .iter()
            .filter(|action| !matches!(action, Action::Found))
            .map(|action| (action.code(), action.label())),
    );
    steps
}

/// Columns of the list; none of them is masked.
pub(super) const SORTS: &[(&str, &str)] = &[
    ("priority", "紧急程度"),
    ("due", "期限"),
    ("insured", "当前参保人数"),
    ("expected", "预计会员人数"),
    ("name", "名称"),
    ("raised", "列入的时间"),
];

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "清单";
    let reasons = RefuteReason::ALL
        .iter()
        .map(|it| (it.code(), it.label()))
        .collect();
    let levels = EscalateTo::ALL.iter().map(|it| (it.code(), it.label())).collect();
    vec![
        Endpoint::get("/list-items", "listItems", tag, "清单")
            .about("数据范围内未办结的项，按编号排序，或按 sort 所说的一项；all=true 时也列出已办结的。")
            .needs(TokenScope::ListRead)
            .query(filters())
            .query(sorting(SORTS))
            .query(paging())
            .answers::<Page<ListItem>>(200)
            .run(list),
        Endpoint::get("/list-items/{item_no}", "getListItem", tag, "清单项")
            .about("证据、办理经过、现在可以办理的各步；ETag 是它的版本，办理时放进 If-Match。")
            .needs(TokenScope::ListRead)
            .at(item_no())
            .etag()
            .answers::<ListItemDetail>(200)
            .run(one),
        Endpoint::post("/list-items/{item_no}/steps", "takeStep", tag, "办理一步")
            .about("与网页上的按钮相同：状态不允许的一步以 409 说明原因；If-Match 带上读到的 ETag，别人抢先办理时得到 412。")
            .needs(TokenScope::ListWrite)
            .at(item_no())
            .if_match()
            .fields([
                Param::new("step", "办理哪一步", Shape::Choice(steps())).required(),
                Param::new("reason", "核实不属实的原因（refute）", Shape::Choice(reasons)),
                Param::new("owner", "承办人的登录名（assign）", Shape::key()),
                Param::new("to", "上报到哪一级（escalate），默认上一级", Shape::Choice(levels)),
                Param::new("words", "说明", Shape::Text { min: 0, max: 500 }),
            ])
            .answers::<StepDone>(200)
            .run(step),
    ]
}

/// What the filters say.
pub(super) fn filter_of(asked: &Asked) -> ListFilter {
    let owner = asked.text("owner").map(|owner| match owner.as_str() {
        "me" => OwnerFilter::Me,
        "none" => OwnerFilter::Nobody,
        _ => OwnerFilter::Login(owner),
    });
    ListFilter {
        kind: asked.text("kind").and_then(|code| ListKind::from_code(&code)),
        rule: asked.text("rule"),
        state: asked.text("state").and_then(|code| ItemState::from_code(&code)),
        with_closed: asked.flag("all") == Some(true),
        county: asked.int("county"),
        town: asked.int("town"),
        owner,
        overdue: asked.flag("overdue") == Some(true),
        q: asked.text("q"),
        insured_min: asked.int("insured_min"),
        subject_id: asked.text("subject_id"),
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (sort, is_descending) = asked.sorting();
    let params = ListParams {
        filter: filter_of(&asked),
        sort,
        is_descending,
        ..ListParams::default()
    };
    let found = list_item::list_after(asked.op()?, &asked.web.app, &params, &asked.after()?).await?;
    asked.marked(found, item_of)
}

fn item_of(row: ItemRow) -> ListItem {
    ListItem {
        kind: row.kind.code().to_owned(),
        state: row.state.code().to_owned(),
        state_label: row.state.label().to_owned(),
        subject_kind: row.subject_kind.code().to_owned(),
        due_on: row.deadline.as_ref().map(|deadline| deadline.due_on.to_string()),
        days_left: row.deadline.map(|deadline| deadline.days_left),
        item_no: row.item_no,
        rule: row.rule,
        rule_title: row.rule_title,
        subject_id: row.subject_id,
        name: row.name,
        uscc: row.uscc,
        reason: row.reason,
        insured_now: row.insured_now,
        expected_members: row.expected_members,
        priority: row.priority,
        county: row.county_name,
        street: row.town_name,
        owner: row.owner,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let params = ListParams::default();
    let found = list_item::item(asked.op()?, &asked.web.app, &asked.words("item_no"), &params).await?;
    let version = found.version;
    Ok(Answer::json(&detail_of(found))?.etag(version))
}

fn detail_of(found: ItemView) -> ListItemDetail {
    ListItemDetail {
        item: item_of(found.row),
        version: found.version,
        rule_version: found.rule_version,
        evidence: found.evidence.into_iter().map(evidence_of).collect(),
        doubts: found.doubts,
        history: found
            .history
            .into_iter()
            .map(|entry| History {
                at: entry.at.to_string(),
                what: entry.label,
                actor: entry.actor,
                note: entry.note,
            })
            .collect(),
        steps: found
            .actions
            .into_iter()
            .map(|action| Step {
                code: action.code.to_owned(),
                label: action.label,
                needs_words: action.words.is_some_and(|words| words.is_required),
            })
            .collect(),
        locked_because: found.locked_because,
        founded_union_id: found.founded_union.map(|union| union.union_id),
        closing_reason: found.closing.map(|closing| closing.reason),
    }
}

fn evidence_of(row: EvidenceRow) -> Evidence {
    Evidence {
        source: row.source,
        source_label: row.source_label,
        count: row.count,
        facts: row
            .facts
            .into_iter()
            .map(|(label, value)| Fact { label, value })
            .collect(),
    }
}

async fn step(asked: Asked) -> Result<Answer, Refusal> {
    let form = ActForm {
        action: asked.words("step"),
        choice: asked
            .text("reason")
            .or_else(|| asked.text("owner"))
            .or_else(|| asked.text("to")),
        words: asked.text("words"),
        version: asked.version,
    };
    let done = list_item::act(asked.op()?, &asked.web.app, &asked.words("item_no"), form).await;
    let done = done.map_err(|error| Refusal::stale(error, "LIST-410", asked.version))?;
    Answer::json(&StepDone {
        item_no: done.item_no,
        state: done.state.code().to_owned(),
        state_label: done.state.label().to_owned(),
        message: done.message,
    })
}
