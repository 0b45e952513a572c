//! 重复会员: pairs, two memberships beside each other, the merge, and its undo.

use std::collections::BTreeSet;

use app::error::{AppError, ErrorKind};
use app::membership::{self, Duplicate, Side};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::permission::Action;
use uuid::Uuid;

use super::member_href;
use super::view::{DuplicateRow, DuplicatesPage, PairPage, PairSide};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Flash, Here, UrlQuery};

/// `GET /member/duplicate`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/duplicate", &query.unwrap_or_default());
    let by_phone = query.get("by") == Some("phone");
    let at: u32 = query
        .get("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1)
        .max(1);
    let (found, has_more) = membership::duplicates(&person.op, &web.app, by_phone, at).await?;
    let turn = |at: u32| query.with("page", &at.to_string()).url();
    page(&DuplicatesPage {
        frame: person.frame(&web, "重复会员", Here::Duplicate).await?,
        classes: vec![
            ("/member/duplicate".to_owned(), "证件号码相同", !by_phone),
            ("/member/duplicate?by=phone".to_owned(), "号码差一两位", by_phone),
        ],
        rows: found.iter().map(row_of).collect(),
        previous: (at > 1).then(|| turn(at - 1)),
        following: has_more.then(|| turn(at + 1)),
    })
}

fn row_of(pair: &Duplicate) -> DuplicateRow {
    let both = pair.left.seen.is_some() && pair.right.seen.is_some();
    let mut sides: Vec<Option<PairSide>> = [&pair.left, &pair.right].into_iter().map(side_of).collect();
    // One's own member comes first, whichever of the two it is.
    sides.sort_by_key(Option::is_none);
    DuplicateRow {
        why: pair.why,
        sides,
        href: both.then(|| format!("/member/duplicate/{}/{}", pair.left.id, pair.right.id)),
    }
}

fn side_of(side: &Side) -> Option<PairSide> {
    side.seen.as_ref().map(|seen| PairSide {
        id: side.id.to_string(),
        name: seen.name.clone(),
        key: seen.member_id.clone(),
        href: member_href(&seen.union_id, &seen.member_id),
        union: seen.union_name.clone(),
        number: seen.number.clone(),
        status: seen.status,
        state: seen.state,
        joined: seen.joined.map_or_else(|| "—".to_owned(), |day| day.to_string()),
    })
}

fn ids(left: &str, right: &str) -> Result<(Uuid, Uuid), AppError> {
    match (Uuid::parse_str(left), Uuid::parse_str(right)) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        _ => Err(AppError::no_member()),
    }
}

/// `GET /member/duplicate/{left}/{right}`.
pub async fn pair(
    State(web): State<Web>,
    person: Person,
    Path((left, right)): Path<(String, String)>,
) -> Result<Response, Fault> {
    show(&web, &person, ids(&left, &right)?, None).await
}

async fn show(
    web: &Web,
    person: &Person,
    (left, right): (Uuid, Uuid),
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let found = membership::pair(&person.op, &web.app, left, right).await?;
    let side = |id, seen: &app::membership::SeenSide| {
        side_of(&Side {
            id,
            seen: Some(seen.clone()),
        })
    };
    let is_across = found.left.union_id != found.right.union_id;
    let (Some(left_side), Some(right_side)) = (side(left, &found.left), side(right, &found.right)) else {
        return Err(AppError::no_member().into());
    };
    page(&PairPage {
        frame: person.frame(web, "核对重复会员", Here::Duplicate).await?,
        action: format!("/member/duplicate/{left}/{right}"),
        left: left_side,
        right: right_side,
        same: found
            .fields
            .iter()
            .filter(|field| field.is_same)
            .cloned()
            .collect(),
        differing: found
            .fields
            .iter()
            .filter(|field| !field.is_same)
            .cloned()
            .collect(),
        is_across,
        may_merge: found.may_merge,
        wrong: error.map(|error| match &error.hint {
            Some(hint) => format!("{}。{hint}", error.message),
            None => error.message.clone(),
        }),
    })
}

/// `POST /member/duplicate/{left}/{right}`: makes one of two. `keep` is `left` or `right`, each field the side its value comes from.
pub async fn merge(
    State(web): State<Web>,
    person: Person,
    Path((left, right)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    let (left, right) = ids(&left, &right)?;
    person.op.may(Action::ConfirmMembership)?;
    let (kept, other, other_side) = match form.text("keep").as_str() {
        "left" => (left, right, "right"),
        "right" => (right, left, "left"),
        _ => {
            let error = AppError::invalid("MEM-422", "请选择保留哪一个会籍");
            let mut response = show(&web, &person, (left, right), Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    };
    let from_other: BTreeSet<String> = app::membership::mergeable()
        .filter(|name| form.get(name) == Some(other_side))
        .map(str::to_owned)
        .collect();
    let is_known = |name: &str| name == "keep" || app::membership::mergeable().any(|known| known == name);
    let done = match form.only(is_known) {
        Ok(()) => membership::merge(&person.op, &web.app, kept, other, &from_other).await,
        Err(error) => Err(error),
    };
    match done {
        Ok((union, member)) => Ok(go(
            &member_href(&union, &member),
            Flash::good("两个会籍已合并；合并有误的可在本页撤销"),
        )),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut response = show(&web, &person, (left, right), Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /member/merge/{id}/undo`.
pub async fn part(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    let id = Uuid::parse_str(&id).map_err(|_| AppError::no_member())?;
    let (union, member) = membership::part(&person.op, &web.app, id).await?;
    Ok(go(
        &member_href(&union, &member),
        Flash::good("合并已撤销，两个会籍恢复到合并以前"),
    ))
}
