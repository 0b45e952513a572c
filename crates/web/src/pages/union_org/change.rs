//! 工会组织变更: the form of a change, what it would do, and doing it.

use app::approval::NEEDED;
use app::error::{AppError, ErrorKind};
use app::union_org::change::{self, Change, ChangeForm};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::Act;

use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::pages::approval::{CARRIED, ask_form, asked};
use crate::pages::union_picker::{FIND, UnionPicker, meant, picks_for};
use crate::ui::{Field, Flash, Frame, Here, UrlQuery};

/// Longest list of members that an address carries, in bytes.
const ADDRESS_MAX: usize = 4_000;
#[derive(Template)]
#[template(path = "union_org/change.html")]
struct ChangePage {
    frame: Frame,
    union_id: String,
    name: String,
    /// In addresses: `move`.
    what: &'static str,
    /// On buttons: `调整上级工会`.
    label: &'static str,
    /// Where it hangs and how much hangs on it.
    about: String,
    /// Why it cannot be done at all.
    refusal: Option<String>,
    wrong: Option<String>,
    /// The union that has to be chosen.
    other: Option<UnionPicker>,
    fields: Vec<Field>,
    covers: Vec<(String, String, bool)>,
    /// What those are to choose from.
    covers_label: &'static str,
}

#[derive(Template)]
#[template(path = "union_org/change_seen.html")]
struct SeenPage {
    frame: Frame,
    union_id: String,
    name: String,
    what: &'static str,
    label: &'static str,
    effects: Vec<String>,
    hidden: Vec<(&'static str, String)>,
}

fn change_of(what: &str) -> Result<Change, AppError> {
    Change::from_code(what).ok_or_else(|| AppError::not_found("WEB-404", "没有这个页面"))
}

/// `GET /union/{id}/change/{what}`.
pub async fn form(
    State(web): State<Web>,
    person: Person,
    Path((id, what)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    // Whoever comes back with an approval finds what was typed.
    let typed = Posted::read(&query.unwrap_or_default());
    show(&web, &person, change_of(&what)?, &id, &typed, None).await
}

/// `POST /union/{id}/change/{what}`: looks for a union, shows what would follow, or does it.
pub async fn post(
    State(web): State<Web>,
    person: Person,
    Path((id, what)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Fault> {
    let what = change_of(&what)?;
    if posted.get(FIND).is_some() {
        return show(&web, &person, what, &id, &posted, None).await;
    }
    let typed = typed(&posted);
    let is_confirmed = !typed.seen.is_empty();
    let answer = if is_confirmed {
        change::apply(&person.op, &web.app, what, &id, &typed)
            .await
            .map(|done| {
                go(
                    &format!("/union/{}", done.union_id),
                    Flash::good(format!("{}。", done.message)),
                )
            })
    } else {
        seen(&web, &person, what, &id, &typed).await
    };
    match answer {
        Err(error) if error.code == NEEDED => {
            let wanted = change::wanted(&person.op, &web.app, what, &id, &typed).await?;
            let action = format!("/union/{id}/change/{}/approval", what.code());
            let carried = query_of(&hidden_of(&typed, &typed.seen));
            ask_form(&web, &person, &wanted, &action, &carried, "", None).await
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            show(&web, &person, what, &id, &posted, Some(&error)).await
        }
        other => Ok(other?),
    }
}

/// `POST /union/{id}/change/{what}/approval`: asks a second person to approve what the preview showed.
pub async fn ask_approval(
    State(web): State<Web>,
    person: Person,
    Path((id, what)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Fault> {
    let what = change_of(&what)?;
    let form = typed(&Posted::read(&posted.text(CARRIED)));
    let wanted = change::wanted(&person.op, &web.app, what, &id, &form).await?;
    let action = format!("/union/{id}/change/{}/approval", what.code());
    let resume = resume(&id, what, &form);
    asked(&web, &person, &wanted, (&action, &resume), &posted).await
}

/// Where the asker goes on once a second person has agreed: the form with what was typed.
pub(crate) fn resume(id: &str, what: Change, form: &ChangeForm) -> String {
    let mut fields = hidden_of(form, "");
    // An address has an end: a long list of members is put in once more.
    fields.retain(|(name, value)| *name != "members" || value.len() < ADDRESS_MAX);
    format!("/union/{id}/change/{}?{}", what.code(), query_of(&fields))
}

/// What was typed, as fields of a form; `seen` is what the preview showed.
fn hidden_of(typed: &ChangeForm, seen: &str) -> Vec<(&'static str, String)> {
    let mut hidden = vec![
        ("union_text", typed.other.clone()),
        ("effective_on", typed.effective_on.clone()),
        ("document_no", typed.document_no.clone()),
        ("reason", typed.reason.clone()),
        ("name", typed.name.clone()),
        ("chair", typed.chair.clone()),
        ("term_years", typed.term_years.clone()),
        ("employer_code", typed.employer_code.clone()),
        ("members", typed.members.clone()),
    ];
    hidden.retain(|(_, value)| !value.is_empty());
    hidden.extend(typed.covers.iter().map(|key| ("covers", key.clone())));
    if !seen.is_empty() {
        hidden.push(("seen", seen.to_owned()));
    }
    hidden
}

fn query_of(fields: &[(&'static str, String)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| UrlQuery::default().with(name, value).query());
    pairs.collect::<Vec<_>>().join("&")
}

/// `GET /union/choose`: the unions that fit what was typed so far.
pub async fn choose(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let typed = Posted::read(&query.unwrap_or_default());
    page(&picks_for(&web, &person, &typed).await?)
}

fn typed(posted: &Posted) -> ChangeForm {
    ChangeForm {
        other: meant(posted),
        effective_on: posted.text("effective_on"),
        document_no: posted.text("document_no"),
        reason: posted.text("reason"),
        name: posted.text("name"),
        chair: posted.text("chair"),
        term_years: posted.text("term_years"),
        employer_code: posted.text("employer_code"),
        members: posted.text("members"),
        covers: posted.all("covers"),
        seen: posted.text("seen"),
    }
}

async fn seen(
    web: &Web,
    person: &Person,
    what: Change,
    id: &str,
    typed: &ChangeForm,
) -> Result<Response, AppError> {
    let preview = change::preview(&person.op, &web.app, what, id, typed).await?;
    let hidden = hidden_of(typed, &preview.seen);
    let title = format!("{}：核对影响", what.label());
    let view = SeenPage {
        frame: person
            .frame(web, &title, Here::UnionOrg)
            .await?
            .about(&preview.name),
        union_id: preview.union_id,
        name: preview.name,
        what: what.code(),
        label: what.label(),
        effects: preview.effects,
        hidden,
    };
    page(&view).map_err(|_| AppError::internal("the page of a change could not be drawn"))
}

async fn show(
    web: &Web,
    person: &Person,
    what: Change,
    id: &str,
    posted: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let draft = change::draft(&person.op, &web.app, what, id).await?;
    let wrong = wrong_of(error);
    let other_wrong = wrong.iter().find(|(field, _)| field == "other");
    let other = match what {
        Change::Split | Change::SetUp => None,
        _ => {
            let label = match what {
                Change::Move => "新的上级工会",
                Change::Merge => "并入哪个工会",
                Change::Industry => "所属产业工会",
                Change::TakeOver => "由哪家工会接收",
                _ => "会员转到哪个工会",
            };
            let picker = UnionPicker::of(web, person, posted, label).await?;
            Some(UnionPicker {
                help: match what {
                    Change::Dissolve => "不填则会员保留会籍，列入待接续会员，之后再定由谁接收",
                    Change::Industry => {
                        "产业（系统）工会或行业工会联合会；不填则退出现在的产业线，属地上级不变"
                    }
                    _ => picker.help,
                },
                is_required: !matches!(what, Change::Dissolve | Change::Industry),
                wrong: other_wrong.map(|(_, words)| words.clone()),
                ..picker
            })
        }
    };
    let chosen = posted.all("covers");
    let frame = person
        .frame(web, what.label(), Here::UnionOrg)
        .await?
        .about(&draft.name);
    let mut response = page(&ChangePage {
        frame,
        about: about(&draft),
        fields: fields(what, posted, &draft.today.to_string())
            .into_iter()
            .map(|field| field.errors(&wrong))
            .collect(),
        covers: match what {
            Change::Split => draft
                .covers
                .into_iter()
                .map(|(key, name)| (key.clone(), name, chosen.contains(&key)))
                .collect(),
            _ => Vec::new(),
        },
        covers_label: Field::of(Act::ChangeUnion, "covers", "").label,
        union_id: draft.union_id,
        name: draft.name,
        what: what.code(),
        label: what.label(),
        refusal: draft.refusal,
        wrong: error.map(|error| match &error.hint {
            Some(hint) => format!("{}。{hint}", error.message),
            None => error.message.clone(),
        }),
        other,
    })?;
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    Ok(response)
}

fn about(draft: &change::ChangeDraft) -> String {
    let mut said = vec![match &draft.parent {
        Some(parent) => format!("上级：{parent}"),
        None => "没有上级".to_owned(),
    }];
    if draft.below > 0 {
        said.push(format!("下级 {} 家", crate::ui::number(draft.below)));
    }
    said.push(format!("会员 {} 人", crate::ui::number(draft.members)));
    said.join(" · ")
}

fn fields(what: Change, posted: &Posted, today: &str) -> Vec<Field> {
    let day = match posted.text("effective_on") {
        text if text.is_empty() => today.to_owned(),
        text => text,
    };
    let field = |name| Field::of(Act::ChangeUnion, name, posted.text(name));
    let mut fields = Vec::new();
    if matches!(what, Change::Split | Change::SetUp) {
        let is_split = what == Change::Split;
        let chosen = match posted.text("term_years") {
            text if text.is_empty() => "5".to_owned(),
            text => text,
        };
        let (name, chair, term, members) = match is_split {
            true => (
                "新工会的全称，如“××有限公司工会委员会”",
                "新工会的主席",
                "新工会本届的任期",
                "每行一个；可以从会员列表复制。勾选覆盖单位时，工作单位为该单位的会员自动随同",
            ),
            false => (
                "以“分会”或“工会小组”结尾，如“冲压车间分会”",
                "分会主席或小组组长；组长没有定的可以不填",
                "分会本届的任期；小组不设届期",
                "每行一个；可以从会员列表复制，也可以不填，以后再逐人转入",
            ),
        };
        fields.push(field("name").needed().help(name));
        let chair = field("chair").help(chair);
        fields.push(if is_split { chair.needed() } else { chair });
        let years = Field::of(Act::ChangeUnion, "term_years", chosen);
        fields.push(years.only(&["5", "3"]).needed().help(term));
        if is_split {
            fields.push(field("employer_code"));
        }
        fields.push(field("members").wide().help(members));
    }
    fields.push(Field::of(Act::ChangeUnion, "effective_on", day).needed());
    fields.push(field("document_no"));
    fields.push(field("reason").kind("textarea").wide());
    fields
}
