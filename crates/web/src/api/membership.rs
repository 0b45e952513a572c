//! 会员: the members of a union, one of them, and who has a number. Every look at one is journalled, as on the page.

use app::membership::{self, EventView, MemberLine, MemberListParams, Shown};
use domain::api_token::TokenScope;
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::membership::MembershipState;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::elements::MemberElements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::{Unread, union_id, unread};

/// 列表中的一名会员，已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct Member {
    /// 会员标识
    member_id: String,
    /// 姓名，已脱敏
    name: String,
    /// 证件号码，已脱敏；没有登记或不能解密时为 null
    id_no: Option<String>,
    /// 证件号码读得怎样
    id_status: String,
    /// 移动电话，已脱敏；没有登记或不能解密时为 null
    phone: Option<String>,
    /// 入会日期
    #[schemars(extend("format" = "date"))]
    join_date: Option<String>,
    /// 会籍状态代码
    state: String,
    /// 会籍状态
    state_label: String,
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
}

/// 一名会员，已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct MemberCard {
    /// 会员标识
    member_id: String,
    /// 数据字典的各项
    elements: MemberElements,
    /// 证件号码读得怎样
    id_status: String,
    /// 工会名称
    union_name: String,
    /// 会籍状态代码
    state: String,
    /// 会籍状态
    state_label: String,
    /// 从哪一天起是这个状态；不详时为 null
    #[schemars(extend("format" = "date"))]
    since: Option<String>,
    /// 会籍的变化，最近的在前
    events: Vec<MemberEvent>,
    /// 最近一次写入的数据批次
    batch_no: Option<i64>,
    /// 没有采用的单元格
    unread: Vec<Unread>,
}

/// 按号码找到的会员。
#[derive(Debug, Serialize, JsonSchema)]
struct MembersFound {
    /// 是什么号码
    what: String,
    /// 号码，已脱敏
    masked: String,
    /// 数据范围内的会员，最多 50 名
    items: Vec<Member>,
}

/// 检索到的会员。
#[derive(Debug, Serialize, JsonSchema)]
struct MembersMatched {
    /// 按什么检索：姓名、拼音或首字母、证件号码等；不像是人的为空
    by: String,
    /// 数据范围内的会员，最接近的在前
    items: Vec<Member>,
    /// 是否还有更多
    has_more: bool,
    /// 怎样检索得更准
    notes: Vec<String>,
}

/// 会籍的一次变化。
#[derive(Debug, Serialize, JsonSchema)]
struct MemberEvent {
    /// 变化
    what: String,
    /// 生效日期；没有写明时为 null
    #[schemars(extend("format" = "date"))]
    happened_on: Option<String>,
    /// 工会、原因、决定、备注
    details: Vec<String>,
    /// 谁登记的，或哪次导入
    by: String,
    /// 登记的时间（北京时间）
    at: Option<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    vec![
        Endpoint::get("/unions/{union_id}/members", "listMembers", tag, "一家工会的会员")
            .about("按会员标识排序。个人信息已脱敏；接口不提供完整号码。")
            .needs(TokenScope::MemberRead)
            .at(union_id())
            .query(filters())
            .query(paging())
            .answers::<Page<Member>>(200)
            .run(list),
        Endpoint::get("/members", "listAllMembers", tag, "数据范围内的会员")
            .about("按会员标识排序。个人信息已脱敏；接口不提供完整号码。")
            .needs(TokenScope::MemberRead)
            .query(filters())
            .query(paging())
            .answers::<Page<Member>>(200)
            .run(list),
        Endpoint::get(
            "/unions/{union_id}/members/{member_id}",
            "getMember",
            tag,
            "一名会员",
        )
        .about("已脱敏。每次查看都写入操作日志。")
        .needs(TokenScope::MemberRead)
        .at(union_id())
        .at(member_id())
        .answers::<MemberCard>(200)
        .run(one),
        Endpoint::post("/members/find", "findMembers", tag, "按号码查会员")
            .about("完整的证件号码或电话，放在请求体里，不进地址和日志。每次查找都写入操作日志。")
            .needs(TokenScope::MemberRead)
            .asks()
            .fields([
                Param::new("number", "完整的证件号码或电话", Shape::Text { min: 1, max: 50 }).required(),
            ])
            .answers::<MembersFound>(200)
            .run(find),
        Endpoint::post("/members/search", "searchMembers", tag, "检索会员")
            .about("姓名、拼音或首字母、单位和姓名、证件号码或电话的后四位、完整号码，放在请求体里，不进地址和日志；最接近的在前。")
            .needs(TokenScope::MemberRead)
            .asks()
            .fields([Param::new("q", "检索什么", Shape::Text { min: 1, max: 100 }).required()])
            .answers::<MembersMatched>(200)
            .run(search),
    ]
}

