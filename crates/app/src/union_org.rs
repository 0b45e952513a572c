//! The register of unions (工会组织): lists and one union's page; what changes them by hand is in [`change`] and [`edit`], their terms in
//! [`term`], covered employers in [`cover`], 法人资格 in [`legal`], further names in [`alias`], what they were on a past day in [`as_of`].

pub mod alias;
pub mod as_of;
pub mod change;
pub mod cover;
pub mod edit;
mod ground;
pub mod left;
pub mod legal;
pub(crate) mod place;
pub mod term;
pub mod tree;
pub mod vacancy;

use std::collections::HashMap;

use codes::division::Divisions;
use codes::time::Day;
use domain::dictionary::{Dictionary, Registered};
use domain::intake::Kind;
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use domain::union_org::alias::AliasKind;
use domain::union_org::vacancy::Vacancy;
use serde::{Deserialize, Serialize};
use store::Reader;
use store::list_query::{Page, Window};
use store::membership::MemberFilter;
pub use store::union_org::change::UnionEnd;
use store::union_org::{UnionFilter, UnionListRow, UnionRow};

use crate::error::AppError;
use crate::intake::form;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::zone;

/// What a list of unions is asked for; stands in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnionListParams {
    /// Part of a name, or a code from its start.
    pub q: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
    /// `UnionType::code`.
    pub union_type: String,
    /// Directly below this union, by the register's own key.
    pub parent_id: String,
    /// In the industry line of this union, by the register's own key.
    pub industry_id: String,
    /// In this zone (片区), by its id.
    pub zone: String,
    /// `members`, `declared`, `founded` or `term_end`; by place in the tree otherwise.
    pub sort: String,
    pub is_descending: bool,
    pub page: u32,
    pub size: u32,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnionListLine {
    pub union_id: String,
    pub name: String,
    pub union_code: Option<String>,
    pub union_type: UnionType,
    pub county: Option<String>,
    pub town: Option<String>,
    pub chair: Option<String>,
    pub founded: Option<Day>,
    pub term_end: Option<Day>,
    /// Counted.
    pub member_count: i64,
    /// As reported.
    pub declared_members: Option<i64>,
    pub is_active: bool,
    /// Why it is shown: the plate or former name that the text fits, where its own name does not.
    pub known_as: Option<String>,
}

/// A page of unions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnionList {
    pub lines: Vec<UnionListLine>,
    pub total: i64,
    pub page: u32,
    pub size: u32,
}

/// One union in full; people and phone masked, as the dictionary says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnionView {
    pub union_id: String,
    pub name: String,
    pub union_type: UnionType,
    pub union_code: Option<String>,
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    pub employer_legal_rep: Option<String>,
    pub chair: Option<String>,
    pub county: Option<String>,
    pub town: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub industry_section: Option<String>,
    pub parent_id: Option<String>,
    /// From the root down to the parent: name, and the register's key where the asker may open it.
    pub ancestors: Vec<(String, Option<String>)>,
    pub founded: Option<Day>,
    pub term_end: Option<Day>,
    pub declared_members: Option<i64>,
    pub member_count: i64,
    /// Unions below it.
    pub below_count: i64,
    pub is_active: bool,
    /// Entered by a person (founded here) rather than imported.
    pub is_founded_here: bool,
    pub batch_no: Option<i64>,
    /// The dictionary's further elements that are known: label and value, personal ones masked.
    pub further: Vec<(String, String)>,
    /// Everything that is known, by the names of the dictionary's elements and masked as it says: for programs.
    pub elements: Vec<(&'static str, String)>,
    /// Column, what stood there, why it was not used.
    pub unread: Vec<(String, String, String)>,
    /// Covered employers of today.
    pub covers: Vec<cover::CoverView>,
    /// Those that it covered before.
    pub past_covers: Vec<cover::CoverView>,
    /// How it ended, where a person said so (撤销、合并).
    pub ended: Option<UnionEnd>,
    /// The chair is vacant: since when, and by when another has to be elected.
    pub vacancy: Option<Vacancy>,
    /// 法人资格, with the end of the certificate.
    pub legal: Option<String>,
    /// Plates that hang.
    pub plates: Vec<String>,
    /// Former names, the latest first, with the day until which each was borne.
    pub former_names: Vec<(String, Option<Day>)>,
    /// The industry union of the second line: name, and the register's key where the asker may open it.
    pub industry: Option<(String, Option<String>)>,
    /// The zone (片区) in which it lies: its name with whoever looks after it, and its id where the asker may open it.
    pub zone: Option<(String, Option<String>)>,
    /// Active unions and members of the line that this union leads; nothing where it leads none.
    pub line: Option<(i64, i64)>,
    /// Another after every change of the row: what somebody has seen when they change it.
    pub version: i64,
    pub id: codes::id::UnionOrgId,
}

