//! 到期匿名化: whom it concerns, and doing it.

use app::error::ErrorKind;
use app::membership;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::view::RetentionPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Cell, Empty, Flash, Head, Here, Pager, Table, UrlQuery, number};

/// `GET /member/retention`: the dry run.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    show(&web, &person, &query.unwrap_or_default(), None).await
}

async fn show(web: &Web, person: &Person, query: &str, wrong: Option<String>) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/retention", query);
    let (at, size) = Pager::read(&query);
    let due = membership::due(&person.op, &web.app, at, size).await?;
    let rows = due.rows.iter().map(|row| {
        vec![
            Cell::new(row.member_id.clone()),
            Cell::new(row.state),
            Cell::new(row.ended_on.map(|day| day.to_string()).unwrap_or_default()),
            match row.union_id.as_str() {
                "" => Cell::new("工会已不在台账中"),
                key => Cell::new(row.union_name.clone()).link(format!("/union/{key}")),
            },
        ]
    });
    page(&RetentionPage {
        frame: person.frame(web, "到期匿名化", Here::MemberRequest).await?,
        summary: format!("{} 个会籍", number(due.total)),
        rule: format!(
            "会籍终止满 {} 年（{} 及以前）的，姓名、证件号码、电话等个人信息不再需要（《个人信息保护法》第十九条、第四十七条）。匿名化后只留会员标识、工会、终止的方式和日期，不能恢复。",
            due.keep_years, due.until
        ),
        total: due.total,
        summary_total: number(due.total),
        table: Table {
            heads: ["会员标识", "会籍", "终止日期", "最后的工会"]
                .map(Head::new)
                .into(),
            rows: rows.collect(),
            empty: Empty::new("没有到期的会籍", "到期之前，终止的会籍加密保存，重新入会时接续。"),
        },
        wrong,
        pager: Pager::new(due.total, &query),
    })
}

/// `POST /member/retention`: does what the dry run showed.
pub async fn anonymise(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let seen: i64 = form.text("seen").parse().unwrap_or(-1);
    match membership::anonymise(&person.op, &web.app, seen).await {
        Ok(done) => Ok(go(
            "/member/retention",
            Flash::good(format!("已匿名化 {} 个会籍", number(done))),
        )),
        Err(error) if error.kind == ErrorKind::Conflict => {
            let text = format!("{}。{}", error.message, error.hint.as_deref().unwrap_or_default());
            let mut response = show(&web, &person, "", Some(text)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
