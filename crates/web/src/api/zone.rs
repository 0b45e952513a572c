//! 片区: the zones of towns, the unions in them and the unions in none; setting up, handing over, dividing, ending.

use app::zone::{self, ZoneForm, ZoneLine, ZoneParams, ZoneUnion, as_of};
use axum::http::StatusCode;
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::answer::{Answer, Page, place};
use super::asked::{Asked, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 一个片区。
#[derive(Debug, Serialize, JsonSchema)]
struct Zone {
    /// 片区编号
    zone_id: String,
    /// 片区名称
    name: String,
    /// 工会标识，所属镇街（或区县）总工会；已撤销的为 null
    union_id: Option<String>,
    /// 工会名称，所属镇街（或区县）总工会
    union_name: Option<String>,
    /// 专职工作者的登录名；暂无的为 null
    worker: Option<String>,
    /// 专职工作者的姓名，已脱敏
    worker_name: Option<String>,
    /// 为什么暂无专职工作者；有的为 null
    vacancy: Option<&'static str>,
    /// 片区内的工会
    unions: i64,
    /// 片区内的会员
    members: i64,
    /// 是否超过 50 家工会或 5000 名会员
    is_over: bool,
}

/// 片区内的，或没有划入片区的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct ZonedUnion {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会类型
    union_type_label: String,
    /// 本级会员人数
    members: i64,
    /// 是否单独划入；否则随上级工会划入，或没有划入
    is_named: bool,
    /// 是否连同它的下级
    with_below: bool,
    /// 从哪一天起；没有划入的为 null
    #[schemars(extend("format" = "date"))]
    since: Option<String>,
}

/// 改划的结果。
#[derive(Debug, Serialize, JsonSchema)]
struct Assigned {
    /// 有变化的工会
    changed: usize,
}

/// 撤销的结果。
#[derive(Debug, Serialize, JsonSchema)]
struct Ended {
    /// 因此没有片区的工会
    unions: usize,
}

fn zone_of(line: ZoneLine) -> Zone {
    let (union_id, union_name) = line.ground.unzip();
    let (worker, worker_name) = line.worker.unzip();
    Zone {
        zone_id: line.id.to_string(),
        name: line.name,
        union_id,
        union_name,
        worker,
        worker_name: worker_name.map(|name| shown_name(&name)),
        vacancy: line.vacancy,
        unions: line.unions,
        members: line.members,
        is_over: line.is_over,
    }
}

