//! What only the register as a whole can say of a file's unions once every row has been read: the second line, and the zones.

use std::collections::HashMap;

use domain::scope::UnionPath;
use domain::union_org::line;
use store::Tx;
use store::union_org::UnionRow;

use super::{Held, Register, content_hash};
use crate::error::AppError;
use crate::intake::cells::{Doubt, unread_json};
use crate::intake::inherit;
use crate::intake::ledger::Outcome;
use crate::intake::sift::Sift;
use crate::zone::settle::{foretell, lying};

/// The element of the second line.
const LINE: &str = "industry_parent_id";

impl Register {
    /// Whether the industry line from a union leads back to it.
    fn leads_back(&self, key: &str) -> bool {
        line::leads_back(key, |key| self.lines.get(key).map(String::as_str))
    }

    /// Whether the industry union of a row is the file's word: not a person's, and not what the register had already.
    fn is_line_new(&self, key: &str) -> bool {
        let Some(row) = self.after.get(key) else {
            return false;
        };
        let old = self.before.get(key);
        let is_by_hand = || {
            let marks = self.by_hand.get(&row.id);
            marks.is_some_and(|set| set.contains(LINE))
        };
        old.is_none_or(|old| old.industry_parent_id != row.industry_parent_id && !is_by_hand())
    }
}

/// The second line: an industry union that the register does not know is told and kept until it comes, by a later row or file; what
/// would lead back to the union itself is not taken. Every row of the file has been read by now.
pub(super) fn tie(register: &mut Register, held: &mut HashMap<String, Held>) {
    let mut round: Vec<String> = held
        .keys()
        .filter(|key| register.is_line_new(key) && register.leads_back(key))
        .cloned()
        .collect();
    round.sort();
    for key in round {
        let Some(raw) = register.lines.get(&key).cloned() else {
            continue;
        };
        let reason = "产业线成环（最终指回本工会），没有采用，请改正其中一家";
        let doubt = Doubt {
            column: LINE,
            raw,
            reason: reason.to_owned(),
        };
        if let Some(row) = register.after.get(&key).cloned() {
            let unread = inherit::with(row.unread.clone(), unread_json(std::slice::from_ref(&doubt)));
            let mut row = UnionRow {
                industry_parent_id: None,
                unread,
                ..row
            };
            row.row_hash = content_hash(&row);
            register.put(row);
        }
        if let Some(waiting) = held.get_mut(&key) {
            waiting.doubts.push(doubt);
        }
    }
    for (key, waiting) in held.iter_mut() {
        let above = register.lines.get(key);
        if let Some(above) = above.filter(|above| !register.nodes.contains_key(*above)) {
            waiting.doubts.push(Doubt {
                column: LINE,
                raw: above.clone(),
                reason: "所属产业工会标识不在台账中，先留着；请核对标识，或先登记那家产业工会".to_owned(),
            });
        }
    }
}

/// What a check says of the zones (片区): the same sentences as the import's report. Answers how many unions.
pub(super) async fn tell_zones(tx: &mut Tx, register: &Register, sift: &mut Sift) -> Result<i64, AppError> {
    let before = lying(tx).await?;
    if before.holdings.is_empty() {
        return Ok(0);
    }
    let mut places = HashMap::new();
    for node in register.nodes.values() {
        if let Some(path) = &node.path {
            places.insert(
                node.union_id.clone(),
                UnionPath::parse(path).map_err(AppError::internal)?,
            );
        }
    }
    let named = |key: &str| {
        let row = register.after.get(key)?;
        Some((row.name.clone(), row.is_active))
    };
    let told = foretell(tx, &before, places, named).await?;
    for (key, words) in &told {
        sift.note(Outcome::Zoned, key, words)?;
    }
    Ok(told.len() as i64)
}
