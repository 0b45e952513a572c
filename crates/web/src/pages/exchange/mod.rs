//! 导出台账 and 下载中心: what of a list goes out, masked or in full, what for; and what one has made.

pub mod view;

use app::approval::NEEDED;
use app::consent::left_out_words;
use app::error::{AppError, ErrorKind};
use app::export::SealedFile;
use app::export::register::{
    self, AT_ONCE_MAX, Asked, KEPT_HOURS, PAPER_COLUMNS_MAX, PAPER_ROWS_MAX, RegisterExport, ask_register,
    columns_of, own_exports, roll_columns,
};
use app::job::JobContext;
use app::op::App;
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::consent::Purpose;
use domain::intake::Kind;
use domain::permission::Action;
use futures::StreamExt as _;
use serde_json::json;

use self::view::{ColumnChoice, ExportPage, SheetPage};
use crate::http::{Fault, Person, Posted, Web, page};
use crate::pages::approval::{ask_form, asked};
use crate::ui::{Cell, Empty, Head, Here, Listing, Table, Tone, UrlQuery, number};

/// Exports listed, newest first.
const SHOWN: i64 = 100;

/// Teaches the job queue to make large exports.
pub fn register(app: &App) {
    app.jobs
        .register(register::JOB, |context: JobContext| async move {
            let export_no = register::work(&context).await?;
            let words = format!("导出完成，{KEPT_HOURS} 小时内可以下载。");
            Ok(json!({ "href": format!("/download#n{export_no}"), "words": "去下载", "message": words }))
        });
}

/// What the address asks for: the filters of the list that one came from.
fn asked_of(kind: &str, form: &Posted) -> RegisterExport {
    RegisterExport {
        kind: kind.to_owned(),
        q: form.text("q"),
        union_q: form.text("union_q"),
        county: form.get("county").and_then(|code| code.parse().ok()),
        town: form.get("town").and_then(|code| code.parse().ok()),
        union_type: form.text("type"),
        parent_id: form.text("parent"),
        industry_id: form.text("industry"),
        zone: form.text("zone"),
        union_id: form.text("union"),
        state: form.text("state"),
        gig_group: form.text("group"),
        columns: form.all("columns"),
        key: form.text("key"),
        format: form.text("format"),
        is_plain: form.get("plain") == Some("yes"),
        reason: form.text("reason"),
        purpose: form.text("purpose"),
    }
}

/// `GET /export/{kind}`.
pub async fn form(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let mut asked = asked_of(&kind, &Posted::read(&query.unwrap_or_default()));
    if asked.format != SHEET {
        // A list is narrowed by its filters; one record alone is a form.
        asked.key.clear();
    } else if asked.key.is_empty() {
        return Err(AppError::not_found("EXP-404", "打印登记表，须指明是哪一名会员或哪一家工会").into());
    }
    form_page(&web, &person, asked, None).await
}

