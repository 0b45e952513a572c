//! 覆盖单位: the employers that a joint union covers, added, ended and corrected by hand, and handed to another union with a change.
//!
//! What a person has set files leave alone; what has ended stays, with its days.

use codes::digest::Sm3Hasher;
use codes::text::normalise;
use codes::time::Day;
use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;
use store::cover::CoverRow;
use store::union_org::UnionRow;

use super::union_in_sight;
use crate::element_right::{expect_new, expect_write};
use crate::error::AppError;
use crate::intake::agency::written_code;
use crate::op::{App, OpContext};

/// One covered employer as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverView {
    /// Names the row; it stays the same when the employer's code or name is corrected.
    pub key: String,
    pub code: Option<String>,
    pub name: Option<String>,
    /// The first day; `None`: nobody knows.
    pub from: Option<Day>,
    /// The last day; `None`: it goes on.
    pub to: Option<Day>,
    /// A person has set it; files leave it alone.
    pub is_by_hand: bool,
}

/// A union's covered employers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covers {
    pub union_id: String,
    pub name: String,
    pub is_active: bool,
    /// Whether unions of its kind cover employers at all.
    pub may_cover: bool,
    /// Those that it covers today, by name.
    pub present: Vec<CoverView>,
    /// Those that it covered before.
    pub past: Vec<CoverView>,
    pub today: Day,
    /// Another number once one of them is another.
    pub version: i64,
}

/// What a person enters of a covered employer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoverForm {
    /// Code, name or both.
    pub code: String,
    pub name: String,
    /// 覆盖起, `yyyy-mm-dd`; may be empty where nobody knows.
    pub from: String,
    /// 覆盖止, the last day; empty while it goes on.
    pub to: String,
    /// [`Covers::version`] as it was seen; `None` where nobody says.
    pub version: Option<i64>,
}

/// Whether a cover holds on a day or begins after it: it has not ended. The last day still belongs to it.
pub(super) fn holds(row: &CoverRow, day: Day) -> bool {
    row.cover_to.is_none_or(|to| to >= day.naive())
}

/// Whether two rows mean one employer: by their codes where both have one, else by name.
pub(crate) fn same_employer(one: &CoverRow, other: &CoverRow) -> bool {
    if let (Some(one), Some(other)) = (&one.employer_code, &other.employer_code) {
        return one == other;
    }
    match (&one.employer_name, &other.employer_name) {
        (Some(one), Some(other)) => normalise(one) == normalise(other),
        _ => false,
    }
}

/// A union's covered employers, those of today and those of before.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub async fn covers(op: &OpContext, app: &App, union_id: &str) -> Result<Covers, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, _) = union_in_sight(op, &mut reader, union_id).await?;
    let (present, past) = views(&mut reader, union_id, op.today()).await?;
    let version = version_of(&reader.covers_of(union_id).await?);
    Ok(Covers {
        version,
        may_cover: may_cover(&row),
        is_active: row.is_active,
        union_id: row.union_id,
        name: row.name,
        present,
        past,
        today: op.today(),
    })
}

/// The covers of a union that have not ended on a day, and those that have.
pub(super) async fn views(
    reader: &mut store::Reader,
    union_id: &str,
    day: Day,
) -> Result<(Vec<CoverView>, Vec<CoverView>), AppError> {
    let rows = reader.covers_of(union_id).await?;
    let by_hand: std::collections::HashSet<String> = match rows.is_empty() {
        true => Default::default(),
        false => reader
            .covers_by_hand()
            .await?
            .into_iter()
            .map(|(key, _)| key)
            .collect(),
    };
    let (present, past): (Vec<CoverRow>, Vec<CoverRow>) = rows.into_iter().partition(|row| holds(row, day));
    let view = |row: CoverRow| CoverView {
        is_by_hand: by_hand.contains(&row.cover_key),
        key: row.cover_key,
        code: row.employer_code,
        name: row.employer_name,
        from: row.cover_from.map(Day::from),
        to: row.cover_to.map(Day::from),
    };
    Ok((
        present.into_iter().map(view).collect(),
        past.into_iter().map(view).collect(),
    ))
}

/// A number made of all that is registered of a union's covers, in the fifteen digits that an ETag has room for.
fn version_of(rows: &[CoverRow]) -> i64 {
    const DIGITS: u64 = 1_000_000_000_000_000;
    let mut rows: Vec<&CoverRow> = rows.iter().collect();
    rows.sort_by(|one, other| one.cover_key.cmp(&other.cover_key));
    let mut hasher = Sm3Hasher::new();
    for row in rows {
        let told = json!([
            row.cover_key,
            row.employer_code,
            row.employer_name,
            row.cover_from.map(Day::from),
            row.cover_to.map(Day::from)
        ]);
        hasher.update(told.to_string().as_bytes());
    }
    let digest = hasher.finish();
    let first = digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    (first % DIGITS) as i64
}

