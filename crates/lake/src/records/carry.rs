//! The store of an amended table, out of the store of the table before: columns are copied around the rows that are gone,
//! sorted lists merged with the few keys that came. Nothing is read from the table but texts of mentions whose first row went.

use super::coded::Coded;
use super::derive::mention_columns;
use super::file::{Maker, missing, read, read_stored};
use super::linkage::{Columns, Count, leads_of};
use super::mapped::Stored;
use super::{LEADS, LEADS_CAME, LEADS_GONE, NONE, Recorded, Records, identity, typed};
use crate::key_index::{in_order, mixed};
use crate::layers::{CHANGED_PART, numbers_before};
use crate::leads::row_bits;
use crate::{Amendment, LakeError, RowBuilder, texts_at};
use arrow::array::{
    Array, ArrayData, ArrayRef, Capacities, Int64Array, MutableArrayData, RecordBatch, StringArray,
    UInt8Array, UInt32Array, UInt64Array, make_array,
};
use arrow::datatypes::DataType;
use codes::resident_id::IdStatus;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Writes a whole store from that in the folder `old`.
pub(super) fn carry_all<R: Recorded>(
    maker: &Maker<'_>,
    old: &Path,
    amendment: &Amendment<R>,
) -> Result<(), LakeError> {
    let mut builder = R::Builder::default();
    for row in &amendment.added {
        builder.push(row);
    }
    let carrier = Carrier {
        maker,
        old,
        added: builder.finish()?,
        gone: &amendment.gone,
    };
    for name in R::KEPT {
        let old = read_stored(carrier.old, name)?.ok_or_else(|| missing(name))?;
        let came = Stored::of(Arc::clone(carrier.came(name)?));
        let spliced = carrier.spliced(&old.array, &came.array)?;
        maker.write_stored(name, old.with(spliced))?;
    }
    for name in R::CODED {
        let spliced = carrier
            .old_coded(name)?
            .spliced(carrier.gone, &carrier.came_typed(name)?);
        maker.write_coded(name, spliced)?;
    }
    for (name, came) in identity::columns_of::<R>(&carrier.added)? {
        let spliced = carrier.spliced(&carrier.old(name)?, &came)?;
        maker.write(name, spliced)?;
    }
    if !R::ORDERS.is_empty() {
        let moved = carrier.moved(carrier.old(identity::KEY)?.len());
        for key in R::ORDERS {
            carrier.order_of(key, &moved)?;
        }
    }
    for count in R::COUNTS {
        carrier.count(count)?;
    }
    if R::HAS_LEADS {
        carrier.leads()?;
    }
    if R::HAS_PERSONS {
        carrier.persons()?;
    }
    if R::HAS_MENTIONS {
        carrier.mentions()?;
    }
    Ok(())
}

struct Carrier<'a> {
    maker: &'a Maker<'a>,
    old: &'a Path,
    added: RecordBatch,
    gone: &'a [u32],
}