async fn form_page(
    web: &Web,
    person: &Person,
    asked: RegisterExport,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let wrong = |field: &str| {
        let fields = error.map(|error| error.fields.as_slice()).unwrap_or_default();
        let found = fields.iter().find(|one| one.field == field);
        found.map(|one| one.message.clone())
    };
    // The count asks for no more than the masked export does.
    let counted = RegisterExport {
        is_plain: false,
        ..asked.clone()
    };
    let rows = register::register_count(&person.op, &web.app, &counted).await?;
    let kind = Kind::from_name(&asked.kind).unwrap_or(Kind::Unions);
    let purposes = match kind {
        Kind::Members => Purpose::all()
            .map(|one| (one.code(), one.label(), one.needs_consent()))
            .collect(),
        _ => Vec::new(),
    };
    if asked.format == SHEET {
        let (title, contents) = match kind {
            Kind::Unions => (
                "工会组织登记表",
                "登记信息、上级工会、法人资格、在册会员和覆盖单位的数目、现任委员会成员",
            ),
            _ => (
                "会员登记表",
                "登记信息、所在工会、会籍经过，本人签字和基层工会意见",
            ),
        };
        return answered(
            &SheetPage {
                frame: person.frame(web, &format!("打印{title}"), Here::UnionOrg).await?,
                kind: kind.name().to_owned(),
                title,
                contents,
                key: asked.key.clone(),
                can_plain: person.can(Action::ExportPlain),
                is_plain: asked.is_plain,
                reason_wrong: wrong("reason"),
                reason: asked.reason.clone(),
                purposes,
                purpose: asked.purpose.clone(),
                purpose_wrong: wrong("purpose"),
                wrong: wrong("key").or_else(|| error.map(|error| error.message.clone())),
                hours: KEPT_HOURS,
            },
            error.is_some(),
        );
    }
    let is_chosen = |name: &str| asked.columns.is_empty() || asked.columns.iter().any(|own| own == name);
    let filters = [
        ("q", asked.q.clone()),
        (
            "county",
            asked.county.map(|code| code.to_string()).unwrap_or_default(),
        ),
        (
            "town",
            asked.town.map(|code| code.to_string()).unwrap_or_default(),
        ),
        ("type", asked.union_type.clone()),
        ("union_q", asked.union_q.clone()),
        ("parent", asked.parent_id.clone()),
        ("industry", asked.industry_id.clone()),
        ("zone", asked.zone.clone()),
        ("union", asked.union_id.clone()),
        ("state", asked.state.clone()),
        ("group", asked.gig_group.clone()),
    ];
    let filters: Vec<(String, String)> = filters
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let view = ExportPage {
        frame: person
            .frame(web, &format!("导出{}", kind.label()), Here::UnionOrg)
            .await?,
        kind: kind.name().to_owned(),
        label: kind.label().to_owned(),
        summary: format!("{} 行", number(rows)),
        scope: match (filters.is_empty(), kind) {
            (true, Kind::Unions) => "数据范围内的全部在册工会".to_owned(),
            (true, _) => "数据范围内的全部会员".to_owned(),
            (false, _) => "与刚才的列表相同的筛选条件，只含您数据范围内的行".to_owned(),
        },
        is_large: rows > AT_ONCE_MAX,
        filters,
        columns: columns_of(kind)
            .map(|(element, is_key)| ColumnChoice {
                name: element.name.clone(),
                label: element.zh.clone(),
                is_masked: element.is_masked(),
                is_key,
                is_chosen: is_key || is_chosen(&element.name),
            })
            .collect(),
        can_plain: person.can(Action::ExportPlain),
        is_plain: asked.is_plain,
        format: asked.format.clone(),
        format_wrong: wrong("format"),
        columns_wrong: wrong("columns"),
        paper: (PAPER_ROWS_MAX, PAPER_COLUMNS_MAX, roll_columns(kind)),
        reason: asked.reason.clone(),
        reason_wrong: wrong("reason"),
        purposes,
        purpose: asked.purpose.clone(),
        purpose_wrong: wrong("purpose"),
        wrong: wrong("key").or_else(|| error.map(|error| error.message.clone())),
        hours: KEPT_HOURS,
    };
    answered(&view, error.is_some())
}

