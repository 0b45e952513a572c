//! Person links: which insured row each membership is.
//!
//! A city has millions, so a run writes them by position: row i of the links is row i of the members' snapshot, and the person
//! is a row number of the insured rows. The ids stand in those two files alone and are joined when somebody reads the links.

use arrow::array::{Array, StringArray};
use std::path::{Path, PathBuf};

use crate::tables::PersonLink;
use crate::{LakeError, batches, column, read_rows, second_name};

/// Decisions as numbered in the file.
pub const DECISIONS: [&str; 3] = ["none", "verify", "linked"];

/// Tiers as numbered in the file: how a person was found.
pub const TIERS: [&str; 7] = [
    "",
    "id_name",
    "id",
    "id_other_name",
    "name_at_employer",
    "number_parts",
    "name_birth",
];

/// Number of a decision or a tier in its list.
///
/// # Panics
/// When the list does not have it: the list stands in this file, so that is a slip of the program.
pub fn number_in(list: &[&str], name: &str) -> u8 {
    let at = list.iter().position(|known| *known == name);
    u8::try_from(at.expect("every decision and tier is in its list")).expect("the lists are short")
}

/// One membership's link, with ids.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberLink {
    /// The membership.
    pub member_id: String,
    /// The insured row.
    pub ins_id: Option<String>,
    /// Probability, where a model decided.
    pub probability: Option<f64>,
    /// linked, verify or none.
    pub decision: &'static str,
    /// Tier that decided.
    pub tier: Option<&'static str>,
}

/// The links of a run and the files that they count in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLinkFiles {
    /// [`PersonLink`], one row a membership.
    pub links: PathBuf,
    /// The members' snapshot that the run read.
    pub members: PathBuf,
    /// The insured rows that the run read; `None`: never imported.
    pub insurance: Option<PathBuf>,
}

impl MemberLinkFiles {
    /// The files that [`MemberLinkFiles::keep_in`] put into a folder.
    pub fn in_folder(folder: &Path) -> MemberLinkFiles {
        let insurance = folder.join("insurance.parquet");
        MemberLinkFiles {
            links: folder.join("links.parquet"),
            members: folder.join("members.parquet"),
            insurance: insurance.exists().then_some(insurance),
        }
    }

    /// Moves the links into a folder, with second names of the other two tables ([`second_name`]): whatever becomes of those,
    /// the links can be read.
    ///
    /// # Errors
    /// When a file cannot be moved, linked or copied; the folder may then hold a part.
    pub fn keep_in(&self, folder: &Path) -> Result<(), LakeError> {
        let kept = MemberLinkFiles::in_folder(folder);
        second_name(&self.members, &kept.members)?;
        if let Some(insurance) = &self.insurance {
            second_name(insurance, &folder.join("insurance.parquet"))?;
        }
        std::fs::rename(&self.links, &kept.links).map_err(|e| LakeError::io(&self.links, e))
    }

    /// All links with their ids, in the order of the members' snapshot. Holds the ids of the insured rows in memory, some 20
    /// bytes each.
    ///
    /// # Errors
    /// When a file cannot be read, here or at the row where it happens.
    pub fn read(
        &self,
    ) -> Result<impl Iterator<Item = Result<MemberLink, LakeError>> + Send + use<>, LakeError> {
        let insured = match &self.insurance {
            Some(path) => Ids::load(path, "ins_id")?,
            None => Ids::default(),
        };
        let members = batches(&self.members, &["member_id"])?.flat_map(ids_of_batch);
        Ok(read_rows::<PersonLink>(&self.links)?
            .zip(members)
            .map(move |(link, member_id)| {
                let link = link?;
                Ok(MemberLink {
                    member_id: member_id?,
                    ins_id: link.ins_row.and_then(|row| insured.get(row)).map(str::to_owned),
                    probability: link.probability,
                    decision: DECISIONS
                        .get(usize::from(link.decision))
                        .copied()
                        .unwrap_or("none"),
                    tier: TIERS
                        .get(usize::from(link.tier))
                        .copied()
                        .filter(|tier| !tier.is_empty()),
                })
            }))
    }
}

fn ids_of_batch(
    batch: Result<arrow::array::RecordBatch, LakeError>,
) -> Box<dyn Iterator<Item = Result<String, LakeError>> + Send> {
    let ids = batch.and_then(|batch| column::<StringArray>(&batch, "member_id").cloned());
    match ids {
        Ok(ids) => Box::new((0..ids.len()).map(move |i| Ok(ids.value(i).to_owned()))),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

/// One text column of a whole file.
#[derive(Default)]
struct Ids {
    parts: Vec<StringArray>,
    firsts: Vec<usize>,
}

impl Ids {
    fn load(path: &Path, name: &str) -> Result<Ids, LakeError> {
        let mut ids = Ids::default();
        let mut rows = 0;
        for batch in batches(path, &[name])? {
            let part = column::<StringArray>(&batch?, name)?.clone();
            ids.firsts.push(rows);
            rows += part.len();
            ids.parts.push(part);
        }
        Ok(ids)
    }

    fn get(&self, row: i32) -> Option<&str> {
        let row = usize::try_from(row).ok()?;
        let part = self
            .firsts
            .partition_point(|first| *first <= row)
            .checked_sub(1)?;
        let i = row - self.firsts[part];
        (i < self.parts[part].len()).then(|| self.parts[part].value(i))
    }
}
