//! The record store: of a table that runs hold in memory whole, the columns they need, each an uncompressed Arrow file, with
//! what else can be known before a run (decision 16): the order of each key, who is the same person, who names an employer in
//! the same words.
//!
//! It lies beside its Parquet file as a folder `<name>.records`, is made from nothing but that file, and may be deleted at any
//! time: whoever reads next makes it again. Rows are counted as in the file.

mod carry;
mod coded;
mod derive;
mod file;
mod identity;
mod linkage;
mod mapped;
#[cfg(test)]
mod tests;

use crate::key_index::mixed;
use crate::leads::{Leads, Since};
use crate::tables::{Enterprise, Insurance, Member, Tax};
use crate::{Amendment, KeyIndex, LakeError, LakeRow};
use arrow::array::{Array, ArrayRef, Int64Array, StringArray, UInt8Array, UInt32Array, UInt64Array};
use mapped::Maps;
use std::path::{Path, PathBuf};

pub use coded::Coded;
pub use derive::{CodeKind, code_keys};
pub(crate) use file::{read_array, write_array};
pub use identity::RowKeys;
pub use linkage::{Count, former_names};
#[cfg(test)]
pub(crate) use mapped::array_in;

/// The column of leads.
const LEADS: &str = "leads";
/// Where that was made for an earlier state of the register: its rows that are gone since, and behind them how many it had.
const LEADS_GONE: &str = "leads.gone";
/// And the leads to rows that came since.
const LEADS_CAME: &str = "leads.came";

/// Row number of nobody and nothing.
pub const NONE: u32 = u32::MAX;

/// A table that has a record store.
pub trait Recorded: LakeRow {
    /// The text column that says which row is which.
    const KEY: &'static str;
    /// Columns kept as they are in the Parquet file.
    const KEPT: &'static [&'static str];
    /// Text columns of few values, kept as numbers of them ([`Coded`]).
    const CODED: &'static [&'static str] = &[];
    /// Key columns whose order is kept.
    const ORDERS: &'static [&'static str] = &[];
    /// Values of which every row knows how many rows share its own; those of one column stand together.
    const COUNTS: &'static [Count] = &[];
    /// Whether the leads to each row are kept ([`crate::leads`]).
    const HAS_LEADS: bool = false;
    /// Whether rows stand for persons: `id_token`, `id_status` and `name`, which is kept, say for whom.
    const HAS_PERSONS: bool = false;
    /// Whether rows name employers: `mention_key`, `employer_code` and `employer_name` say which.
    const HAS_MENTIONS: bool = false;
}

impl Recorded for Enterprise {
    const KEY: &'static str = "enterprise_id";
    const KEPT: &'static [&'static str] = &[
        "enterprise_id",
        "uscc",
        "uscc_key",
        "org_key",
        "reg_key",
        "name",
        "name_key",
        "core_key",
        "brand",
        "branch",
        "former_names",
        "legal_rep",
        "county",
        "town",
        "address",
        "address_key",
        "founded",
        "phone_token",
        "capital_fen",
        "phone_sealed",
    ];
    const CODED: &'static [&'static str] = &[
        "division",
        "trade",
        "entity",
        "industry",
        "status",
        "status_class",
    ];
    const ORDERS: &'static [&'static str] = &["uscc_key", "org_key", "reg_key", "name_key", "core_key"];
    const COUNTS: &'static [Count] = &[
        count("name_key.count", "name_key", None),
        count("core_key.count", "core_key", None),
        count("brand.count", "brand", None),
        count("legal_rep.count", "legal_rep", None),
        count("phone_token.count", "phone_token", None),
        count("phone_token.living", "phone_token", LIVING),
        count("address_key.count", "address_key", None),
        count("address_key.living", "address_key", LIVING),
    ];
    const HAS_LEADS: bool = true;
}

/// Only firms in business share an agent's phone or address today.
const LIVING: Option<(&str, &str)> = Some(("status_class", "in_business"));

const fn count(name: &'static str, of: &'static str, among: Option<(&'static str, &'static str)>) -> Count {
    Count { name, of, among }
}

impl Recorded for Insurance {
    const KEY: &'static str = "ins_id";
    const KEPT: &'static [&'static str] = &["id_status", "id_parts", "name", "start", "end", "end_status"];
    const HAS_PERSONS: bool = true;
    const HAS_MENTIONS: bool = true;
}

impl Recorded for Member {
    const KEY: &'static str = "member_id";
    const KEPT: &'static [&'static str] = &["union_key", "id_status", "id_parts", "name"];
    const HAS_PERSONS: bool = true;
}

