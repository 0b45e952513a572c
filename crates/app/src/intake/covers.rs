//! Covered employers from a file (覆盖单位).

use std::collections::{BTreeMap, HashMap};

use codes::time::Day;
use domain::intake::Kind;
use lake::Feed as _;
use store::Tx;
use store::cover::CoverRow;

use super::agency::{Parsed, employer_code, is_turned, written_code};
use super::cells::{Cells, Doubt};
use super::images::Images;
use super::inherit::keep;
use super::ledger::Outcome;
use super::pipeline::Lines;
use super::sift::Sift;
use super::{Changes, Site};
use crate::error::AppError;
use crate::progress::Progress;
use crate::union_org::cover::{changed_elements, same_employer};

/// Missing rows told one by one; the count is told in full.
const MISSING_TOLD_MAX: i64 = 10_000;

/// A covered employer as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CoverCells {
    union_id: String,
    employer_code: Option<String>,
    employer_name: Option<String>,
    from: Option<Day>,
    to: Option<Day>,
}

/// Reads one row.
pub(super) fn parse(cells: &Cells<'_>) -> Parsed<CoverCells> {
    let mut doubts = cells.contests();
    employer_code(cells, "employer_uscc", &mut doubts);
    let code = written_code(cells.raw("employer_uscc"));
    let (mut from, mut to) = (cells.date("from", &mut doubts), cells.until("to", &mut doubts));
    if is_turned(cells, ["from", "to"], [from, to], &mut doubts) {
        (from, to) = (None, None);
    }
    let row = CoverCells {
        union_id: cells.raw("union_id").to_owned(),
        employer_code: (!code.is_empty()).then_some(code),
        employer_name: cells.text("employer_name"),
        from,
        to,
    };
    Parsed { row, doubts }
}

/// Takes a file of covered employers into the transaction.
pub(super) async fn take(
    site: &Site,
    tx: &mut Tx,
    mut lines: Lines<CoverCells>,
    sift: &mut Sift,
    images: &mut Images,
    progress: &Progress,
) -> Result<Changes, AppError> {
    if !sift.is_check() {
        // Whoever enters a cover, or merges unions, meanwhile waits.
        tx.lock_tree().await?;
    }
    let before: BTreeMap<String, CoverRow> = tx
        .cover_rows()
        .await?
        .into_iter()
        .map(|row| (row.cover_key.clone(), row))
        .collect();
    let unions: std::collections::HashSet<String> = tx
        .union_keys()
        .await?
        .into_iter()
        .map(|(union_id, _)| union_id)
        .collect();
    let hand = ByHand::load(tx, &before).await?;
    let mut changes = Changes::default();
    let mut writes = Vec::new();
    while let Some((chunk, (done, total))) = lines.next().await? {
        for line in chunk {
            let Some(taken) = sift.take(line)? else { continue };
            let old = before.get(&taken.key);
            let said = taken
                .parsed
                .as_ref()
                .map(|parsed| row_of(site, old, taken.key.clone(), parsed.row.clone()));
            if let Some(words) = hand.keeps(tx, &taken.key, old, said.as_ref()).await? {
                if let Some(parsed) = &taken.parsed {
                    sift.doubt(&taken.row, &parsed.doubts)?;
                }
                sift.outcome(Outcome::Same, Some(taken.row.number), &taken.key, String::new)?;
                changes.unchanged += 1;
                if !words.is_empty() {
                    changes.kept += 1;
                    sift.note(Outcome::Kept, &taken.key, &words)?;
                }
                continue;
            }
            let Some(mut parsed) = taken.parsed else {
                match old {
                    None => changes.unknown_deleted += 1,
                    Some(old) => {
                        if !sift.is_check() {
                            tx.delete_cover(&old.cover_key).await?;
                        }
                        sift.outcome(Outcome::Deleted, Some(taken.row.number), &taken.key, String::new)?;
                        images.push(old)?;
                        images.gone(&taken.key)?;
                        changes.deleted += 1;
                    }
                }
                continue;
            };
            if !unions.contains(&parsed.row.union_id) {
                let reason = "工会标识不在台账中，待工会组织导入后生效".to_owned();
                parsed.doubts.push(Doubt {
                    column: "union_id",
                    raw: parsed.row.union_id.clone(),
                    reason,
                });
            }
            changes.withheld += withhold(site, old, &taken.row, &taken.key, &mut parsed);
            sift.doubt(&taken.row, &parsed.doubts)?;
            let row = row_of(site, old, taken.key, parsed.row);
            let number = Some(taken.row.number);
            match old {
                Some(old) if old.row_hash == row.row_hash => {
                    sift.outcome(Outcome::Same, number, &row.cover_key, String::new)?;
                    changes.unchanged += 1;
                }
                Some(old) => {
                    sift.outcome(Outcome::Updated, number, &row.cover_key, || changed(old, &row))?;
                    images.push(old)?;
                    changes.updated += 1;
                    writes.push(row);
                }
                None => {
                    let name = || row.employer_name.clone().unwrap_or_default();
                    sift.outcome(Outcome::Created, number, &row.cover_key, name)?;
                    images.came(&row.cover_key)?;
                    changes.created += 1;
                    writes.push(row);
                }
            }
        }
        progress("读取覆盖单位", done, total)?;
    }
    changes.touched = writes.len() as i64;
    if !sift.is_check() {
        tx.upsert_covers(writes).await?;
    }
    if !site.is_delta {
        for row in before.values() {
            if sift.has_seen(&row.cover_key) || hand.keys.contains_key(&row.cover_key) {
                continue;
            }
            changes.missing += 1;
            if changes.missing <= MISSING_TOLD_MAX {
                sift.note(
                    Outcome::Missing,
                    &row.cover_key,
                    "台账中的覆盖单位不在本次全量文件中，未删除，请核实",
                )?;
            }
        }
    }
    Ok(changes)
}

