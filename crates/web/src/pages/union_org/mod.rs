//! 工会组织: the register's list, one union, its changes, terms, names and 法人资格, and the tree of a past day.

pub mod as_of;
pub mod change;
pub mod cover;
pub mod edit;
pub mod left;
pub mod legal;
pub mod name;
pub mod term;
pub mod tree;
pub mod view;

use app::element_right::not_writable;
use app::employer::{UnionLink, employer_of_union};
use app::journal::{JournalView, timeline};
use app::list_item::{self, ListParams};
use app::quality::{self, UnionQuality};
use app::union_org::change::Change;
use app::union_org::cover::CoverView;
use app::union_org::{self, UnionEnd, UnionListLine, UnionListParams, UnionView};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use codes::division::Divisions;
use domain::intake::Kind;
use domain::journal::SubjectKind;
use domain::permission::Action;
use domain::quality::Check;
use domain::union_org::UnionType;
use domain::union_org::legal::may_register;

use self::view::{LinkSection, QualitySection, UnionPage};
use crate::http::{Fault, Person, Web, page};
use crate::pages::employer::item_line;
use crate::pages::exchange::sheet_href;
use crate::pages::journal::words::changes;
use crate::pages::list_item::view::TrailStep;
use crate::pages::quality::{counted_words, rows_of, standing as standing_of};
use crate::ui::{
    Cell, ContactForm, Empty, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, Waterfall,
    actor_words, chance, number, share_of,
};

/// `GET /union`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/union", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let params = UnionListParams {
        q: text("q"),
        county: query.get("county").and_then(|code| code.parse().ok()),
        town: query.get("town").and_then(|code| code.parse().ok()),
        union_type: text("type"),
        parent_id: text("parent"),
        industry_id: text("industry"),
        zone: text("zone"),
        sort: text("sort"),
        is_descending: query.get("desc") == Some("1"),
        page: at,
        size,
    };
    let found = union_org::list(&person.op, &web.app, &params).await?;
    let view = Listing {
        frame: person.frame(&web, "工会组织", Here::UnionOrg).await?,
        crumbs: vec![("组织".to_owned(), None), ("工会组织".to_owned(), None)],
        summary: format!(
            "{}{} 家 · {}",
            if params.industry_id.is_empty() {
                ""
            } else {
                "产业线 "
            },
            number(found.total),
            order_of(&query)
        ),
        path: "/union".to_owned(),
        actions: [
            ("/union/tree", "组织树"),
            ("/union/as-of", "历史组织"),
            ("/union/left", "待接续会员"),
        ]
        .map(|(href, label)| (href.to_owned(), label.to_owned()))
        .into_iter()
        .chain(exports(&person, &query))
        .collect(),
        search: Some(("工会名称、拼音或代码", params.q.clone())),
        selects: selects(&query),
        days: Vec::new(),
        table: table(&query, &found.lines, !query.is_empty()),
        pager: Some(Pager::new(found.total, &query)),
    };
    page(&view)
}

/// What of this view whoever may export takes out: the unions of the list, and their members.
fn exports(person: &Person, query: &UrlQuery) -> Vec<(String, String)> {
    if !person.can(Action::Export) {
        return Vec::new();
    }
    let unions = query.without(&["page", "size"]).at("/export/unions").url();
    let mut actions = vec![(unions, "导出工会".to_owned())];
    if person.can(Action::SeeMembers) {
        // On that page `q` begins a member's name; the text of this list is about unions.
        let text = query.get("q").unwrap_or_default().to_owned();
        let members = query
            .without(&["page", "size", "sort", "desc", "q"])
            .with("union_q", &text);
        actions.push((members.at("/export/members").url(), "导出会员".to_owned()));
    }
    actions
}

/// What the list is sorted by, in words.
fn order_of(query: &UrlQuery) -> String {
    let what = match query.get("sort") {
        Some("members") => "会员数",
        Some("declared") => "申报会员数",
        Some("founded") => "建会日期",
        Some("term_end") => "届满日期",
        _ => return "按组织树排列".to_owned(),
    };
    let way = if query.get("desc") == Some("1") {
        "从大到小"
    } else {
        "从小到大"
    };
    format!("按{what}{way}排列")
}

