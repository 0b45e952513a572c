//! 会籍申请: what waits for an answer, what was answered, and one request with its answer.

use app::error::{AppError, ErrorKind};
use app::membership::{self, Answer, RequestView, UnionName};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::Act;
use domain::membership::{AskedBy, ChangeKind, RequestState};
use domain::permission::Action;
use uuid::Uuid;

use super::member_href;
use super::view::RequestPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Cell, Empty, Field, Flash, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery};

/// Reads the id in an address.
pub(super) fn id_of(text: &str) -> Result<Uuid, AppError> {
    Uuid::parse_str(text)
        .map_err(|_| AppError::not_found("MEM-406", "没有这项会籍申请，或不在您的数据范围内"))
}

/// `GET /member/request`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/request", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let is_done = query.get("state") == Some("done");
    let (found, total) = membership::requests(&person.op, &web.app, !is_done, at, size).await?;
    let table = Table {
        heads: [
            "会员",
            "办理事项",
            "所在工会",
            "转入工会",
            "提出",
            if is_done { "结果" } else { "期限" },
        ]
        .map(Head::new)
        .into(),
        rows: found.iter().map(row_of).collect(),
        empty: Empty::new(
            if is_done {
                "还没有办结的会籍申请"
            } else {
                "没有待确认的会籍申请"
            },
            "入会在工会的会员名单提出，其他在会员页面提出。",
        ),
    };
    page(&Listing {
        frame: person.frame(&web, "会籍申请", Here::MemberRequest).await?,
        crumbs: vec![("组织".to_owned(), None), ("会籍申请".to_owned(), None)],
        summary: format!("{} {total} 项", if is_done { "已办结" } else { "待确认" }),
        path: "/member/request".to_owned(),
        actions: actions(&person),
        search: None,
        selects: vec![Select {
            name: "state",
            label: "状态",
            any: "待确认",
            value: query.get("state").unwrap_or_default().to_owned(),
            options: vec![("done".to_owned(), "已办结".to_owned())],
        }],
        days: Vec::new(),
        table,
        pager: Some(Pager::new(total, &query)),
    })
}

fn actions(person: &Person) -> Vec<(String, String)> {
    let mut actions = vec![("/member/suggestion".to_owned(), "接转建议".to_owned())];
    if person.can(Action::HandleMembership) {
        actions.push(("/member/closing".to_owned(), "注销申请".to_owned()));
    }
    if person.can(Action::ConfirmMembership) {
        actions.push(("/member/retention".to_owned(), "到期匿名化".to_owned()));
    }
    actions
}

fn row_of(request: &RequestView) -> Vec<Cell> {
    let union = |union: &Option<UnionName>| {
        let Some(union) = union else { return Cell::new("") };
        let cell = Cell::new(union.name.clone());
        match &union.union_id {
            Some(id) => cell.link(format!("/union/{id}")),
            None => cell,
        }
    };
    let is_pending = request.state == RequestState::Pending;
    let (from, to) = match request.kind {
        ChangeKind::Move => (union(&request.from), union(&request.to)),
        ChangeKind::Join | ChangeKind::TransferIn => (Cell::new(""), union(&request.to)),
        _ => (union(&request.from), Cell::new("")),
    };
    vec![
        Cell::new(request.name.clone())
            .link(format!("/member/request/{}", request.id))
            .code(request.member_id.clone().unwrap_or_default()),
        Cell::new(request.kind.label()).note(request.reason.unwrap_or_default()),
        from,
        to,
        Cell::new(request.asked_at.to_minute()).note(format!("{}（{}）", request.asker, side(request))),
        if is_pending {
            let cell = Cell::new(request.due_on.to_string());
            if request.is_late {
                cell.note("已超期").tone(Tone::Red)
            } else {
                cell
            }
        } else {
            Cell::new(request.state.label()).tone(tone(request.state))
        },
    ]
}

fn side(request: &RequestView) -> &'static str {
    match request.kind {
        ChangeKind::Move => request.asked_by.label(),
        _ => "本工会",
    }
}

fn tone(state: RequestState) -> Tone {
    match state {
        RequestState::Pending => Tone::Blue,
        RequestState::Accepted => Tone::Green,
        RequestState::Refused => Tone::Red,
        RequestState::Recalled => Tone::Grey,
    }
}

/// `GET /member/request/{id}`.
pub async fn request(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    show(&web, &person, id_of(&id)?, "", None).await
}

