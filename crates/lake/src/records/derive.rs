//! What follows from a Parquet file alone, made once so that runs need not: the order of keys, persons, mentions.

use super::coded::Coded;
use super::file::Maker;
use super::linkage::{counted, leads_of};
use super::{LEADS, NONE, Recorded, identity};
use crate::key_index::{in_order, mixed};
use crate::read::whole_column;
use crate::{LakeError, batches, column};
use arrow::array::{
    Array, ArrayRef, Int64Array, Int64Builder, StringArray, StringBuilder, UInt8Array, UInt8Builder,
    UInt32Array, UInt64Array,
};
use codes::company_name::CompanyName;
use codes::employer_code::EmployerCode;
use codes::resident_id::IdStatus;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

/// Writes a whole store: columns as they are, then what follows from them, several at a time.
pub(super) fn derive_all<R: Recorded>(maker: &Maker<'_>) -> Result<(), LakeError> {
    let mut columns: Vec<Task<'_>> = Vec::new();
    if R::HAS_MENTIONS {
        columns.push(Box::new(|| mentions(maker)));
    }
    columns.push(Box::new(|| {
        let columns = identity::of_table::<R>(maker.parquet)?;
        columns
            .into_iter()
            .try_for_each(|(name, column)| maker.write(name, column))
    }));
    for name in R::KEPT {
        columns.push(Box::new(move || match whole_column(maker.parquet, name)? {
            Some(array) => maker.write(name, array),
            None => Ok(()),
        }));
    }
    for name in R::CODED {
        columns.push(Box::new(move || match whole_column(maker.parquet, name)? {
            Some(array) => maker.write_coded(name, Coded::of_texts(&super::typed(&array, name)?)?),
            None => Ok(()),
        }));
    }
    side_by_side(columns)?;

    let mut follows: Vec<Task<'_>> = Vec::new();
    if R::HAS_PERSONS {
        follows.push(Box::new(|| persons(maker)));
    }
    for key in R::ORDERS {
        follows.push(Box::new(move || order_of(maker, key)));
    }
    side_by_side(follows)?;

    let mut asked: Vec<Task<'_>> = Vec::new();
    if R::HAS_LEADS {
        asked.push(Box::new(|| {
            let leads = maker.with_columns(|made| leads_of(made, 0, (made.kept)(R::KEY)?.len()))?;
            maker.write(LEADS, Arc::new(UInt64Array::from(leads)))
        }));
    }
    for counts in R::COUNTS.chunk_by(|a, b| a.of == b.of) {
        asked.push(Box::new(move || {
            let columns = maker.with_columns(|made| counted::<R>(counts, made))?;
            columns
                .into_iter()
                .try_for_each(|(name, column)| maker.write(name, column))
        }));
    }
    side_by_side(asked)
}

/// What makes some of a store's files.
type Task<'a> = Box<dyn FnOnce() -> Result<(), LakeError> + Send + 'a>;

