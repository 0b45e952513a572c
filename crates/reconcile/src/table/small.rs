//! The small tables: covers, verdicts, open items.

use crate::error::Result;
use codes::time::Day;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// One employer named in a union's cover list.
#[derive(Clone, Debug)]
pub struct Cover {
    pub union_id: String,
    pub code: Option<String>,
    pub name: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl Cover {
    /// True when the cover holds on that day; an open end holds on.
    pub fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| to >= day)
    }
}

/// Decisions by hand.
#[derive(Default)]
pub struct Verdicts {
    /// Union → the enterprise confirmed.
    pub same: BTreeMap<String, String>,
    /// Pairs ruled out.
    pub different: HashSet<(String, String)>,
}

/// One open item of the worklist.
#[derive(Clone, Debug)]
pub struct OpenItem {
    pub item_no: String,
    pub rule: String,
    pub subject_kind: String,
    pub subject_id: String,
}

/// Reads the cover lists.
pub fn covers(path: &Path) -> Result<Vec<Cover>> {
    let mut rows = Vec::new();
    for row in lake::read_rows::<lake::tables::Cover>(path)? {
        let row = row?;
        rows.push(Cover {
            union_id: row.union_id,
            code: row.employer_code,
            name: row.employer_name,
            from: row.cover_from,
            to: row.cover_to,
        });
    }
    Ok(rows)
}

/// Reads the verdicts. Should two enterprises be confirmed for one union, the smaller id wins, so that runs agree.
pub fn verdicts(path: &Path) -> Result<Verdicts> {
    let mut found = Verdicts::default();
    for row in lake::read_rows::<lake::tables::Verdict>(path)? {
        let row = row?;
        if row.is_same {
            let kept = found
                .same
                .entry(row.union_id)
                .or_insert_with(|| row.enterprise_id.clone());
            if row.enterprise_id < *kept {
                *kept = row.enterprise_id;
            }
        } else {
            found.different.insert((row.union_id, row.enterprise_id));
        }
    }
    Ok(found)
}

/// Reads the open items, sorted by number.
pub fn open_items(path: &Path) -> Result<Vec<OpenItem>> {
    let mut rows = Vec::new();
    for row in lake::read_rows::<lake::tables::OpenItem>(path)? {
        let row = row?;
        rows.push(OpenItem {
            item_no: row.item_no,
            rule: row.rule,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
        });
    }
    rows.sort_by(|a, b| a.item_no.cmp(&b.item_no));
    Ok(rows)
}
