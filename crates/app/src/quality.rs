//! 数据质量检查: counting what is wrong in the register, and finding the rows again.
//!
//! A count reads the whole register at one moment, asks [`domain::quality`] of every record, and keeps how many records of each
//! union have each fault. Which ones is found again, of one union at a time, when somebody opens a number.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use codes::resident_id::{IdStatus, ResidentId};
use codes::text;
use codes::time::{Day, Timestamp};
use domain::permission::Action;
use domain::quality::{Catalogue, Check, CheckNo, MemberFacts, UnionFacts};
use domain::union_org::{UnionType, line};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Reader;
use store::list_query::{Page, Window};
use store::quality::{QualityCount, QualityMember, QualityScore, QualitySums, Shared};
pub use store::quality::{QualityRank, QualityUnion, UnionScore};
use store::union_org::UnionRow;
use uuid::Uuid;

use crate::dashboard::Share;
use crate::error::AppError;
use crate::intake::form;
use crate::job;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::progress::Progress;
use crate::union_org::union_in_sight;
use crate::union_org::vacancy::by_elections;

/// The setting that says when the register was counted last.
const COUNTED: &str = "quality";

/// How the register stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityView {
    /// When it was counted; `None`: never.
    pub counted_at: Option<i64>,
    pub unions: i64,
    pub sound_unions: i64,
    pub members: i64,
    pub sound_members: i64,
    /// Faults that anybody in scope has, most records first.
    #[serde(skip)]
    pub faults: Vec<FaultCount>,
}

/// A fault with its records and unions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultCount {
    pub check: &'static Check,
    pub records: i64,
    pub unions: i64,
}

/// What a count needs of a union.
struct Union {
    row: UnionRow,
    members: i64,
    sound_members: i64,
}

/// How often a number stands in the register, and whether under one name.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    count: u32,
    name: u64,
    is_other_name: bool,
}

/// Uses of numbers by the first bytes of their blind index.
#[derive(Debug, Default)]
struct UsesOf(HashMap<u64, Uses>);

impl UsesOf {
    fn add(&mut self, index: Option<&[u8]>, name: &str) {
        let Some(key) = index.map(short) else { return };
        let name = text::key64(name) as u64;
        let uses = self.0.entry(key).or_insert(Uses {
            name,
            ..Uses::default()
        });
        uses.count += 1;
        uses.is_other_name |= uses.name != name;
    }

    fn of_shared(rows: &[Shared]) -> UsesOf {
        let uses = rows.iter().map(|row| {
            let uses = Uses {
                count: row.memberships as u32,
                name: 0,
                is_other_name: row.names > 1,
            };
            (short(&row.value), uses)
        });
        UsesOf(uses.collect())
    }

    fn of(&self, index: Option<&[u8]>) -> Uses {
        let Some(index) = index else {
            return Uses::default();
        };
        let alone = Uses {
            count: 1,
            ..Uses::default()
        };
        self.0.get(&short(index)).copied().unwrap_or(alone)
    }
}

/// The blind index of a number that was read. What a spreadsheet ruined or somebody masked is alike for many people.
fn number_of(member: &QualityMember) -> Option<&[u8]> {
    let status = u8::try_from(member.id_status).ok().and_then(IdStatus::from_u8);
    let is_read = status.is_some_and(IdStatus::is_read);
    member.id_index.as_deref().filter(|_| is_read)
}