fn may_cover(row: &UnionRow) -> bool {
    let kind = UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown);
    matches!(
        kind,
        UnionType::Joint | UnionType::Federation | UnionType::Industry | UnionType::Unknown
    )
}

/// Adds a covered employer (登记覆盖单位).
///
/// # Errors
/// `UNI-426` with every field that is wrong, also when the union covers the employer already; `UNI-409` for a dissolved union and for one
/// whose kind covers nobody; `UNI-413` when the covers are not what was seen any more; `UNI-404` out of sight. Answers the cover's key.
pub async fn add_cover(
    op: &OpContext,
    app: &App,
    union_id: &str,
    form: &CoverForm,
) -> Result<String, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    let (union, path) = covering(op, &mut tx, union_id).await?;
    if !may_cover(&union) {
        let words = format!("“{}”不是联合基层工会或工会联合会，没有覆盖单位", union.name);
        return Err(AppError::conflict("UNI-409", words).hint("请先在“变更登记信息”里变更工会类型"));
    }
    let known = tx.covers_of(union_id).await?;
    let said = [("from", &form.from), ("to", &form.to)];
    let said = said.iter().filter(|(_, text)| !text.trim().is_empty());
    let said: Vec<&str> = said.map(|(name, _)| *name).collect();
    expect_new(op, &mut tx, Kind::Covers, &said).await?;
    refuse_stale(&known, form.version)?;
    let mut row = read(op, &union, form, None)?;
    refuse_twice(&known, &row, op.today())?;
    row.cover_key = free_key(&known, union_id, &row);
    write(
        op,
        &mut tx,
        (&union, path),
        &known,
        &row,
        JournalAction::CoverAdded,
        Value::Null,
    )
    .await?;
    tx.commit().await?;
    Ok(row.cover_key)
}

/// Refuses what was decided about covers that are others by now.
fn refuse_stale(known: &[CoverRow], seen: Option<i64>) -> Result<(), AppError> {
    match seen {
        Some(seen) if seen != version_of(known) => Err(AppError::conflict(
            "UNI-413",
            "本工会的覆盖单位在您读取之后已变更，没有保存",
        )
        .hint("请重新读取后再办")),
        _ => Ok(()),
    }
}

