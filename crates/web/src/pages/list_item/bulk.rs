//! Bulk acts: preview, then the act, then what became of each.

use std::collections::HashMap;

use app::error::{AppError, ErrorKind};
use app::list_item::{self, ActForm, ActionView, BULK_MAX, BulkRefusal, ListParams, OwnerFilter};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::list_item::ListKind;

use super::list::params_of;
use super::view::{BulkForm, BulkPage, Refused};
use crate::http::{Fault, Person, Posted, Web, inside, page};
use crate::ui::{Field, Here, UrlQuery, number};

/// Refused items that are listed one by one; the reasons are counted for all.
const LISTED: usize = 500;

/// The view that the list page showed, from its address.
fn params_of_address(address: &str) -> ListParams {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let kind = path.strip_prefix("/worklist/").and_then(ListKind::from_code);
    let mut params = params_of(kind, &UrlQuery::read(path, query));
    if path == "/mine" {
        params.filter.owner = Some(OwnerFilter::Me);
    }
    params
}

/// What was chosen, and what to say when that is more than one act takes.
async fn chosen(
    web: &Web,
    person: &Person,
    form: &Posted,
    back: &str,
) -> Result<(Vec<String>, Option<String>), AppError> {
    if form.get("scope") != Some("all") {
        return Ok((numbers_of(form), None));
    }
    let params = params_of_address(back);
    let most = u32::try_from(BULK_MAX).unwrap_or(u32::MAX);
    let numbers = list_item::item_numbers(&person.op, &web.app, &params, most).await?;
    let total = if numbers.len() == BULK_MAX {
        list_item::list(&person.op, &web.app, &params).await?.total
    } else {
        len(&numbers)
    };
    let over = (total > len(&numbers)).then(|| {
        format!(
            "本视图共 {} 项，一次最多办理 {} 项：这一次办理按当前排序的前 {} 项，其余 {} 项不动，办完后可以再来一次。",
            number(total),
            number(len(&numbers)),
            number(len(&numbers)),
            number(total - len(&numbers)),
        )
    });
    Ok((numbers, over))
}

/// Ticked boxes, or the one field of the preview.
fn numbers_of(form: &Posted) -> Vec<String> {
    match form.get("items") {
        Some(text) => text.split_whitespace().map(str::to_owned).collect(),
        None => form.all("item"),
    }
}

fn act_of(person: &Person, code: &str) -> Option<ActionView> {
    list_item::bulk_actions(&person.op)
        .into_iter()
        .find(|act| act.code == code)
}

/// `POST /worklist/bulk`: shows what would be done, and asks what is still to be said.
pub async fn preview(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let back = inside(&form.text("back"));
    let (numbers, over) = chosen(&web, &person, &form, &back).await?;
    show_preview(&web, &person, &form, numbers, over, None).await
}

async fn show_preview(
    web: &Web,
    person: &Person,
    form: &Posted,
    numbers: Vec<String>,
    over: Option<String>,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let back = inside(&form.text("back"));
    let act = act_of(person, &form.text("action"));
    let (Some(act), false) = (act, numbers.is_empty()) else {
        let sentence = if numbers.is_empty() {
            "没有选中任何一项，请返回清单勾选。"
        } else {
            "请返回清单，选择要批量办理什么。"
        };
        return page(&BulkPage {
            frame: person.frame(web, "批量办理", Here::Nowhere).await?,
            back,
            is_done: false,
            counts: Vec::new(),
            sentence: sentence.to_owned(),
            over: None,
            reasons: Vec::new(),
            refused: Vec::new(),
            unlisted: 0,
            form: None,
        });
    };
    let preview = list_item::bulk_preview(&person.op, &web.app, &numbers, act.code).await?;
    let possible = len(&preview.possible);
    let sentence = match (error, possible) {
        (Some(error), _) => error.message.clone(),
        (None, 0) => "选中的项现在都不能这样办理，原因如下。".to_owned(),
        (None, _) => format!("{} 项可以{}，每一项都记入经过。", number(possible), act.label),
    };
    let fields = if possible > 0 {
        fields_of(web, person, &act, form, error).await?
    } else {
        Vec::new()
    };
    page(&BulkPage {
        frame: person
            .frame(web, &format!("批量{}", act.label), Here::Nowhere)
            .await?,
        back,
        is_done: false,
        counts: vec![
            ("已选".to_owned(), len(&numbers)),
            ("可以办理".to_owned(), possible),
            ("不能办理".to_owned(), len(&preview.refused)),
        ],
        sentence,
        over,
        reasons: reasons(&preview.refused),
        unlisted: unlisted(&preview.refused),
        refused: listed(preview.refused),
        form: (possible > 0).then(|| BulkForm {
            action: act.code.to_owned(),
            submit: format!("确认办理 {} 项", number(possible)),
            numbers: preview.possible.join(" "),
            fields,
        }),
    })
}

