//! A membership that somebody typed into a form: read by the same code as a row of a file, so that both keep to the dictionary. What
//! would be a doubt in a file is refused here, beside its field.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use codes::id_document::IdDocument;
use codes::resident_id::IdStatus;
use codes::text;
use domain::dictionary::{self, Dictionary, Element};
use domain::intake::Kind;
use office::table::{Cell, Row};
use store::membership::MemberRow;
use uuid::Uuid;

use super::Site;
use super::agency::Parsed;
use super::cells::{Cells, ColumnMap, Doubt};
use super::form::FormColumns;
use super::members;
use super::present::Register;
use crate::op::{App, OpContext};

/// What was typed, by the dictionary's names.
pub(crate) type Typed = BTreeMap<String, String>;

/// A field and what is wrong with it.
pub(crate) type Fault = (&'static str, String);

/// Elements that a form for one person shows: all but keys and what the platform writes itself.
pub fn elements() -> impl Iterator<Item = &'static Element> {
    let all = Dictionary::shipped().of(Kind::Members).iter();
    all.filter(|element| {
        !matches!(
            element.name.as_str(),
            "member_id"
                | "union_id"
                | "member_kind"
                | "join_date"
                | "event_type"
                | "event_date"
                | "event_reason"
        )
    })
}

/// What nobody joins without.
pub fn is_needed(element: &Element) -> bool {
    matches!(element.name.as_str(), "name" | "id_no" | "phone")
}

/// What the document number says as well.
pub(crate) const OF_THE_NUMBER: [&str; 2] = ["sex", "birth_date"];

/// Whether what stands in an element is covered on pages, or follows from the document number: whether somebody guessed it right is told
/// to nobody who may not see it.
pub(crate) fn is_guarded(element: &Element) -> bool {
    element.is_masked() || OF_THE_NUMBER.contains(&element.name.as_str())
}

/// Reads what was typed of one person into a membership of `union`. With `old` it keeps that row's id and key; else both are new.
pub(crate) fn read(
    op: &OpContext,
    app: &App,
    union: Uuid,
    old: Option<&MemberRow>,
    typed: &Typed,
) -> Result<MemberRow, Vec<Fault>> {
    // What was wrong or missing before and was not touched does not stand in the way of what was.
    let before = old.map(|old| said(app, old));
    read_beside(op, app, union, old, typed, before.as_ref())
}