/// `POST /member/request/{id}`.
pub async fn answer(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    let said = match form.text("answer").as_str() {
        "accept" => Answer::Accept,
        "refuse" => Answer::Refuse,
        "recall" => Answer::Recall,
        _ => return Err(AppError::invalid("MEM-422", "请选择同意、退回或撤回").into()),
    };
    let words = form.text("words");
    match membership::answer(&person.op, &web.app, id, said, &words).await {
        Ok(done) => Ok(go(&format!("/member/request/{id}"), Flash::good(done))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut response = show(&web, &person, id, &words, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    person: &Person,
    id: Uuid,
    words: &str,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let found = membership::request(&person.op, &web.app, id).await?;
    let wrong = error.map(|error| {
        let mut text = error.message.clone();
        for one in &error.fields {
            text.push('：');
            text.push_str(&one.message);
        }
        if let Some(hint) = &error.hint {
            text.push('。');
            text.push_str(hint);
        }
        text
    });
    let home = found.from.as_ref().or(found.to.as_ref());
    let home = home.and_then(|union| union.union_id.clone());
    page(&RequestPage {
        frame: person.frame(web, found.kind.label(), Here::MemberRequest).await?,
        name: found.name.clone(),
        state: found.state.label(),
        tone: tone(found.state),
        member_href: match (&home, &found.member_id, found.state) {
            // After a transfer the member is elsewhere.
            (_, Some(member), RequestState::Accepted) if found.kind == ChangeKind::Move => {
                let to = found.to.as_ref().and_then(|union| union.union_id.clone());
                to.map(|to| member_href(&to, member))
            }
            (_, _, RequestState::Accepted) if ends(found.kind) => None,
            (Some(union), Some(member), _) => Some(member_href(union, member)),
            _ => None,
        },
        facts: facts(&found),
        has_before: found.kind == ChangeKind::Correct,
        content: found.content.clone(),
        action: format!("/member/request/{id}"),
        may_answer: found.may_answer,
        may_recall: found.may_recall,
        waits_for: match (found.kind, found.asked_by) {
            (ChangeKind::Move, AskedBy::From) => "转入工会答复",
            (ChangeKind::Move, AskedBy::To) => "会员所在工会答复",
            _ => "镇街以上工会确认",
        },
        accept: if found.kind == ChangeKind::Move {
            "同意接转"
        } else {
            "确认办理"
        },
        is_pending: found.state == RequestState::Pending,
        words: Field::of(Act::AnswerRequest, "words", words).kind("textarea"),
        wrong,
    })
}

fn ends(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::TransferOut | ChangeKind::Withdraw | ChangeKind::Expel | ChangeKind::Die
    )
}

fn facts(found: &RequestView) -> Vec<(&'static str, String)> {
    let name = |union: &Option<UnionName>| union.as_ref().map(|union| union.name.clone());
    let is_move = found.kind == ChangeKind::Move;
    let is_new = matches!(found.kind, ChangeKind::Join | ChangeKind::TransferIn);
    let decision = found.decision.as_ref().map(|decision| {
        format!(
            "{}，{}",
            decision.on,
            decision.number.as_deref().unwrap_or("无文号")
        )
    });
    let answered = found.answered_at.map(|at| {
        format!(
            "{} {}",
            found.answerer.as_deref().unwrap_or_default(),
            at.to_minute()
        )
    });
    let all = [
        ("办理事项", Some(found.kind.label().to_owned())),
        (
            if is_move { "转出工会" } else { "工会" },
            name(&found.from).filter(|_| !is_new),
        ),
        (
            if is_move { "转入工会" } else { "工会" },
            name(&found.to).filter(|_| is_move || is_new),
        ),
        ("生效日期", Some(found.happened_on.to_string())),
        ("原因", found.reason.map(str::to_owned)),
        ("委员会决定", decision),
        (
            "说明",
            Some(found.words.clone()).filter(|words| !words.is_empty()),
        ),
        (
            "提出",
            Some(format!("{} {}", found.asker, found.asked_at.to_minute())),
        ),
        (
            "答复期限",
            Some(if found.is_late {
                format!("{}（已超期）", found.due_on)
            } else {
                found.due_on.to_string()
            }),
        ),
        ("答复", answered),
        ("答复说明", found.answer.clone()),
    ];
    all.into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}
