//! What comes out: the contract exports for programs, and the workbook for people.

mod kept;
mod out;
pub mod register;
mod workbook;

use std::collections::{HashMap, HashSet};

use codes::division::Divisions;
use codes::id::AccountId;
use codes::time::Timestamp;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::list_item::{self as rules, ListKind};
use domain::permission::Action;
use domain::run::RunState;
use domain::scope::{Scope, UnionPath};
use domain::working_days::WorkingDays;
use domain::zone::holding_at;
use lake::member_links::{MemberLink, MemberLinkFiles};
use lake::tables::CandidatePair;
use serde::Serialize;
use serde_json::json;
use store::Reader;
use store::link::LinkRecord;
use store::list_item::{ItemFilter, ItemRecord};
use store::list_query::{Direction, Page};

use crate::error::AppError;
use crate::op::{App, OpContext};

pub(crate) use out::Out;
pub use out::{Form, SealedFile};
pub use workbook::{list_workbook, list_workbook_wanted};

/// With this the head of a masked column ends, so that a masked file cannot come back as data.
pub(crate) const MASKED: &str = "（脱敏）";

/// One value of an export; absent is an empty cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    Empty,
    Text(String),
    Int(i64),
    /// A probability: written with six decimals.
    Ratio(f64),
}

/// Column type, for Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Int,
    Ratio,
}

/// One export: heads as in the contract and rows ordered by the first column.
pub struct Export {
    /// `links`, `list`, `members-insured`: the stem of a file name.
    pub name: &'static str,
    pub columns: &'static [(&'static str, ColumnType)],
    pub rows: Box<dyn Iterator<Item = Result<Vec<Cell>, AppError>> + Send>,
}

/// Which items `export list` gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListExport {
    pub rule: Option<String>,
    pub kind: Option<ListKind>,
    /// Closed items as well.
    pub all: bool,
}

/// A file for a person to download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    pub file_name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    pub made_at: Timestamp,
}

const LINK_COLUMNS: &[(&str, ColumnType)] = &[
    ("union_id", ColumnType::Text),
    ("enterprise_id", ColumnType::Text),
    ("uscc", ColumnType::Text),
    ("probability", ColumnType::Ratio),
    ("decision", ColumnType::Text),
    ("tier", ColumnType::Text),
    ("evidence", ColumnType::Text),
];

const LIST_COLUMNS: &[(&str, ColumnType)] = &[
    ("item_id", ColumnType::Text),
    ("rule", ColumnType::Text),
    ("kind", ColumnType::Text),
    ("subject_kind", ColumnType::Text),
    ("subject_id", ColumnType::Text),
    ("uscc", ColumnType::Text),
    ("name", ColumnType::Text),
    ("county", ColumnType::Text),
    ("street", ColumnType::Text),
    ("zone_id", ColumnType::Text),
    ("owner", ColumnType::Text),
    ("priority", ColumnType::Int),
    ("expected_members", ColumnType::Int),
    ("due", ColumnType::Text),
    ("state", ColumnType::Text),
    ("reason", ColumnType::Text),
];

const MEMBER_COLUMNS: &[(&str, ColumnType)] = &[
    ("member_id", ColumnType::Text),
    ("ins_id", ColumnType::Text),
    ("probability", ColumnType::Ratio),
    ("decision", ColumnType::Text),
    ("tier", ColumnType::Text),
];

/// `export links`: one row per union of the register, of every type. A union that is younger than the last run stands
/// there with `none`, as a run without any candidate would have said.
pub async fn links(op: &OpContext, app: &App) -> Result<Export, AppError> {
    whole_city(op)?;
    let mut reader = app.store.read().await?;
    let mut known: HashMap<String, LinkRecord> = reader
        .links()
        .await?
        .into_iter()
        .map(|link| (link.union_id.clone(), link))
        .collect();
    let unions = reader.union_ids().await?;
    let rows = unions.into_iter().map(move |union_id| {
        let Some(link) = known.remove(&union_id) else {
            return Ok(vec![
                union_id.into(),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                "none".into(),
                Cell::Empty,
                "{}".into(),
            ]);
        };
        let is_none = link.decision == "none";
        Ok(vec![
            union_id.into(),
            optional(link.enterprise_id.filter(|_| !is_none)),
            optional(link.uscc.filter(|_| !is_none)),
            link.probability.map_or(Cell::Empty, Cell::Ratio),
            link.decision.into(),
            optional(link.tier),
            link.evidence.into(),
        ])
    });
    journal(op, app, "links", json!({})).await?;
    Ok(Export {
        name: "links",
        columns: LINK_COLUMNS,
        rows: Box::new(rows),
    })
}

