//! Text columns of few values: the values once, in order, and of each row the number of its own. A million and a half statuses
//! are three megabytes instead of twenty, and their text is checked once.

use super::NONE;
use super::file::{column_file, read};
use crate::LakeError;
use arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt16Array, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, UInt32Type};
use arrow::error::ArrowError;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A text column of few values.
#[derive(Clone, Debug)]
pub struct Coded {
    codes: Codes,
    values: StringArray,
}

/// Numbers of values, as wide as their number needs.
#[derive(Clone, Debug)]
enum Codes {
    Narrow(UInt16Array),
    Wide(UInt32Array),
}

impl Coded {
    /// The value of a row; `None` where it has none.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.code(row).map(|code| self.values.value(code))
    }

    /// Number of a row's value among [`Coded::values`].
    pub fn code(&self, row: usize) -> Option<usize> {
        match &self.codes {
            Codes::Narrow(codes) => codes.is_valid(row).then(|| usize::from(codes.value(row))),
            Codes::Wide(codes) => codes.is_valid(row).then(|| codes.value(row) as usize),
        }
    }

    /// The values, each once.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.values.len()).map(|code| self.values.value(code))
    }

    /// Number of a value, if any row has it.
    pub(super) fn code_of(&self, value: &str) -> Option<usize> {
        self.values().position(|own| own == value)
    }

    /// The column of some rows of this one.
    pub(super) fn at(&self, rows: &UInt32Array) -> Result<Coded, LakeError> {
        let codes = match &self.codes {
            Codes::Narrow(codes) => Codes::Narrow(super::typed(&take(codes, rows, None)?, "codes")?),
            Codes::Wide(codes) => Codes::Wide(super::typed(&take(codes, rows, None)?, "codes")?),
        };
        let values = self.values.clone();
        Ok(Coded { codes, values })
    }

    fn len(&self) -> usize {
        match &self.codes {
            Codes::Narrow(codes) => codes.len(),
            Codes::Wide(codes) => codes.len(),
        }
    }

    /// The codes of a stretch of rows, [`NONE`] where one has no value.
    fn push_codes(&self, rows: Range<usize>, rough: &mut Vec<u32>) {
        match &self.codes {
            Codes::Narrow(codes) if codes.null_count() == 0 => {
                rough.extend(codes.values()[rows].iter().map(|code| u32::from(*code)));
            }
            _ => rough.extend(rows.map(|row| self.code(row).map_or(NONE, |code| code as u32))),
        }
    }

    /// The column of a whole table.
    pub(super) fn of_texts(texts: &StringArray) -> Result<Coded, LakeError> {
        let packed = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
        let packed = arrow::compute::cast(texts, &packed)?;
        let packed = packed.as_dictionary::<UInt32Type>();
        let rough = packed.keys().iter().map(|number| number.unwrap_or(NONE));
        let values: Vec<&str> = packed.values().as_string::<i32>().iter().flatten().collect();
        Ok(in_order(&rough.collect::<Vec<_>>(), &values))
    }

    /// The same column without the rows in `gone`, which are in order, and with other values behind it.
    pub(super) fn spliced(&self, gone: &[u32], came: &StringArray) -> Coded {
        let mut values: Vec<&str> = self.values().collect();
        let mut numbers: HashMap<&str, u32> = values.iter().copied().zip(0u32..).collect();
        let mut rough = Vec::with_capacity(self.len() + came.len());
        let mut from = 0;
        for &row in gone.iter().chain([&(self.len() as u32)]) {
            self.push_codes(from..row as usize, &mut rough);
            from = row as usize + 1;
        }
        rough.extend(came.iter().map(|text| {
            text.map_or(NONE, |text| {
                *numbers.entry(text).or_insert_with(|| {
                    values.push(text);
                    values.len() as u32 - 1
                })
            })
        }));
        in_order(&rough, &values)
    }

    /// The files of a column: names and what they hold.
    pub(super) fn files(self, name: &str) -> [(String, ArrayRef); 2] {
        let codes: ArrayRef = match self.codes {
            Codes::Narrow(codes) => Arc::new(codes),
            Codes::Wide(codes) => Arc::new(codes),
        };
        [(codes_of(name), codes), (values_of(name), Arc::new(self.values))]
    }

    /// Reads a column; `None` if the folder has no such one.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Option<Coded>, LakeError> {
        let (Some(codes), Some(values)) = (read(folder, &codes_of(name))?, read(folder, &values_of(name))?)
        else {
            return Ok(None);
        };
        let values: StringArray = super::typed(&values, name)?;
        let (codes, greatest) = if codes.data_type() == &DataType::UInt16 {
            let codes: UInt16Array = super::typed(&codes, name)?;
            let greatest = arrow::compute::max(&codes).map(u32::from);
            (Codes::Narrow(codes), greatest)
        } else {
            let codes: UInt32Array = super::typed(&codes, name)?;
            let greatest = arrow::compute::max(&codes);
            (Codes::Wide(codes), greatest)
        };
        if greatest.is_some_and(|code| code as usize >= values.len()) {
            return Err(LakeError::Records {
                path: column_file(folder, &codes_of(name)),
                source: ArrowError::InvalidArgumentError("a number of no value".to_owned()),
            });
        }
        Ok(Some(Coded { codes, values }))
    }
}

