//! What the run knows about enterprises beyond the register's own columns, gathered once for views, closures and results.

use crate::error::Result;
use crate::linkage::{Link, MentionPool, Resolution, Votes, parent_of};
use crate::record::Kept;
use crate::table::{Cover, EnterpriseTable, UnionRow, int, text};
use arrow::array::{Array, Int32Array, Int64Array, UInt32Array};
use codes::company_name::CompanyName;
use codes::industry::IndustryCode;
use codes::time::Day;
use engines::matching::frequency::{KeyMap, RowMap};
use engines::matching::{Claim, Decision, Population, StatusClass};
use lake::records::{NONE, Records};
use std::collections::BTreeMap;
use std::path::Path;

/// The latest wage declaration of an enterprise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tax {
    pub year: i32,
    pub headcount: Option<i64>,
    pub payroll_fen: Option<i64>,
    pub union_fee_fen: Option<i64>,
    pub prep_fee_fen: Option<i64>,
}

/// All wage declarations as the file has them, by mention: read first, resolved with all other mentions, then summed per
/// enterprise.
pub struct Declarations {
    records: Option<Records>,
    mention: UInt32Array,
    /// Number in the pool of each of the file's mentions.
    numbers: Vec<u32>,
    year: Int32Array,
    headcount: Int64Array,
    payroll_fen: Int64Array,
    union_fee_fen: Int64Array,
    prep_fee_fen: Int64Array,
}

impl Declarations {
    /// Without a file nobody declared anything.
    pub fn load(path: Option<&Path>, pool: &mut MentionPool, threads: usize) -> Result<Declarations> {
        let Some(path) = path else {
            return Ok(Declarations::none());
        };
        let records = Records::of::<lake::tables::Tax>(path)?;
        let mentions = records.mentions()?;
        let mut kept = Kept::of::<lake::tables::Tax>(&records, threads)?;
        Ok(Declarations {
            mention: mentions.of_row.clone(),
            numbers: pool.enter_tax(mentions),
            year: kept.take("tax_year")?,
            headcount: kept.take("headcount")?,
            payroll_fen: kept.take("payroll_fen")?,
            union_fee_fen: kept.take("union_fee_fen")?,
            prep_fee_fen: kept.take("prep_fee_fen")?,
            records: Some(records),
        })
    }

    fn none() -> Declarations {
        let nothing = || Int64Array::from(Vec::<i64>::new());
        Declarations {
            records: None,
            mention: UInt32Array::from(Vec::<u32>::new()),
            numbers: Vec::new(),
            year: Int32Array::from(Vec::<i32>::new()),
            headcount: nothing(),
            payroll_fen: nothing(),
            union_fee_fen: nothing(),
            prep_fee_fen: nothing(),
        }
    }

    /// Lets the file's pages go from memory until somebody looks at them again.
    pub fn let_go(&self) {
        self.records.iter().for_each(Records::let_go);
    }

    /// Each declaration with its employer's mention.
    fn iter(&self) -> impl Iterator<Item = (u32, Tax)> + '_ {
        let declared = |i: usize| Tax {
            year: if self.year.is_valid(i) {
                self.year.value(i)
            } else {
                0
            },
            headcount: int(&self.headcount, i),
            payroll_fen: int(&self.payroll_fen, i),
            union_fee_fen: int(&self.union_fee_fen, i),
            prep_fee_fen: int(&self.prep_fee_fen, i),
        };
        let mentioned = self.mention.values().iter().enumerate();
        mentioned.map(move |(i, &mention)| (self.numbers[mention as usize], declared(i)))
    }
}