/// A page of the unions in the asker's sight.
pub async fn list(op: &OpContext, app: &App, params: &UnionListParams) -> Result<UnionList, AppError> {
    let page = Page::number(params.page, params.size);
    let (lines, total) = lines(op, app, params, page.into()).await?;
    Ok(UnionList {
        lines: lines.into_iter().map(|(line, _)| line).collect(),
        total,
        page: params.page.max(1),
        size: params.size,
    })
}

/// The first unions for what was typed in the search box, without a count of all.
pub async fn nearest(
    op: &OpContext,
    app: &App,
    typed: &str,
    limit: u32,
) -> Result<Vec<UnionListLine>, AppError> {
    let params = UnionListParams {
        q: typed.to_owned(),
        ..UnionListParams::default()
    };
    let (lines, _) = lines(op, app, &params, Window::First(limit.into())).await?;
    Ok(lines.into_iter().map(|(line, _)| line).collect())
}

/// The unions that follow a mark, each with its own mark, and how many there are in all: sorted as asked, else by their key. The page is
/// left aside.
pub async fn list_after(
    op: &OpContext,
    app: &App,
    params: &UnionListParams,
    after: &After,
) -> Result<(Vec<(UnionListLine, String)>, i64), AppError> {
    lines(op, app, params, after.mark().into()).await
}

async fn lines(
    op: &OpContext,
    app: &App,
    params: &UnionListParams,
    window: Window,
) -> Result<(Vec<(UnionListLine, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let text = codes::text::normalise(&params.q);
    let filter = UnionFilter {
        text: (!text.is_empty()).then_some(text),
        county: params.county,
        town: params.town,
        union_type: (!params.union_type.is_empty()).then(|| params.union_type.clone()),
        is_active: None,
        parent_id: (!params.parent_id.is_empty()).then(|| params.parent_id.clone()),
        industry_id: (!params.industry_id.is_empty()).then(|| params.industry_id.clone()),
        // What is no id is no zone: nothing lies in it.
        zone: (!params.zone.is_empty()).then(|| params.zone.parse().unwrap_or_default()),
        sort: params.sort.clone(),
        is_descending: params.is_descending,
    };
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.unions_marked(op.scope(), &filter, window).await?;
    let mut known_as = match &filter.text {
        Some(text) => known_as(&mut reader, &rows, text).await?,
        None => HashMap::new(),
    };
    let lines = rows.into_iter().map(|(row, mark)| {
        let line = UnionListLine {
            known_as: known_as.remove(&row.union_id),
            union_type: UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown),
            county: county_name(row.county),
            town: town_name(row.town),
            union_id: row.union_id,
            name: row.name,
            union_code: row.union_code,
            chair: row.chair.map(|name| masked("chair", &name)),
            founded: row.founded_on.map(Day::from),
            term_end: row.term_end_on.map(Day::from),
            member_count: row.member_count,
            declared_members: row.declared_members,
            is_active: row.is_active,
        };
        (line, mark)
    });
    Ok((lines.collect(), total))
}

impl UnionView {
    /// That somebody may be taken in here.
    ///
    /// # Errors
    /// `MEM-412` where it is dissolved, with the union that has its members now.
    pub fn expect_open(&self) -> Result<(), AppError> {
        if self.is_active {
            return Ok(());
        }
        let heir = self.ended.as_ref().and_then(|end| end.successor_name.as_deref());
        let heir = heir.map_or_else(String::new, |name| format!("；会员已转到“{name}”，请到那里办理"));
        Err(AppError::conflict(
            "MEM-412",
            format!("“{}”已撤销，不能办理入会{heir}", self.name),
        ))
    }
}

/// The plate or former name under which each union of a page is found that the text does not find by its own name.
async fn known_as(
    reader: &mut Reader,
    rows: &[(UnionListRow, String)],
    text: &str,
) -> Result<HashMap<String, String>, AppError> {
    let others: Vec<&str> = rows
        .iter()
        .map(|(row, _)| row)
        .filter(|row| !codes::text::normalise(&row.name).contains(text))
        .map(|row| row.union_id.as_str())
        .collect();
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let mut told: HashMap<String, String> = HashMap::new();
    for (key, kind, name) in reader.aliases_of_unions(&others).await? {
        // By its reading a name is not told apart from the union's own: then nothing is said.
        if codes::text::normalise(&name).contains(text) {
            let kind = AliasKind::from_code(&kind).map_or("又名", AliasKind::label);
            told.entry(key).or_insert_with(|| format!("{kind}：{name}"));
        }
    }
    Ok(told)
}