/// What the act asks for: a person, a level, words.
async fn fields_of(
    web: &Web,
    person: &Person,
    act: &ActionView,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Vec<Field>, AppError> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            error
                .fields
                .iter()
                .map(|one| (one.field.to_owned(), one.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let mut fields = Vec::new();
    if act.code == "assign" {
        let mut people = vec![(String::new(), "请选择…".to_owned())];
        people.extend(
            list_item::assignees(&person.op, &web.app)
                .await?
                .into_iter()
                .map(|one| {
                    let words = format!("{} · {} · 手上 {} 项", one.name, one.union_name, one.open_count);
                    (one.login, words)
                }),
        );
        fields.push(Field::select("choice", "派发给", form.text("choice"), people));
    } else if act.choices.len() > 1 {
        let choices = act
            .choices
            .iter()
            .map(|one| (one.value.clone(), one.label.clone()));
        fields.push(Field::select(
            "choice",
            "报到哪一级",
            form.text("choice"),
            choices.collect(),
        ));
    }
    if let Some(words) = &act.words {
        let field = Field::text("words", words.label, form.text("words"))
            .kind("textarea")
            .longest(500);
        fields.push(if words.is_required {
            field
        } else {
            field.optional().help(words.hint)
        });
    }
    Ok(fields.into_iter().map(|field| field.errors(&wrong)).collect())
}

/// `POST /worklist/bulk/confirm`: does it and says what became of each item.
pub async fn confirm(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let numbers = numbers_of(&form);
    let Some(act) = act_of(&person, &form.text("action")) else {
        return show_preview(&web, &person, &form, numbers, None, None).await;
    };
    if act.words.as_ref().is_some_and(|words| words.is_required) && form.get("words").is_none() {
        let error = AppError::invalid("LIST-422", "还没有办理，请补充说明。").field("words", "请写明");
        return refused_form(&web, &person, &form, numbers, &error).await;
    }
    let asked = ActForm {
        action: act.code.to_owned(),
        choice: form.get("choice").map(str::to_owned),
        words: form.get("words").map(str::to_owned),
        version: None,
    };
    let result = match list_item::bulk_act(&person.op, &web.app, &numbers, asked).await {
        Ok(result) => result,
        Err(error) if error.kind == ErrorKind::Invalid => {
            return refused_form(&web, &person, &form, numbers, &error).await;
        }
        Err(error) => return Err(error.into()),
    };
    let sentence = match (result.done.len(), result.refused.len()) {
        (_, 0) => format!("{} 项已全部办理。", number(len(&result.done))),
        (0, _) => "一项也没有办理，原因如下。".to_owned(),
        (_, _) => format!(
            "已办理 {} 项；{} 项留在原处，原因如下。",
            number(len(&result.done)),
            number(len(&result.refused))
        ),
    };
    page(&BulkPage {
        frame: person
            .frame(&web, &format!("批量{}", act.label), Here::Nowhere)
            .await?,
        back: inside(&form.text("back")),
        is_done: true,
        counts: vec![
            ("已办理".to_owned(), len(&result.done)),
            ("没有办理".to_owned(), len(&result.refused)),
        ],
        sentence,
        over: None,
        reasons: reasons(&result.refused),
        unlisted: unlisted(&result.refused),
        refused: listed(result.refused),
        form: None,
    })
}

/// The preview again, with what is missing beside its field.
async fn refused_form(
    web: &Web,
    person: &Person,
    form: &Posted,
    numbers: Vec<String>,
    error: &AppError,
) -> Result<Response, Fault> {
    let shown = show_preview(web, person, form, numbers, None, Some(error)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// The reasons with how many items each keeps back, most first.
fn reasons(refused: &[BulkRefusal]) -> Vec<(String, i64)> {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for one in refused {
        *counts.entry(&one.reason).or_default() += 1;
    }
    let mut reasons: Vec<(String, i64)> = counts
        .into_iter()
        .map(|(reason, count)| (reason.to_owned(), count))
        .collect();
    reasons.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    reasons
}

fn listed(refused: Vec<BulkRefusal>) -> Vec<Refused> {
    refused
        .into_iter()
        .take(LISTED)
        .map(|one| Refused {
            number: one.item_no,
            name: one.name,
            reason: one.reason,
        })
        .collect()
}

fn unlisted(refused: &[BulkRefusal]) -> i64 {
    len(refused.get(LISTED..).unwrap_or_default())
}

fn len<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
