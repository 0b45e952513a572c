//! 覆盖单位: the employers that a joint union covers, with their days, entered, ended and corrected as people do it.

use app::error::AppError;
use app::union_org::cover::{self, CoverForm, CoverView};
use axum::http::StatusCode;
use domain::api_token::TokenScope;
use domain::dictionary::Act;

use super::answer::{Answer, Page, place};
use super::asked::{Asked, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::{Cover, cover_of, union_id};

/// Longest key: a union's own, and an employer's name.
const KEY_MAX: usize = 300;
/// What the refusal of stale covers is called.
const STALE: &str = "UNI-413";

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "工会组织";
    let key = || {
        let shape = Shape::Text { min: 1, max: KEY_MAX };
        Param::new("cover_key", "这条覆盖的标识，见覆盖单位列表", shape)
    };
    vec![
        Endpoint::get("/unions/{union_id}/covers", "listCovers", tag, "覆盖单位")
            .about("联合基层工会、工会联合会今天覆盖的单位；past=true 时是以前覆盖的。按覆盖的标识排序。")
            .needs(TokenScope::UnionRead)
            .at(union_id())
            .query([Param::new("past", "列出以前覆盖的", Shape::Flag)])
            .query(paging())
            .etag()
            .answers::<Page<Cover>>(200)
            .run(list),
        Endpoint::get(
            "/unions/{union_id}/covers/{cover_key}",
            "getCover",
            tag,
            "一家覆盖单位",
        )
        .about("今天覆盖的或以前覆盖的；ETag 是它的版本，终止、更正时放进 If-Match。")
        .needs(TokenScope::UnionRead)
        .at(union_id())
        .at(key())
        .etag()
        .answers::<Cover>(200)
        .run(one),
        Endpoint::post("/unions/{union_id}/covers", "addCover", tag, "登记覆盖单位")
            .about(
                "登记过的，以后的文件不再改动。已在覆盖的同一家单位、有误的各项以 422 说明，已撤销的工会、类型不对的工会以 409 说明。\
                 If-Match 带上读到的 ETag，覆盖单位已变化的得到 412。",
            )
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .if_match()
            .fields(elements::body(Act::AddCover))
            .answers::<Cover>(201)
            .etag()
            .run(add),
        Endpoint::post(
            "/unions/{union_id}/covers/{cover_key}/end",
            "endCover",
            tag,
            "终止覆盖",
        )
        .about("写明覆盖的最后一天；记录保留。答复终止后的这条覆盖。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(key())
        .if_match()
        .fields(elements::body(Act::EndCover))
        .answers::<Cover>(200)
        .etag()
        .run(end),
        Endpoint::post(
            "/unions/{union_id}/covers/{cover_key}/correct",
            "correctCover",
            tag,
            "更正覆盖单位",
        )
        .about("四项都写成应有的样子，不写的即为空；与登记的相同时以 422 说明。标识不变。答复更正后的这条覆盖。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(key())
        .if_match()
        .fields(elements::body(Act::AddCover))
        .answers::<Cover>(200)
        .etag()
        .run(correct),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let after = asked.after()?;
    let found = cover::covers(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    let mut rows = match asked.flag("past") {
        Some(true) => found.past,
        _ => found.present,
    };
    let total = rows.len() as i64;
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    let known = after.key.unwrap_or_default();
    rows.retain(|row| row.key > known);
    rows.truncate(after.limit as usize);
    let page = asked.page((rows, total), |row: &CoverView| row.key.clone(), cover_of)?;
    Ok(page.etag(found.version))
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    shown(&asked, &asked.words("cover_key")).await
}

async fn shown(asked: &Asked, key: &str) -> Result<Answer, Refusal> {
    let found = cover::covers(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    let mut all = found.present.into_iter().chain(found.past);
    let row = all.find(|row| row.key == key);
    let row = row.ok_or_else(|| AppError::not_found("UNI-404", "本工会没有这家覆盖单位"))?;
    Ok(Answer::json(&cover_of(row))?.etag(found.version))
}

fn form(asked: &Asked) -> CoverForm {
    CoverForm {
        code: asked.words("code"),
        name: asked.words("name"),
        from: asked.words("from"),
        to: asked.words("to"),
        version: asked.version,
    }
}

async fn add(asked: Asked) -> Result<Answer, Refusal> {
    let union_id = asked.words("union_id");
    let key = cover::add_cover(asked.op()?, &asked.web.app, &union_id, &form(&asked))
        .await
        .map_err(|error| Refusal::stale(error, STALE, asked.version))?;
    Ok(shown(&asked, &key)
        .await?
        .status(StatusCode::CREATED)
        .location(&place(&["unions", &union_id, "covers", &key])))
}

async fn end(asked: Asked) -> Result<Answer, Refusal> {
    let (union_id, key, to) = (
        asked.words("union_id"),
        asked.words("cover_key"),
        asked.words("to"),
    );
    let (op, app) = (asked.op()?, &asked.web.app);
    cover::end_cover(op, app, &union_id, &key, &to, asked.version)
        .await
        .map_err(|error| Refusal::stale(error, STALE, asked.version))?;
    shown(&asked, &key).await
}

async fn correct(asked: Asked) -> Result<Answer, Refusal> {
    let (union_id, key) = (asked.words("union_id"), asked.words("cover_key"));
    cover::correct_cover(asked.op()?, &asked.web.app, &union_id, &key, &form(&asked))
        .await
        .map_err(|error| Refusal::stale(error, STALE, asked.version))?;
    shown(&asked, &key).await
}