fn selects(query: &UrlQuery) -> Vec<Select> {
    let divisions = Divisions::shipped();
    let select = |name, label, any, options| Select {
        name,
        label,
        any,
        value: query.get(name).unwrap_or_default().to_owned(),
        options,
    };
    let named = |(code, name): (String, &str)| (code, name.to_owned());
    let counties = divisions
        .counties_of(3302)
        .into_iter()
        .map(|(code, name)| named((code.to_string(), name)))
        .collect();
    let mut selects = vec![select("county", "区县", "全部区县", counties)];
    if let Some(county) = query.get("county").and_then(|code| code.parse().ok()) {
        let towns = divisions
            .towns_of(county)
            .into_iter()
            .map(|(code, name)| named((code.to_string(), name)))
            .collect();
        selects.push(select("town", "镇街", "全部镇街", towns));
    }
    let kinds = UnionType::ALL
        .iter()
        .map(|kind| (kind.code().to_owned(), kind.label().to_owned()))
        .collect();
    selects.push(select("type", "类型", "全部类型", kinds));
    selects
}

fn table(query: &UrlQuery, lines: &[UnionListLine], is_filtered: bool) -> Table {
    let empty = if is_filtered {
        Empty::no_match("/union")
    } else {
        Empty::new("登记库里还没有工会", "导入工会组织后会出现在这里。").next("/intake", "去导入数据")
    };
    Table {
        heads: vec![
            Head::new("工会名称"),
            Head::new("类型"),
            Head::new("镇街"),
            Head::number("会员").sorts(query, "members"),
            Head::number("申报会员").sorts(query, "declared"),
            Head::new("建会").sorts(query, "founded"),
            Head::new("届满").sorts(query, "term_end"),
            Head::new("状态"),
        ],
        rows: lines.iter().map(row_of).collect(),
        empty,
    }
}

fn row_of(line: &UnionListLine) -> Vec<Cell> {
    let (state, tone) = standing(line.is_active);
    let name = Cell::new(line.name.clone())
        .link(format!("/union/{}", line.union_id))
        .code(line.union_code.as_ref().unwrap_or(&line.union_id).clone());
    vec![
        match &line.known_as {
            Some(known_as) => name.note(known_as.clone()),
            None => name,
        },
        Cell::new(line.union_type.label()),
        Cell::new(line.town.clone().unwrap_or_default()).note(line.county.clone().unwrap_or_default()),
        Cell::number(Some(line.member_count)),
        Cell::number(line.declared_members),
        Cell::new(line.founded.map(|day| day.to_string()).unwrap_or_default()),
        Cell::new(line.term_end.map(|day| day.to_string()).unwrap_or_default()),
        Cell::new(state).tone(tone),
    ]
}

fn standing(is_active: bool) -> (&'static str, Tone) {
    if is_active {
        ("在册", Tone::Green)
    } else {
        ("已撤销", Tone::Grey)
    }
}

/// What a search finds in the register.
pub(crate) async fn found_by(web: &Web, person: &Person, q: &str, size: u32) -> Result<Table, Fault> {
    let found = union_org::nearest(&person.op, &web.app, q, size).await?;
    Ok(table(&UrlQuery::default(), &found, true).only(&[0, 1, 2, 7]))
}

/// `GET /union/{id}`.
pub async fn union_org(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    show(&web, &person, id).await
}