/// One union.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub async fn union_org(op: &OpContext, app: &App, union_id: &str) -> Result<UnionView, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, path) = union_in_sight(op, &mut reader, union_id).await?;
    let members = MemberFilter {
        union_id: Some(union_id.to_owned()),
        ..MemberFilter::default()
    };
    let (_, member_count) = reader
        .member_list(op.scope(), &members, Page::number(1, 1))
        .await?;
    let mut ancestors = Vec::new();
    let mut above = path.as_ref().and_then(UnionPath::parent);
    while let Some(place) = above {
        if let Some(found) = reader.union_at_path(place.as_str()).await? {
            let may_open = op.sees(Some(&place));
            ancestors.push((found.name, may_open.then_some(found.union_id)));
        }
        above = place.parent();
    }
    ancestors.reverse();
    let below_count = match &path {
        Some(path) => reader.unions_below(op.scope(), path).await?,
        None => 0,
    };
    let (covers, past_covers) = cover::views(&mut reader, union_id, op.today()).await?;
    let phone = open_phone(app, &row)?.map(|phone| masked("phone", &phone));
    let ended = match row.is_active {
        true => None,
        false => reader.end_of_union(row.id).await?,
    };
    let elements = elements_of(&row, phone.clone());
    let (plates, former) = alias::split(reader.aliases_of(row.id).await?, &row);
    let industry = industry_of(op, &mut reader, &row).await?;
    let zone = match path.as_ref().filter(|_| row.is_active) {
        Some(place) => zone::of_place(op, &mut reader, place).await?,
        None => None,
    };
    let line = reader.weight_of_line(op.scope(), &row.union_id).await?;
    let vacancy = vacancy::vacancy_of(&mut reader, &row).await?;
    Ok(UnionView {
        vacancy,
        ended,
        legal: legal::in_short(&mut reader, &row, op.today()).await?,
        plates: plates
            .into_iter()
            .filter(|plate| plate.until.is_none())
            .map(|plate| plate.name)
            .collect(),
        former_names: former
            .into_iter()
            .map(|one| (one.name, one.until.map(Day::from)))
            .collect(),
        industry,
        zone,
        line: (line.0 > 0).then_some(line),
        elements,
        version: version_of(&row),
        id: row.org_id(),
        union_type: UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown),
        county: county_name(row.county),
        town: town_name(row.town),
        phone,
        ancestors,
        founded: row.founded(),
        term_end: row.term_end(),
        member_count,
        below_count,
        is_founded_here: row.source == "founded",
        further: form::shown(Kind::Unions, row.extra.as_deref()),
        unread: unread(Kind::Unions, row.unread.as_deref()),
        covers,
        past_covers,
        union_id: row.union_id,
        name: row.name,
        union_code: row.union_code,
        employer_code: row.employer_code,
        employer_name: row.employer_name,
        employer_legal_rep: row
            .employer_legal_rep
            .map(|name| masked("employer_legal_rep", &name)),
        chair: row.chair.map(|name| masked("chair", &name)),
        address: row.address,
        industry_section: row.industry_section,
        parent_id: row.parent_id,
        declared_members: row.declared_members,
        is_active: row.is_active,
        batch_no: row.batch_no,
    })
}

/// A number that changes with the row: its content and the instant of its last change, in the fifteen digits that an ETag has room for.
pub(crate) fn version_of(row: &UnionRow) -> i64 {
    const DIGITS: u64 = 1_000_000_000_000_000;
    let mixed = (row.row_hash as u64).rotate_left(17) ^ row.changed_at as u64;
    (mixed % DIGITS) as i64
}

/// The industry union above it. One that the register does not know is told by its key.
async fn industry_of(
    op: &OpContext,
    reader: &mut Reader,
    row: &UnionRow,
) -> Result<Option<(String, Option<String>)>, AppError> {
    let Some(key) = &row.industry_parent_id else {
        return Ok(None);
    };
    let Some(above) = reader.union_row(key).await? else {
        return Ok(Some((format!("{key}（台账中没有）"), None)));
    };
    let place = above.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
    let may_open = op.sees(place.as_ref());
    Ok(Some((above.name, may_open.then_some(above.union_id))))
}

/// A union by the register's own key, with its place in the tree.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub(crate) async fn union_in_sight(
    op: &OpContext,
    reader: &mut Reader,
    union_id: &str,
) -> Result<(UnionRow, Option<UnionPath>), AppError> {
    let row = reader.union_row(union_id).await?.ok_or_else(AppError::no_union)?;
    let path = row.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_union());
    }
    Ok((row, path))
}