fn codes_of(name: &str) -> String {
    format!("{name}.codes")
}

fn values_of(name: &str) -> String {
    format!("{name}.values")
}

/// The column of rows with these numbers: its values put in order, without those that no row has.
fn in_order(rough: &[u32], texts: &[&str]) -> Coded {
    let mut is_used = vec![false; texts.len()];
    for number in rough.iter().filter(|number| **number != NONE) {
        is_used[*number as usize] = true;
    }
    let mut order: Vec<u32> = (0..texts.len() as u32)
        .filter(|number| is_used[*number as usize])
        .collect();
    order.sort_unstable_by_key(|number| texts[*number as usize]);
    let mut codes = vec![NONE; texts.len()];
    for (number, code) in order.iter().zip(0u32..) {
        codes[*number as usize] = code;
    }
    let rows = rough
        .iter()
        .map(|number| (*number != NONE).then(|| codes[*number as usize]));
    let is_narrow = order.len() <= usize::from(u16::MAX) + 1;
    Coded {
        codes: if is_narrow {
            Codes::Narrow(rows.map(|code| code.map(|code| code as u16)).collect())
        } else {
            Codes::Wide(rows.collect())
        },
        values: order.iter().map(|number| Some(texts[*number as usize])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::write_array;
    use super::*;
    use proptest::prelude::*;

    fn texts(coded: &Coded) -> StringArray {
        (0..coded.len()).map(|row| coded.get(row)).collect()
    }

    fn stored(folder: &Path, coded: Coded) {
        for (name, array) in coded.files("status") {
            write_array(&column_file(folder, &name), &name, array).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn texts_come_back_day_after_day(
            first in prop::collection::vec(prop::option::of("[存续注销]{0,2}"), 0..40),
            gone in prop::collection::btree_set(0u32..40, 0..9),
            came in prop::collection::vec(prop::option::of("[存续注销]{0,2}"), 0..9),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let texts = StringArray::from(first);
            stored(folder.path(), Coded::of_texts(&texts).unwrap());
            let coded = Coded::read(folder.path(), "status").unwrap().unwrap();
            prop_assert_eq!(self::texts(&coded), texts.clone());

            let gone: Vec<u32> = gone.into_iter().filter(|row| (*row as usize) < texts.len()).collect();
            let came = StringArray::from(came);
            let next: StringArray = texts
                .iter()
                .zip(0u32..)
                .filter(|(_, row)| !gone.contains(row))
                .map(|(text, _)| text)
                .chain(came.iter())
                .collect();
            let spliced = coded.spliced(&gone, &came);
            let anew = Coded::of_texts(&next).unwrap();
            prop_assert_eq!(self::texts(&spliced), next);
            prop_assert_eq!(spliced.values().collect::<Vec<_>>(), anew.values().collect::<Vec<_>>());
        }
    }

    #[test]
    fn more_values_than_two_bytes_can_tell() {
        let folder = tempfile::tempdir().unwrap();
        for values in [65_536, 65_537] {
            let texts: StringArray = (0..values).map(|n| Some(format!("第{n}种"))).collect();
            stored(folder.path(), Coded::of_texts(&texts).unwrap());
            let coded = Coded::read(folder.path(), "status").unwrap().unwrap();
            assert_eq!(self::texts(&coded), texts);
        }
    }

    #[test]
    fn a_number_of_no_value_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let coded = Coded {
            codes: Codes::Narrow(vec![0, 1].into()),
            values: vec!["存续"].into(),
        };
        stored(folder.path(), coded);
        let said = Coded::read(folder.path(), "status").unwrap_err().to_string();
        assert!(said.contains("status.codes.arrow"), "{said}");
    }
}