async fn show(web: &Web, person: &Person, id: String) -> Result<Response, Fault> {
    let union = union_org::union_org(&person.op, &web.app, &id).await?;
    // A federation of a city, county or town has no employer to be found.
    let link = match union.union_type {
        UnionType::General => None,
        _ => employer_of_union(&person.op, &web.app, &id).await?,
    };
    let items = if person.can(Action::SeeLists) {
        let mut params = ListParams::default();
        params.filter.subject_id = Some(id);
        params.filter.with_closed = true;
        list_item::list(&person.op, &web.app, &params).await?.rows
    } else {
        Vec::new()
    };
    let history = timeline(&web.app, SubjectKind::UnionOrg, union.id.uuid()).await?;
    let (state, tone) = standing(union.is_active);
    let pages = |can_change: bool| {
        let label = if can_change {
            "登记覆盖单位"
        } else {
            "覆盖单位"
        };
        (label, format!("/union/{}/cover", union.union_id))
    };
    let has_covers = !union.covers.is_empty() || !union.past_covers.is_empty();
    let covers_all = matches!(
        union.union_type,
        UnionType::Joint | UnionType::Federation | UnionType::Industry
    );
    // A part of a base union is no legal person; what a file said of one all the same is seen.
    let is_county = union.union_type == UnionType::General && union.town.is_none();
    let has_legal = union.legal.is_some() || may_register(union.union_type, is_county).is_ok();
    let barred = not_writable(&person.op, &web.app, Kind::Unions).await?;
    let today = person.op.today();
    let view = UnionPage {
        frame: person.frame(web, &union.name, Here::UnionOrg).await?,
        code: union.union_code.clone().unwrap_or_default(),
        state: state.to_owned(),
        tone,
        vacancy: union
            .vacancy
            .map(|vacancy| (vacancy.words(today), term::tone(vacancy.nearness(today)))),
        members: number(union.member_count),
        members_href: person
            .can(Action::SeeMembers)
            .then(|| format!("/union/{}/member", union.union_id)),
        sheet_href: person
            .can(Action::Export)
            .then(|| sheet_href(Kind::Unions, &union.union_id)),
        ancestors: union
            .ancestors
            .iter()
            .map(|(name, key)| (name.clone(), key.as_ref().map(|key| format!("/union/{key}"))))
            .collect(),
        facts: facts(&union),
        contact: (has_contact(&union) && person.can(Action::RevealValue))
            .then(|| ContactForm::new(format!("/union/{}/contact", union.union_id))),
        // What the last check counted of a union that has ended since is nobody's now.
        quality: quality::of_union(&person.op, &web.app, &union.union_id)
            .await?
            .filter(|_| union.is_active)
            .map(|found| quality_section(&found, &union.union_id, person.can(Action::SeeMembers))),
        unread: union.unread.clone(),
        link: link.map(|link| link_section(link, person.can(Action::SeeLists))),
        changes: if person.can(Action::ChangeUnions) && union.is_active {
            Change::ALL
                .into_iter()
                .filter(|change| !change.is_for_dissolved() && change.is_for(union.union_type))
                .filter(|change| !change.element().is_some_and(|name| barred.contains_key(name)))
                .map(|change| {
                    (
                        change.label(),
                        format!("/union/{}/change/{}", union.union_id, change.code()),
                    )
                })
                .chain([
                    ("变更登记信息", format!("/union/{}/edit", union.union_id)),
                    ("名称和牌子", format!("/union/{}/name", union.union_id)),
                    ("换届和委员会", format!("/union/{}/term", union.union_id)),
                ])
                .chain(has_legal.then(|| ("法人资格登记", format!("/union/{}/legal", union.union_id))))
                .chain((covers_all || has_covers).then(|| pages(true)))
                .chain(
                    // A zone belongs to a town or county.
                    (union.union_type == UnionType::General && !union.ancestors.is_empty())
                        .then(|| ("片区", format!("/union/{}/zone", union.union_id))),
                )
                .collect()
        } else {
            let may_take = person.can(Action::ChangeUnions) && !union.is_active && union.member_count > 0;
            let take = may_take.then(|| {
                let what = Change::TakeOver;
                (
                    what.label(),
                    format!("/union/{}/change/{}", union.union_id, what.code()),
                )
            });
            let mut buttons = vec![
                ("名称和牌子", format!("/union/{}/name", union.union_id)),
                ("换届和委员会", format!("/union/{}/term", union.union_id)),
                ("法人资格", format!("/union/{}/legal", union.union_id)),
            ];
            buttons.extend(has_covers.then(|| pages(false)));
            buttons.extend(take);
            buttons
        },
        industry: union
            .industry
            .as_ref()
            .map(|(name, key)| (name.clone(), key.as_ref().map(|key| format!("/union/{key}")))),
        zone: union
            .zone
            .as_ref()
            .map(|(name, id)| (name.clone(), id.as_ref().map(|id| format!("/zone/{id}")))),
        line: union.line.map(|(unions, members)| {
            (
                format!("{} 家工会，会员 {} 人", number(unions), number(members)),
                format!("/union?industry={}", union.union_id),
            )
        }),
        ended: union.ended.as_ref().map(ended),
        covers: cover_table(&union.covers),
        past_covers: cover_table(&union.past_covers),
        items: items.iter().map(item_line).collect(),
        trail: history.iter().map(step_of).collect(),
    };
    page(&view)
}