/// Facts by enterprise row or union number.
pub struct Facts {
    /// None: no insurance file, so nothing is known.
    pub insured_now: Option<Vec<u32>>,
    pub insured_unclear: Vec<u32>,
    pub tax: TaxByRow,
    /// Active unions linked to an enterprise, first founded first.
    pub own_unions: RowMap<Vec<u32>>,
    /// The union in whose cover list an enterprise stands.
    pub covered_by: RowMap<u32>,
    /// The union whose link to this enterprise waits for verification, and its probability; or the union of a dead firm as
    /// which this enterprise goes on, without one.
    pub candidates: RowMap<(u32, Option<f64>)>,
    /// Members of joint unions insured here, and the union most of them belong to.
    pub joint_members: RowMap<(u32, u32)>,
    /// A joint union of each town, the largest.
    pub town_union: KeyMap<u32>,
}

/// From this many living firms on, an address or a phone is an agent's (集群注册, 代办).
const AGENCY_PEERS: i64 = 10;

/// What facts are gathered from.
pub struct Sources<'a> {
    pub table: &'a EnterpriseTable,
    pub unions: &'a [UnionRow],
    pub claims: &'a [Claim],
    pub links: &'a [Link],
    pub votes: &'a Votes,
    pub as_of: Day,
}

impl Facts {
    /// Gathers all facts.
    pub fn gather(
        from: &Sources<'_>,
        insured: Option<(Vec<u32>, Vec<u32>)>,
        tax: &Declarations,
        covers: &[(Cover, u32)],
        resolved: &[Resolution],
    ) -> Facts {
        let (insured_now, insured_unclear) = match insured {
            Some((now, unclear)) => (Some(now), unclear),
            None => (None, vec![0; from.table.len()]),
        };
        Facts {
            insured_now,
            insured_unclear,
            tax: TaxByRow::of(tax, resolved, from.table.len()),
            own_unions: own_unions(from),
            covered_by: covered(from, covers, resolved),
            candidates: candidates(from),
            joint_members: joint_members(from),
            town_union: town_unions(from),
        }
    }

    /// Persons insured now; None when no insurance data was given.
    pub fn insured(&self, row: u32) -> Option<i64> {
        self.insured_now.as_ref().map(|now| i64::from(now[row as usize]))
    }

    /// Living firms at the same address.
    pub fn address_peers(&self, table: &EnterpriseTable, row: u32) -> i64 {
        i64::from(table.address_peers.value(row as usize))
    }

    /// Living firms with the same phone.
    pub fn phone_peers(&self, table: &EnterpriseTable, row: u32) -> i64 {
        i64::from(table.phone_peers.value(row as usize))
    }

    /// True when the address is shared by so many firms that nobody works there.
    pub fn is_agency_address(&self, table: &EnterpriseTable, row: u32) -> bool {
        self.address_peers(table, row) >= AGENCY_PEERS
    }

    /// Rows of the `employer` view, in order of enterprise id: enterprises that could concern a union. Most entries of a
    /// register are firms of one or two persons; leaving them out makes the view a fifth of the size.
    pub fn of_interest(&self, table: &EnterpriseTable) -> Vec<u32> {
        let mut is_chosen = vec![false; table.len()];
        for (row, insured) in self.insured_now.iter().flatten().enumerate() {
            is_chosen[row] = i64::from(*insured) >= LEAST_STAFF;
        }
        for (row, tax) in self.tax.iter() {
            let pays = [tax.union_fee_fen, tax.prep_fee_fen]
                .iter()
                .flatten()
                .any(|fee| *fee > 0);
            is_chosen[row as usize] |= pays || tax.headcount.is_some_and(|n| n >= LEAST_STAFF);
        }
        for row in self
            .own_unions
            .keys()
            .chain(self.covered_by.keys())
            .chain(self.candidates.keys())
        {
            is_chosen[*row as usize] = true;
        }
        let mut rows: Vec<u32> = (0..table.len() as u32)
            .filter(|row| is_chosen[*row as usize])
            .collect();
        rows.sort_unstable_by_key(|&row| table.id.value(row as usize));
        rows
    }
}

/// Insured persons or declared wage earners from which on an enterprise stands in the `employer` view.
const LEAST_STAFF: i64 = 5;

/// True for a branch, by the register's kind or by the name.
pub fn is_branch(table: &EnterpriseTable, row: u32) -> bool {
    text(&table.entity, row as usize) == Some("branch") || text(&table.branch, row as usize).is_some()
}