fn union_of(one: ZoneUnion) -> ZonedUnion {
    ZonedUnion {
        union_id: one.union_id,
        union_name: one.name,
        union_type_label: one.kind.to_owned(),
        members: one.members,
        is_named: one.is_named,
        with_below: one.with_below,
        since: one.since.map(|day| day.to_string()),
    }
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "片区";
    let zone_id = || Param::new("zone_id", "片区编号", Shape::Id);
    let day = || Param::new("day", "哪一天的，不晚于今天；不写的是现在", Shape::Day);
    vec![
        Endpoint::get("/zones", "listZones", tag, "片区")
            .about("数据范围内的片区，按组织树排序；专职工作者看到自己的。")
            .needs(TokenScope::UnionRead)
            .query([
                Param::new("union_id", "只看一个镇街或区县的，写它的总工会的工会标识", Shape::key()),
                Param::new("vacant", "只看暂无专职工作者的", Shape::Flag),
                day(),
            ])
            .query(paging())
            .answers::<Page<Zone>>(200)
            .run(list),
        Endpoint::get("/zones/{zone_id}", "getZone", tag, "一个片区")
            .about("不在数据范围内的、已撤销的，如同不存在。")
            .needs(TokenScope::UnionRead)
            .at(zone_id())
            .query([day()])
            .answers::<Zone>(200)
            .run(one),
        Endpoint::get("/zones/{zone_id}/unions", "listZoneUnions", tag, "片区内的工会")
            .about("含随上级工会划入的，按组织树排序。写明 day 的，按当日的组织和片区，已撤销的片区也可以。")
            .needs(TokenScope::UnionRead)
            .at(zone_id())
            .query([day()])
            .query(paging())
            .answers::<Page<ZonedUnion>>(200)
            .run(unions),
        Endpoint::get(
            "/unions/{union_id}/unzoned",
            "listUnzonedUnions",
            tag,
            "未划片区的工会",
        )
        .about("镇街或区县总工会之下没有划入任何片区的工会，按组织树排序；不是镇街、区县总工会的以 422 说明。")
        .needs(TokenScope::UnionRead)
        .at(union_id())
        .query(paging())
        .answers::<Page<ZonedUnion>>(200)
        .run(unzoned),
        Endpoint::post("/unions/{union_id}/zones", "makeZone", tag, "设立片区")
            .about("union_id 是镇街或区县总工会。重名、不是本镇街专职工作者的以 422 说明。")
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .fields(elements::body(Act::MakeZone))
            .answers::<Zone>(201)
            .run(make),
        Endpoint::patch("/zones/{zone_id}", "changeZone", tag, "更名或移交片区")
            .about("写明的才改；worker 为空的，暂无专职工作者。未办结的事项随片区移交，原专职工作者和新的都得到通知。")
            .needs(TokenScope::UnionWrite)
            .at(zone_id())
            .fields(elements::body(Act::ChangeZone))
            .answers::<Zone>(200)
            .run(change),
        Endpoint::post(
            "/unions/{union_id}/zones/assign",
            "assignUnions",
            tag,
            "把工会划入片区，或调出",
        )
        .about("union_id 是镇街或区县总工会，unions 是它之下的工会。一家工会只在一个片区：在别的片区的，改划过来。不写 zone_id 的，调出片区。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .fields(elements::body(Act::AssignZone))
        .answers::<Assigned>(200)
        .run(assign),
        Endpoint::post("/zones/{zone_id}/end", "endZone", tag, "撤销片区")
            .about("其中的工会没有片区，未办结的事项退回待派。")
            .needs(TokenScope::UnionWrite)
            .at(zone_id())
            .answers::<Ended>(200)
            .run(end),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let params = ZoneParams {
        ground: asked.words("union_id"),
        is_without_worker: asked.flag("vacant").unwrap_or_default(),
        page: 1,
        size: u32::MAX,
    };
    let (op, app) = (asked.op()?, &asked.web.app);
    if let Some(day) = asked.day("day") {
        let found = as_of::zones_as_of(op, app, day, &params).await?;
        return asked.counted(found.lines, |zone| zone_of(zone.line));
    }
    let found = zone::zones_after(op, app, &params, &asked.after()?).await?;
    asked.marked(found, zone_of)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let id = asked.id("zone_id");
    let Some(day) = asked.day("day") else {
        return shown(&asked, id).await;
    };
    let found = as_of::zone_as_of(asked.op()?, &asked.web.app, day, id, 1, 1).await?;
    Answer::json(&zone_of(found.zone.line))
}

async fn shown(asked: &Asked, id: Uuid) -> Result<Answer, Refusal> {
    let found = zone::zone(asked.op()?, &asked.web.app, id, 1, 1).await?;
    Answer::json(&zone_of(found.line))
}

async fn unions(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app, id) = (asked.op()?, &asked.web.app, asked.id("zone_id"));
    if let Some(day) = asked.day("day") {
        let found = as_of::zone_as_of(op, app, day, id, 1, u32::MAX).await?;
        return asked.counted(found.unions, |one| union_of(one.union));
    }
    let found = zone::unions_after(op, app, id, &asked.after()?).await?;
    asked.marked(found, union_of)
}

async fn unzoned(asked: Asked) -> Result<Answer, Refusal> {
    let union_id = asked.words("union_id");
    let found = zone::unzoned_after(asked.op()?, &asked.web.app, &union_id, &asked.after()?).await?;
    asked.marked(found, union_of)
}

async fn make(asked: Asked) -> Result<Answer, Refusal> {
    let form = ZoneForm {
        name: asked.words("name"),
        worker: asked.words("worker"),
    };
    let id = zone::make_zone(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    Ok(shown(&asked, id)
        .await?
        .status(StatusCode::CREATED)
        .location(&place(&["zones", &id.to_string()])))
}

async fn change(asked: Asked) -> Result<Answer, Refusal> {
    let id = asked.id("zone_id");
    let (op, app) = (asked.op()?, &asked.web.app);
    let known = zone::zone(op, app, id, 1, 1).await?.line;
    let worker = known.worker.map(|(login, _)| login).unwrap_or_default();
    let form = ZoneForm {
        name: asked.text("name").unwrap_or(known.name),
        worker: asked.text("worker").unwrap_or(worker),
    };
    zone::save_zone(op, app, id, &form).await?;
    shown(&asked, id).await
}

async fn assign(asked: Asked) -> Result<Answer, Refusal> {
    let to = asked.text("zone_id").map(|_| asked.id("zone_id"));
    let (union_id, unions) = (asked.words("union_id"), asked.keys("unions"));
    let changed = zone::assign(asked.op()?, &asked.web.app, &union_id, &unions, to).await?;
    Answer::json(&Assigned { changed })
}

async fn end(asked: Asked) -> Result<Answer, Refusal> {
    let unions = zone::end_zone(asked.op()?, &asked.web.app, asked.id("zone_id")).await?;
    Answer::json(&Ended { unions })
}
