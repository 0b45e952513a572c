//! Checks that wait for a decision, and exports that were asked for (核对、导出).

use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Bind, Direction, Fragment, KeyPage, ListQuery};
use crate::tx::{Reader, Tx};

statements! {
    CHECK_ADD = Sql::both(
        "INSERT INTO intake_check (check_no, id, kind, file_name, sm3, state, report, base, batch_no, account_id, started_by, started_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    ),
    CHECK_SAVE = Sql::both(
        "UPDATE intake_check SET state = $2, report = $3, batch_no = $4 WHERE check_no = $1"
    ),
    CHECK_LAST_NO = Sql::both("SELECT MAX(check_no) FROM intake_check"),
    CHECK_BY_NO = Sql::both(
        "SELECT check_no, id, kind, file_name, sm3, state, report, base, batch_no, account_id, started_by, started_at \
         FROM intake_check WHERE check_no = $1"
    ),
    CHECKS_OF_STATE = Sql::both(
        "SELECT check_no, id, kind, file_name, sm3, state, report, base, batch_no, account_id, started_by, started_at \
         FROM intake_check WHERE state = $1 ORDER BY started_at DESC, check_no DESC"
    ),
    EXPORT_ADD = Sql::both(
        "INSERT INTO export_file (export_no, id, kind, file_name, is_plain, reason, request, rows, account_id, made_by, made_at, is_kept, alone_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    ),
    // Rows in full that somebody took without a second person.
    PLAIN_ROWS_ALONE = Sql::both(
        "SELECT CAST(COALESCE(SUM(rows), 0) AS BIGINT) FROM export_file \
         WHERE alone_by = $1 AND made_at >= $2 AND is_plain = TRUE AND rows IS NOT NULL"
    ),
    ACCOUNT_HOLD = Sql::split {
        sqlite: "SELECT COUNT(*) FROM (SELECT id FROM account WHERE id = $1)",
        postgres: "SELECT COUNT(*) FROM (SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE) held",
    },
    EXPORT_SAVE = Sql::both("UPDATE export_file SET rows = $2, is_kept = $3 WHERE export_no = $1"),
    EXPORT_LAST_NO = Sql::both("SELECT MAX(export_no) FROM export_file"),
    EXPORT_BY_NO = Sql::both(
        "SELECT export_no, id, kind, file_name, is_plain, reason, request, rows, account_id, made_by, made_at, is_kept, alone_by \
         FROM export_file WHERE export_no = $1"
    ),
    EXPORTS_KEPT = Sql::both(
        "SELECT export_no, id, kind, file_name, is_plain, reason, request, rows, account_id, made_by, made_at, is_kept, alone_by \
         FROM export_file WHERE is_kept = TRUE ORDER BY export_no DESC"
    ),
    EXPORTS_OF = Sql::both(
        "SELECT export_no, id, kind, file_name, is_plain, reason, request, rows, account_id, made_by, made_at, is_kept, alone_by \
         FROM export_file WHERE account_id = $1 ORDER BY export_no DESC LIMIT $2"
    ),
}

/// A check as it stands in the table.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct CheckRow {
    pub check_no: i64,
    pub id: Uuid,
    /// `Kind::name`.
    pub kind: String,
    pub file_name: String,
    /// SM3 of the file, hex.
    pub sm3: String,
    /// `waiting`, `imported`, `dropped` or `expired`.
    pub state: String,
    /// JSON of the counts.
    pub report: String,
    /// What the register stood at: an import later may find another one.
    pub base: String,
    /// The batch that the file became.
    pub batch_no: Option<i64>,
    pub account_id: Option<Uuid>,
    pub started_by: String,
    pub started_at: i64,
}

/// An export as it stands in the table.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ExportRow {
    pub export_no: i64,
    pub id: Uuid,
    /// `Kind::name`.
    pub kind: String,
    pub file_name: String,
    /// Personal values stand in it unmasked.
    pub is_plain: bool,
    /// What for.
    pub reason: String,
    /// JSON of filter, columns and format.
    pub request: String,
    /// Rows written; `None` until it is made.
    pub rows: Option<i64>,
    pub account_id: Option<Uuid>,
    pub made_by: String,
    pub made_at: i64,
    /// Whether its file can still be had.
    pub is_kept: bool,
    /// Who took it without a second person's approval; `None` where one was given, or for the built-in account.
    pub alone_by: Option<Uuid>,
}