/// The first eight bytes: an index is as good as random.
fn short(index: &[u8]) -> u64 {
    index
        .iter()
        .take(8)
        .fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// Counts the whole register anew. 检查
///
/// # Errors
/// The role may not start runs; the job was cancelled; the store refuses.
pub async fn count(op: &OpContext, app: &App, progress: &Progress) -> Result<QualityView, AppError> {
    op.may(Action::StartRun)?;
    let today = op.today();
    let mut reader = app.store.read().await?;
    progress("读取工会", 0, 0)?;
    let rows = reader.union_rows().await?;
    let covers: HashMap<String, i64> = reader.covers_by_union().await?.into_iter().collect();
    let numbers: HashMap<Uuid, usize> = rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
    let mut unions: Vec<Union> = rows
        .into_iter()
        .map(|row| Union {
            row,
            members: 0,
            sound_members: 0,
        })
        .collect();
    let total = reader.member_count().await? as u64;
    let (mut documents, mut phones) = (UsesOf::default(), UsesOf::default());
    progress("查找重复号码", 0, total)?;
    reader
        .each_quality_member(|member| {
            documents.add(number_of(&member), &member.name);
            phones.add(member.phone_index.as_deref(), "");
        })
        .await?;
    let mut counts: HashMap<(u32, CheckNo), i64> = HashMap::new();
    let (mut done, mut stopped) = (0u64, Ok(()));
    reader
        .each_quality_member(|member| {
            done += 1;
            if done % 50_000 == 0 && stopped.is_ok() {
                stopped = progress("检查会员", done, total);
            }
            let Some(at) = numbers
                .get(&member.union_org_id)
                .copied()
                .filter(|_| stopped.is_ok())
            else {
                return;
            };
            let faults = faults_of_member(app, &member, &unions[at].row, &documents, &phones, today);
            let union = &mut unions[at];
            union.members += 1;
            union.sound_members += i64::from(Catalogue::shipped().is_sound(&faults));
            for fault in faults {
                *counts.entry((at as u32, fault)).or_default() += 1;
            }
        })
        .await?;
    stopped?;
    let due = by_elections(&mut reader).await?;
    drop(reader);
    progress("检查工会", 0, 0)?;
    let others = Others::of(&unions, due);
    let mut scores = Vec::with_capacity(unions.len());
    for (at, union) in (0u32..).zip(&unions) {
        let faults = others.faults_of(union, covers.get(&union.row.union_id).copied(), today);
        scores.push(QualityScore {
            union_org_id: union.row.id,
            path: union.row.path.clone(),
            is_sound: Catalogue::shipped().is_sound(&faults),
            members: union.members,
            sound_members: union.sound_members,
        });
        for fault in faults {
            counts.insert((at, fault), 1);
        }
    }
    progress("写入结果", 0, 0)?;
    let view = QualityView {
        counted_at: Some(op.now().millis()),
        unions: scores.len() as i64,
        sound_unions: scores.iter().filter(|score| score.is_sound).count() as i64,
        members: scores.iter().map(|score| score.members).sum(),
        sound_members: scores.iter().map(|score| score.sound_members).sum(),
        faults: Vec::new(),
    };
    let counts = counts.into_iter().map(|((at, fault), records)| QualityCount {
        union_org_id: unions[at as usize].row.id,
        path: unions[at as usize].row.path.clone(),
        check_id: &Catalogue::shipped().check(fault).id,
        records,
    });
    let mut tx = app.store.begin().await?;
    tx.replace_quality(counts, scores).await?;
    let said = serde_json::to_string(&view).map_err(AppError::internal)?;
    tx.set_setting(COUNTED, &said, op.now()).await?;
    tx.commit().await?;
    Ok(view)
}

/// The kind of job that counts.
pub const JOB: &str = "quality";
/// Hours of the night, in Asia/Shanghai, in which nobody waits for the register.
const NIGHT: Range<i64> = 3..6;
const HOUR: i64 = 3_600_000;

/// Whether the night of this day has begun.
pub(crate) fn has_night_begun(now: Timestamp) -> bool {
    now.millis_since(now.day().start()) / HOUR >= NIGHT.start
}

/// Whether it is the time of night for a count.
pub fn is_night(now: Timestamp) -> bool {
    NIGHT.contains(&(now.millis_since(now.day().start()) / HOUR))
}

/// Queues the night's count, where this process can count and today's is not there yet; the caller knows that it is the time. Answers whether it did.
///
/// # Errors
/// The store refuses.
pub async fn enqueue_nightly(app: &App) -> Result<bool, AppError> {
    if !app.jobs.knows(JOB) {
        return Ok(false);
    }
    let counted = counted(&mut app.store.read().await?).await?;
    let last = counted.as_ref().and_then(counted_at).map(Timestamp::day);
    if last == Some(app.now().day()) {
        return Ok(false);
    }
    let system = app.system(JOB);
    job::enqueue(&system, app, JOB, "数据质量检查（每夜）", json!({})).await?;
    Ok(true)
}

/// The last count of the whole register.
async fn counted(reader: &mut Reader) -> Result<Option<QualityView>, AppError> {
    match reader.setting(COUNTED).await? {
        Some(said) => serde_json::from_str(&said).map_err(AppError::internal),
        None => Ok(None),
    }
}

/// When the register was counted last; `None` before the first count.
pub async fn last_counted(op: &OpContext, app: &App) -> Result<Option<Timestamp>, AppError> {
    op.may(Action::SeeUnions)?;
    let counted = counted(&mut app.store.read().await?).await?;
    Ok(counted.as_ref().and_then(counted_at))
}

/// How the register stands in the asker's scope, by the last count.
pub async fn quality(op: &OpContext, app: &App) -> Result<QualityView, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let counted = counted(&mut reader).await?;
    let QualitySums {
        unions,
        sound_unions,
        members,
        sound_members,
    } = reader.quality_sums(op.scope()).await?;
    let catalogue = Catalogue::shipped();
    let mut faults: Vec<FaultCount> = reader
        .quality_totals(op.scope())
        .await?
        .into_iter()
        // A check of another version says nothing any more.
        .filter_map(|total| {
            Some(FaultCount {
                check: catalogue.check(catalogue.by_id(&total.check_id)?),
                records: total.records,
                unions: total.unions,
            })
        })
        .collect();
    faults.sort_by_key(|fault| (!fault.check.spoils, -fault.records, &fault.check.id));
    Ok(QualityView {
        counted_at: counted.and_then(|counted| counted.counted_at),
        unions,
        sound_unions,
        members,
        sound_members,
        faults,
    })
}