impl Recorded for Tax {
    const KEY: &'static str = "tax_id";
    const KEPT: &'static [&'static str] = &[
        "tax_year",
        "headcount",
        "payroll_fen",
        "union_fee_fen",
        "prep_fee_fen",
    ];
    const HAS_MENTIONS: bool = true;
}

/// The record store of one Parquet file.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
    rows: usize,
    maps: Maps,
}

impl Records {
    /// Opens the store of a file; makes it if there is none, or one of another version or of another state of the file.
    ///
    /// # Errors
    /// The Parquet file cannot be read, or there is no room for the store.
    pub fn of<R: Recorded>(parquet: &Path) -> Result<Records, LakeError> {
        let (folder, about) = (folder_of(parquet), file::About::of(parquet)?);
        if file::About::read(&folder).as_ref() != Some(&about) {
            file::make::<R>(parquet, &folder, &about)?;
        }
        Ok(Records::in_folder(folder, about.rows))
    }

    /// A store of a table of so many rows.
    fn in_folder(folder: PathBuf, rows: usize) -> Records {
        Records {
            folder,
            rows,
            maps: Maps::default(),
        }
    }

    /// Lets the pages of all columns that were opened here go from this process's memory, until somebody looks at them again:
    /// between two stages that need little of each other's columns.
    pub fn let_go(&self) {
        self.maps.let_go();
    }

    /// Makes the store of a table that an amendment made from the one at `before`: out of that one's store, if it has one.
    ///
    /// # Errors
    /// As [`Records::of`].
    pub fn carry<R: Recorded>(
        before: &Path,
        amendment: &Amendment<R>,
        parquet: &Path,
    ) -> Result<Records, LakeError> {
        if let Some(old) = file::current(before)?.filter(|old| file::has_columns::<R>(old)) {
            file::carry(
                parquet,
                &folder_of(parquet),
                &file::About::of(parquet)?,
                &old,
                amendment,
            )?;
        }
        Records::of::<R>(parquet)
    }

    /// Number of rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A column; `None` if the Parquet file is of an earlier version that lacks it.
    pub fn array(&self, name: &str) -> Result<Option<ArrayRef>, LakeError> {
        file::read_noted(&self.folder, name, &self.maps)
    }

    /// A column that no version lacks.
    pub fn column<A: Array + Clone + 'static>(&self, name: &str) -> Result<A, LakeError> {
        let array = self.array(name)?.ok_or_else(|| file::missing(name))?;
        typed(&array, name)
    }

    /// A text column of few values; `None` if the Parquet file is of an earlier version that lacks it.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn coded(&self, name: &str) -> Result<Option<Coded>, LakeError> {
        Coded::read(&self.folder, name)
    }

    /// The rows of each value of a key column.
    ///
    /// # Errors
    /// The files are damaged.
    pub fn index(&self, key: &str) -> Result<KeyIndex, LakeError> {
        let keys: Int64Array = self.column(&format!("{key}.keys"))?;
        let rows = self.numbers(&format!("{key}.rows"), |row| (row as usize) < self.rows)?;
        if keys.len() != rows.len() {
            return Err(self.damaged(&format!("{key}.rows"), "not as many as there are keys"));
        }
        Ok(KeyIndex::over(keys, rows))
    }

    /// A column of numbers of something: whoever looks it up need not ask again whether it is there.
    fn numbers(&self, name: &str, is_there: impl Fn(u32) -> bool) -> Result<UInt32Array, LakeError> {
        let numbers: UInt32Array = self.column(name)?;
        if numbers.values().iter().all(|number| is_there(*number)) {
            Ok(numbers)
        } else {
            Err(self.damaged(name, "a number of nothing that is there"))
        }
    }

    fn damaged(&self, name: &str, how: &str) -> LakeError {
        LakeError::Records {
            path: file::column_file(&self.folder, name),
            source: arrow::error::ArrowError::InvalidArgumentError(how.to_owned()),
        }
    }

    /// What leads to each row.
    ///
    /// # Errors
    /// The files are damaged.
    pub fn leads(&self) -> Result<Leads, LakeError> {
        let since = match self.array(LEADS_GONE)? {
            None => Since::nothing(self.rows),
            Some(gone) => self.since_leads_were_made(&typed(&gone, LEADS_GONE)?)?,
        };
        let path = file::column_file(&self.folder, LEADS);
        Ok(Leads::over(path, self.column(LEADS)?, since, self.rows))
    }

    fn since_leads_were_made(&self, gone: &UInt32Array) -> Result<Since, LakeError> {
        let came: UInt64Array = self.column(LEADS_CAME)?;
        gone.values()
            .split_last()
            .map(|(rows, gone)| Since {
                rows: *rows as usize,
                gone: gone.to_vec(),
                came: came.values().to_vec(),
            })
            .filter(|since| since.fits(self.rows))
            .ok_or_else(|| self.damaged(LEADS_GONE, "rows that this register cannot have lost or gained"))
    }

    /// The persons that rows of `insurance` or `members` stand for, by the keys of [`codes::resident_id::IdStatus::person_key`].
    pub fn persons(&self) -> Result<Persons, LakeError> {
        let keys: Int64Array = self.column("persons.keys")?;
        Ok(Persons {
            of_row: self.numbers("person", |number| {
                number == NONE || (number as usize) < keys.len()
            })?,
            keys,
            renamed: self.column("renamed")?,
        })
    }

    /// The distinct ways in which rows name an employer.
    pub fn mentions(&self) -> Result<Mentions, LakeError> {
        let keys: Int64Array = self.column("mentions.keys")?;
        Ok(Mentions {
            of_row: self.numbers("mention", |number| (number as usize) < keys.len())?,
            keys,
            code: self.column("mentions.code")?,
            name: self.column("mentions.name")?,
            code_kind: self.column("mentions.code_kind")?,
            code_key: self.column("mentions.code_key")?,
            org_key: self.column("mentions.org_key")?,
            name_key: self.column("mentions.name_key")?,
        })
    }
}

