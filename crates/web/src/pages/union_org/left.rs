//! 待接续会员: dissolved unions that have left members.

use app::union_org::change::Change;
use app::union_org::left::{LeftList, left};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::permission::Action;

use crate::http::{Fault, Person, Web, page};
use crate::ui::{Cell, Empty, Head, Here, Listing, Pager, Table, UrlQuery, number};

/// `GET /union/left`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/union/left", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let found = left(&person.op, &web.app, at, size).await?;
    page(&Listing {
        frame: person.frame(&web, "待接续会员", Here::UnionOrg).await?,
        crumbs: vec![
            ("组织".to_owned(), None),
            ("工会组织".to_owned(), Some("/union".to_owned())),
            ("待接续会员".to_owned(), None),
        ],
        summary: format!(
            "{} 家已撤销工会，{} 名会员",
            number(found.total),
            number(found.members)
        ),
        path: "/union/left".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: table(&found, &person),
        pager: Some(Pager::new(found.total, &query)),
    })
}

fn table(found: &LeftList, person: &Person) -> Table {
    let may_change = person.can(Action::ChangeUnions);
    let rows = found.lines.iter().map(|line| {
        let members = Cell::number(Some(line.members));
        let take = Cell::new(if may_change { Change::TakeOver.label() } else { "" });
        let name = Cell::new(line.name.clone())
            .link(format!("/union/{}", line.union_id))
            .code(line.union_id.clone());
        vec![
            name,
            Cell::new(line.ended.map(|day| day.to_string()).unwrap_or_default()).note(
                line.days
                    .map(|days| format!("{} 天前", number(days)))
                    .unwrap_or_default(),
            ),
            Cell::new(line.reason.clone().unwrap_or_default()),
            match person.can(Action::SeeMembers) {
                true => members.link(format!("/union/{}/member", line.union_id)),
                false => members,
            },
            match may_change {
                true => take.link(format!(
                    "/union/{}/change/{}",
                    line.union_id,
                    Change::TakeOver.code()
                )),
                false => take,
            },
        ]
    });
    Table {
        heads: vec![
            Head::new("已撤销的工会"),
            Head::new("撤销日期"),
            Head::new("原因"),
            Head::number("会员"),
            Head::new("办理"),
        ],
        rows: rows.collect(),
        empty: Empty::new("没有待接续的会员", "工会撤销而没有指定接收工会的，会员列在这里。"),
    }
}