/// The moment of a count, as pages say it.
pub fn counted_at(view: &QualityView) -> Option<Timestamp> {
    view.counted_at.map(Timestamp::from_millis)
}

/// A check by its id.
///
/// # Errors
/// `QUA-404`
pub fn check(id: &str) -> Result<(CheckNo, &'static Check), AppError> {
    let catalogue = Catalogue::shipped();
    let no = catalogue
        .by_id(id)
        .ok_or_else(|| AppError::not_found("QUA-404", "没有这项检查"))?;
    Ok((no, catalogue.check(no)))
}

/// One union's share in the last count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionQuality {
    pub counted_at: Timestamp,
    /// `None`: the union came after the count.
    pub score: Option<UnionScore>,
    /// Its faults and their records, those that make records unsound first, then most first.
    pub faults: Vec<(&'static Check, i64)>,
}

/// How one union stands by the last count; `None` before the first.
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn of_union(op: &OpContext, app: &App, union_id: &str) -> Result<Option<UnionQuality>, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (union, _) = union_in_sight(op, &mut reader, union_id).await?;
    let Some(counted_at) = counted(&mut reader).await?.and_then(|view| view.counted_at) else {
        return Ok(None);
    };
    let (score, faults) = reader.quality_of_union(union.id).await?;
    let catalogue = Catalogue::shipped();
    let mut faults: Vec<(&Check, i64)> = faults
        .into_iter()
        .filter_map(|(check, records)| Some((catalogue.check(catalogue.by_id(&check)?), records)))
        .collect();
    faults.sort_by_key(|(check, _)| !check.spoils);
    Ok(Some(UnionQuality {
        counted_at: Timestamp::from_millis(counted_at),
        score,
        faults,
    }))
}

/// A page of the unions in scope by their score, lowest share of sound members first.
pub async fn ranking(
    op: &OpContext,
    app: &App,
    only_unsound: bool,
    page: u32,
    size: u32,
) -> Result<(Vec<QualityRank>, i64), AppError> {
    let page = Page::number(page, size);
    let (ranks, total) = ranked(op, app, only_unsound, page.into()).await?;
    Ok((ranks.into_iter().map(|(rank, _)| rank).collect(), total))
}

/// The unions that follow a mark by their score, each with its own mark, and how many there are in all.
pub async fn ranking_after(
    op: &OpContext,
    app: &App,
    only_unsound: bool,
    after: &After,
) -> Result<(Vec<(QualityRank, String)>, i64), AppError> {
    ranked(op, app, only_unsound, after.mark().into()).await
}

async fn ranked(
    op: &OpContext,
    app: &App,
    only_unsound: bool,
    window: Window,
) -> Result<(Vec<(QualityRank, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    Ok(reader.quality_ranking(op.scope(), only_unsound, window).await?)
}

/// Members counted in the asker's scope and the sound ones among them; `None` before the first count.
pub(crate) async fn sound_members(op: &OpContext, reader: &mut Reader) -> Result<Option<Share>, AppError> {
    if counted(reader).await?.is_none() {
        return Ok(None);
    }
    let sums = reader.quality_sums(op.scope()).await?;
    Ok(Some(Share {
        part: sums.sound_members,
        whole: sums.members,
    }))
}

/// Keys of the unions whose own records are unsound by the last count; `None` before the first.
pub(crate) async fn unsound_unions(reader: &mut Reader) -> Result<Option<HashSet<String>>, AppError> {
    if counted(reader).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(reader.unsound_unions().await?.into_iter().collect()))
}

