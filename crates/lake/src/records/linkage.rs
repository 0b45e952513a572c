//! What linkage asks of a register and what follows from the table alone: how many rows share a value (agreement on a rare one
//! says more), and the leads to each row ([`crate::leads`]).

use super::{Coded, Recorded, typed};
use crate::LakeError;
use crate::key_index::{in_order, mixed};
use crate::leads::{Values, entry, push_former, push_keys, push_slips, row_bits};
use arrow::array::{Array, ArrayRef, Int32Array, Int64Array, StringArray, UInt32Array};
use codes::company_name::CompanyName;
use codes::text::key64;
use std::collections::HashMap;
use std::sync::Arc;

/// A column of how many rows share each row's value of another column; 0 where a row has none.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// Name of the kept column.
    pub name: &'static str,
    /// The column whose values are counted: texts or 64-bit numbers.
    pub of: &'static str,
    /// Only rows with this text in that column, one of few values, are counted; every row learns how many of them share its value.
    pub among: Option<(&'static str, &'static str)>,
}

/// Looks columns up by their names.
pub(super) struct Columns<'a> {
    pub(super) kept: &'a dyn Fn(&str) -> Result<ArrayRef, LakeError>,
    /// Those of few values.
    pub(super) coded: &'a dyn Fn(&str) -> Result<Coded, LakeError>,
}

impl Count {
    /// Counts a whole table, whose rows lie in the order of these values.
    fn of_table(&self, values: &Counted, (keys, rows): &Order) -> UInt32Array {
        let mut counts = vec![0u32; values.len()];
        let mut from = 0;
        for same in keys.values().chunk_by(|a, b| a == b) {
            let rows = &rows.values()[from..from + same.len()];
            let counted = rows.iter().filter(|row| values.counts(**row as usize)).count() as u32;
            rows.iter().for_each(|row| counts[*row as usize] = counted);
            from += same.len();
        }
        UInt32Array::from(counts)
    }

    /// Counts an amended table: `old` are the counts of the rows that stayed, in their order. Only values that `gone` rows
    /// had or `came` rows have are looked at again.
    pub(super) fn of_amended(
        &self,
        old: &[u32],
        now: &Columns<'_>,
        gone: &Columns<'_>,
    ) -> Result<UInt32Array, LakeError> {
        let (now, gone) = (Counted::read(self, now)?, Counted::read(self, gone)?);
        // By how much the count of a touched value moves.
        let mut moves: HashMap<i64, i64> = HashMap::new();
        for (values, from, step) in [(&gone, 0, -1), (&now, old.len(), 1)] {
            for row in from..values.len() {
                if let Some(key) = values.key(row) {
                    *moves.entry(key).or_default() += if values.counts(row) { step } else { 0 };
                }
            }
        }
        let touched = Touched::of(moves.keys());
        let mut counts = old.to_vec();
        let mut settled: HashMap<i64, u32> = HashMap::new();
        for (row, count) in counts.iter_mut().enumerate() {
            if let Some(key) = now.key(row).filter(|key| touched.may_have(*key))
                && let Some(step) = moves.get(&key)
            {
                *count = u32::try_from(i64::from(*count) + step).unwrap_or(0);
                settled.insert(key, *count);
            }
        }
        // Values of no row that stayed: only the rows that came count.
        let mut fresh: HashMap<i64, u32> = HashMap::new();
        let came = old.len()..now.len();
        for key in came
            .clone()
            .filter(|row| now.counts(*row))
            .filter_map(|row| now.key(row))
        {
            *fresh.entry(key).or_default() += 1;
        }
        counts.extend(came.map(|row| {
            now.key(row).map_or(0, |key| {
                let count = settled.get(&key).or_else(|| fresh.get(&key));
                count.copied().unwrap_or(0)
            })
        }));
        Ok(UInt32Array::from(counts))
    }
}

/// Values in order, and the row of each.
type Order = (Int64Array, UInt32Array);

/// The values of one column and which rows count.
struct Counted {
    values: ArrayRef,
    /// The number of the value that rows which count have in another column, if any row has it.
    among: Option<(Coded, Option<usize>)>,
}