impl Tx {
    /// Adds a check; `Conflict` when somebody else took its number at the same moment.
    pub async fn add_check(&mut self, check: &CheckRow) -> Result<(), StoreError> {
        execute!(
            self,
            CHECK_ADD,
            check.check_no,
            check.id,
            check.kind.as_str(),
            check.file_name.as_str(),
            check.sm3.as_str(),
            check.state.as_str(),
            check.report.as_str(),
            check.base.as_str(),
            check.batch_no,
            check.account_id,
            check.started_by.as_str(),
            check.started_at,
        )?;
        Ok(())
    }

    /// Brings a check's state, counts and batch up to date.
    pub async fn save_check(&mut self, check: &CheckRow) -> Result<(), StoreError> {
        execute!(
            self,
            CHECK_SAVE,
            check.check_no,
            check.state.as_str(),
            check.report.as_str(),
            check.batch_no,
        )?;
        Ok(())
    }

    /// The next free number of a check.
    pub async fn next_check_no(&mut self) -> Result<i64, StoreError> {
        let row: (Option<i64>,) = fetch_one!(self, CHECK_LAST_NO)?;
        Ok(row.0.unwrap_or(0) + 1)
    }

    /// Adds an export; `Conflict` when somebody else took its number at the same moment.
    pub async fn add_export(&mut self, export: &ExportRow) -> Result<(), StoreError> {
        execute!(
            self,
            EXPORT_ADD,
            export.export_no,
            export.id,
            export.kind.as_str(),
            export.file_name.as_str(),
            export.is_plain,
            export.reason.as_str(),
            export.request.as_str(),
            export.rows,
            export.account_id,
            export.made_by.as_str(),
            export.made_at,
            export.is_kept,
            export.alone_by,
        )?;
        Ok(())
    }

    /// Has others wait who hold the same account, until the commit.
    pub async fn hold_account(&mut self, account: Uuid) -> Result<(), StoreError> {
        let _: (i64,) = fetch_one!(self, ACCOUNT_HOLD, account)?;
        Ok(())
    }

    /// Says how many rows an export has, and whether its file can still be had.
    pub async fn save_export(&mut self, export: &ExportRow) -> Result<(), StoreError> {
        execute!(self, EXPORT_SAVE, export.export_no, export.rows, export.is_kept)?;
        Ok(())
    }

    /// The next free number of an export.
    pub async fn next_export_no(&mut self) -> Result<i64, StoreError> {
        let row: (Option<i64>,) = fetch_one!(self, EXPORT_LAST_NO)?;
        Ok(row.0.unwrap_or(0) + 1)
    }
}

impl Reader {
    /// One check.
    pub async fn check(&mut self, check_no: i64) -> Result<Option<CheckRow>, StoreError> {
        fetch_optional!(self, CHECK_BY_NO, check_no)
    }

    /// Checks in a state, newest first.
    pub async fn checks(&mut self, state: &str) -> Result<Vec<CheckRow>, StoreError> {
        fetch_all!(self, CHECKS_OF_STATE, state)
    }

    /// One export.
    pub async fn export_file(&mut self, export_no: i64) -> Result<Option<ExportRow>, StoreError> {
        fetch_optional!(self, EXPORT_BY_NO, export_no)
    }

    /// How many rows in full somebody has taken since an instant without a second person's approval.
    pub async fn plain_rows_alone(&mut self, person: Uuid, since: i64) -> Result<i64, StoreError> {
        let (rows,): (i64,) = fetch_one!(self, PLAIN_ROWS_ALONE, person, since)?;
        Ok(rows)
    }

    /// Exports whose file can still be had, newest first.
    pub async fn exports_kept(&mut self) -> Result<Vec<ExportRow>, StoreError> {
        fetch_all!(self, EXPORTS_KEPT)
    }

    /// Somebody's exports, newest first.
    pub async fn exports_of(&mut self, account: Uuid, limit: i64) -> Result<Vec<ExportRow>, StoreError> {
        fetch_all!(self, EXPORTS_OF, account, limit)
    }

    /// Somebody's exports of these kinds that are made, newest first, and how many there are in all.
    pub async fn exports_of_kinds(
        &mut self,
        account: Uuid,
        kinds: &[&'static str],
        page: KeyPage,
    ) -> Result<(Vec<ExportRow>, i64), StoreError> {
        let columns = "export_no, id, kind, file_name, is_plain, reason, request, rows, account_id, made_by, made_at, is_kept, alone_by";
        let mut query = ListQuery::new(columns, "export_file", &Scope::Everything, "id");
        query.wherever("account_id = ? AND rows IS NOT NULL", [account.into()]);
        query.filter(Fragment::any_of(
            "kind",
            kinds.iter().map(|kind| Bind::from(*kind)),
        ));
        query.window(page.into(), "export_no", Direction::Descending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }
}