/// The same; what stands in `before` as it was typed, or is missing in both, is let pass.
pub(crate) fn read_beside(
    op: &OpContext,
    app: &App,
    union: Uuid,
    old: Option<&MemberRow>,
    typed: &Typed,
    before: Option<&Typed>,
) -> Result<MemberRow, Vec<Fault>> {
    let mut typed = typed.clone();
    let mut faults = Vec::new();
    let given = |typed: &Typed, name: &str| typed.get(name).map_or("", |text| text.trim()).to_owned();
    for element in elements().filter(|element| is_needed(element)) {
        let text = given(&typed, &element.name);
        // Somebody may be called Null; nobody's number or phone is.
        let is_nothing = match element.name.as_str() {
            "name" => text::names_nobody(&text),
            _ => text::says_nothing(&text),
        };
        if is_nothing {
            faults.push((element.name.as_str(), format!("请填写{}", element.zh)));
        }
    }
    // A number behind a name tells namesakes apart in files (张伟2); into a form nobody types one.
    if given(&typed, "name").chars().any(|c| c.is_ascii_digit()) {
        faults.push(("name", "姓名里不应有数字".to_owned()));
    }
    let number = given(&typed, "id_no");
    let named = dictionary::named_document(&given(&typed, "id_type"));
    let read = IdDocument::read(named, &number);
    let (document, status) = (read.citizen, read.status);
    let words = read.doubt.unwrap_or_else(|| status.label().to_owned());
    match status {
        IdStatus::Ok | IdStatus::From15 | IdStatus::Missing => {}
        IdStatus::OtherDocument if given(&typed, "id_type").is_empty() => {
            let like = IdDocument::of_number(&number).map_or("其他证件", IdDocument::label);
            faults.push((
                "id_type",
                format!("号码像{like}，不是居民身份证号码，请选择证件类别"),
            ));
        }
        IdStatus::OtherDocument if named == Some(IdDocument::Citizen) => faults.push(("id_type", words)),
        IdStatus::OtherDocument => {}
        IdStatus::Invalid | IdStatus::Damaged | IdStatus::Masked => {
            faults.push(("id_no", format!("{words}，请核对证件后重填")));
        }
    }
    if let Some(document) = &document {
        // What the number says need not be typed.
        let sex = if document.is_male() { "男" } else { "女" };
        for (name, said) in [
            ("sex", sex.to_owned()),
            ("birth_date", document.birth_date().to_string()),
        ] {
            let value = typed.entry(name.to_owned()).or_default();
            if value.trim().is_empty() {
                *value = said;
            }
        }
        let of_age = document.birth_date().add_months(12 * 16);
        if of_age > op.today() {
            faults.push(("id_no", "未满 16 周岁，不能入会".to_owned()));
        }
    }
    let names = || {
        Dictionary::shipped()
            .of(Kind::Members)
            .iter()
            .map(|element| element.name.as_str())
    };
    let key = old.map_or_else(|| new_key(op), |old| old.member_id.clone());
    typed.insert("member_id".to_owned(), key.clone());
    typed.insert("union_id".to_owned(), union.to_string());
    let row = Row {
        number: 1,
        cells: names().map(|name| Cell::typed(&given(&typed, name))).collect(),
        broken: None,
    };
    let map = Arc::new(ColumnMap::in_order(Kind::Members, names()));
    let site = Site {
        withheld: Arc::default(),
        keys: Arc::clone(&app.keys),
        ids: Arc::clone(&app.ids),
        now: op.now(),
        today: op.today(),
        batch_no: 0,
        is_delta: false,
        file_bytes: 0,
        form: Arc::new(FormColumns::of(Kind::Members, &map)),
        map,
    };
    // A key that is known is not sealed before its row id is.
    let register = Register {
        unions: HashMap::from([(union.to_string(), union)]),
        members: None,
        past: HashMap::new(),
        dissolved: HashMap::new(),
    };
    let cells = Cells {
        row: &row,
        map: &site.map,
    };
    let Parsed {
        row: mut member,
        doubts,
    } = members::parse(&cells, &key, &site, &register).map_err(|refusal| vec![refusal])?;
    // A foreign passport of a strange shape is taken, and its doubt stays beside it.
    let is_taken =
        |doubt: &Doubt| doubt.column == "id_no" && member.row.id_status == IdStatus::OtherDocument as i64;
    for doubt in doubts.into_iter().filter(|doubt| !is_taken(doubt)) {
        if !faults.iter().any(|(field, _)| *field == doubt.column) {
            faults.push((doubt.column, doubt.reason));
        }
    }
    if let Some(before) = before {
        faults.retain(|(field, _)| {
            let value = before.get(*field).map_or("", |value| value.trim());
            given(&typed, field) != value
        });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    member.row.id = old.map_or_else(|| site.new_uuid(), |old| old.id);
    member.row.batch_no = None;
    members::seal(&site, &mut member);
    Ok(member.row)
}

/// A key of the register's kind that no file can hold: `HY-0A1B2C3D4E5F`.
fn new_key(op: &OpContext) -> String {
    let id = op.new_id::<codes::id::Member>().uuid().simple().to_string();
    format!("HY-{}", id[id.len() - 12..].to_uppercase())
}

/// What a row says, by the dictionary's names, numbers in plain: what a correction starts from. A number that does not open is left out.
pub(crate) fn said(app: &App, row: &MemberRow) -> Typed {
    let open = |column: &str, sealed: &Option<Vec<u8>>| {
        let sealed = sealed.as_deref()?;
        app.keys.open("member", column, row.id.as_bytes(), sealed).ok()
    };
    let mut said: Typed = super::form::parsed(row.extra.as_deref())
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect();
    said.insert("name".to_owned(), row.shown_name().to_owned());
    let own = [
        ("id_no", open("id_no", &row.id_sealed)),
        ("phone", open("phone", &row.phone_sealed)),
        ("join_date", row.joined_on.map(|day| day.to_string())),
    ];
    said.extend(
        own.into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?))),
    );
    said
}