impl Counted {
    fn read(count: &Count, columns: &Columns<'_>) -> Result<Counted, LakeError> {
        let coded = |(name, value)| {
            let column = (columns.coded)(name)?;
            let code = column.code_of(value);
            Ok::<_, LakeError>((column, code))
        };
        Ok(Counted {
            values: (columns.kept)(count.of)?,
            among: count.among.map(coded).transpose()?,
        })
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn order(&self) -> Order {
        let rows = 0..self.len() as u32;
        in_order(
            rows.filter_map(|row| Some((self.key(row as usize)?, row)))
                .collect(),
        )
    }

    fn key(&self, row: usize) -> Option<i64> {
        if self.values.is_null(row) {
            return None;
        }
        let values = self.values.as_any();
        match values.downcast_ref::<Int64Array>() {
            Some(keys) => Some(keys.value(row)),
            None => {
                let texts = values.downcast_ref::<StringArray>()?;
                Some(texts.value(row)).filter(|text| !text.is_empty()).map(key64)
            }
        }
    }

    fn counts(&self, row: usize) -> bool {
        self.among
            .as_ref()
            .is_none_or(|(column, code)| code.is_some() && column.code(row) == *code)
    }
}

/// A few thousand keys in one cache's worth of bits.
pub(super) struct Touched(Vec<u64>);

impl Touched {
    pub(super) fn of<'a>(keys: impl Iterator<Item = &'a i64>) -> Touched {
        let mut bits = vec![0u64; 1 << 12];
        for key in keys {
            let at = mixed(*key) >> 46;
            bits[(at >> 6) as usize] |= 1 << (at & 63);
        }
        Touched(bits)
    }

    pub(super) fn may_have(&self, key: i64) -> bool {
        let at = mixed(key) >> 46;
        self.0[(at >> 6) as usize] >> (at & 63) & 1 == 1
    }
}

/// The leads of a whole table, or of the rows that came to one, which are numbered from `first` on in a table of `rows`.
pub(super) fn leads_of(columns: &Columns<'_>, first: usize, rows: usize) -> Result<Vec<u64>, LakeError> {
    let column = columns.kept;
    let texts = |name: &str| -> Result<StringArray, LakeError> { typed(&column(name)?, name) };
    let numbers = |name: &str| -> Result<Int64Array, LakeError> { typed(&column(name)?, name) };
    let (brand, trade, branch) = (texts("brand")?, (columns.coded)("trade")?, texts("branch")?);
    let (boss, former) = (texts("legal_rep")?, texts("former_names")?);
    let (phone, address, town) = (numbers("phone_token")?, numbers("address_key")?, numbers("town")?);
    let county: Int32Array = typed(&column("county")?, "county")?;
    let number = |array: &Int64Array, row: usize| array.is_valid(row).then(|| array.value(row));
    let row_bits = row_bits(rows);
    let mut leads = Vec::with_capacity(20 * brand.len());
    let (mut core, mut keys) = (Vec::new(), Vec::new());
    for row in 0..brand.len() {
        core.clear();
        let branch = branch.is_valid(row).then(|| branch.value(row));
        let parts = [Some(brand.value(row)), trade.get(row), branch];
        core.extend(parts.into_iter().flatten().flat_map(str::chars));
        let values = Values {
            brand: brand.value(row),
            core: &core,
            boss: boss.is_valid(row).then(|| boss.value(row)),
            phone: number(&phone, row),
            address: number(&address, row),
            county: county.is_valid(row).then(|| county.value(row)),
            town: number(&town, row),
        };
        keys.clear();
        push_keys(&values, &mut keys);
        for name in former_names(former.is_valid(row).then(|| former.value(row))) {
            push_former(name.normal_key(), name.core_key(), &mut keys);
        }
        push_slips(&core, &mut keys);
        leads.extend(
            keys.iter()
                .map(|(_, key)| entry(*key, (first + row) as u32, row_bits)),
        );
    }
    leads.sort_unstable();
    leads.dedup();
    Ok(leads)
}

/// The names that a cell of former names lists.
pub fn former_names(cell: Option<&str>) -> impl Iterator<Item = CompanyName> + '_ {
    cell.unwrap_or_default()
        .split([';', '；'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(CompanyName::parse)
}

/// Counts of one column's values, of a whole table.
pub(super) fn counted<R: Recorded>(
    counts: &'static [Count],
    made: &Columns<'_>,
) -> Result<Vec<(&'static str, ArrayRef)>, LakeError> {
    let Some(first) = counts.first() else {
        return Ok(Vec::new());
    };
    let order: Order = if R::ORDERS.contains(&first.of) {
        let read = |end: &str| (made.kept)(&format!("{}.{end}", first.of));
        (typed(&read("keys")?, first.of)?, typed(&read("rows")?, first.of)?)
    } else {
        Counted::read(first, made)?.order()
    };
    counts
        .iter()
        .map(|count| {
            let counts = count.of_table(&Counted::read(count, made)?, &order);
            Ok((count.name, Arc::new(counts) as ArrayRef))
        })
        .collect()
}