impl Carrier<'_> {
    /// A column of the old store.
    fn old(&self, name: &str) -> Result<ArrayRef, LakeError> {
        read(self.old, name)?.ok_or_else(|| missing(name))
    }

    fn old_coded(&self, name: &str) -> Result<Coded, LakeError> {
        Coded::read(self.old, name)?.ok_or_else(|| missing(name))
    }

    fn old_typed<A: Array + Clone + 'static>(&self, name: &str) -> Result<A, LakeError> {
        typed(&self.old(name)?, name)
    }

    /// A column of the rows that came.
    fn came(&self, name: &str) -> Result<&ArrayRef, LakeError> {
        self.added.column_by_name(name).ok_or_else(|| missing(name))
    }

    fn came_typed<A: Array + Clone + 'static>(&self, name: &str) -> Result<A, LakeError> {
        typed(self.came(name)?, name)
    }

    /// The old values but those of the rows that are gone, then the new ones.
    fn spliced(&self, old: &ArrayRef, new: &ArrayRef) -> Result<ArrayRef, LakeError> {
        let (old, new) = (old.to_data(), new.to_data());
        let rows = old.len() + new.len();
        // Texts and bytes lie in the second buffer: room for them is made once instead of doubled again and again.
        let room = match old.data_type() {
            DataType::Utf8 | DataType::Binary => {
                let bytes = |data: &ArrayData| data.buffers().get(1).map_or(0, |buffer| buffer.len());
                Capacities::Binary(rows, Some(bytes(&old) + bytes(&new)))
            }
            _ => Capacities::Array(rows),
        };
        let mut data = MutableArrayData::with_capacities(vec![&old, &new], false, room);
        let mut from = 0;
        for &row in self.gone {
            data.try_extend(0, from, row as usize)?;
            from = row as usize + 1;
        }
        data.try_extend(0, from, old.len())?;
        data.try_extend(1, 0, new.len())?;
        Ok(make_array(data.freeze()))
    }

    /// What became of each old row: its number now, or [`NONE`].
    fn moved(&self, rows: usize) -> Vec<u32> {
        let mut moved = Vec::with_capacity(rows);
        let mut next = 0;
        for &row in self.gone {
            while moved.len() < row as usize {
                moved.push(next);
                next += 1;
            }
            moved.push(NONE);
        }
        while moved.len() < rows {
            moved.push(next);
            next += 1;
        }
        moved
    }

    fn order_of(&self, key: &str, moved: &[u32]) -> Result<(), LakeError> {
        let kept = moved.len() - self.gone.len();
        let new: Int64Array = self.came_typed(key)?;
        let entries = new.iter().zip(kept as u32..);
        let (new_keys, new_rows) = in_order(entries.filter_map(|(key, row)| Some((key?, row))).collect());
        let old_keys: Int64Array = self.old_typed(&format!("{key}.keys"))?;
        let old_rows: UInt32Array = self.old_typed(&format!("{key}.rows"))?;
        let most = old_keys.len() + new_keys.len();
        let (mut keys, mut rows) = (Vec::with_capacity(most), Vec::with_capacity(most));
        let mut coming = Coming::of(&new_keys);
        for (&key, &row) in old_keys.values().iter().zip(old_rows.values()) {
            // New rows stand behind all old ones, so those of the same key come later.
            for at in coming.before(mixed(key)) {
                keys.push(new_keys.value(at));
                rows.push(new_rows.value(at));
            }
            let row = moved[row as usize];
            if row != NONE {
                keys.push(key);
                rows.push(row);
            }
        }
        let at = coming.at;
        keys.extend_from_slice(&new_keys.values()[at..]);
        rows.extend_from_slice(&new_rows.values()[at..]);
        self.maker
            .write(&format!("{key}.keys"), Arc::new(Int64Array::from(keys)))?;
        self.maker
            .write(&format!("{key}.rows"), Arc::new(UInt32Array::from(rows)))
    }

    /// The old list under a second name, with what changed since it was made; a new list once that is much, or once the numbers of
    /// rows need one bit more or less.
    fn leads(&self) -> Result<(), LakeError> {
        let old_rows = self.old(identity::KEY)?.len();
        let old = Records::in_folder(self.old.to_owned(), old_rows).leads()?;
        let kept = old_rows - self.gone.len();
        let rows = kept + self.added.num_rows();
        let bits = row_bits(rows);
        let anew = || {
            let leads = self.maker.with_columns(|made| leads_of(made, 0, rows))?;
            self.maker.write(LEADS, Arc::new(UInt64Array::from(leads)))
        };
        if bits != row_bits(old_rows) {
            return anew();
        }
        let came = Columns {
            kept: &|name| self.came(name).cloned(),
            coded: &|name| Coded::of_texts(&self.came_typed(name)?),
        };
        let since = old.since().and(self.gone, &leads_of(&came, kept, rows)?, bits);
        let changed = since.gone.len() + (rows - since.kept());
        if changed.saturating_mul(CHANGED_PART) > since.rows {
            return anew();
        }
        self.maker.write_again(self.old, LEADS)?;
        let mut gone = since.gone;
        gone.push(since.rows as u32);
        self.maker.write(LEADS_GONE, Arc::new(UInt32Array::from(gone)))?;
        self.maker
            .write(LEADS_CAME, Arc::new(UInt64Array::from(since.came)))
    }

    fn count(&self, count: &Count) -> Result<(), LakeError> {
        let old = self.old(count.name)?;
        let stayed: UInt32Array = typed(&self.spliced(&old, &old.slice(0, 0))?, count.name)?;
        let gone = UInt32Array::from(self.gone.to_vec());
        let gone = Columns {
            kept: &|name| Ok(arrow::compute::take(&self.old(name)?, &gone, None)?),
            coded: &|name| self.old_coded(name)?.at(&gone),
        };
        let counts = self
            .maker
            .with_columns(|now| count.of_amended(stayed.values(), now, &gone))?;
        self.maker.write(count.name, Arc::new(counts))
    }

    fn persons(&self) -> Result<(), LakeError> {
        let token: Int64Array = self.came_typed("id_token")?;
        let status: UInt8Array = self.came_typed("id_status")?;
        let new_names: StringArray = self.came_typed("name")?;
        let came: Vec<Option<i64>> = (0..token.len())
            .map(|row| {
                let token = token.is_valid(row).then(|| token.value(row))?;
                IdStatus::from_u8(status.value(row))?.person_key(token, new_names.value(row))
            })
            .collect();
        let numbers: UInt32Array = self.old_typed("person")?;
        let renumbered = self.renumbered(&self.old_typed("persons.keys")?, &numbers, &came);

        let old_renamed: ArrayRef = self.old("renamed")?;
        let zeros: ArrayRef = Arc::new(UInt8Array::from(vec![0u8; came.len()]));
        let renamed: UInt8Array = typed(&self.spliced(&old_renamed, &zeros)?, "renamed")?;
        let mut renamed = renamed.values().to_vec();
        let name: StringArray = typed(&self.maker.read("name")?, "name")?;
        for (row, first) in renumbered.rows_of_touched() {
            renamed[row as usize] = u8::from(name.value(first as usize) != name.value(row as usize));
        }
        self.maker
            .write("persons.keys", Arc::new(Int64Array::from(renumbered.keys)))?;
        self.maker
            .write("person", Arc::new(UInt32Array::from(renumbered.of_row)))?;
        self.maker.write("renamed", Arc::new(UInt8Array::from(renamed)))
    }

    fn mentions(&self) -> Result<(), LakeError> {
        let new: Int64Array = self.came_typed("mention_key")?;
        let came: Vec<Option<i64>> = new.iter().collect();
        let numbers: UInt32Array = self.old_typed("mention")?;
        let renumbered = self.renumbered(&self.old_typed("mentions.keys")?, &numbers, &came);

        // A mention says what its first row says: another row speaks for it now if that one is gone.
        let kept = numbers.len() - self.gone.len();
        let mut first_gone: HashMap<u32, u32> = HashMap::new();
        for &row in self.gone {
            let number = renumbered.new_number[numbers.value(row as usize) as usize];
            first_gone.entry(number).or_insert(row);
        }
        let firsts: Vec<u32> = renumbered
            .rows_of_touched()
            .into_iter()
            .filter_map(|(row, first)| (row == first).then_some(row))
            .collect();
        let spoken: Vec<(u32, u32)> = firsts
            .iter()
            .zip(numbers_before(self.gone, &firsts))
            .map(|(row, before)| (renumbered.of_row[*row as usize], *row, before))
            .filter(|(number, row, before)| {
                *row as usize >= kept || first_gone.get(number).is_some_and(|gone| gone < before)
            })
            .map(|(number, row, _)| (number, row))
            .collect();
        let split = spoken.partition_point(|(_, row)| (*row as usize) < kept);
        let rows: Vec<u32> = spoken[..split].iter().map(|(_, row)| *row).collect();
        let mut places: Vec<u32> = vec![NONE; renumbered.keys.len()];
        for (old, &new) in (0u32..).zip(&renumbered.new_number) {
            if new != NONE {
                places[new as usize] = old;
            }
        }
        let old_len = renumbered.new_number.len() as u32;
        for (place, (number, _)) in (old_len..).zip(&spoken) {
            places[*number as usize] = place;
        }
        let places = UInt32Array::from(places);
        let fresh = |column: &str| -> Result<StringArray, LakeError> {
            let of_old_rows = texts_at(self.maker.parquet, column, &rows)?;
            let of_new: StringArray = self.came_typed(column)?;
            let of_new_rows = spoken[split..].iter().map(|(_, row)| {
                let row = *row as usize - kept;
                if of_new.is_valid(row) {
                    of_new.value(row)
                } else {
                    ""
                }
            });
            Ok(of_old_rows
                .iter()
                .map(String::as_str)
                .chain(of_new_rows)
                .map(|text| Some(text).filter(|text| !text.is_empty()))
                .collect())
        };
        for (name, fresh) in mention_columns(&fresh("employer_code")?, &fresh("employer_name")?) {
            let both = arrow::compute::concat(&[&self.old(name)?, &fresh])?;
            self.maker
                .write(name, arrow::compute::take(&both, &places, None)?)?;
        }
        self.maker
            .write("mentions.keys", Arc::new(Int64Array::from(renumbered.keys)))?;
        self.maker
            .write("mention", Arc::new(UInt32Array::from(renumbered.of_row)))
    }

    /// Numbers keys anew: those that still have a row, and those that came with one.
    fn renumbered(&self, old_keys: &Int64Array, numbers: &UInt32Array, came: &[Option<i64>]) -> Renumbered {
        // Only a number that lost a row may have none left.
        let mut lost = vec![0u64; old_keys.len().div_ceil(64)];
        let is_lost = |lost: &[u64], number: u32| lost[number as usize / 64] >> (number % 64) & 1 == 1;
        let mut rows_left: HashMap<u32, u32> = HashMap::new();
        for &row in self.gone {
            let number = numbers.value(row as usize);
            if number != NONE {
                lost[number as usize / 64] |= 1 << (number % 64);
                *rows_left.entry(number).or_default() = 0;
            }
        }
        for (row, &number) in (0u32..).zip(numbers.values()) {
            if number != NONE && is_lost(&lost, number) && self.gone.binary_search(&row).is_err() {
                *rows_left.entry(number).or_default() += 1;
            }
        }
        let entries = came.iter().zip(0u32..);
        let (new, _) = in_order(entries.filter_map(|(key, row)| Some(((*key)?, row))).collect());
        let mut keys: Vec<i64> = Vec::with_capacity(old_keys.len() + new.len());
        let mut new_number = Vec::with_capacity(old_keys.len());
        let mut coming = Coming::of(&new);
        for (number, &key) in (0u32..).zip(old_keys.values()) {
            let stays = !is_lost(&lost, number) || rows_left[&number] > 0;
            let order = mixed(key);
            for at in coming.before(order) {
                push_distinct(&mut keys, new.value(at));
            }
            let comes = coming.next == Some(order);
            if stays || comes {
                new_number.push(keys.len() as u32);
                keys.push(key);
            } else {
                new_number.push(NONE);
            }
            coming.before(order.saturating_add(1));
        }
        let at = coming.at;
        for &key in &new.values()[at..] {
            push_distinct(&mut keys, key);
        }

        let number_now = |number: u32| {
            if number == NONE {
                NONE
            } else {
                new_number[number as usize]
            }
        };
        let mut is_touched = vec![false; keys.len()];
        let mut of_row = Vec::with_capacity(numbers.len() - self.gone.len() + came.len());
        let mut from = 0;
        for &row in self.gone {
            of_row.extend(
                numbers.values()[from..row as usize]
                    .iter()
                    .copied()
                    .map(number_now),
            );
            from = row as usize + 1;
            let number = number_now(numbers.value(row as usize));
            if number != NONE {
                is_touched[number as usize] = true;
            }
        }
        of_row.extend(numbers.values()[from..].iter().copied().map(number_now));
        let number_of: HashMap<i64, u32> = {
            let at = |key: i64| keys.partition_point(|k| mixed(*k) < mixed(key)) as u32;
            came.iter().flatten().map(|&key| (key, at(key))).collect()
        };
        for key in came {
            let number = key.map_or(NONE, |key| number_of[&key]);
            if number != NONE {
                is_touched[number as usize] = true;
            }
            of_row.push(number);
        }
        Renumbered {
            keys,
            new_number,
            of_row,
            is_touched,
        }
    }
}

