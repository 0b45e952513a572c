//! Memberships, each with the insured person that its number leads to.

use super::super::rest::{Number, Rest};
use super::insured::{Insured, Texts, is_sound, part_tokens};
use super::name::{NameLikeness, likeness};
use crate::error::Result;
use crate::scan::{fold, typed};
use arrow::array::{Array, Int64Array, RecordBatch, StringArray, UInt8Array};
use codes::resident_id::IdStatus;
use codes::text::key64;
use datafusion::prelude::SessionContext;
use engines::matching::frequency::KeyMap;
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

/// Finds each membership's person among the insured by the ID token.
pub async fn link_members(
    context: &SessionContext,
    path: &Path,
    unions: &KeyMap<u32>,
    insured: std::sync::Arc<Insured>,
) -> Result<Vec<MemberLinks>> {
    let unions = std::sync::Arc::new(unions.clone());
    let columns = ["union_key", "id_token", "id_status", "id_parts", "name"];
    fold(
        context,
        "members",
        path,
        &columns,
        MemberLinks::default,
        move |links: &mut MemberLinks, batch: &RecordBatch| add_members(links, batch, &unions, &insured),
    )
    .await
}

fn add_members(
    links: &mut MemberLinks,
    batch: &RecordBatch,
    unions: &KeyMap<u32>,
    insured: &Insured,
) -> Result<()> {
    const TABLE: &str = "members";
    let union = typed::<Int64Array>(batch, TABLE, "union_key")?;
    let token = typed::<Int64Array>(batch, TABLE, "id_token")?;
    let status = typed::<UInt8Array>(batch, TABLE, "id_status")?;
    let parts = typed::<Int64Array>(batch, TABLE, "id_parts").ok();
    let name = typed::<StringArray>(batch, TABLE, "name")?;
    // Each look-up misses the cache; side by side in a loop of their own they wait together.
    let persons: Vec<Option<u32>> = (0..batch.num_rows())
        .map(|i| {
            let token = token.is_valid(i).then(|| token.value(i))?;
            let key = IdStatus::from_u8(status.value(i))?.person_key(token, name.value(i))?;
            insured.person_of(key)
        })
        .collect();
    for (i, person) in persons.into_iter().enumerate() {
        links
            .union
            .push(unions.get(&union.value(i)).copied().unwrap_or(u32::MAX));
        let row = person.map(|person| insured.bearer(person, name.value(i)));
        links.row.push(row.unwrap_or(u32::MAX));
        let fit = row.map_or(NameFit::None, |row| name_fit(name.value(i), insured.name(row)));
        links.quality.push(fit);
        if matches!(fit, NameFit::None | NameFit::Other) && !name.value(i).is_empty() {
            links.rest_names.push(name.value(i));
            links.rest.push(Rest {
                at: links.row.len() as u32 - 1,
                name_key: key64(name.value(i)),
                number: match fit {
                    NameFit::Other => Number::Anothers,
                    _ if is_sound(status.value(i)) => Number::Sound,
                    _ => Number::Doubtful,
                },
                parts: part_tokens(parts, i),
            });
        }
    }
    Ok(())
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
