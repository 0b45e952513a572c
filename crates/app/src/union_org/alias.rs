//! 加挂牌子和曾用名: a second name plate hung and taken down, former names; what files name as plates follows their rows.

use std::collections::HashMap;

use codes::text::normalise;
use codes::time::Day;
use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::union_org::alias::{AliasKind, check_plate, names_in};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::Tx;
use store::union_org::UnionRow;
pub use store::union_org::alias::AliasRow;
use uuid::Uuid;

use super::union_in_sight;
use crate::element_right::expect_write;
use crate::error::AppError;
use crate::intake::{form, unions_content_hash};
use crate::op::{App, OpContext};

/// The dictionary's element that files bring, several names parted by 、.
pub(crate) const PLATES: &str = "second_names";

/// A union's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub union_id: String,
    pub name: String,
    pub is_active: bool,
    /// Hanging first, then those taken down.
    pub plates: Vec<AliasRow>,
    /// The latest first; what it is called today is not among them.
    pub former: Vec<AliasRow>,
    pub today: Day,
}

/// A plate to hang.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlateForm {
    pub name: String,
    /// `yyyy-mm-dd`
    pub since: String,
    /// 批复文号; may be empty.
    pub document_no: String,
}

/// A union's plates and former names.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub async fn names(op: &OpContext, app: &App, union_id: &str) -> Result<Names, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, _) = union_in_sight(op, &mut reader, union_id).await?;
    let (plates, former) = split(reader.aliases_of(row.id).await?, &row);
    Ok(Names {
        plates,
        former,
        today: op.today(),
        is_active: row.is_active,
        union_id: row.union_id,
        name: row.name,
    })
}

/// Plates and former names apart; a name that it bears again is no former one.
pub(super) fn split(rows: Vec<AliasRow>, union: &UnionRow) -> (Vec<AliasRow>, Vec<AliasRow>) {
    let (plates, mut former): (Vec<AliasRow>, Vec<AliasRow>) = rows
        .into_iter()
        .filter(|row| row.kind == AliasKind::Plate.code() || row.search != union.search)
        .partition(|row| row.kind == AliasKind::Plate.code());
    former.reverse();
    (plates, former)
}

/// Hangs a plate (加挂牌子). The union stays one; it is found under the new name as well.
///
/// # Errors
/// `UNI-424` with the fields that are wrong; `UNI-409` for a dissolved union; `UNI-404` out of sight.
pub async fn hang_plate(op: &OpContext, app: &App, union_id: &str, form: &PlateForm) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (row, path) = union_in_sight(op, &mut tx, union_id).await?;
    expect_write(op, &mut tx, Kind::Unions, &["second_names"]).await?;
    if !row.is_active {
        return Err(AppError::conflict(
            "UNI-409",
            format!("“{}”已撤销，不能加挂牌子", row.name),
        ));
    }
    let hanging = hanging(&mut tx, row.id).await?;
    let mut typed = FormReader::of(Act::HangPlate, op.today());
    let name = typed.text("name", &form.name);
    let since = typed.day("since", &form.since);
    let document_no = typed.value("document_no", &form.document_no);
    let checked = check_plate(&row.name, &name, &hanging, since, row.founded(), op.today());
    let (name, since) = match checked {
        Ok(checked) if typed.is_sound() => checked,
        Ok(_) => return Err(refused(typed.faults())),
        Err(faults) => {
            typed.more(faults);
            return Err(refused(typed.faults()));
        }
    };
    let search = normalise(&name);
    if let Some(other) = tx.plate_taken(&search, row.id).await? {
        let words = format!("“{other}”已加挂这块牌子，一块牌子只挂在一家工会");
        return Err(refused(vec![("name", words)]));
    }
    if let Some(key) = tx.unions_named(&search).await?.first() {
        let words = format!("这是另一家工会（{key}）的名称；两家是同一组织的，请办理合并");
        return Err(refused(vec![("name", words)]));
    }
    let plate = AliasRow {
        id: op.new_id::<codes::id::UnionOrg>().uuid(),
        union_org_id: row.id,
        kind: AliasKind::Plate.code().to_owned(),
        search,
        since: Some(since.naive()),
        until: None,
        document_no,
        is_from_file: false,
        recorded_at: op.now().millis(),
        name,
    };
    let after = json!({
        "union_id": row.union_id, "name": row.name, "plate": plate.name,
        "effective_on": since, "document_no": plate.document_no,
    });
    tx.add_aliases([plate]).await?;
    save(op, &mut tx, row.clone()).await?;
    let entry = JournalEntry {
        path,
        ..JournalEntry::new(JournalAction::PlateHung, SubjectKind::UnionOrg, row.id).after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(tx.commit().await?)
}