/// `export list`: open items, or all.
pub async fn list(op: &OpContext, app: &App, wanted: ListExport) -> Result<Export, AppError> {
    op.may(Action::Export)?;
    let mut reader = app.store.read().await?;
    let filter = ItemFilter {
        is_open: (!wanted.all).then_some(true),
        kind: wanted.kind,
        rule: wanted.rule.clone(),
        ..Default::default()
    };
    let items = reader
        .item_page(op.scope(), &filter, "no", Direction::Ascending, Page::ALL)
        .await?;
    let owners = owner_logins(&mut reader, &items).await?;
    let zones = zones_of(&mut reader, &items).await?;
    drop(reader);
    journal(
        op,
        app,
        "list",
        json!({"rule": wanted.rule, "kind": wanted.kind, "all": wanted.all, "rows": items.len()}),
    )
    .await?;
    let calendar = app.calendar;
    let rows = items
        .into_iter()
        .map(move |item| Ok(list_row(item, &owners, &zones, calendar)));
    Ok(Export {
        name: "list",
        columns: LIST_COLUMNS,
        rows: Box::new(rows),
    })
}

fn list_row(
    item: ItemRecord,
    owners: &HashMap<AccountId, String>,
    zones: &HashMap<String, String>,
    calendar: &WorkingDays,
) -> Vec<Cell> {
    let zone = item
        .responsible_path
        .as_deref()
        .and_then(|path| zones.get(path))
        .cloned();
    let due = rules::due_on(
        calendar,
        item.clock_started_on,
        u32::try_from(item.due_days).unwrap_or(0),
    );
    let owner = item.owner_id.and_then(|id| owners.get(&id)).cloned();
    vec![
        item.item_no.into(),
        item.rule.into(),
        item.kind.code().into(),
        item.subject_kind.code().into(),
        item.subject_id.into(),
        optional(item.uscc),
        item.name.into(),
        optional(county_name(item.county)),
        optional(town_name(item.town)),
        optional(zone),
        optional(owner),
        Cell::Int(item.priority),
        item.expected_members.map_or(Cell::Empty, Cell::Int),
        due.to_string().into(),
        item.state.code().into(),
        item.reason.into(),
    ]
}

/// Ids of the zones (片区) that items lie in today, by the places of the unions responsible for them.
async fn zones_of(reader: &mut Reader, items: &[ItemRecord]) -> Result<HashMap<String, String>, AppError> {
    let holdings = reader.zone_holdings().await?;
    let mut zones = HashMap::new();
    let places: HashSet<&str> = items
        .iter()
        .filter_map(|item| item.responsible_path.as_deref())
        .collect();
    for path in places {
        let place = UnionPath::parse(path).map_err(AppError::internal)?;
        if let Some(row) = holding_at(&holdings, &place) {
            zones.insert(path.to_owned(), row.zone.to_string());
        }
    }
    Ok(zones)
}

/// A place as people write it; a code that the shipped table does not know stays a code.
fn county_name(code: Option<i64>) -> Option<String> {
    let code = code?;
    let name = u32::try_from(code)
        .ok()
        .and_then(|code| Divisions::shipped().county_name(code));
    Some(name.map_or_else(|| code.to_string(), str::to_owned))
}

fn town_name(code: Option<i64>) -> Option<String> {
    let code = code?;
    let name = u64::try_from(code)
        .ok()
        .and_then(|code| Divisions::shipped().town_name(code));
    Some(name.map_or_else(|| code.to_string(), str::to_owned))
}

async fn owner_logins(
    reader: &mut Reader,
    items: &[ItemRecord],
) -> Result<HashMap<AccountId, String>, AppError> {
    let mut logins = HashMap::new();
    for id in items.iter().filter_map(|item| item.owner_id) {
        if !logins.contains_key(&id)
            && let Some(account) = reader.account(id).await?
        {
            logins.insert(id, account.login);
        }
    }
    Ok(logins)
}