/// Who is who in a table of persons.
#[derive(Clone, Debug)]
pub struct Persons {
    /// Keys in mixed order; a person's number is the position of its key.
    pub keys: Int64Array,
    /// Number of the person of each row; [`NONE`] where no number tells.
    pub of_row: UInt32Array,
    /// 1 where the row has another name than the first row of its person.
    pub renamed: UInt8Array,
}

impl Persons {
    /// For each person here the number of the same one there, [`NONE`] for those who are not.
    pub fn numbers_among(&self, others: &Persons) -> Vec<u32> {
        numbers_among(self.keys.values(), others.keys.values())
    }
}

/// For each key its position among others; both lie in mixed order.
fn numbers_among(keys: &[i64], others: &[i64]) -> Vec<u32> {
    let mut at = 0;
    keys.iter()
        .map(|&key| {
            let wanted = mixed(key);
            while at < others.len() && mixed(others[at]) < wanted {
                at += 1;
            }
            if at < others.len() && others[at] == key {
                at as u32
            } else {
                NONE
            }
        })
        .collect()
}

/// Ways in which a table names employers, numbered in the mixed order of their keys.
#[derive(Clone, Debug)]
pub struct Mentions {
    /// Number of the mention of each row.
    pub of_row: UInt32Array,
    /// Mention keys.
    pub keys: Int64Array,
    /// Code as the file states it.
    pub code: StringArray,
    /// Name as the file states it.
    pub name: StringArray,
    /// [`CodeKind`] of the code.
    pub code_kind: UInt8Array,
    /// Key of the code, by its kind; 0 where it has none.
    pub code_key: Int64Array,
    /// Key of the organisation code inside a unified code; 0 elsewhere.
    pub org_key: Int64Array,
    /// Key of the name in normal form; null where none is stated.
    pub name_key: Int64Array,
}

impl Mentions {
    /// Number of the mentions.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True when no employer is named.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Both tables' mentions as one list: all of this one, then what only the other has. Returns the positions in the other
    /// that were added, and the number of each of the other's mentions.
    pub fn joined_by(&self, other: &Mentions) -> (Vec<u32>, Vec<u32>) {
        let mut added = Vec::new();
        let mut numbers = numbers_among(other.keys.values(), self.keys.values());
        for (number, position) in numbers
            .iter_mut()
            .zip(0u32..)
            .filter(|(number, _)| **number == NONE)
        {
            *number = (self.len() + added.len()) as u32;
            added.push(position);
        }
        (added, numbers)
    }
}

/// The folder of the store of a Parquet file.
pub fn folder_of(parquet: &Path) -> PathBuf {
    parquet.with_extension("records")
}

fn typed<A: Array + Clone + 'static>(array: &ArrayRef, name: &str) -> Result<A, LakeError> {
    array
        .as_any()
        .downcast_ref::<A>()
        .cloned()
        .ok_or_else(|| LakeError::WrongType {
            column: name.to_owned(),
            expected: std::any::type_name::<A>().to_owned(),
            found: array.data_type().to_string(),
        })
}