/// Does tasks on all cores, each begun in turn. After an error no other is begun.
fn side_by_side(tasks: Vec<Task<'_>>) -> Result<(), LakeError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(tasks.len());
    let tasks = Mutex::new(tasks.into_iter());
    let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(task) = next() {
            if let Err(error) = task() {
                while next().is_some() {}
                return Err(error);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// The rows of a key column in the order of an index.
fn order_of(maker: &Maker<'_>, key: &str) -> Result<(), LakeError> {
    let keys: Int64Array = super::typed(&maker.read(key)?, key)?;
    let entries = keys
        .iter()
        .zip(0u32..)
        .filter_map(|(key, row)| Some((key?, row)))
        .collect();
    let (keys, rows) = in_order(entries);
    maker.write(&format!("{key}.keys"), Arc::new(keys))?;
    maker.write(&format!("{key}.rows"), Arc::new(rows))
}

/// Gives every row the number of its person, and marks the rows under another name than the person's first.
fn persons(maker: &Maker<'_>) -> Result<(), LakeError> {
    let token: Int64Array = required(maker, "id_token")?;
    let status: UInt8Array = super::typed(&maker.read("id_status")?, "id_status")?;
    let name: StringArray = super::typed(&maker.read("name")?, "name")?;
    let key = |row: usize| {
        let token = token.is_valid(row).then(|| token.value(row))?;
        IdStatus::from_u8(status.value(row))?.person_key(token, name.value(row))
    };
    let entries = (0..token.len())
        .filter_map(|row| Some((key(row)?, row as u32)))
        .collect();
    let (sorted, rows) = in_order(entries);
    let (numbers, keys) = numbered(&sorted);
    let mut of_row = vec![NONE; token.len()];
    let mut renamed = vec![0u8; token.len()];
    let mut first = 0;
    for (at, (&number, &row)) in numbers.iter().zip(rows.values()).enumerate() {
        of_row[row as usize] = number;
        if at == 0 || number != numbers[at - 1] {
            first = row;
        } else {
            renamed[row as usize] = u8::from(name.value(first as usize) != name.value(row as usize));
        }
    }
    maker.write("persons.keys", Arc::new(keys))?;
    maker.write("person", Arc::new(UInt32Array::from(of_row)))?;
    maker.write("renamed", Arc::new(UInt8Array::from(renamed)))
}

/// Gives every row the number of the way in which it names its employer, and lists those ways.
fn mentions(maker: &Maker<'_>) -> Result<(), LakeError> {
    let keys: Int64Array = required(maker, "mention_key")?;
    let (sorted, rows) = in_order(keys.values().iter().copied().zip(0u32..).collect());
    let (numbers, keys) = numbered(&sorted);
    let mut of_row = vec![NONE; numbers.len()];
    // The first row of each, as a pair of row and number: texts are read in row order.
    let mut firsts: Vec<(u32, u32)> = Vec::with_capacity(keys.len());
    for (at, (&number, &row)) in numbers.iter().zip(rows.values()).enumerate() {
        of_row[row as usize] = number;
        if at == 0 || number != numbers[at - 1] {
            firsts.push((row, number));
        }
    }
    drop((sorted, rows, numbers));
    maker.write("mention", Arc::new(UInt32Array::from(of_row)))?;
    firsts.sort_unstable();
    let texts = texts_of(maker, &firsts)?;
    // Position of each mention among the texts.
    let mut places = vec![0u32; firsts.len()];
    for (place, (_, number)) in (0u32..).zip(&firsts) {
        places[*number as usize] = place;
    }
    let places = UInt32Array::from(places);
    let [code, name] = texts.map(|texts| arrow::compute::take(&texts, &places, None));
    let (code, name) = (code?, name?);
    maker.write("mentions.keys", Arc::new(keys))?;
    for (name, column) in mention_columns(&super::typed(&code, "code")?, &super::typed(&name, "name")?) {
        maker.write(name, column)?;
    }
    Ok(())
}

/// The columns of mentions with these texts: the texts, and what follows from them.
pub(super) fn mention_columns(code: &StringArray, name: &StringArray) -> [(&'static str, ArrayRef); 6] {
    let mut kinds = UInt8Builder::with_capacity(code.len());
    let (mut keys_of_codes, mut org_keys) = (Int64Builder::new(), Int64Builder::new());
    for code in code.iter() {
        let (kind, key, org_key) = code_keys(code);
        kinds.append_value(kind as u8);
        keys_of_codes.append_value(key);
        org_keys.append_value(org_key);
    }
    let name_keys: Int64Array = name
        .iter()
        .map(|name| name.map(|name| CompanyName::parse(name).normal_key()))
        .collect();
    [
        ("mentions.code", Arc::new(code.clone())),
        ("mentions.name", Arc::new(name.clone())),
        ("mentions.code_kind", Arc::new(kinds.finish())),
        ("mentions.code_key", Arc::new(keys_of_codes.finish())),
        ("mentions.org_key", Arc::new(org_keys.finish())),
        ("mentions.name_key", Arc::new(name_keys)),
    ]
}

/// Code and name of the first row of each mention, in row order. Empty texts are none.
fn texts_of(maker: &Maker<'_>, firsts: &[(u32, u32)]) -> Result<[StringArray; 2], LakeError> {
    let (mut codes, mut names) = (StringBuilder::new(), StringBuilder::new());
    let (mut at, mut from) = (0, 0u32);
    for batch in batches(maker.parquet, &["employer_code", "employer_name"])? {
        let batch = batch?;
        let code = column::<StringArray>(&batch, "employer_code")?;
        let name = column::<StringArray>(&batch, "employer_name")?;
        while at < firsts.len() && firsts[at].0 < from + batch.num_rows() as u32 {
            let row = (firsts[at].0 - from) as usize;
            for (texts, builder) in [(code, &mut codes), (name, &mut names)] {
                let text = texts.is_valid(row).then(|| texts.value(row));
                builder.append_option(text.filter(|text| !text.is_empty()));
            }
            at += 1;
        }
        from += batch.num_rows() as u32;
    }
    Ok([codes.finish(), names.finish()])
}

/// What sort of code names an employer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CodeKind {
    /// None, or nothing that can be looked up as it stands.
    Other = 0,
    /// A unified social credit code.
    Uscc = 1,
    /// An organisation code.
    Org = 2,
    /// An old registration number.
    Reg = 3,
}

impl CodeKind {
    /// The kind of a stored byte.
    pub fn from_u8(byte: u8) -> CodeKind {
        match byte {
            1 => CodeKind::Uscc,
            2 => CodeKind::Org,
            3 => CodeKind::Reg,
            _ => CodeKind::Other,
        }
    }
}

/// Kind and key of an employer's code as stated, and the key of the organisation code inside a unified one.
pub fn code_keys(code: Option<&str>) -> (CodeKind, i64, i64) {
    match code.map_or(EmployerCode::Empty, EmployerCode::read) {
        EmployerCode::Uscc(code) => (CodeKind::Uscc, code.key(), code.org_key()),
        EmployerCode::Org(code) => (CodeKind::Org, code.key(), 0),
        EmployerCode::Reg(code) => (CodeKind::Reg, code.key(), 0),
        _ => (CodeKind::Other, 0, 0),
    }
}

/// Numbers sorted keys: the number of each entry, and the distinct keys.
fn numbered(sorted: &Int64Array) -> (Vec<u32>, Int64Array) {
    let mut distinct: Vec<i64> = Vec::new();
    let numbers = sorted
        .values()
        .iter()
        .map(|&key| {
            if distinct.last() != Some(&key) {
                debug_assert!(distinct.last().is_none_or(|last| mixed(*last) < mixed(key)));
                distinct.push(key);
            }
            distinct.len() as u32 - 1
        })
        .collect();
    (numbers, Int64Array::from(distinct))
}

fn required<A: Array + Clone + 'static>(maker: &Maker<'_>, name: &str) -> Result<A, LakeError> {
    let array: ArrayRef = whole_column(maker.parquet, name)?.ok_or_else(|| LakeError::MissingColumn {
        table: "records",
        column: name.to_owned(),
    })?;
    super::typed(&array, name)
}