fn cover_table(covers: &[CoverView]) -> Table {
    let row = |one: &CoverView| {
        let name = Cell::new(cover::name_of(one));
        vec![
            name.code(
                one.code
                    .clone()
                    .filter(|_| one.name.is_some())
                    .unwrap_or_default(),
            ),
            Cell::new(cover::span(one)),
        ]
    };
    Table {
        heads: vec![Head::new("单位"), Head::new("覆盖期间")],
        rows: covers.iter().map(row).collect(),
        empty: Empty::default(),
    }
}

fn quality_section(found: &UnionQuality, union_id: &str, sees_members: bool) -> QualitySection {
    let (standing, tone) = found.score.map_or(("没有检查过", Tone::Grey), |score| {
        standing_of(score.is_sound)
    });
    let line = |(check, records): &(&Check, i64)| {
        let href = match check.kind {
            Kind::Members if sees_members => rows_of(check, union_id),
            _ => format!("/quality/{}", check.id),
        };
        (check.label.clone(), href, format!("{} 条", number(*records)))
    };
    let (spoiling, other): (Vec<_>, Vec<_>) = found.faults.iter().partition(|(check, _)| check.spoils);
    QualitySection {
        counted: counted_words(Some(found.counted_at)),
        score: found.score.map_or("—".to_owned(), |score| {
            share_of(score.sound_members, score.members)
        }),
        of: found.score.map_or(String::new(), |score| {
            format!("{} / {} 人", number(score.sound_members), number(score.members))
        }),
        none: match found.score {
            Some(_) => "没有发现问题。",
            None => "上次检查以后新建，下次检查后有结果。",
        },
        standing,
        tone,
        faults: spoiling.into_iter().map(line).collect(),
        more: other.into_iter().map(line).collect(),
    }
}

/// How it ended, and where its members went.
fn ended(end: &UnionEnd) -> (String, Option<(String, String)>) {
    let document = end.document_no.as_deref().map(|number| format!("，{number}"));
    let words = format!(
        "{} 撤销：{}{}",
        end.ended_on,
        end.reason,
        document.unwrap_or_default()
    );
    let heir = end.successor_id.as_ref().map(|key| {
        let name = end.successor_name.clone().unwrap_or_else(|| key.clone());
        (name, format!("/union/{key}"))
    });
    (words, heir)
}

