//! 加挂的牌子和曾用名: further names under which a union is known and found.

use codes::time::Day;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Tx};

statements! {
    ALIASES_OF = Sql::both(
        "SELECT id, union_org_id, kind, name, search, since, until, document_no, is_from_file, recorded_at FROM union_alias \
         WHERE union_org_id = $1 ORDER BY kind DESC, until IS NOT NULL, since, recorded_at, id"
    ),
    ALIASES_FROM_FILES = Sql::both(
        "SELECT id, union_org_id, kind, name, search, since, until, document_no, is_from_file, recorded_at FROM union_alias \
         WHERE is_from_file = $1 AND kind = 'plate'"
    ),
    FORMER_NAMES_FROM_FILES = Sql::both(
        "SELECT id, union_org_id, kind, name, search, since, until, document_no, is_from_file, recorded_at FROM union_alias \
         WHERE is_from_file = $1 AND kind = 'former'"
    ),
    ALIAS_END = Sql::both(
        "UPDATE union_alias SET until = $3 WHERE id = $1 AND union_org_id = $2 AND kind = 'plate' AND until IS NULL"
    ),
    ALIAS_DELETE = Sql::both("DELETE FROM union_alias WHERE id = $1"),
    // The names of a page of unions that a text fits, so that the page can say why it shows them.
    ALIASES_LIKE = Sql::split {
        sqlite: "SELECT u.union_id, a.kind, a.name FROM union_alias a JOIN union_org u ON u.id = a.union_org_id \
                 WHERE u.union_id IN (SELECT value FROM json_each($1)) ORDER BY a.kind DESC, a.name",
        postgres: "SELECT u.union_id, a.kind, a.name FROM union_alias a JOIN union_org u ON u.id = a.union_org_id \
                   WHERE u.union_id IN (SELECT json_array_elements_text(CAST($1 AS JSON))) ORDER BY a.kind DESC, a.name",
    },
    BEARERS = Sql::both(
        "SELECT u.name FROM union_alias a JOIN union_org u ON u.id = a.union_org_id \
         WHERE a.search = $1 AND a.kind = 'plate' AND a.until IS NULL AND u.id <> $2 AND u.is_active = $3 LIMIT 1"
    ),
}

/// One further name of a union.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AliasRow {
    pub id: Uuid,
    pub union_org_id: Uuid,
    /// `AliasKind::code`.
    pub kind: String,
    pub name: String,
    /// In normal form.
    pub search: String,
    /// `None`: not known.
    pub since: Option<chrono::NaiveDate>,
    /// The first day on which it no longer was; `None`: it still is.
    pub until: Option<chrono::NaiveDate>,
    /// 批复文号
    pub document_no: Option<String>,
    pub is_from_file: bool,
    pub recorded_at: i64,
}

impl BulkRow for AliasRow {
    const TABLE: &'static str = "union_alias";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "union_org_id",
        "kind",
        "name",
        "search",
        "since",
        "until",
        "document_no",
        "is_from_file",
        "recorded_at",
    ];
    const KEY: &'static [&'static str] = &["id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.id)
            .uuid(self.union_org_id)
            .text(self.kind.as_str())
            .text(self.name.as_str())
            .text(self.search.as_str())
            .day(self.since)
            .day(self.until)
            .text(self.document_no.as_deref())
            .bool(self.is_from_file)
            .int(self.recorded_at);
    }
}

impl Tx {
    /// Adds names; they are found from the commit on.
    pub async fn add_aliases(&mut self, rows: impl IntoIterator<Item = AliasRow>) -> Result<u64, StoreError> {
        self.note_org_names();
        bulk::insert_rows(self, rows).await
    }

    /// Takes a plate down. `false` when it was down already.
    pub async fn end_alias(&mut self, id: Uuid, union_org_id: Uuid, until: Day) -> Result<bool, StoreError> {
        Ok(execute!(self, ALIAS_END, id, union_org_id, until.naive())? > 0)
    }

    /// Takes a name out that only a file had named.
    pub async fn delete_alias(&mut self, id: Uuid) -> Result<(), StoreError> {
        execute!(self, ALIAS_DELETE, id)?;
        Ok(())
    }

    /// Every plate that files have named.
    pub async fn plates_from_files(&mut self) -> Result<Vec<AliasRow>, StoreError> {
        fetch_all!(self, ALIASES_FROM_FILES, true)
    }

    /// Every former name that a file has made one.
    pub async fn former_names_from_files(&mut self) -> Result<Vec<AliasRow>, StoreError> {
        fetch_all!(self, FORMER_NAMES_FROM_FILES, true)
    }
}

impl Reader {
    /// A union's further names: plates that hang, plates taken down, former names.
    pub async fn aliases_of(&mut self, union_org_id: Uuid) -> Result<Vec<AliasRow>, StoreError> {
        fetch_all!(self, ALIASES_OF, union_org_id)
    }

    /// Key, kind and name of the further names of some unions.
    pub async fn aliases_of_unions(
        &mut self,
        union_ids: &[&str],
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let keys = serde_json::Value::from_iter(union_ids.iter().copied()).to_string();
        fetch_all!(self, ALIASES_LIKE, keys)
    }

    /// The name of another active union that bears this second name, in normal form.
    pub async fn plate_taken(&mut self, search: &str, but: Uuid) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = fetch_optional!(self, BEARERS, search, but, true)?;
        Ok(row.map(|(name,)| name))
    }
}