fn answered(view: &impl Template, is_refused: bool) -> Result<Response, Fault> {
    let mut response = page(view)?;
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The form (登记表) of one record, as an address asks for it.
const SHEET: &str = "sheet";

/// Where the form of a record is printed.
pub(crate) fn sheet_href(kind: Kind, key: &str) -> String {
    UrlQuery::default()
        .at(format!("/export/{}", kind.name()))
        .with("format", SHEET)
        .with("key", key)
        .url()
}

/// `POST /export/{kind}`: small ones are made at once, large ones by a job.
pub async fn ask(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let asked = asked_of(&kind, &form);
    match ask_register(&person.op, &web.app, &asked).await {
        // One sheet is wanted in the hand, not in a list.
        Ok(Asked::Made(number)) if asked.format == SHEET => {
            Ok(Redirect::to(&format!("/download/{number}")).into_response())
        }
        Ok(Asked::Made(number)) => Ok(Redirect::to(&format!("/download#n{number}")).into_response()),
        Ok(Asked::Queued(id)) => Ok(Redirect::to(&format!("/job/{id}")).into_response()),
        Err(error) if error.kind == ErrorKind::Invalid => form_page(&web, &person, asked, Some(&error)).await,
        Err(error) if error.code == NEEDED => {
            let wanted = register::approvable(&person.op, &web.app, &asked).await?;
            ask_form(
                &web,
                &person,
                &wanted,
                &address("approval", &asked),
                "",
                &asked.reason,
                None,
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

/// Where an export is gone on with: `approval` asks a second person, the form itself is filled in.
pub(crate) fn address(step: &str, asked: &RegisterExport) -> String {
    let path = match step {
        "" => format!("/export/{}", asked.kind),
        step => format!("/export/{}/{step}", asked.kind),
    };
    let number = |code: Option<i64>| code.map(|code| code.to_string()).unwrap_or_default();
    let mut pairs = vec![
        ("q", asked.q.clone()),
        ("county", number(asked.county)),
        ("town", number(asked.town)),
        ("type", asked.union_type.clone()),
        ("union_q", asked.union_q.clone()),
        ("parent", asked.parent_id.clone()),
        ("industry", asked.industry_id.clone()),
        ("zone", asked.zone.clone()),
        ("union", asked.union_id.clone()),
        ("state", asked.state.clone()),
        ("group", asked.gig_group.clone()),
        ("key", asked.key.clone()),
        ("format", asked.format.clone()),
        ("plain", if asked.is_plain { "yes" } else { "" }.to_owned()),
        ("reason", asked.reason.clone()),
        ("purpose", asked.purpose.clone()),
    ];
    pairs.retain(|(_, value)| !value.is_empty());
    let mut query = UrlQuery::default().at(path);
    for (name, value) in &pairs {
        query = query.with(name, value);
    }
    let mut url = query.url();
    for column in &asked.columns {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&UrlQuery::default().with("columns", column).query());
    }
    url
}

/// `POST /export/{kind}/approval`: asks a second person to approve exactly this export.
pub async fn ask_approval(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    form: Posted,
) -> Result<Response, Fault> {
    let asked_for = asked_of(&kind, &Posted::read(&query.unwrap_or_default()));
    let wanted = register::approvable(&person.op, &web.app, &asked_for).await?;
    let to = (address("approval", &asked_for), address("", &asked_for));
    asked(&web, &person, &wanted, (&to.0, &to.1), &form).await
}

/// `GET /download`: one's own exports.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let found = own_exports(&person.op, &web.app, SHOWN).await?;
    let rows = found.iter().map(|export| {
        let name = Cell::new(export.file_name.clone()).note(format!("第 {} 号", export.export_no));
        let (state, tone) = if export.is_kept {
            (
                format!("可下载，至 {}", export.kept_until.to_minute()),
                Tone::Green,
            )
        } else {
            ("已过期，文件已删除".to_owned(), Tone::Grey)
        };
        vec![
            if export.is_kept {
                name.link(format!("/download/{}", export.export_no))
            } else {
                name
            },
            Cell::number(export.rows),
            Cell::new(if export.is_plain { "未脱敏" } else { "已脱敏" }),
            Cell::new(match (export.purpose, export.left_out) {
                (Some(purpose), Some(count)) if count > 0 => {
                    format!("{}（{purpose}；{}）", export.reason, left_out_words(count))
                }
                (Some(purpose), _) => format!("{}（{purpose}）", export.reason),
                (None, _) => export.reason.clone(),
            })
            .note(export.made_at.to_minute()),
            Cell::new(state).tone(tone),
        ]
    });
    let view = Listing {
        frame: person.frame(&web, "下载中心", Here::UnionOrg).await?,
        crumbs: vec![("组织".to_owned(), None), ("下载中心".to_owned(), None)],
        summary: format!("我的导出，保留 {KEPT_HOURS} 小时"),
        path: "/download".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: vec![
                Head::new("文件"),
                Head::number("行数"),
                Head::new("个人信息"),
                Head::new("用途"),
                Head::new("状态"),
            ],
            rows: rows.collect(),
            empty: Empty::new("还没有导出过", "在工会组织或会员列表上点“导出”。")
                .next("/union", "去工会组织"),
        },
        pager: None,
    };
    page(&view)
}

/// `GET /download/{number}`: streamed, opened frame by frame.
pub async fn download(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
) -> Result<Response, Fault> {
    let no = no
        .parse()
        .map_err(|_| AppError::not_found("EXP-404", "没有这一号导出"))?;
    let file = register::export_download(&person.op, &web.app, no).await?;
    Ok(handed_out(file))
}

/// A sealed file for a person, opened while it is sent: at flat memory, and kept by no cache.
pub(crate) fn handed_out(file: SealedFile) -> Response {
    let name = UrlQuery::default()
        .with("n", &file.file_name)
        .query()
        .split_off(2);
    let head = [
        (header::CONTENT_TYPE, file.content_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{name}"),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (head, stream(file)).into_response()
}

/// An export's file as a body, opened frame by frame as it is taken.
pub(crate) fn stream(file: SealedFile) -> Body {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        for frame in file {
            let frame = frame.map(Bytes::from).map_err(|error| {
                tracing::error!(%error, "a sealed file could not be opened to its end");
                std::io::Error::other("文件已损坏")
            });
            if sender.blocking_send(frame).is_err() {
                return; // the browser has gone
            }
        }
    });
    let frames = futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|frame| (frame, receiver))
    });
    // Whoever compresses it asks once more after the end.
    Body::from_stream(frames.fuse())
}
