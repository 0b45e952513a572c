//! 告知书 and 知情同意: what members are told, and what a member agreed to, written down by their union.

pub mod view;

use app::consent::{self, ConsentForm, ConsentView, NoticeForm};
use app::error::{AppError, ErrorKind};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::accounts::shown_name;
use domain::consent::{BY_LAW, ConsentWay};
use domain::permission::Action;

use self::view::{ConsentCard, ConsentRow, NoticePage, NoticeRow, NoticeShown};
use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::ui::{Field, Flash, Here, Tone};

/// `GET /notice`: every version, and the form for the next one.
pub async fn notices(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    show(&web, &person, &NoticeForm::default(), None).await
}

async fn show(
    web: &Web,
    person: &Person,
    typed: &NoticeForm,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let known = consent::notices(&person.op, &web.app).await?;
    let today = person.op.today();
    let running = known.iter().find(|notice| notice.in_force_on <= today);
    let running = running.map(|notice| notice.no);
    let wrong = wrong_of(error);
    let first = known.is_empty();
    let day = match typed.in_force_on.as_str() {
        "" => today.to_string(),
        typed => typed.to_owned(),
    };
    let mut response = page(&NoticePage {
        frame: person.frame(web, "告知书", Here::Notice).await?,
        rows: known
            .iter()
            .map(|notice| {
                let (state, tone) = match (Some(notice.no) == running, notice.in_force_on > today) {
                    (true, _) => ("现行", Tone::Green),
                    (_, true) => ("待生效", Tone::Blue),
                    _ => ("已被新版代替", Tone::Grey),
                };
                NoticeRow {
                    no: notice.no,
                    state,
                    tone,
                    about: format!(
                        "{} 起；{} {}发布{}",
                        notice.in_force_on,
                        notice.published_at.to_minute(),
                        shown_name(&notice.published_by),
                        if notice.asks_anew { "；须重新征得同意" } else { "" }
                    ),
                    paragraphs: notice.text.lines().map(str::to_owned).collect(),
                }
            })
            .collect(),
        can_publish: person.can(Action::PublishNotice),
        is_first: first,
        wrong: error.filter(|error| error.fields.is_empty()).map(|error| error.message.clone()),
        text: Field::text("text", "告知书全文", typed.text.clone())
            .kind("textarea")
            .wide()
            .longest(10_000)
            .help(
                "写明处理者和联系方式、处理目的和方式、信息种类、保存期限、本人的权利和撤回的办法（个人信息保护法第十七条）；\
                 向合作单位提供的，写明接收方的名称、联系方式、处理目的、方式和信息种类（第二十三条）；\
                 处理敏感个人信息的，写明必要性和对个人权益的影响（第三十条）",
            )
            .errors(&wrong),
        day: Field::text("in_force_on", "从哪天起生效", day).kind("date").errors(&wrong),
        asks_anew: typed.asks_anew,
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /notice`.
pub async fn publish(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let typed = NoticeForm {
        text: form.text("text"),
        in_force_on: form.text("in_force_on"),
        asks_anew: form.get("asks_anew").is_some(),
    };
    match consent::publish_notice(&person.op, &web.app, &typed).await {
        Ok(no) => Ok(go("/notice", Flash::good(format!("第 {no} 版告知书已发布。")))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            show(&web, &person, &typed, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// How one stands, as rows.
pub fn rows_of(consents: &ConsentView) -> Vec<ConsentRow> {
    let rows = consents.asked.iter().map(|one| ConsentRow {
        code: one.code,
        label: one.label,
        word: one.word,
        tone: match (one.counts, one.is_running) {
            (true, _) => Tone::Green,
            (_, true) => Tone::Yellow,
            _ => Tone::Grey,
        },
        detail: one.detail.clone(),
        can_give: !one.counts,
        can_withdraw: one.is_running,
        can_refuse: one.can_refuse,
    });
    rows.collect()
}

/// 知情同意 on a member's page; `href` is that page's address.
pub fn card(person: &Person, consents: &ConsentView, href: &str) -> ConsentCard {
    let today = person.op.today().to_string();
    let ways: Vec<(String, String)> = ConsentWay::ALL
        .into_iter()
        .filter(|way| *way != ConsentWay::Online)
        .map(|way| (way.code().to_owned(), way.label().to_owned()))
        .collect();
    ConsentCard {
        rows: rows_of(consents),
        by_law: consents.by_law.join("、"),
        why_by_law: BY_LAW,
        notice: consents.notice.as_ref().map(|(no, on, _)| NoticeShown {
            no: *no,
            words: format!("现行告知书第 {no} 版，{on} 起"),
        }),
        action: person
            .can(Action::HandleMembership)
            .then(|| format!("{href}/consent")),
        day: Field::text("on", "日期", today).kind("date"),
        way: Field::select("way", "方式", "paper", ways),
    }
}

/// `POST /union/{id}/member/{member}/consent`: what was agreed to, or taken back, written down.
pub async fn record(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = ConsentForm {
        purposes: form.all("purposes"),
        on: form.text("on"),
        way: form.text("way"),
        notice: form.get("notice").and_then(|no| no.parse().ok()),
    };
    let (done, words) = match form.get("withdraw") {
        Some(_) => (
            consent::record_withdrawal(&person.op, &web.app, &union, &member, &typed).await,
            "撤回已登记：今后的导出不再为此使用本人的资料。",
        ),
        None => (
            consent::record_consent(&person.op, &web.app, &union, &member, &typed).await,
            "同意已登记。",
        ),
    };
    let back = crate::pages::membership::member_href(&union, &member);
    match done {
        Ok(()) => Ok(go(&back, Flash::good(words))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let each: Vec<&str> = error.fields.iter().map(|field| field.message.as_str()).collect();
            let words = match (each.is_empty(), &error.hint) {
                (true, Some(hint)) => format!("{}。{hint}", error.message),
                (true, None) => error.message.clone(),
                (false, _) => format!("{}：{}", error.message, each.join("；")),
            };
            Ok(go(&back, Flash::bad(words)))
        }
        Err(error) => Err(error.into()),
    }
}
