//! 名称和牌子: a second plate hung and taken down, former names.

use app::element_right::not_writable;
use app::error::{AppError, ErrorKind};
use app::union_org::alias::{self, AliasRow, PlateForm};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::time::Day;
use domain::dictionary::Act;
use domain::intake::Kind;
use domain::permission::Action;
use uuid::Uuid;

use crate::http::{Fault, Person, Posted, Web, go, page, told_above, wrong_of};
use crate::ui::{Cell, Empty, Field, Flash, Frame, Head, Here, Table};

#[derive(Template)]
#[template(path = "union_org/name.html")]
struct NamePage {
    frame: Frame,
    union_id: String,
    name: String,
    wrong: Option<String>,
    hanging: Vec<Plate>,
    /// Plates taken down and former names.
    past: Table,
    /// Empty when the role may not.
    fields: Vec<Field>,
    /// Why plates are not the reader's to hang.
    barred: Option<String>,
    may_rename: bool,
}

/// A plate that hangs.
struct Plate {
    id: String,
    name: String,
    /// Since when and on what ground.
    about: String,
    /// What takes it down.
    until: Field,
}

/// `GET /union/{id}/name`.
pub async fn show(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    draw(&web, &person, &id, &Posted::default(), None).await
}

/// `POST /union/{id}/name`: a plate is hung.
pub async fn hang(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = PlateForm {
        name: form.text("name"),
        since: form.text("since"),
        document_no: form.text("document_no"),
    };
    let answer = alias::hang_plate(&person.op, &web.app, &id, &typed).await;
    told(&web, &person, &id, &form, answer.map(|()| "牌子已加挂。")).await
}

/// `POST /union/{id}/name/{plate}/end`: a plate is taken down.
pub async fn take_down(
    State(web): State<Web>,
    person: Person,
    Path((id, plate)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    let plate = Uuid::parse_str(&plate).map_err(|_| AppError::no_union())?;
    let until = form.text("until");
    let answer = alias::take_plate_down(&person.op, &web.app, &id, plate, &until).await;
    told(&web, &person, &id, &form, answer.map(|()| "牌子已摘下。")).await
}

async fn told(
    web: &Web,
    person: &Person,
    id: &str,
    form: &Posted,
    answer: Result<&'static str, AppError>,
) -> Result<Response, Fault> {
    match answer {
        Ok(words) => Ok(go(&format!("/union/{id}/name"), Flash::good(words.to_owned()))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            draw(web, person, id, form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn draw(
    web: &Web,
    person: &Person,
    id: &str,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let names = alias::names(&person.op, &web.app, id).await?;
    let wrong = wrong_of(error);
    let above = told_above(error, &["until"]);
    let may = person.can(Action::ChangeUnions) && names.is_active;
    let all_barred = not_writable(&person.op, &web.app, Kind::Unions).await?;
    let barred = all_barred
        .get("second_names")
        .filter(|_| may)
        .map(|who| format!("加挂和摘下牌子{who}"));
    let (hanging, down): (Vec<&AliasRow>, Vec<&AliasRow>) =
        names.plates.iter().partition(|one| one.until.is_none());
    let mut response = page(&NamePage {
        frame: person
            .frame(web, "名称和牌子", Here::UnionOrg)
            .await?
            .about(&names.name),
        hanging: hanging.into_iter().map(|one| plate(one, names.today)).collect(),
        past: past(&down, &names.former),
        may_rename: may && !all_barred.contains_key("union_name"),
        fields: match may && barred.is_none() {
            true => fields(typed, names.today)
                .into_iter()
                .map(|field| field.errors(&wrong))
                .collect(),
            false => Vec::new(),
        },
        barred,
        wrong: above,
        union_id: names.union_id,
        name: names.name,
    })?;
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    Ok(response)
}

fn fields(typed: &Posted, today: Day) -> Vec<Field> {
    let since = match typed.text("since") {
        text if text.is_empty() => today.to_string(),
        text => text,
    };
    vec![
        Field::of(Act::HangPlate, "name", typed.text("name")).wide(),
        Field::of(Act::HangPlate, "since", since).until(today),
        Field::of(Act::HangPlate, "document_no", typed.text("document_no")),
    ]
}

fn plate(one: &AliasRow, today: Day) -> Plate {
    let since = match (one.since, one.is_from_file) {
        (Some(since), _) => format!("自 {}", Day::from(since)),
        (None, true) => "导入的文件所载，加挂日期不详".to_owned(),
        (None, false) => "加挂日期不详".to_owned(),
    };
    let document = one.document_no.as_deref().map(|number| format!("，{number}"));
    let about = format!("{since}{}", document.unwrap_or_default());
    let id = one.id.to_string();
    Plate {
        name: one.name.clone(),
        about,
        until: Field::of(Act::TakePlateDown, "until", today.to_string())
            .of_row(id.clone())
            .quiet()
            .until(today),
        id,
    }
}

fn past(down: &[&AliasRow], former: &[AliasRow]) -> Table {
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let rows = down
        .iter()
        .map(|one| (*one, "摘下的牌子"))
        .chain(former.iter().map(|one| (one, "曾用名")))
        .map(|(one, what)| {
            let name = Cell::new(one.name.clone());
            vec![
                if one.is_from_file {
                    name.note("导入的文件改的".to_owned())
                } else {
                    name
                },
                Cell::new(what),
                Cell::new(day(one.since.map(Day::from))),
                Cell::new(day(one.until.map(Day::from))),
            ]
        });
    Table {
        heads: vec![
            Head::new("名称"),
            Head::new("种类"),
            Head::new("自"),
            Head::new("至"),
        ],
        rows: rows.collect(),
        empty: Empty::default(),
    }
}
