//! 会员: the members of one union, masked.

use app::membership::{self, MemberLine, MemberListParams};
use app::union_org;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use codes::mask::mask_name;

use crate::http::{Fault, Person, Web, page};
use crate::ui::{Cell, Empty, Head, Here, Listing, Pager, Table, UrlQuery, number};

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
        page: at,
        size,
    };
    let found = membership::list(&person.op, &web.app, &params).await?;
    let empty = if query.is_empty() {
        Empty::new("这家工会还没有登记会员", "导入会员登记或办理入会后会出现在这里。")
            .next(&format!("/union/{id}"), "回工会页面")
    } else {
        Empty::no_match(&path)
    };
    let view = Listing {
        frame: person.frame(&web, "会员", Here::UnionOrg).await?,
        crumbs: vec![
            ("组织".to_owned(), None),
            ("工会组织".to_owned(), Some("/union".to_owned())),
            (union.name.clone(), Some(format!("/union/{id}"))),
            ("会员".to_owned(), None),
        ],
        summary: format!("{} · {} 人", union.name, number(found.total)),
        path,
        actions: Vec::new(),
        search: Some(("姓名", q)),
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: vec![
                Head::new("会员"),
                Head::new("证件号码"),
                Head::new("移动电话"),
                Head::new("入会日期"),
            ],
            rows: found.lines.iter().map(row_of).collect(),
            empty,
        },
        pager: Some(Pager::new(found.total, &query)),
    };
    page(&view)
}

fn row_of(line: &MemberLine) -> Vec<Cell> {
    vec![
        Cell::new(mask_name(&line.name)).code(line.member_id.clone()),
        Cell::new(line.id_no.clone().unwrap_or_default()).note(line.id_status),
        Cell::new(line.phone.clone().unwrap_or_default()),
        Cell::new(line.joined.map(|day| day.to_string()).unwrap_or_default()),
    ]
}
