//! Writes the results. All files are written into a side folder first and get their names together at the very end, so a
//! failed run leaves nothing that could be taken for a result.

use crate::error::{ReconcileError, Result};
use crate::linkage::{Candidates, Link, MemberLinks, NameFit, store};
use crate::rule::{Closing, Finding};
use crate::table::{EnterpriseTable, Texts, UnionRow, int, text};
use crate::view::{Facts, Sources, is_branch, is_dispatch, status_key, sum};
use arrow::array::{Array, ArrayRef, Float64Builder, Int32Builder, RecordBatch, UInt8Builder};
use engines::matching::{Decision, Model, StatusClass};
use lake::LakeRow as _;
use lake::member_links::{DECISIONS, TIERS, number_in};
use lake::tables::{CandidatePair, Coverage, Employer, Link as LinkRow, PersonLink};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Result files, in the order in which they get their names.
const FILES: [&str; 8] = [
    "links.parquet",
    "member_links.parquet",
    "findings.parquet",
    "employers.parquet",
    "closures.parquet",
    "coverage.parquet",
    "model.json",
    "candidates.parquet",
];

/// The side folder of a run.
pub struct Writing {
    out: PathBuf,
    side: PathBuf,
}

impl Writing {
    /// Starts writing; leftovers of an interrupted run are removed.
    pub fn start(out: &Path) -> Result<Writing> {
        let side = out.join(".writing");
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ReconcileError::File { path, source }
        };
        if side.exists() {
            std::fs::remove_dir_all(&side).map_err(io(&side))?;
        }
        std::fs::create_dir_all(&side).map_err(io(&side))?;
        Ok(Writing {
            out: out.to_path_buf(),
            side,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.side.join(name)
    }

    /// One row per union.
    pub fn links(&self, unions: &[UnionRow], links: &[Link], table: &EnterpriseTable) -> Result<()> {
        let rows = unions.iter().zip(links).map(|(union, link)| {
            let at = link.row.map(|row| row as usize);
            LinkRow {
                union_id: union.id.clone(),
                enterprise_id: at.map(|i| table.id.value(i).to_string()),
                uscc: at.and_then(|i| text(&table.uscc, i)).map(str::to_string),
                probability: link.probability,
                decision: link.decision.key().to_string(),
                tier: link.tier.map(str::to_string),
                evidence: link.evidence.clone(),
                candidate_name: at.map(|i| table.name.value(i).to_string()),
            }
        });
        lake::write_rows(&self.path(FILES[0]), rows)?;
        Ok(())
    }

    /// One row per membership; returns how many are linked.
    pub fn member_links(&self, links: &[MemberLinks]) -> Result<u64> {
        let mut table = lake::ParquetTable::create::<PersonLink>(&self.path(FILES[1]))?;
        let mut batch = MemberBatch::new();
        let mut linked = 0;
        // Batches do not end where threads did: how a file is cut into pages must not tell how many there were.
        for part in links {
            for i in 0..part.row.len() {
                linked += u64::from(batch.push(part, i));
                if batch.rows == MEMBER_ROWS {
                    table.write(&batch.take()?)?;
                }
            }
        }
        table.write(&batch.take()?)?;
        table.finish()?;
        Ok(linked)
    }

    /// The pairs that were compared, each with the rules that proposed it.
    pub fn candidates(
        &self,
        unions: &[UnionRow],
        candidates: &Candidates,
        table: &EnterpriseTable,
    ) -> Result<()> {
        let rows = candidates.pairs.iter().zip(&candidates.proposed_by);
        lake::write_rows(
            &self.path(FILES[7]),
            rows.map(|(&(union, row), &rules)| CandidatePair {
                union_id: unions[union as usize].id.clone(),
                enterprise_id: table.id.value(row as usize).to_string(),
                rules: rules as i32,
            }),
        )?;
        Ok(())
    }

    /// Findings, closures and the model.
    pub fn decisions(&self, findings: Vec<Finding>, closures: Vec<Closing>, model: &Model) -> Result<()> {
        lake::write_rows(&self.path(FILES[2]), findings)?;
        lake::write_rows(&self.path(FILES[4]), closures)?;
        store(model, &self.path(FILES[6]))
    }

    /// The employer card of every enterprise that a finding or a link names.
    pub fn employers(&self, from: &Sources<'_>, facts: &Facts, rows: &[u32]) -> Result<()> {
        lake::write_rows(
            &self.path(FILES[3]),
            rows.iter().map(|&row| employer(from, facts, row)),
        )?;
        Ok(())
    }

    /// Coverage by county and town.
    pub fn coverage(
        &self,
        from: &Sources<'_>,
        facts: &Facts,
        unsound: Option<&HashSet<String>>,
    ) -> Result<()> {
        lake::write_rows(&self.path(FILES[5]), coverage(from, facts, unsound))?;
        Ok(())
    }

    /// Gives all files their names.
    pub fn finish(self) -> Result<[PathBuf; 8]> {
        let named = FILES.map(|name| self.out.join(name));
        for (name, target) in FILES.iter().zip(&named) {
            std::fs::rename(self.side.join(name), target).map_err(|source| ReconcileError::File {
                path: target.clone(),
                source,
            })?;
        }
        // The folder is empty now; if it stays behind, the next run removes it.
        let _ = std::fs::remove_dir(&self.side);
        Ok(named)
    }
}

/// Rows of one batch of memberships.
const MEMBER_ROWS: usize = 64 * 1024;

/// Columns without a struct per row: there are millions.
struct MemberBatch {
    /// What each way of being found comes to, by its number.
    by_fit: [(u8, Option<f64>, u8); FITS.len()],
    linked: u8,
    rows: usize,
    ins_row: Int32Builder,
    probability: Float64Builder,
    decision: UInt8Builder,
    tier: UInt8Builder,
}

impl MemberBatch {
    fn new() -> MemberBatch {
        MemberBatch {
            by_fit: FITS.map(|fit| {
                let (decided, likely, by) = member_decision(fit);
                (number_in(&DECISIONS, decided), likely, number_in(&TIERS, by))
            }),
            linked: number_in(&DECISIONS, "linked"),
            rows: 0,
            ins_row: Int32Builder::with_capacity(MEMBER_ROWS),
            probability: Float64Builder::with_capacity(MEMBER_ROWS),
            decision: UInt8Builder::with_capacity(MEMBER_ROWS),
            tier: UInt8Builder::with_capacity(MEMBER_ROWS),
        }
    }