/// Refuses a change that carries what hangs below a union where that is not all in sight.
///
/// # Errors
/// `UNI-431` for a scope of the union alone (本级, 指定, 片区).
pub(crate) fn branch_in_sight(op: &OpContext, name: &str, place: Option<&UnionPath>) -> Result<(), AppError> {
    match place {
        Some(place) if !op.scope().contains_branch(place) => Err(AppError::forbidden(
            "UNI-431",
            format!("“{name}”的下级工会不全在您的数据范围内，不能变更它"),
        )
        .hint("请由看得到全部下级的人员办理")),
        _ => Ok(()),
    }
}

/// The register's own columns and the form's further ones, in no order.
fn elements_of(row: &UnionRow, phone: Option<String>) -> Vec<(&'static str, String)> {
    let union_type = UnionType::from_code(&row.union_type).filter(|kind| *kind != UnionType::Unknown);
    let text = |value: &Option<String>| value.clone();
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    let own = [
        ("union_id", Some(row.union_id.clone())),
        ("union_name", Some(row.name.clone())),
        ("employer_name", text(&row.employer_name)),
        ("employer_uscc", text(&row.employer_code)),
        ("union_code", text(&row.union_code)),
        ("union_type", union_type.map(|kind| kind.label().to_owned())),
        ("parent_id", text(&row.parent_id)),
        ("industry_parent_id", text(&row.industry_parent_id)),
        ("county", county_name(row.county)),
        ("street", town_name(row.town)),
        ("address", text(&row.address)),
        ("industry_section", text(&row.industry_section)),
        (
            "declared_members",
            row.declared_members.map(|count| count.to_string()),
        ),
        ("chair", text(&row.chair)),
        ("employer_legal_rep", text(&row.employer_legal_rep)),
        ("founded", row.founded().map(|day| day.to_string())),
        ("term_end", row.term_end().map(|day| day.to_string())),
        ("lon", number(row.lon)),
        ("lat", number(row.lat)),
    ];
    own.into_iter()
        .filter_map(|(name, value)| Some((name, masked(name, &value?))))
        // Masked already.
        .chain(phone.map(|phone| ("phone", phone)))
        .chain(form::named(Kind::Unions, row.extra.as_deref()))
        .collect()
}

/// A value of one of a union's elements, as pages show it.
pub(crate) fn masked(element: &str, value: &str) -> String {
    Dictionary::shipped().masked(Kind::Unions, element, value)
}

/// Whoever holds an office in a union, as pages name them.
fn masked_officer(name: &str) -> String {
    Dictionary::shipped().masked(Registered::Officers, "officer_name", name)
}

/// A certificate's legal representative, as pages name them.
fn masked_rep(name: &str) -> String {
    Dictionary::shipped().masked(Registered::LegalPersons, "legal_rep", name)
}

/// A sealed number that does not open is damage, not absence.
pub(crate) fn open_phone(app: &App, row: &UnionRow) -> Result<Option<String>, AppError> {
    let Some(sealed) = &row.phone_sealed else {
        return Ok(None);
    };
    app.keys
        .open("union_org", "phone", row.id.as_bytes(), sealed)
        .map(Some)
        .map_err(AppError::internal)
}

/// The `unread` JSON as rows for a page, under the columns' Chinese heads.
pub(crate) fn unread(kind: Kind, json: Option<&str>) -> Vec<(String, String, String)> {
    let Some(serde_json::Value::Object(cells)) = json.and_then(|text| serde_json::from_str(text).ok()) else {
        return Vec::new();
    };
    let text = |value: &serde_json::Value, key: &str| {
        value
            .get(key)
            .and_then(|v| v.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    cells
        .into_iter()
        .map(|(column, cell)| {
            let (raw, reason) = (text(&cell, "raw"), text(&cell, "reason"));
            match Dictionary::shipped().element(kind, &column) {
                Some(element) => (element.zh.clone(), element.masked(&raw), reason),
                None => (column, raw, reason),
            }
        })
        .collect()
}

fn county_name(county: Option<i64>) -> Option<String> {
    let county = u32::try_from(county?).ok()?;
    Divisions::shipped().county_name(county).map(str::to_owned)
}

fn town_name(town: Option<i64>) -> Option<String> {
    let town = u64::try_from(town?).ok()?;
    Divisions::shipped().town_name(town).map(str::to_owned)
}

impl AppError {
    /// No such union in sight.
    pub fn no_union() -> AppError {
        AppError::not_found("UNI-404", "没有这个工会，或不在您的数据范围内")
    }
}