/// Ends the cover of an employer on its last day (终止覆盖). `seen` as [`CoverForm::version`].
///
/// # Errors
/// As [`add_cover`]; `UNI-404` when the union has no such cover.
pub async fn end_cover(
    op: &OpContext,
    app: &App,
    union_id: &str,
    key: &str,
    to: &str,
    seen: Option<i64>,
) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    let (union, path) = covering(op, &mut tx, union_id).await?;
    expect_write(op, &mut tx, Kind::Covers, &["to"]).await?;
    let known = tx.covers_of(union_id).await?;
    refuse_stale(&known, seen)?;
    let old = found(&known, key)?;
    let mut typed = FormReader::of(Act::EndCover, op.today());
    let Some(to) = typed.day("to", to) else {
        return Err(refused(typed.faults()));
    };
    let to = last_day(op, to, old.cover_from.map(Day::from));
    let to = to.map_err(|words| refused(vec![("to", words)]))?;
    let row = CoverRow {
        cover_to: Some(to.naive()),
        ..by_hand(old)
    };
    write(
        op,
        &mut tx,
        (&union, path),
        &known,
        &row,
        JournalAction::CoverEnded,
        Value::Null,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Corrects what is registered of a covered employer (更正覆盖单位): all four items as they should be.
///
/// # Errors
/// As [`add_cover`], also when nothing would change; `UNI-404` when the union has no such cover.
pub async fn correct_cover(
    op: &OpContext,
    app: &App,
    union_id: &str,
    key: &str,
    form: &CoverForm,
) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    let (union, path) = covering(op, &mut tx, union_id).await?;
    let known = tx.covers_of(union_id).await?;
    refuse_stale(&known, form.version)?;
    let old = found(&known, key)?;
    let row = CoverRow {
        cover_key: old.cover_key.clone(),
        ..read(op, &union, form, Some(old))?
    };
    let before = told(&union, old);
    if before == told(&union, &row) {
        return Err(AppError::invalid(
            "UNI-426",
            "没有要更正的内容：填写的与登记的相同",
        ));
    }
    expect_write(op, &mut tx, Kind::Covers, &changed_elements(old, &row)).await?;
    let others: Vec<CoverRow> = known.iter().filter(|one| one.cover_key != key).cloned().collect();
    if holds(&row, op.today()) {
        refuse_twice(&others, &row, op.today())?;
    }
    write(
        op,
        &mut tx,
        (&union, path),
        &known,
        &row,
        JournalAction::CoverChanged,
        before,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Elements of a cover that are different.
pub(crate) fn changed_elements(old: &CoverRow, new: &CoverRow) -> Vec<&'static str> {
    let pairs = [
        ("employer_uscc", old.employer_code != new.employer_code),
        ("employer_name", old.employer_name != new.employer_name),
        ("from", old.cover_from != new.cover_from),
        ("to", old.cover_to != new.cover_to),
    ];
    let changed = pairs.into_iter().filter(|(_, is_other)| *is_other);
    changed.map(|(name, _)| name).collect()
}

/// Hands covered employers to another union from a day on (合并、分立): with the old one each ends the day before. One that the other
/// covers already is not doubled; the later end holds. Files bring none of them back. Answers how many went.
pub(super) async fn hand_over(
    op: &OpContext,
    tx: &mut Tx,
    covers: &[CoverRow],
    to: &str,
    day: Day,
) -> Result<usize, AppError> {
    let going: Vec<&CoverRow> = covers.iter().filter(|cover| holds(cover, day)).collect();
    for cover in &going {
        tx.mark_cover_by_hand(&cover.cover_key, Some(to), op.now())
            .await?;
        let last = day.add_days(-1).naive();
        if cover.cover_from.is_some_and(|from| from > last) {
            tx.delete_cover(&cover.cover_key).await?;
        } else {
            let ended = CoverRow {
                cover_to: Some(last),
                ..by_hand(cover)
            };
            tx.upsert_covers([ended]).await?;
        }
        let known: Vec<CoverRow> = tx.covers_of(to).await?;
        if let Some(same) = known
            .iter()
            .find(|one| holds(one, day) && same_employer(one, cover))
        {
            if same.cover_to.is_some() && holds_longer(cover, same) {
                let longer = CoverRow {
                    cover_to: cover.cover_to,
                    ..by_hand(same)
                };
                mark(op, tx, &longer, &known).await?;
                tx.upsert_covers([longer]).await?;
            }
            continue;
        }
        let mut moved = CoverRow {
            union_id: to.to_owned(),
            // The other union covers it from the change on, not from before.
            cover_from: Some(cover.cover_from.map_or(day.naive(), |from| from.max(day.naive()))),
            ..by_hand(cover)
        };
        moved.cover_key = free_key(&known, to, &moved);
        mark(op, tx, &moved, &known).await?;
        tx.upsert_covers([moved]).await?;
    }
    Ok(going.len())
}

fn holds_longer(one: &CoverRow, other: &CoverRow) -> bool {
    match (one.cover_to, other.cover_to) {
        (None, other) => other.is_some(),
        (Some(one), Some(other)) => one > other,
        (Some(_), None) => false,
    }
}

/// The row as a person writes it: no batch has it any more.
fn by_hand(row: &CoverRow) -> CoverRow {
    CoverRow {
        row_hash: 0,
        batch_no: None,
        ..row.clone()
    }
}

/// The key that a file would give a row.
fn file_key(union_id: &str, row: &CoverRow) -> String {
    let code = row.employer_code.as_deref().map(written_code).unwrap_or_default();
    let employer = match code.is_empty() {
        true => normalise(row.employer_name.as_deref().unwrap_or_default()),
        false => code,
    };
    format!("{union_id}|{employer}")
}

/// The same, or one of its own where a row of before has it: a second time of covering the same employer.
fn free_key(known: &[CoverRow], union_id: &str, row: &CoverRow) -> String {
    let key = file_key(union_id, row);
    let keys = std::iter::once(key.clone()).chain((2..).map(|nth| format!("{key}#{nth}")));
    keys.into_iter()
        .find(|key| known.iter().all(|one| one.cover_key != *key))
        .unwrap_or(key)
}

/// Keeps what a person says of a cover: marked so that files leave it alone, and in the union's history.
async fn write(
    op: &OpContext,
    tx: &mut Tx,
    (union, path): (&UnionRow, Option<UnionPath>),
    known: &[CoverRow],
    row: &CoverRow,
    action: JournalAction,
    before: Value,
) -> Result<(), AppError> {
    mark(op, tx, row, known).await?;
    tx.upsert_covers([row.clone()]).await?;
    journal(op, tx, union, path, action, before, told(union, row)).await
}

/// Files leave the row alone from now on, and write no other of the same employer beside it.
async fn mark(op: &OpContext, tx: &mut Tx, row: &CoverRow, known: &[CoverRow]) -> Result<(), AppError> {
    tx.mark_cover_by_hand(&row.cover_key, None, op.now()).await?;
    let plain = file_key(&row.union_id, row);
    if plain != row.cover_key && known.iter().any(|one| one.cover_key == plain) {
        tx.mark_cover_by_hand(&plain, None, op.now()).await?;
    }
    Ok(())
}

fn found<'a>(known: &'a [CoverRow], key: &str) -> Result<&'a CoverRow, AppError> {
    let row = known.iter().find(|one| one.cover_key == key);
    row.ok_or_else(|| AppError::not_found("UNI-404", "本工会没有这家覆盖单位，可能刚被更正过，请刷新"))
}