fn facts(union: &UnionView) -> Vec<(String, String)> {
    let place = [union.county.as_deref(), union.town.as_deref()]
        .into_iter()
        .flatten()
        .collect::<String>();
    let people = |count: Option<i64>| count.map(|count| format!("{} 人", number(count)));
    let source = if union.is_founded_here {
        "本系统登记".to_owned()
    } else {
        union
            .batch_no
            .map_or_else(|| "导入".to_owned(), |batch| format!("导入，第 {batch} 批"))
    };
    [
        ("类型", Some(union.union_type.label().to_owned())),
        ("镇街", Some(place).filter(|place| !place.is_empty())),
        ("建会日期", union.founded.map(|day| day.to_string())),
        ("届满日期", union.term_end.map(|day| day.to_string())),
        (
            "加挂牌子",
            (!union.plates.is_empty()).then(|| union.plates.join("、")),
        ),
        (
            "曾用名",
            (!union.former_names.is_empty()).then(|| former_names(union)),
        ),
        ("法人资格", union.legal.clone()),
        ("工会主席", union.chair.clone()),
        ("联系电话", union.phone.clone()),
        ("会员", people(Some(union.member_count))),
        ("申报会员", people(union.declared_members)),
        ("单位名称", union.employer_name.clone()),
        ("单位代码", union.employer_code.clone()),
        ("单位法定代表人", union.employer_legal_rep.clone()),
        ("地址", union.address.clone()),
        (
            "下级工会",
            (union.below_count > 0).then(|| format!("{} 家", number(union.below_count))),
        ),
    ]
    .into_iter()
    .filter(|(label, value)| value.is_some() || !matches!(*label, "加挂牌子" | "曾用名"))
    .map(|(label, value)| (label.to_owned(), value.unwrap_or_else(|| "—".to_owned())))
    // Told above with what is known beside them.
    .chain(
        union
            .further
            .iter()
            .filter(|(label, _)| !matches!(label.as_str(), "加挂牌子" | "法人资格"))
            .cloned(),
    )
    .chain([("来源".to_owned(), source)])
    .collect()
}

fn has_contact(union: &UnionView) -> bool {
    union.chair.is_some() || union.phone.is_some() || union.employer_legal_rep.is_some()
}

fn former_names(union: &UnionView) -> String {
    let names = union.former_names.iter().map(|(name, until)| match until {
        Some(until) => format!("{name}（至 {until}）"),
        None => name.clone(),
    });
    names.collect::<Vec<_>>().join("、")
}

fn link_section(link: UnionLink, may_open: bool) -> LinkSection {
    let likely = link
        .probability
        .map(|value| format!("，概率 {}", chance(value)))
        .unwrap_or_default();
    let standing = match link.decision.as_str() {
        "linked" => "已采纳",
        "verify" => "待人工核对，规则暂不采用",
        _ => "没有找到对应单位",
    };
    let tier = link.tier.map(|tier| decided_by(&tier).to_owned());
    LinkSection {
        standing: format!("{standing}{likely}"),
        name: link
            .name
            .unwrap_or_else(|| "登记库之外，或机关、联合、行业工会".to_owned()),
        href: link
            .enterprise_id
            .filter(|_| may_open && link.decision == "linked")
            .map(|id| format!("/employer/{id}")),
        about: match link.decision.as_str() {
            "linked" | "verify" => [link.uscc, tier]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
            _ if link.explanation.is_some() => {
                "下面是最接近的一家单位各项的得分，没有达到采纳的分数".to_owned()
            }
            _ => String::new(),
        },
        fall: link.explanation.as_ref().map(Waterfall::of),
    }
}

/// The rule that decided about a link, by the name that runs give it.
fn decided_by(tier: &str) -> &'static str {
    match tier {
        "hand" => "由人工判断确定",
        "code" => "依据统一社会信用代码一致",
        "org_code" => "依据组织机构代码一致",
        "reg_no" => "依据注册号一致",
        "code_suggested" => "依据代码只差一处",
        "name" => "依据名称和所在地一致",
        _ => "依据各项综合打分",
    }
}

fn step_of(row: &JournalView) -> TrailStep {
    let mut told = changes(row);
    // On its own page a union need not be named.
    told.retain(|phrase| !phrase.starts_with("名称 ") && !phrase.starts_with("工会 "));
    TrailStep {
        label: row.action.clone(),
        line: format!("{} · {}", row.at, actor_words(&row.actor)),
        note: Some(told.join("；")).filter(|told| !told.is_empty()),
        class: "done",
    }
}