/// Takes a plate down (摘牌); its name still leads to the union.
///
/// # Errors
/// `UNI-424` for a day that is none, or before it was hung; `UNI-404` when it does not hang.
pub async fn take_plate_down(
    op: &OpContext,
    app: &App,
    union_id: &str,
    plate: Uuid,
    until: &str,
) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (row, path) = union_in_sight(op, &mut tx, union_id).await?;
    expect_write(op, &mut tx, Kind::Unions, &["second_names"]).await?;
    let found = tx
        .aliases_of(row.id)
        .await?
        .into_iter()
        .find(|one| one.id == plate && one.kind == AliasKind::Plate.code() && one.until.is_none());
    let found = found.ok_or_else(|| AppError::not_found("UNI-404", "这块牌子已经摘下，或不属于本工会"))?;
    let mut typed = FormReader::of(Act::TakePlateDown, op.today());
    let Some(until) = typed.day("until", until) else {
        return Err(refused(typed.faults()));
    };
    let since = found.since.map(Day::from);
    if let Some(since) = since.filter(|since| until < *since) {
        let words = format!("摘牌日期不能早于加挂日期（{since}）");
        return Err(refused(vec![("until", words)]));
    }
    tx.end_alias(found.id, row.id, until).await?;
    save(op, &mut tx, row.clone()).await?;
    let after = json!({
        "union_id": row.union_id, "name": row.name, "plate": found.name, "effective_on": until,
    });
    let entry = JournalEntry {
        path,
        ..JournalEntry::new(JournalAction::PlateTakenDown, SubjectKind::UnionOrg, row.id).after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(tx.commit().await?)
}

async fn hanging(tx: &mut Tx, id: Uuid) -> Result<Vec<String>, AppError> {
    let all = tx.aliases_of(id).await?.into_iter();
    Ok(all
        .filter(|one| one.kind == AliasKind::Plate.code() && one.until.is_none())
        .map(|one| one.name)
        .collect())
}

/// The form's element says the same as the plates that hang; files leave it alone from now on.
async fn save(op: &OpContext, tx: &mut Tx, mut row: UnionRow) -> Result<(), AppError> {
    let names = hanging(tx, row.id).await?;
    let mut cells: Map<String, Value> = form::parsed(row.extra.as_deref());
    match names.is_empty() {
        true => cells.remove(PLATES),
        false => cells.insert(PLATES.to_owned(), json!(names.join("、"))),
    };
    row.extra = (!cells.is_empty()).then(|| Value::Object(cells).to_string());
    tx.mark_by_hand(row.id, PLATES, op.now()).await?;
    row.batch_no = None;
    row.changed_at = op.now().millis();
    row.row_hash = unions_content_hash(&row);
    tx.upsert_unions([row]).await?;
    Ok(())
}

/// A former name, from the day on which it was given up.
pub(crate) fn former(id: Uuid, old: &UnionRow, until: Day, is_from_file: bool, at: i64) -> AliasRow {
    AliasRow {
        id,
        union_org_id: old.id,
        kind: AliasKind::Former.code().to_owned(),
        name: old.name.clone(),
        search: old.search.clone(),
        since: None,
        until: Some(until.naive()),
        document_no: None,
        is_from_file,
        recorded_at: at,
    }
}

/// Brings the plates that files name up to the rows that were just written: new names are found, names that are gone no longer.
/// A union whose plates a person has set is left alone.
pub(crate) async fn follow(
    tx: &mut Tx,
    rows: &[UnionRow],
    at: i64,
    new_id: impl Fn() -> Uuid,
) -> Result<(), AppError> {
    let mut known: HashMap<Uuid, Vec<AliasRow>> = HashMap::new();
    for plate in tx.plates_from_files().await? {
        known.entry(plate.union_org_id).or_default().push(plate);
    }
    let mut fresh = Vec::new();
    for row in rows {
        let is_named = row.extra.as_deref().is_some_and(|extra| extra.contains(PLATES));
        if !is_named && !known.contains_key(&row.id) {
            continue;
        }
        let cells = form::parsed(row.extra.as_deref());
        let said = names_in(cells.get(PLATES).and_then(Value::as_str).unwrap_or_default());
        let stored = tx.aliases_of(row.id).await?;
        for plate in known.get(&row.id).into_iter().flatten() {
            let is_said = said.iter().any(|name| normalise(name) == plate.search);
            if !is_said && plate.until.is_none() {
                tx.delete_alias(plate.id).await?;
            }
        }
        for name in said {
            let search = normalise(&name);
            let hangs = |one: &&AliasRow| {
                one.kind == AliasKind::Plate.code() && one.until.is_none() && one.search == search
            };
            if stored.iter().any(|one| hangs(&one)) {
                continue;
            }
            fresh.push(AliasRow {
                id: new_id(),
                union_org_id: row.id,
                kind: AliasKind::Plate.code().to_owned(),
                name,
                search,
                since: None,
                until: None,
                document_no: None,
                is_from_file: true,
                recorded_at: at,
            });
        }
    }
    if !fresh.is_empty() {
        tx.add_aliases(fresh).await?;
    }
    Ok(())
}

/// Takes the former names away that are the names again: the file that had renamed these unions is being taken back.
pub(crate) async fn forget_renamings(tx: &mut Tx, restored: &[UnionRow]) -> Result<(), AppError> {
    let names: HashMap<Uuid, &str> = restored.iter().map(|row| (row.id, row.search.as_str())).collect();
    for former in tx.former_names_from_files().await? {
        if names.get(&former.union_org_id) == Some(&former.search.as_str()) {
            tx.delete_alias(former.id).await?;
        }
    }
    Ok(())
}

fn refused(wrong: Vec<(&'static str, String)>) -> AppError {
    let error = AppError::invalid("UNI-424", "没有保存，请改正标出的内容");
    wrong
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}