/// True for a labour-dispatch or staffing firm, by name or by industry (GB/T 4754 7263, 7264).
pub fn is_dispatch(table: &EnterpriseTable, row: u32) -> bool {
    let i = row as usize;
    text(&table.industry, i)
        .and_then(IndustryCode::read)
        .is_some_and(|c| c.is_dispatch())
        || CompanyName::is_dispatch(table.name.value(i))
}

/// The parent of a branch, if it stands in the register.
pub fn parent(table: &EnterpriseTable, row: u32) -> Option<u32> {
    let name = parent_of(table.name.value(row as usize))?;
    table
        .by_name
        .only(name.normal_key)
        .filter(|&parent| parent != row)
}

/// The latest declaration of each enterprise that has one.
#[derive(Default)]
pub struct TaxByRow {
    /// Position of each enterprise's declaration, [`NONE`] without one.
    at: Vec<u32>,
    rows: Vec<(u32, Tax)>,
}

impl TaxByRow {
    fn of(tax: &Declarations, resolved: &[Resolution], enterprises: usize) -> TaxByRow {
        let mut latest = TaxByRow {
            at: vec![NONE; enterprises],
            rows: Vec::with_capacity(tax.mention.len()),
        };
        for (mention, declared) in tax.iter() {
            if let Resolution::Enterprise(row) = resolved[mention as usize] {
                latest.enter(row, declared);
            }
        }
        latest
    }

    fn enter(&mut self, row: u32, declared: Tax) {
        let at = &mut self.at[row as usize];
        if *at == NONE {
            *at = self.rows.len() as u32;
            self.rows.push((row, declared));
            return;
        }
        let kept = &mut self.rows[*at as usize].1;
        if declared.year > kept.year {
            *kept = declared;
        } else if declared.year == kept.year {
            kept.headcount = kept.headcount.max(declared.headcount);
            kept.payroll_fen = sum(kept.payroll_fen, declared.payroll_fen);
            kept.union_fee_fen = sum(kept.union_fee_fen, declared.union_fee_fen);
            kept.prep_fee_fen = sum(kept.prep_fee_fen, declared.prep_fee_fen);
        }
    }

    /// The declaration of an enterprise.
    pub fn get(&self, row: u32) -> Option<&Tax> {
        self.rows.get(self.at[row as usize] as usize).map(|(_, tax)| tax)
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &Tax)> {
        self.rows.iter().map(|(row, tax)| (*row, tax))
    }
}

/// Sum of two amounts of which one may be unknown.
pub fn sum(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}

fn own_unions(from: &Sources<'_>) -> RowMap<Vec<u32>> {
    let mut own: RowMap<Vec<u32>> = Default::default();
    for (number, link) in from.links.iter().enumerate() {
        if let (Decision::Linked, Some(row), true) = (link.decision, link.row, from.unions[number].is_active)
        {
            own.entry(row).or_default().push(number as u32);
        }
    }
    for unions in own.values_mut() {
        unions.sort_by_key(|&u| keeper_order(from, u));
    }
    own
}

/// Which of several unions at one employer is kept: the first founded, then the larger, then the smaller id.
pub fn keeper_order<'a>(from: &Sources<'a>, union: u32) -> (i32, std::cmp::Reverse<u32>, &'a str) {
    let row = &from.unions[union as usize];
    let founded = row.founded.map_or(i32::MAX, |d| d.to_days_since_epoch());
    (
        founded,
        std::cmp::Reverse(from.votes.members[union as usize]),
        row.id.as_str(),
    )
}

