//! 会员: the members of one union, masked; one identity number in full, for a reason.

mod change;
mod closing;
mod duplicate;
mod request;
mod retention;
mod suggestion;
pub mod view;

pub(in crate::pages) use change::field_of;
pub use change::{change, change_form, correct, correct_form, issue_pass, join, join_form};
pub use closing::{answer as answer_closing, list as closings};
pub use duplicate::{list as duplicates, merge, pair, part};
pub use request::{answer, list as requests, request};
pub use retention::{
    anonymise, ask_approval as ask_anonymise, hold, list as retention, register_anonymise, release, report,
};
pub use suggestion::{list as suggestions, register, respond, start as find_suggestions};

use app::element_right::not_writable;
use app::error::{AppError, ErrorKind};
use app::journal::JournalView;
use app::membership::{
    self, EventView, Found, MemberLine, MemberListParams, MemberView, REVEAL_PURPOSES, Shown,
};
use app::quality;
use app::union_org;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use codes::time::Day;
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::membership::MembershipState;
use domain::permission::Action;

use self::view::{FindPage, MemberPage, MemberRow, MembersPage, RevealForm, RevealLink, RevealPage};
use crate::http::{Fault, Person, Posted, Web, inside, page};
use crate::pages::consent;
use crate::pages::contact::alone;
use crate::pages::exchange::sheet_href;
use crate::ui::{
    Cell, ContactPart, Empty, Field, Head, Here, Pager, Select, Table, Tone, UrlQuery, actor_words, number,
};

/// Which row's form is open; the address says so, so that it works without script.
const OPEN: &str = "reveal";

/// The group of new employment forms that an address asks for.
const GROUP: &str = "group";

/// `GET /union/{id}/member`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let union = union_org::union_org(&person.op, &web.app, &id).await?;
    let path = format!("/union/{id}/member");
    let query = UrlQuery::read(&path, &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    // A whole identity number is not searched for here: an address stands in logs and in the history of browsers.
    let is_number = |text: &&str| text.chars().filter(char::is_ascii_digit).count() >= 11;
    let q = query
        .get("q")
        .filter(|text| !is_number(text))
        .unwrap_or_default()
        .to_owned();
    let params = MemberListParams {
        union_id: id.clone(),
        q: q.clone(),
        fault: query.get("fault").unwrap_or_default().to_owned(),
        state: query.get("state").unwrap_or_default().to_owned(),
        gig_group: query.get("group").unwrap_or_default().to_owned(),
        page: at,
        size,
    };
    let fault = match params.fault.as_str() {
        "" => None,
        id => Some(quality::check(id)?.1.label.clone()),
    };
    let found = membership::list(&person.op, &web.app, &params).await?;
    let view_of = query.without(&[OPEN]);
    let empty = if view_of.is_empty() {
        Empty::new("这家工会还没有登记会员", "导入会员登记或办理入会后会出现在这里。")
            .next(&format!("/union/{id}"), "回工会页面")
    } else {
        Empty::no_match(&path)
    };
    let can_reveal = person.can(Action::RevealValue);
    let rows = found
        .lines
        .iter()
        .map(|line| row_of(line, &id, &query, can_reveal))
        .collect();
    page(&MembersPage {
        frame: person
            .frame(&web, "会员", Here::UnionOrg)
            .await?
            .about(&union.name),
        summary: match &fault {
            Some(fault) => format!("{} · {fault} · {} 人", union.name, number(found.total)),
            None => format!("{} · {} 人", union.name, number(found.total)),
        },
        union_name: union.name,
        union_href: format!("/union/{id}"),
        join_href: (union.is_active && person.can(Action::HandleMembership))
            .then(|| format!("/union/{}/join", path_part(&id))),
        selects: selects(&params),
        export_href: (person.can(Action::Export) && fault.is_none()).then(|| {
            let query = UrlQuery::default().at("/export/members").with("union", &id);
            let filters = [("q", &q), ("state", &params.state), ("group", &params.gig_group)];
            let filters = filters.into_iter().filter(|(_, value)| !value.is_empty());
            filters
                .fold(query, |query, (name, value)| query.with(name, value))
                .url()
        }),
        path,
        q,
        rows,
        can_reveal,
        empty,
        pager: Pager::new(found.total, &view_of),
    })
}