/// Says which of a row's cells are not the sender's to write; a new cover goes without them, one that is there keeps what it has.
fn withhold(
    site: &Site,
    old: Option<&CoverRow>,
    cells: &office::table::Row,
    key: &str,
    parsed: &mut Parsed<CoverCells>,
) -> i64 {
    if site.withheld.is_empty() {
        return 0;
    }
    let Some(old) = old else {
        let names = site.withheld_of_new(Kind::Covers, cells);
        for name in &names {
            match *name {
                "from" => parsed.row.from = None,
                "to" => parsed.row.to = None,
                _ => {}
            }
        }
        return site.withhold(cells, |name| names.contains(&name), &mut parsed.doubts);
    };
    let all = Site {
        withheld: Default::default(),
        ..site.clone()
    };
    let said = row_of(&all, Some(old), key.to_owned(), parsed.row.clone());
    let other = changed_elements(old, &said);
    site.withhold(cells, |name| other.contains(&name), &mut parsed.doubts)
}

/// What people have set of the covered employers: files leave it alone.
struct ByHand {
    /// Each key with the union that covers the employer instead.
    keys: HashMap<String, Option<String>>,
    /// What people entered, by union.
    rows: HashMap<String, Vec<CoverRow>>,
}

impl ByHand {
    async fn load(tx: &mut Tx, before: &BTreeMap<String, CoverRow>) -> Result<ByHand, AppError> {
        let keys: HashMap<String, Option<String>> = tx.covers_by_hand().await?.into_iter().collect();
        let mut rows: HashMap<String, Vec<CoverRow>> = HashMap::new();
        for row in keys.keys().filter_map(|key| before.get(key)) {
            rows.entry(row.union_id.clone()).or_default().push(row.clone());
        }
        Ok(ByHand { keys, rows })
    }

    /// `None`: the file decides. Otherwise nothing is done, and the words say why, where the file says otherwise.
    async fn keeps(
        &self,
        tx: &mut Tx,
        key: &str,
        old: Option<&CoverRow>,
        said: Option<&CoverRow>,
    ) -> Result<Option<String>, AppError> {
        match (self.keys.get(key), said) {
            (Some(Some(to)), _) => {
                let name = tx.union_row(to).await?.map_or_else(|| to.clone(), |row| row.name);
                Ok(Some(format!("这家单位已由人工转由“{name}”覆盖，保留人工登记")))
            }
            (Some(None), None) => Ok(Some("覆盖单位由人工登记，文件没有删除它".to_owned())),
            (Some(None), Some(said)) => Ok(Some(match old.map(|old| changed(said, old)) {
                Some(told) if told.is_empty() => String::new(),
                Some(told) => format!("与人工登记的不一致，保留人工登记的（文件 → 登记）：{told}"),
                None => "这家单位的覆盖已由人工更正，文件没有恢复它".to_owned(),
            })),
            (None, Some(said)) if old.is_none() => {
                let mut own = self.rows.get(&said.union_id).into_iter().flatten();
                Ok(own.find(|row| same_employer(row, said)).map(|row| {
                    let name = row.employer_name.as_deref().or(row.employer_code.as_deref());
                    format!("“{}”已由人工登记，没有重复登记", name.unwrap_or_default())
                }))
            }
            _ => Ok(None),
        }
    }
}

/// Which columns differ: old → new.
fn changed(old: &CoverRow, new: &CoverRow) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "（空）".to_owned());
    let day = |value: Option<chrono::NaiveDate>| value.map(|day| Day::from(day).to_string());
    let pairs = [
        (
            "单位统一社会信用代码",
            old.employer_code.clone(),
            new.employer_code.clone(),
        ),
        ("单位名称", old.employer_name.clone(), new.employer_name.clone()),
        ("起", day(old.cover_from), day(new.cover_from)),
        ("止", day(old.cover_to), day(new.cover_to)),
    ];
    let told = pairs.iter().filter(|(_, old, new)| old != new);
    let told = told.map(|(label, old, new)| format!("{label}：{} → {}", shown(old), shown(new)));
    told.collect::<Vec<_>>().join("；")
}

fn row_of(site: &Site, old: Option<&CoverRow>, key: String, new: CoverCells) -> CoverRow {
    let mut row = CoverRow {
        cover_key: key,
        union_id: new.union_id,
        employer_code: new.employer_code,
        employer_name: new.employer_name,
        cover_from: new.from.map(|day| day.naive()),
        cover_to: new.to.map(|day| day.naive()),
        row_hash: 0,
        batch_no: Some(site.batch_no),
    };
    if let Some(old) = old {
        let map = &site.map.without(&site.withheld_columns());
        keep!(row, old, map;
            "employer_uscc" => employer_code;
            "employer_name" => employer_name;
            "from" => cover_from;
            "to" => cover_to;
        );
    }
    let mut bytes = Vec::with_capacity(128);
    row.employer_code.feed(&mut bytes);
    row.employer_name.feed(&mut bytes);
    row.cover_from.map(Day::from).feed(&mut bytes);
    row.cover_to.map(Day::from).feed(&mut bytes);
    row.row_hash = lake::hash_fed(&bytes);
    row
}