    /// Adds one membership of a part; true if it is linked.
    fn push(&mut self, part: &MemberLinks, i: usize) -> bool {
        let fit = part.quality[i];
        let (decided, likely, by) = self.by_fit[fit as usize];
        let likely = match likely {
            None if fit != NameFit::None => part.likely(i as u32).map(|p| (p * 1e6).round() / 1e6),
            known => known,
        };
        self.ins_row.append_option(i32::try_from(part.row[i]).ok());
        self.probability.append_option(likely);
        self.decision.append_value(decided);
        self.tier.append_value(by);
        self.rows += 1;
        decided == self.linked
    }

    /// The rows gathered so far; the next ones begin a new batch.
    fn take(&mut self) -> Result<RecordBatch> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.ins_row.finish()),
            Arc::new(self.probability.finish()),
            Arc::new(self.decision.finish()),
            Arc::new(self.tier.finish()),
        ];
        RecordBatch::try_new(PersonLink::schema(), columns).map_err(ReconcileError::arrow("member_links"))
    }
}

/// Every way in which a person is found, each at its own number.
const FITS: [NameFit; 7] = [
    NameFit::None,
    NameFit::Same,
    NameFit::Near,
    NameFit::Other,
    NameFit::NumberParts,
    NameFit::NameBirth,
    NameFit::AtEmployer,
];

/// An equal ID number is a person; quite another name beside it is two persons on one number, for a human to look at. Who was
/// found without the whole number has a probability of its own.
fn member_decision(fit: NameFit) -> (&'static str, Option<f64>, &'static str) {
    match fit {
        NameFit::None => ("none", None, ""),
        NameFit::Same => ("linked", Some(0.9999), "id_name"),
        NameFit::Near => ("linked", Some(0.99), "id"),
        NameFit::Other => ("verify", Some(0.5), "id_other_name"),
        NameFit::NumberParts => ("linked", None, "number_parts"),
        NameFit::NameBirth => ("linked", None, "name_birth"),
        NameFit::AtEmployer => ("linked", None, "name_at_employer"),
    }
}