/// Narrowing by where memberships stand, and by the groups of new employment forms.
fn selects(params: &MemberListParams) -> Vec<Select> {
    let states = MembershipState::ALL.iter().filter(|state| state.is_standing());
    vec![
        Select {
            name: "state",
            label: "会籍状态",
            any: "会籍状态",
            value: params.state.clone(),
            options: states
                .map(|state| (state.code().to_owned(), state.label().to_owned()))
                .collect(),
        },
        groups(&params.gig_group),
    ]
}

/// The groups of new employment forms to choose from.
fn groups(chosen: &str) -> Select {
    let list = Dictionary::shipped().list("gig_group");
    let options = list.map(|list| {
        list.current()
            .map(|group| (group.label.clone(), group.label.clone()))
            .collect()
    });
    Select {
        name: GROUP,
        label: "新就业形态群体",
        any: "新就业形态群体",
        value: chosen.to_owned(),
        options: options.unwrap_or_default(),
    }
}

fn row_of(line: &MemberLine, union: &str, query: &UrlQuery, can_reveal: bool) -> MemberRow {
    let key = line.member_id.clone();
    let is_open = query.get(OPEN) == Some(key.as_str());
    let is_unreadable = line.id_no == Shown::Unreadable;
    let has_number = matches!(line.id_no, Shown::Masked(_));
    let reveal = can_reveal.then(|| RevealLink {
        href: format!("{}#reveal", query.with(OPEN, &key).url()),
        form: is_open.then(|| {
            form_of(
                union,
                &key,
                &query.without(&[OPEN]).url(),
                has_number,
                &Posted::default(),
                None,
            )
        }),
    });
    MemberRow {
        name: line.name.clone(),
        number: words(&line.id_no),
        status: if is_unreadable {
            "密文被改动过，或主密钥不对，请联系系统管理员".to_owned()
        } else {
            line.id_status.to_owned()
        },
        is_unreadable,
        phone: words(&line.phone),
        standing: line.state.label(),
        tone: tone(line.state),
        group: line.gig_group.clone().unwrap_or_default(),
        joined: line.joined.map_or_else(|| "—".to_owned(), |day| day.to_string()),
        reveal,
        href: member_href(union, &key),
        key,
    }
}

fn tone(state: MembershipState) -> Tone {
    match state {
        MembershipState::Active => Tone::Green,
        MembershipState::Provisional => Tone::Blue,
        MembershipState::Retained => Tone::Yellow,
        _ => Tone::Grey,
    }
}

pub(crate) fn member_href(union: &str, member: &str) -> String {
    UrlQuery::default()
        .at(format!("/union/{union}/member/{}", path_part(member)))
        .url()
}

/// `GET /union/{id}/member/{member}`.
pub async fn member(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let found = membership::member(&person.op, &web.app, &union, &member).await?;
    let list_href = format!("/union/{union}/member");
    let can_reveal = person.can(Action::RevealValue);
    let barred = not_writable(&person.op, &web.app, Kind::Members).await?;
    page(&MemberPage {
        frame: person
            .frame(&web, "会员", Here::UnionOrg)
            .await?
            .about(&found.name),
        name: found.name.clone(),
        reveal_href: can_reveal.then(|| {
            let query = UrlQuery::default()
                .at(list_href.clone())
                .with(OPEN, &found.member_id);
            format!("{}#reveal", query.url())
        }),
        sheet_href: person
            .can(Action::Export)
            .then(|| sheet_href(Kind::Members, &found.member_id)),
        state: found.state.label(),
        tone: tone(found.state),
        ways: change::ways(&person, &found, &barred),
        pass_action: person
            .can(Action::HandleMembership)
            .then(|| format!("{}/pass", member_href(&found.union_id, &found.member_id))),
        pending: found
            .pending
            .iter()
            .map(|asked| {
                let label = format!(
                    "{}，{} 提出，待确认",
                    asked.kind.label(),
                    asked.asked_at.to_minute()
                );
                (format!("/member/request/{}", asked.id), label)
            })
            .collect(),
        events: found.events.iter().map(event_of).collect(),
        merges: merges_of(&person, &found),
        facts: facts(&found),
        unread: found.unread,
        consent: consent::card(
            &person,
            &found.consents,
            &member_href(&found.union_id, &found.member_id),
        ),
        seen: found.seen.map(|seen| seen.iter().map(look_of).collect()),
        key: found.member_id,
        union_href: format!("/union/{union}"),
        union_name: found.union_name,
        list_href,
    })
}