/// `export members-insured`: one row per membership, streamed from the lake of the last finished run.
pub async fn members_insured(op: &OpContext, app: &App) -> Result<Export, AppError> {
    whole_city(op)?;
    let run = app.store.read().await?.last_run(RunState::Finished).await?;
    let file = run.and_then(|run| run.member_links_file).ok_or_else(|| {
        AppError::not_found("EXP-404", "还没有完成过比对").hint("请先运行 gonghui reconcile")
    })?;
    let files = MemberLinkFiles::in_folder(&app.data_dir.join(file));
    if !files.links.exists() {
        return Err(
            AppError::not_found("EXP-404", "最近一次比对的人员匹配结果已不在数据目录中")
                .hint("请重新运行 gonghui reconcile"),
        );
    }
    journal(op, app, "members-insured", json!({})).await?;
    let rows = tokio::task::spawn_blocking(move || member_rows(&files));
    let rows = rows
        .await
        .map_err(|error| AppError::internal(error.to_string()))??;
    Ok(Export {
        name: "members-insured",
        columns: MEMBER_COLUMNS,
        rows,
    })
}

/// The pairs that the last finished run compared, each with the rules that proposed it: how complete blocking is can be told
/// from them wherever the truth is known.
pub async fn candidate_pairs(op: &OpContext, app: &App) -> Result<Vec<CandidatePair>, AppError> {
    whole_city(op)?;
    let run = app.store.read().await?.last_run(RunState::Finished).await?;
    let folder = run.and_then(|run| run.member_links_file);
    let path = folder.map(|folder| app.data_dir.join(folder).join(crate::run::CANDIDATES));
    let path = path.filter(|path| path.exists()).ok_or_else(|| {
        AppError::not_found("EXP-404", "最近一次比对没有留下候选对").hint("请重新运行 gonghui reconcile")
    })?;
    journal(op, app, "candidate-pairs", json!({})).await?;
    let read = move || lake::read_rows::<CandidatePair>(&path)?.collect::<Result<Vec<_>, _>>();
    let pairs = tokio::task::spawn_blocking(read)
        .await
        .map_err(AppError::internal)?;
    pairs.map_err(AppError::internal)
}

type Rows = Box<dyn Iterator<Item = Result<Vec<Cell>, AppError>> + Send>;

/// Streams links that are in order of member ids already; otherwise sorts them in memory, some 100 bytes a membership.
fn member_rows(files: &MemberLinkFiles) -> Result<Rows, AppError> {
    let broken = |error: lake::LakeError| AppError::internal(error.to_string());
    let row = |link: MemberLink| {
        vec![
            link.member_id.into(),
            optional(link.ins_id),
            link.probability.map_or(Cell::Empty, Cell::Ratio),
            link.decision.to_owned().into(),
            optional(link.tier.map(str::to_owned)),
        ]
    };
    let links = || files.read().map_err(broken);
    if links()?.is_sorted_by(|a, b| matches!((a, b), (Ok(a), Ok(b)) if a.member_id <= b.member_id)) {
        return Ok(Box::new(links()?.map(move |link| link.map(row).map_err(broken))));
    }
    let mut links = links()?.collect::<Result<Vec<MemberLink>, _>>().map_err(broken)?;
    links.sort_unstable_by(|a, b| a.member_id.cmp(&b.member_id));
    Ok(Box::new(links.into_iter().map(move |link| Ok(row(link)))))
}

/// Exports without masks are for programs of the whole city: the command line, and whoever sees everything.
fn whole_city(op: &OpContext) -> Result<(), AppError> {
    op.may(Action::Export)?;
    match op.scope() {
        Scope::Everything => Ok(()),
        _ => Err(AppError::forbidden(
            "EXP-403",
            "全市比对结果只能由系统账号在命令行导出",
        )),
    }
}

pub(crate) async fn journal(
    op: &OpContext,
    app: &App,
    what: &str,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    tx.journal(&op.by(), entry(op, what, detail)).await?;
    tx.commit().await?;
    Ok(())
}

fn entry(op: &OpContext, what: &str, detail: serde_json::Value) -> JournalEntry {
    let id = op.new_id::<ExportMark>().uuid();
    JournalEntry::new(JournalAction::Exported, SubjectKind::Export, id)
        .after(&json!({"what": what, "detail": detail}))
}

/// Marks ids of exports.
enum ExportMark {}

fn optional(text: Option<String>) -> Cell {
    text.filter(|text| !text.is_empty())
        .map_or(Cell::Empty, Cell::Text)
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::from(text.to_owned())
    }
}
