//! Links between unions and employers (工会与单位的对应), one row per union, brought up to date by every run.

use std::collections::HashMap;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Tx};

statements! {
    LINK_HASHES = Sql::packed("union_id, row_hash", "FROM link"),
    LINK_DROP = Sql::both("DELETE FROM link WHERE union_id = $1"),
    LINK_OF_UNION = Sql::both(
        "SELECT union_id, enterprise_id, uscc, probability, decision, tier, evidence, candidate_name \
         FROM link WHERE union_id = $1"
    ),
    LINK_OF_ENTERPRISE = Sql::both(
        "SELECT union_id, enterprise_id, uscc, probability, decision, tier, evidence, candidate_name \
         FROM link WHERE enterprise_id = $1 AND decision = 'linked' ORDER BY probability DESC, union_id LIMIT 1"
    ),
    LINKS_ALL = Sql::both(
        "SELECT union_id, enterprise_id, uscc, probability, decision, tier, evidence, candidate_name \
         FROM link ORDER BY union_id"
    ),
}

/// What a run says of one union.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LinkRecord {
    pub union_id: String,
    /// The linked employer, or the best candidate.
    pub enterprise_id: Option<String>,
    pub uscc: Option<String>,
    pub probability: Option<f64>,
    /// `linked`, `verify`, `none`.
    pub decision: String,
    pub tier: Option<String>,
    /// JSON as the run wrote it.
    pub evidence: String,
    pub candidate_name: Option<String>,
}

impl BulkRow for LinkRecord {
    const TABLE: &'static str = "link";
    const COLUMNS: &'static [&'static str] = &[
        "union_id",
        "enterprise_id",
        "uscc",
        "probability",
        "decision",
        "tier",
        "evidence",
        "candidate_name",
        "row_hash",
    ];
    const KEY: &'static [&'static str] = &["union_id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        self.write_content(row);
        row.int(self.content_hash());
    }
}

impl LinkRecord {
    fn write_content(&self, row: &mut RowWriter<'_>) {
        row.text(self.union_id.as_str())
            .text(self.enterprise_id.as_deref())
            .text(self.uscc.as_deref())
            .float(self.probability)
            .text(self.decision.as_str())
            .text(self.tier.as_deref())
            .text(self.evidence.as_str())
            .text(self.candidate_name.as_deref());
    }

    fn content_hash(&self) -> i64 {
        bulk::hash_of(|row| self.write_content(row))
    }
}

impl Tx {
    /// Puts a run's links in the place of the former ones and answers how many were written: those that say something new.
    pub async fn replace_links(
        &mut self,
        links: impl IntoIterator<Item = LinkRecord>,
    ) -> Result<u64, StoreError> {
        let known = fetch_packed!(self, LINK_HASHES, (String, Option<i64>))?;
        let mut known: HashMap<String, Option<i64>> = known.into_iter().collect();
        let changed = links
            .into_iter()
            .filter(|link| known.remove(&link.union_id).flatten() != Some(link.content_hash()));
        let written = bulk::upsert_rows(self, changed).await?;
        for union_id in known.keys() {
            execute!(self, LINK_DROP, union_id.as_str())?;
        }
        Ok(written)
    }
}

impl Reader {
    /// The last run's answer for one union; absent for unions that are younger than the run.
    pub async fn link_of_union(&mut self, union_id: &str) -> Result<Option<LinkRecord>, StoreError> {
        fetch_optional!(self, LINK_OF_UNION, union_id)
    }

    /// The union linked to an employer, the surest first.
    pub async fn link_of_enterprise(
        &mut self,
        enterprise_id: &str,
    ) -> Result<Option<LinkRecord>, StoreError> {
        fetch_optional!(self, LINK_OF_ENTERPRISE, enterprise_id)
    }

    /// Every link by union, for the export.
    pub async fn links(&mut self) -> Result<Vec<LinkRecord>, StoreError> {
        fetch_all!(self, LINKS_ALL)
    }
}