async fn covering(
    op: &OpContext,
    tx: &mut Tx,
    union_id: &str,
) -> Result<(UnionRow, Option<UnionPath>), AppError> {
    // Nobody merges or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (row, path) = union_in_sight(op, tx, union_id).await?;
    if !row.is_active {
        let words = format!("“{}”已撤销，覆盖单位不再变更", row.name);
        return Err(AppError::conflict("UNI-409", words));
    }
    Ok((row, path))
}

fn refuse_twice(known: &[CoverRow], row: &CoverRow, today: Day) -> Result<(), AppError> {
    let same = known
        .iter()
        .find(|one| holds(one, today) && same_employer(one, row));
    let Some(same) = same else { return Ok(()) };
    let name = same.employer_name.as_deref().or(same.employer_code.as_deref());
    let words = format!(
        "本工会已在覆盖“{}”；要改它的内容，请用更正",
        name.unwrap_or_default()
    );
    let field = match row.employer_name.is_some() {
        true => "name",
        false => "code",
    };
    Err(refused(vec![(field, words)]))
}

/// Reads a form. A code or name that was registered as it is may stay, however it is written.
fn read(
    op: &OpContext,
    union: &UnionRow,
    form: &CoverForm,
    old: Option<&CoverRow>,
) -> Result<CoverRow, AppError> {
    let mut typed = FormReader::of(Act::AddCover, op.today());
    let written = form.code.trim();
    let stays = old.and_then(|old| old.employer_code.as_deref()) == Some(written);
    let code = match stays {
        true => Some(written.to_owned()),
        false => typed.value("code", written),
    };
    let known = old.and_then(|old| old.employer_name.as_deref());
    let name = match known.filter(|known| *known == form.name.trim()) {
        Some(known) => Some(known.to_owned()),
        None => typed.value("name", &form.name),
    };
    if form.name.trim().is_empty() && written.is_empty() {
        typed.wrong("name", "代码和名称至少填一项");
    }
    let from = typed.day("from", &form.from);
    if let Some(from) = from {
        if from > op.today() {
            typed.wrong("from", format!("覆盖起不能晚于今天（{}）", op.today()));
        } else if let Some(founded) = union.founded().filter(|founded| from < *founded) {
            typed.wrong("from", format!("覆盖起不能早于本工会的建会日期（{founded}）"));
        }
    }
    let to = typed.day("to", &form.to);
    if let Some(Err(words)) = to.map(|to| last_day(op, to, from)) {
        typed.wrong("to", words);
    }
    if !typed.is_sound() {
        return Err(refused(typed.faults()));
    }
    Ok(CoverRow {
        cover_key: String::new(),
        union_id: union.union_id.clone(),
        employer_code: code,
        employer_name: name,
        cover_from: from.map(|day| day.naive()),
        cover_to: to.map(|day| day.naive()),
        row_hash: 0,
        batch_no: None,
    })
}

/// The last day lies between the first one and today.
fn last_day(op: &OpContext, to: Day, from: Option<Day>) -> Result<Day, String> {
    if to > op.today() {
        return Err(format!("覆盖止是最后一天，不能晚于今天（{}）", op.today()));
    }
    match from {
        Some(from) if to < from => Err(format!("覆盖止不能早于覆盖起（{from}）")),
        _ => Ok(to),
    }
}

fn told(union: &UnionRow, row: &CoverRow) -> Value {
    json!({
        "union_id": union.union_id,
        "name": union.name,
        "covered": row.employer_name,
        "covered_code": row.employer_code,
        "cover_from": row.cover_from.map(Day::from),
        "cover_to": row.cover_to.map(Day::from),
    })
}

async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    union: &UnionRow,
    path: Option<UnionPath>,
    action: JournalAction,
    before: Value,
    after: Value,
) -> Result<(), AppError> {
    let entry = JournalEntry {
        path,
        before: (!before.is_null()).then_some(before),
        ..JournalEntry::new(action, SubjectKind::UnionOrg, union.id).after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

fn refused(wrong: Vec<(&'static str, String)>) -> AppError {
    let error = AppError::invalid("UNI-426", "没有保存，请改正标出的内容");
    wrong
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}