async fn search(asked: Asked) -> Result<Answer, Refusal> {
    let found = app::search::people(asked.op()?, &asked.web.app, &asked.words("q")).await?;
    Answer::json(&MembersMatched {
        by: found.by,
        items: found.lines.into_iter().map(member_of).collect(),
        has_more: found.has_more,
        notes: found.notes,
    })
}

/// A member by the register's key, in a path.
pub(super) fn member_id() -> Param {
    Param::new("member_id", "会员标识", Shape::key())
}

fn filters() -> Vec<Param> {
    let states = MembershipState::ALL.iter().filter(|state| state.is_standing());
    let states = states.map(|state| (state.code(), state.label())).collect();
    vec![
        Param::new("name", "姓名的开头", beginning()),
        Param::new("state", "会籍状态", Shape::Choice(states)),
        Param::new("group", "新就业形态群体", gig_groups()),
    ]
}

/// 新就业形态群体, by the labels of the dictionary.
pub(super) fn gig_groups() -> Shape {
    let groups = Dictionary::shipped().list("gig_group");
    let groups = groups.into_iter().flat_map(|list| list.current());
    let groups = groups.map(|group| (group.label.as_str(), group.label.as_str()));
    Shape::Choice(groups.collect())
}

/// The beginning of a name. Names have no digits: a number does not belong into an address, where logs would keep it.
fn beginning() -> Shape {
    Shape::Form {
        pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f0-9]{1,50}$",
        fits: |name| {
            (1..=50).contains(&name.chars().count())
                && !name
                    .chars()
                    .any(|letter| letter.is_control() || letter.is_ascii_digit())
        },
        words: "须为 1–50 个字，不含数字；按号码查找请用 POST /members/find",
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let params = MemberListParams {
        union_id: asked.words("union_id"),
        q: asked.words("name"),
        state: asked.words("state"),
        gig_group: asked.words("group"),
        ..MemberListParams::default()
    };
    let found = membership::list_after(asked.op()?, &asked.web.app, &params, &asked.after()?).await?;
    asked.page(found, |line| line.member_id.clone(), member_of)
}

fn member_of(line: MemberLine) -> Member {
    Member {
        name: line.name,
        id_no: masked(line.id_no),
        id_status: line.id_status.to_owned(),
        phone: masked(line.phone),
        join_date: line.joined.map(|day| day.to_string()),
        state: line.state.code().to_owned(),
        state_label: line.state.label().to_owned(),
        member_id: line.member_id,
        union_id: line.union_id,
        union_name: line.union_name,
    }
}

fn masked(shown: Shown) -> Option<String> {
    match shown {
        Shown::Masked(masked) => Some(masked),
        Shown::Nothing | Shown::Unreadable => None,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let (union_id, member_id) = (asked.words("union_id"), asked.words("member_id"));
    let found = membership::member(asked.op()?, &asked.web.app, &union_id, &member_id).await?;
    let dictionary = Dictionary::shipped();
    let plain = |name, value: String| {
        let element = dictionary.element(Kind::Members, name);
        element.map(|element| (name, element.masked(&value)))
    };
    let covered = |name, shown: Shown| masked(shown).map(|value| (name, value));
    let own = [
        plain("member_id", found.member_id.clone()),
        plain("union_id", found.union_id),
        Some(("name", found.name)),
        covered("id_no", found.id_no),
        covered("phone", found.phone),
        found.joined.and_then(|day| plain("join_date", day.to_string())),
    ];
    Answer::json(&MemberCard {
        member_id: found.member_id,
        elements: MemberElements::of(own.into_iter().flatten().chain(found.elements).collect()),
        id_status: found.id_status.to_owned(),
        union_name: found.union_name,
        state: found.state.code().to_owned(),
        state_label: found.state.label().to_owned(),
        since: found.since.map(|day| day.to_string()),
        events: found.events.into_iter().map(event_of).collect(),
        batch_no: found.batch_no,
        unread: unread(found.unread),
    })
}

fn event_of(event: EventView) -> MemberEvent {
    MemberEvent {
        what: event.what.to_owned(),
        happened_on: event.on.map(|day| day.to_string()),
        details: event.details,
        by: event.by,
        at: event.at,
    }
}

async fn find(asked: Asked) -> Result<Answer, Refusal> {
    let found = membership::find(asked.op()?, &asked.web.app, &asked.words("number")).await?;
    Answer::json(&MembersFound {
        what: found.what.to_owned(),
        masked: found.masked,
        items: found.lines.into_iter().map(member_of).collect(),
    })
}