/// Keys that came, in mixed order, met one after another while the old ones go by.
struct Coming<'a> {
    keys: &'a Int64Array,
    at: usize,
    /// Where the next of them stands in the order.
    next: Option<u64>,
}

impl Coming<'_> {
    fn of(keys: &Int64Array) -> Coming<'_> {
        let mut coming = Coming {
            keys,
            at: 0,
            next: None,
        };
        coming.look();
        coming
    }

    fn look(&mut self) {
        self.next = (self.at < self.keys.len()).then(|| mixed(self.keys.value(self.at)));
    }

    /// Positions of those that stand before a place in the order and were not met yet.
    fn before(&mut self, order: u64) -> std::ops::Range<usize> {
        let from = self.at;
        while self.next.is_some_and(|next| next < order) {
            self.at += 1;
            self.look();
        }
        from..self.at
    }
}

fn push_distinct(keys: &mut Vec<i64>, key: i64) {
    if keys.last() != Some(&key) {
        keys.push(key);
    }
}

/// Numbers of persons or mentions after the change.
struct Renumbered {
    keys: Vec<i64>,
    /// For each old number the new one, [`NONE`] if nobody has it any more.
    new_number: Vec<u32>,
    of_row: Vec<u32>,
    /// Numbers with a row that came or went.
    is_touched: Vec<bool>,
}

impl Renumbered {
    /// The rows of touched numbers in order, each with the first row of its number.
    fn rows_of_touched(&self) -> Vec<(u32, u32)> {
        let mut firsts: HashMap<u32, u32> = HashMap::new();
        let is_touched = |number: u32| number != NONE && self.is_touched[number as usize];
        (0u32..)
            .zip(&self.of_row)
            .filter(|(_, number)| is_touched(**number))
            .map(|(row, number)| (row, *firsts.entry(*number).or_insert(row)))
            .collect()
    }
}