/// `GET /member`.
pub async fn find_form(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    person.op.may(Action::SeeMembers)?;
    let query = UrlQuery::read("/member", &query.unwrap_or_default());
    find_page(&web, &person, None, None, Some(&query)).await
}

/// `POST /member`: whose number this is. Posted, so that it stands in no address; what was typed does not come back.
pub async fn find(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    match membership::find(&person.op, &web.app, &form.text("number")).await {
        Ok(found) => find_page(&web, &person, Some(&found), None, None).await,
        Err(error) if error.kind == ErrorKind::Invalid => {
            let mut response = find_page(&web, &person, None, Some(&error), None).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn find_page(
    web: &Web,
    person: &Person,
    found: Option<&Found>,
    error: Option<&AppError>,
    all: Option<&UrlQuery>,
) -> Result<Response, Fault> {
    let group = all
        .and_then(|query| query.get(GROUP))
        .unwrap_or_default()
        .to_owned();
    let all = match all {
        Some(query) => Some(all_in_sight(web, person, query, &group).await?),
        None => None,
    };
    let field = Field {
        is_wide: true,
        max_length: 40,
        autocomplete: Some("off"),
        help: Some("完整的证件号码（15 位旧号也可以）或电话；只查得到您数据范围内的会员".to_owned()),
        error: error.and_then(|error| error.fields.first().map(|wrong| wrong.message.clone())),
        ..Field::text("number", "证件号码或电话", "")
    };
    page(&FindPage {
        frame: person.frame(web, "会员", Here::Member).await?,
        field,
        all,
        groups: groups(&group),
        export_href: (person.can(Action::Export) && !group.is_empty()).then(|| {
            let query = UrlQuery::default().at("/export/members");
            query.with(GROUP, &group).url()
        }),
        found: found.map(|found| {
            let count = match found.lines.len() {
                0 => "数据范围内没有会员".to_owned(),
                many => format!("{} 条会籍", number(many as i64)),
            };
            (
                format!("{} {}：{count}", found.what, found.masked),
                found_table(&found.lines),
            )
        }),
    })
}

/// A page of everybody in sight, in the order of the tree of unions; any page is found at once, because the counts of unions are
/// kept. Those of one group of new employment forms come by their keys.
async fn all_in_sight(
    web: &Web,
    person: &Person,
    query: &UrlQuery,
    group: &str,
) -> Result<(String, Table, Pager), Fault> {
    let (page, size) = Pager::read(query);
    let params = MemberListParams {
        gig_group: group.to_owned(),
        page,
        size,
        ..MemberListParams::default()
    };
    let list = membership::list(&person.op, &web.app, &params).await?;
    let count = number(list.total);
    let (what, empty) = if group.is_empty() {
        let empty = Empty::new("数据范围内没有会员", "导入会员登记或办理入会后会出现在这里。");
        (format!("全部会员：{count} 人，按组织树、会员编号排列"), empty)
    } else {
        let what = format!("新就业形态会员 · {group}：{count} 人，按会员编号排列");
        (what, Empty::no_match("/member"))
    };
    let table = Table {
        empty,
        ..found_table(&list.lines)
    };
    Ok((what, table, Pager::new(list.total, query)))
}

/// Members that somebody looked for, each with its union.
pub(crate) fn found_table(lines: &[MemberLine]) -> Table {
    Table {
        heads: ["会员", "工会", "证件号码", "移动电话", "入会日期"]
            .map(Head::new)
            .into(),
        rows: lines.iter().map(found_row).collect(),
        empty: Empty::new(
            "没有找到会员",
            "可能尚未入会，也可能在您的数据范围之外，或登记的姓名、号码有误。",
        ),
    }
}

fn found_row(line: &MemberLine) -> Vec<Cell> {
    let day = line.joined.map(|day| day.to_string()).unwrap_or_default();
    vec![
        Cell::new(line.name.clone())
            .link(member_href(&line.union_id, &line.member_id))
            .code(line.member_id.clone()),
        Cell::new(line.union_name.clone()).link(format!("/union/{}", line.union_id)),
        Cell::new(words(&line.id_no)).note(line.id_status),
        Cell::new(words(&line.phone)),
        Cell::new(day),
    ]
}

fn facts(member: &MemberView) -> Vec<(String, String)> {
    let number = match &member.id_no {
        Shown::Unreadable => words(&member.id_no),
        Shown::Nothing | Shown::Masked(_) => format!("{}（{}）", words(&member.id_no), member.id_status),
    };
    let source = member.batch_no.map_or_else(
        || "本系统登记或变更".to_owned(),
        |batch| format!("导入，第 {batch} 批"),
    );
    let day = |day: Option<Day>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
    [
        ("证件号码", number),
        ("移动电话", words(&member.phone)),
        ("入会日期", day(member.joined)),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .into_iter()
    .chain(member.further.iter().cloned())
    .chain([("来源".to_owned(), source)])
    .collect()
}

/// What happened, since when, by whom and when it was written down, and the details.
fn event_of(event: &EventView) -> (String, String, String) {
    let on = event
        .on
        .map_or_else(|| "日期不详".to_owned(), |day| day.to_string());
    let by = match &event.at {
        Some(at) => format!("{on} · {} {at} 登记", event.by),
        None => format!("{on} · {}", event.by),
    };
    (event.what.to_owned(), by, event.details.join("；"))
}

/// Merges that can be undone, for whoever may: address, and the words of the button's line.
fn merges_of(person: &Person, found: &MemberView) -> Vec<(String, String)> {
    if !person.can(Action::ConfirmMembership) {
        return Vec::new();
    }
    let merges = found.merges.iter();
    merges
        .map(|(id, at, by)| {
            (
                format!("/member/merge/{id}/undo"),
                format!("{} {by} 合并了同一人的另一会籍", at.to_minute()),
            )
        })
        .collect()
}

/// Who, when, and at what or what for.
fn look_of(entry: &JournalView) -> (String, String, String) {
    let why = entry.changes.iter().find(|(name, _, _)| name == "words");
    let note = why.map_or_else(String::new, |(_, _, after)| after.clone());
    (
        format!("{} {}", actor_words(&entry.actor), entry.action),
        entry.at.clone(),
        note,
    )
}

fn words(shown: &Shown) -> String {
    match shown {
        Shown::Masked(text) => text.clone(),
        Shown::Nothing => "—".to_owned(),
        Shown::Unreadable => "无法解密".to_owned(),
    }
}

fn form_of(
    union: &str,
    member: &str,
    back: &str,
    has_number: bool,
    typed: &Posted,
    error: Option<&AppError>,
) -> RevealForm {
    let wrong = |field: &str| {
        let fields = error.map(|error| error.fields.as_slice()).unwrap_or_default();
        fields
            .iter()
            .find(|one| one.field == field)
            .map(|one| one.message.clone())
    };
    RevealForm {
        action: UrlQuery::default()
            .at(format!("/union/{union}/member/{}/reveal", path_part(member)))
            .url(),
        back: back.to_owned(),
        purposes: REVEAL_PURPOSES.to_vec(),
        purpose: typed.text("purpose"),
        words: typed.text("words"),
        purpose_wrong: wrong("purpose"),
        words_wrong: wrong("words"),
        what_wrong: wrong("what"),
        has_number,
        shown: None,
    }
}

/// A register's key may hold any sign; in a path it is one part.
fn path_part(text: &str) -> String {
    UrlQuery::default().with("k", text).query().split_off(2)
}

/// `POST /union/{id}/member/{member}/reveal`: what was asked for in this one answer, under the form with script, so that the next look has
/// a reason of its own; on a page of its own without. `page` forbids every cache to keep it.
pub async fn reveal(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let asked = membership::RevealForm {
        what: form.text("what"),
        purpose: form.text("purpose"),
        words: form.text("words"),
    };
    let back = inside(&form.text("back"));
    let is_part = headers.contains_key("hx-request");
    match membership::reveal(&person.op, &web.app, &member, &asked).await {
        Ok(lines) => {
            let part = ContactPart { lines };
            if !is_part {
                return alone(&web, &person, part, "查看完整内容", Here::UnionOrg, back).await;
            }
            page(&RevealForm {
                shown: Some(part),
                ..form_of(&union, &member, &back, true, &Posted::default(), None)
            })
        }
        Err(error) if error.kind == ErrorKind::Invalid => {
            let again = form_of(&union, &member, &back, true, &form, Some(&error));
            if is_part {
                return page(&again);
            }
            let found = union_org::union_org(&person.op, &web.app, &union).await?;
            let mut response = page(&RevealPage {
                frame: person.frame(&web, "查看完整内容", Here::UnionOrg).await?,
                union_name: found.name,
                union_href: format!("/union/{union}"),
                back,
                lead: error.message.clone(),
                form: again,
            })?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
