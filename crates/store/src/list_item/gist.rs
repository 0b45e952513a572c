//! What a run needs to know of every item there has ever been to tell which ones its findings concern.

use chrono::NaiveDate;
use codes::time::Day;
use domain::list_item::{ClosedBy, ItemState, Known, ListKind};

use super::KnownKey;
use super::record::known;
use crate::StoreError;

/// One item in short.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemGist {
    pub item_no: String,
    /// Rule and subject.
    pub key: KnownKey,
    pub known: Known,
    pub rule_version: i64,
    /// See [`super::ItemRecord::detail_hash`].
    pub detail_hash: i64,
    pub responsible_path: Option<String>,
}

#[derive(serde::Deserialize)]
pub(super) struct GistRow {
    item_no: String,
    rule: String,
    rule_version: i64,
    subject_kind: String,
    subject_id: String,
    kind: String,
    state: String,
    #[serde(deserialize_with = "crate::sql::truth")]
    is_confirmed: bool,
    fingerprint: String,
    detail_hash: i64,
    responsible_path: Option<String>,
    closed_by: Option<String>,
    suppressed_fingerprint: Option<String>,
    suppressed_until: Option<NaiveDate>,
}

impl TryFrom<GistRow> for ItemGist {
    type Error = StoreError;

    fn try_from(row: GistRow) -> Result<ItemGist, StoreError> {
        let bad = |column| StoreError::corrupt("list_item", column, &row.item_no);
        Ok(ItemGist {
            known: Known {
                kind: ListKind::from_code(&row.kind).ok_or_else(|| bad("kind"))?,
                state: ItemState::from_code(&row.state).ok_or_else(|| bad("state"))?,
                is_confirmed: row.is_confirmed,
                fingerprint: row.fingerprint,
                closed_by: known(row.closed_by.as_deref(), ClosedBy::from_code)
                    .ok_or_else(|| bad("closed_by"))?,
                suppressed_fingerprint: row.suppressed_fingerprint,
                suppressed_until: row.suppressed_until.map(Day::from),
            },
            item_no: row.item_no,
            key: (row.rule, row.subject_kind, row.subject_id),
            rule_version: row.rule_version,
            detail_hash: row.detail_hash,
            responsible_path: row.responsible_path,
        })
    }
}
