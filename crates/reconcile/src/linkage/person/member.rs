//! Memberships, each with the insured person that its number leads to.

use super::super::rest::{Number, Rest};
use super::insured::{Insured, Texts, is_sound, part_tokens};
use super::name::{NameLikeness, likeness};
use crate::error::Result;
use crate::parallel;
use crate::record::Kept;
use arrow::array::{Int64Array, StringArray, UInt8Array};
use codes::text::key64;
use engines::matching::frequency::KeyMap;
use lake::records::{NONE, Records};
use std::ops::Range;
use std::path::Path;

/// Memberships in the order of their snapshot, with the insured row found for each.
#[derive(Default)]
pub struct MemberLinks {
    /// Number of the union in the sorted list; `u32::MAX` for a union that is not there.
    pub union: Vec<u32>,
    /// Insured row, `u32::MAX` for none.
    pub row: Vec<u32>,
    pub quality: Vec<NameFit>,
    /// Those that the number did not settle, and their names.
    pub rest: Vec<Rest>,
    pub rest_names: Texts,
    /// Probability of those found otherwise, by position.
    likely: Vec<(u32, f64)>,
}

impl MemberLinks {
    /// Enters a person found without the number. [`Self::finish_settling`] follows the last one.
    pub fn settle(&mut self, at: u32, row: u32, how: NameFit, likely: f64) {
        self.row[at as usize] = row;
        self.quality[at as usize] = how;
        self.likely.push((at, likely));
    }

    /// Puts the probabilities in order; what is left over stays so.
    pub fn finish_settling(&mut self) {
        self.likely.sort_unstable_by_key(|(at, _)| *at);
        self.rest = Vec::new();
        self.rest_names = Texts::default();
    }

    /// Probability of a membership found without its number.
    pub fn likely(&self, at: u32) -> Option<f64> {
        self.likely
            .binary_search_by_key(&at, |(at, _)| *at)
            .ok()
            .map(|i| self.likely[i].1)
    }
}

/// How a membership and its insured person were brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFit {
    /// Not found among the insured.
    None,
    /// Equal number and name.
    Same,
    /// Equal number, and a slip, a lost rare character, or one name missing.
    Near,
    /// Equal number, and quite another name: a person must look.
    Other,
    /// Found by name and parts of the number, since the number as a whole helped nobody.
    NumberParts,
    /// Found by name and stated birth date.
    NameBirth,
    /// Found by the name at the union's employer.
    AtEmployer,
}

/// Finds each membership's person among the insured by the number's key.
pub fn link_members(
    path: &Path,
    unions: &KeyMap<u32>,
    insured: &Insured,
    threads: usize,
) -> Result<Vec<MemberLinks>> {
    let records = Records::of::<lake::tables::Member>(path)?;
    let mut kept = Kept::of::<lake::tables::Member>(&records, threads)?;
    let members = Members {
        union: kept.take("union_key")?,
        name: kept.take("name")?,
        status: kept.take("id_status")?,
        parts: kept.take_if_there("id_parts"),
        person: insured.found_among(&records.persons()?),
    };
    Ok(parallel::parts(records.rows(), threads, |range| {
        members.link(range, unions, insured)
    }))
}

/// The memberships' columns.
struct Members {
    union: Int64Array,
    name: StringArray,
    status: UInt8Array,
    parts: Option<Int64Array>,
    /// Number of the insured person, [`NONE`] where the number leads to nobody.
    person: Vec<u32>,
}

impl Members {
    fn link(&self, rows: Range<usize>, unions: &KeyMap<u32>, insured: &Insured) -> MemberLinks {
        let mut links = MemberLinks {
            union: Vec::with_capacity(rows.len()),
            row: Vec::with_capacity(rows.len()),
            quality: Vec::with_capacity(rows.len()),
            ..MemberLinks::default()
        };
        let mut latest = (0, u32::MAX);
        for i in rows {
            // Neighbours are mostly of one union.
            let union = self.union.value(i);
            if latest.0 != union || links.union.is_empty() {
                latest = (union, unions.get(&union).copied().unwrap_or(u32::MAX));
            }
            links.union.push(latest.1);
            let name = self.name.value(i);
            let person = self.person[i];
            let row = if person == NONE {
                NONE
            } else {
                insured.bearer(person, name)
            };
            links.row.push(row);
            let fit = if row == NONE {
                NameFit::None
            } else {
                name_fit(name, insured.name(row))
            };
            links.quality.push(fit);
            if matches!(fit, NameFit::None | NameFit::Other) && !name.is_empty() {
                links.rest_names.push(name);
                links.rest.push(Rest {
                    at: links.row.len() as u32 - 1,
                    name_key: key64(name),
                    number: match fit {
                        NameFit::Other => Number::Anothers,
                        _ if is_sound(self.status.value(i)) => Number::Sound,
                        _ => Number::Doubtful,
                    },
                    parts: part_tokens(self.parts.as_ref(), i),
                });
            }
        }
        links
    }
}

/// Equal numbers with different names are two persons on one number (typing error) or one person under two spellings.
fn name_fit(left: &str, right: &str) -> NameFit {
    if left.is_empty() || right.is_empty() {
        return NameFit::Near;
    }
    match likeness(left, right) {
        NameLikeness::Same => NameFit::Same,
        NameLikeness::Alike | NameLikeness::Slip => NameFit::Near,
        NameLikeness::Other => NameFit::Other,
    }
}