/// A page of the unions in scope that have records with a fault, most first.
pub async fn unions_with(
    op: &OpContext,
    app: &App,
    check_id: &str,
    page: u32,
    size: u32,
) -> Result<(Vec<QualityUnion>, i64), AppError> {
    let page = Page::number(page, size);
    let (unions, total) = faulty(op, app, check_id, page.into()).await?;
    Ok((unions.into_iter().map(|(union, _)| union).collect(), total))
}

/// The unions with a fault that follow a mark, most records first, each with its own mark, and how many there are in all.
///
/// # Errors
/// `QUA-404`
pub async fn unions_with_after(
    op: &OpContext,
    app: &App,
    check_id: &str,
    after: &After,
) -> Result<(Vec<(QualityUnion, String)>, i64), AppError> {
    faulty(op, app, check_id, after.mark().into()).await
}

async fn faulty(
    op: &OpContext,
    app: &App,
    check_id: &str,
    window: Window,
) -> Result<(Vec<(QualityUnion, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let (_, check) = check(check_id)?;
    let mut reader = app.store.read().await?;
    Ok(reader.quality_unions(op.scope(), &check.id, window).await?)
}

/// The keys of a union's members that have a fault now, which may be fewer than when the register was counted.
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn members_with(
    op: &OpContext,
    app: &App,
    union_id: &str,
    check_id: &str,
) -> Result<BTreeSet<String>, AppError> {
    op.may(Action::SeeMembers)?;
    let (no, _) = check(check_id)?;
    let mut reader = app.store.read().await?;
    let (union, _) = union_in_sight(op, &mut reader, union_id).await?;
    let documents = UsesOf::of_shared(&reader.numbers_shared_in(union.id).await?);
    let phones = UsesOf::of_shared(&reader.phones_shared_in(union.id).await?);
    let members = reader.quality_members_of(union.id).await?;
    let has_fault = |member: &&QualityMember| {
        faults_of_member(app, member, &union, &documents, &phones, op.today()).contains(&no)
    };
    Ok(members
        .iter()
        .filter(has_fault)
        .map(|member| member.member_id.clone())
        .collect())
}

fn faults_of_member(
    app: &App,
    member: &QualityMember,
    union: &UnionRow,
    documents: &UsesOf,
    phones: &UsesOf,
    today: Day,
) -> Vec<CheckNo> {
    let status = u8::try_from(member.id_status).ok().and_then(IdStatus::from_u8);
    let document = member
        .id_sealed
        .as_deref()
        .filter(|_| matches!(status, Some(IdStatus::Ok | IdStatus::From15)))
        .and_then(|sealed| {
            app.keys
                .open("member", "id_no", member.id.as_bytes(), sealed)
                .ok()
        })
        .and_then(|plain| ResidentId::parse(&plain).ok());
    let (extra, unread) = (
        form::parsed(member.extra.as_deref()),
        form::parsed(member.unread.as_deref()),
    );
    let number = documents.of(number_of(member));
    MemberFacts {
        name: &member.name,
        id_status: status,
        document: document.as_ref(),
        has_phone: member.phone_index.is_some(),
        joined: member.joined_on.map(Day::from),
        known: names_in(&extra),
        refused: names_in(&unread),
        same_number: number.count,
        same_phone: phones.of(member.phone_index.as_deref()).count,
        is_other_name: number.is_other_name,
        union_founded: union.founded(),
        is_union_active: union.is_active,
        today: Some(today),
    }
    .faults()
}

fn names_in(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

/// Whether a place is the one above and one step more.
fn is_step_below(place: &str, above: &str) -> bool {
    place
        .strip_prefix(above)
        .is_some_and(|rest| rest.matches('/').count() == 1)
}

/// What a union is held against: all the others.
#[derive(Default)]
struct Others<'a> {
    /// Where each union hangs, by its key.
    places: HashMap<&'a str, Option<&'a str>>,
    names: HashMap<(&'a str, Option<i64>), u32>,
    codes: HashMap<&'a str, u32>,
    employers: HashMap<&'a str, u32>,
    /// Industry unions by the unions that name them, dissolved ones included.
    lines: HashMap<&'a str, Option<&'a str>>,
    /// Last days of the by-elections that are due.
    by_elections: HashMap<Uuid, Day>,
}

impl<'a> Others<'a> {
    fn of(unions: &'a [Union], by_elections: HashMap<Uuid, Day>) -> Others<'a> {
        let lines = unions.iter().map(|union| {
            let row = &union.row;
            (row.union_id.as_str(), row.industry_parent_id.as_deref())
        });
        let mut others = Others {
            lines: lines.collect(),
            by_elections,
            ..Others::default()
        };
        for row in unions.iter().map(|union| &union.row).filter(|row| row.is_active) {
            others.places.insert(&row.union_id, row.path.as_deref());
            *others.names.entry((&row.search, row.county)).or_default() += 1;
            if let Some(code) = row.union_code.as_deref() {
                *others.codes.entry(code).or_default() += 1;
            }
            if let Some(code) = row
                .employer_code
                .as_deref()
                .filter(|_| row.union_type == UnionType::Single.code())
            {
                *others.employers.entry(code).or_default() += 1;
            }
        }
        others
    }

    /// Whether the industry union that a union names is unknown, or leads back to the union itself.
    fn is_line_loose(&self, row: &UnionRow) -> bool {
        let Some(above) = row.industry_parent_id.as_deref() else {
            return false;
        };
        !self.lines.contains_key(above)
            || line::leads_back(&row.union_id, |key| self.lines.get(key).copied().flatten())
    }

    fn faults_of(&self, union: &Union, covers: Option<i64>, today: Day) -> Vec<CheckNo> {
        let row = &union.row;
        let (extra, unread) = (
            form::parsed(row.extra.as_deref()),
            form::parsed(row.unread.as_deref()),
        );
        let mut known = names_in(&extra);
        let stated = [
            ("union_name", !row.name.is_empty()),
            ("employer_name", row.employer_name.is_some()),
            ("employer_uscc", row.employer_code.is_some()),
            ("union_code", row.union_code.is_some()),
            ("chair", row.chair.is_some()),
            ("county", row.county.is_some()),
            ("address", row.address.is_some()),
            ("phone", row.phone_index.is_some()),
            ("industry_section", row.industry_section.is_some()),
            ("lon", row.lon.is_some()),
            ("lat", row.lat.is_some()),
        ];
        known.extend(
            stated
                .iter()
                .filter(|(_, is_known)| *is_known)
                .map(|(name, _)| *name),
        );
        let text = |name: &str| extra.get(name).and_then(Value::as_str);
        let is_root = row
            .path
            .as_deref()
            .is_some_and(|path| path.matches('/').count() == 1);
        let hangs = row
            .parent_id
            .as_deref()
            .and_then(|parent| self.places.get(parent).copied().flatten())
            .zip(row.path.as_deref())
            // In a circle each has a parent, and hangs below none of them.
            .is_some_and(|(above, place)| is_step_below(place, above));
        let among = |counts: &HashMap<&str, u32>, key: Option<&str>| {
            key.and_then(|key| counts.get(key).copied()).unwrap_or(0)
        };
        UnionFacts {
            union_type: UnionType::from_code(&row.union_type),
            known,
            refused: names_in(&unread),
            is_active: row.is_active,
            is_root: is_root && row.union_type == UnionType::General.code(),
            is_placed: row.path.is_some() && (hangs || is_root),
            members: union.members,
            declared_members: row.declared_members,
            employees: text("employee_count").and_then(|count| count.parse().ok()),
            founded: row.founded(),
            term_start: text("term_start").and_then(|day| Day::parse_iso(day).ok()),
            term_end: row.term_end(),
            same_name: self
                .names
                .get(&(row.search.as_str(), row.county))
                .copied()
                .unwrap_or(0),
            same_code: among(&self.codes, row.union_code.as_deref()),
            same_employer: among(&self.employers, row.employer_code.as_deref()),
            is_legal_person: text("legal_status") == Some("有"),
            by_election_due: self.by_elections.get(&row.id).copied(),
            is_line_loose: self.is_line_loose(row),
            covers: covers.map_or(0, |covers| covers as u32),
            today: Some(today),
        }
        .faults()
    }
}