/// Rows that findings and links name, in order of enterprise id.
pub fn named_rows(table: &EnterpriseTable, links: &[Link], findings: &[Finding]) -> Vec<u32> {
    let mut ids: HashSet<&str> = findings
        .iter()
        .filter(|f| f.subject_kind == "enterprise")
        .map(|f| f.subject_id.as_str())
        .collect();
    ids.extend(
        links
            .iter()
            .filter_map(|l| l.row)
            .map(|row| table.id.value(row as usize)),
    );
    let mut rows: Vec<u32> = (0..table.len())
        .filter(|&i| ids.contains(table.id.value(i)))
        .map(|i| i as u32)
        .collect();
    rows.sort_unstable_by_key(|&row| table.id.value(row as usize));
    rows
}

fn employer(from: &Sources<'_>, facts: &Facts, row: u32) -> Employer {
    let table = from.table;
    let i = row as usize;
    let owned = |column: &dyn Texts| text(column, i).map(str::to_string);
    let entity = table.entity(row);
    let tax = facts.tax.get(row);
    let mut flags = Vec::new();
    for (flag, holds) in [
        ("branch", is_branch(table, row)),
        ("dispatch", is_dispatch(table, row)),
        ("group", table.name.value(i).contains("集团")),
        ("agency_address", facts.is_agency_address(table, row)),
        ("own_union", facts.own_unions.contains_key(&row)),
        ("covered", facts.covered_by.contains_key(&row)),
    ] {
        if holds {
            flags.push(flag);
        }
    }
    Employer {
        enterprise_id: table.id.value(i).to_string(),
        uscc: owned(&table.uscc),
        name: table.name.value(i).to_string(),
        entity: table.entity.get(i).unwrap_or_default().to_string(),
        status: owned(&table.status),
        status_class: status_key(from, row).to_string(),
        legal_rep: owned(&table.legal_rep),
        county: entity.county,
        town: entity.town,
        address: owned(&table.address),
        industry: owned(&table.industry),
        founded: table.founded_day(row),
        capital_fen: int(&table.capital_fen, i),
        phone_sealed: table
            .phone_sealed
            .is_valid(i)
            .then(|| table.phone_sealed.value(i).to_vec()),
        insured_now: facts.insured(row),
        tax_headcount: tax.and_then(|t| t.headcount),
        payroll_fen: tax.and_then(|t| t.payroll_fen),
        fee_fen: tax.and_then(|t| sum(t.union_fee_fen, t.prep_fee_fen)),
        flags: serde_json::json!(flags).to_string(),
    }
}

fn coverage(from: &Sources<'_>, facts: &Facts, unsound: Option<&HashSet<String>>) -> Vec<Coverage> {
    let is_sound =
        |union: &u32| unsound.is_none_or(|unsound| !unsound.contains(&from.unions[*union as usize].id));
    // Employers, those with a union, those with a union whose record is sound.
    let mut towns: BTreeMap<(Option<i32>, Option<i64>), [i64; 3]> = BTreeMap::new();
    let large = facts
        .insured_now
        .iter()
        .flatten()
        .enumerate()
        .filter(|(_, n)| **n >= 25);
    for (row, _) in large.filter(|(row, _)| from.table.status_class(*row as u32) == StatusClass::InBusiness) {
        let row = row as u32;
        let place = (from.table.county_of(row), from.table.town_of(row));
        let counted = towns.entry(place).or_default();
        let unions = || {
            facts
                .own_unions
                .get(&row)
                .into_iter()
                .flatten()
                .chain(facts.covered_by.get(&row))
        };
        counted[0] += 1;
        counted[1] += i64::from(unions().next().is_some());
        counted[2] += i64::from(unions().any(is_sound));
    }
    towns
        .into_iter()
        .map(|((county, town), [all, with, with_sound])| Coverage {
            county,
            town,
            employers_25: all,
            employers_25_with_union: with,
            employers_25_with_sound_union: unsound.is_some().then_some(with_sound),
        })
        .collect()
}

/// Unions by decision.
pub fn count(links: &[Link], decision: Decision) -> u64 {
    links.iter().filter(|l| l.decision == decision).count() as u64
}