fn covered(from: &Sources<'_>, covers: &[(Cover, u32)], resolved: &[Resolution]) -> RowMap<u32> {
    let numbers: BTreeMap<&str, u32> = from
        .unions
        .iter()
        .enumerate()
        .map(|(i, u)| (u.id.as_str(), i as u32))
        .collect();
    let mut covered: RowMap<u32> = Default::default();
    for (cover, mention) in covers.iter().filter(|(cover, _)| cover.holds_on(from.as_of)) {
        let Resolution::Enterprise(row) = resolved[*mention as usize] else {
            continue;
        };
        let Some(&union) = numbers.get(cover.union_id.as_str()) else {
            continue;
        };
        if from.unions[union as usize].is_active {
            let kept = covered.entry(row).or_insert(union);
            *kept = union.min(*kept);
        }
    }
    covered
}

fn candidates(from: &Sources<'_>) -> RowMap<(u32, Option<f64>)> {
    let mut candidates: RowMap<(u32, Option<f64>)> = Default::default();
    for (number, link) in from.links.iter().enumerate() {
        let (Decision::Verify, Some(row), Some(p)) = (link.decision, link.row, link.probability) else {
            continue;
        };
        if !from.unions[number].is_active {
            continue;
        }
        let kept = candidates.entry(row).or_insert((number as u32, Some(p)));
        if Some(p) > kept.1 {
            *kept = (number as u32, Some(p));
        }
    }
    for (number, link) in from.links.iter().enumerate() {
        // A link left to verify has a row as well: both firms are asked about then.
        if let (Some(dead), true) = (link.row, from.unions[number].is_active)
            && let Some(heir) = heir(from, number as u32, dead)
        {
            candidates.entry(heir).or_insert((number as u32, None));
        }
    }
    candidates
}

/// The living firm that most likely goes on as a dead one: half of the union's insured members work there, and it shares the
/// core of the name, or brand and boss, or brand and address. Where no member tells, it is the only living firm of the very
/// same name. The union stays with the dead firm until a person decides.
fn heir(from: &Sources<'_>, union: u32, dead: u32) -> Option<u32> {
    let table = from.table;
    let is_dead = |row: u32| table.status_class(row) == StatusClass::Gone;
    if !is_dead(dead) {
        return None;
    }
    let old = table.entity(dead);
    let insured = from.votes.summary[union as usize].map_or(0, |vote| vote.insured);
    if insured == 0 {
        let mut living = table
            .by_name
            .rows(old.name.normal_key)
            .filter(|&row| !is_dead(row));
        return living.next().filter(|_| living.next().is_none());
    }
    let (row, _) = from
        .votes
        .of(union)
        .iter()
        .map(|&(_, row, n)| (row, n))
        .filter(|&(row, n)| !is_dead(row) && n >= 3 && 2 * n >= insured)
        .max_by_key(|&(row, n)| (n, std::cmp::Reverse(table.id.value(row as usize))))?;
    let new = table.entity(row);
    let same = |a: Option<&str>, b: Option<&str>| a.is_some() && a == b;
    let is_kin = new.name.core_key == old.name.core_key
        || (!new.name.brand.is_empty()
            && new.name.brand == old.name.brand
            && (same(new.legal_rep, old.legal_rep) || (new.address.is_some() && new.address == old.address)));
    is_kin.then_some(row)
}

fn joint_members(from: &Sources<'_>) -> RowMap<(u32, u32)> {
    let mut members: RowMap<(u32, u32, u32)> = Default::default();
    for &(union, row, n) in &from.votes.at {
        if from.claims[union as usize].population == Population::Collective {
            let kept = members.entry(row).or_insert((0, union, 0));
            kept.0 += n;
            if n > kept.2 {
                (kept.1, kept.2) = (union, n);
            }
        }
    }
    members
        .into_iter()
        .map(|(row, (n, union, _))| (row, (n, union)))
        .collect()
}

fn town_unions(from: &Sources<'_>) -> KeyMap<u32> {
    let mut best: KeyMap<u32> = Default::default();
    for (number, union) in from.unions.iter().enumerate() {
        let (Some(town), "joint" | "federation", true) =
            (union.town, union.union_type.as_str(), union.is_active)
        else {
            continue;
        };
        let kept = best.entry(town).or_insert(number as u32);
        if from.votes.members[number] > from.votes.members[*kept as usize] {
            *kept = number as u32;
        }
    }
    best
}
