//! Data keys (数据密钥) and the values that they seal, for the change from one key to the next.

use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    DATA_KEYS = Sql::both("SELECT version, wrapped, created_at, active_from, retired_at FROM data_key ORDER BY version"),
    DATA_KEY_INSERT = Sql::both(
        "INSERT INTO data_key (version, wrapped, created_at, active_from) VALUES ($1, $2, $3, $4)"
    ),
    DATA_KEY_WRAP = Sql::both("UPDATE data_key SET wrapped = $3 WHERE version = $1 AND wrapped = $2"),
    DATA_KEY_RETIRE = Sql::both("UPDATE data_key SET retired_at = $2, wrapped = NULL WHERE version = $1 AND retired_at IS NULL"),
    MEMBER_ID_OTHER = Sql::both(
        "SELECT id, id_sealed FROM member WHERE id > $1 AND id_sealed IS NOT NULL AND SUBSTR(id_sealed, 1, 5) <> $2 ORDER BY id LIMIT $3"
    ),
    MEMBER_ID_SET = Sql::both("UPDATE member SET id_sealed = $2 WHERE id = $1 AND id_sealed = $3"),
    MEMBER_ID_MARKS = Sql::both(
        "SELECT CASE WHEN SUBSTR(id_sealed, 1, 1) = $1 THEN SUBSTR(id_sealed, 1, 5) ELSE SUBSTR(id_sealed, 1, 1) END AS mark, \
         COUNT(*) FROM member WHERE id_sealed IS NOT NULL GROUP BY 1"
    ),
    MEMBER_PHONE_OTHER = Sql::both(
        "SELECT id, phone_sealed FROM member WHERE id > $1 AND phone_sealed IS NOT NULL AND SUBSTR(phone_sealed, 1, 5) <> $2 \
         ORDER BY id LIMIT $3"
    ),
    MEMBER_PHONE_SET = Sql::both("UPDATE member SET phone_sealed = $2 WHERE id = $1 AND phone_sealed = $3"),
    MEMBER_PHONE_MARKS = Sql::both(
        "SELECT CASE WHEN SUBSTR(phone_sealed, 1, 1) = $1 THEN SUBSTR(phone_sealed, 1, 5) ELSE SUBSTR(phone_sealed, 1, 1) END AS mark, \
         COUNT(*) FROM member WHERE phone_sealed IS NOT NULL GROUP BY 1"
    ),
    UNION_PHONE_OTHER = Sql::both(
        "SELECT id, phone_sealed FROM union_org WHERE id > $1 AND phone_sealed IS NOT NULL AND SUBSTR(phone_sealed, 1, 5) <> $2 \
         ORDER BY id LIMIT $3"
    ),
    UNION_PHONE_SET = Sql::both("UPDATE union_org SET phone_sealed = $2 WHERE id = $1 AND phone_sealed = $3"),
    UNION_PHONE_MARKS = Sql::both(
        "SELECT CASE WHEN SUBSTR(phone_sealed, 1, 1) = $1 THEN SUBSTR(phone_sealed, 1, 5) ELSE SUBSTR(phone_sealed, 1, 1) END AS mark, \
         COUNT(*) FROM union_org WHERE phone_sealed IS NOT NULL GROUP BY 1"
    ),
    FACTOR_OTHER = Sql::both(
        "SELECT account_id, secret_sealed FROM second_factor WHERE account_id > $1 AND SUBSTR(secret_sealed, 1, 5) <> $2 \
         ORDER BY account_id LIMIT $3"
    ),
    FACTOR_SET = Sql::both("UPDATE second_factor SET secret_sealed = $2 WHERE account_id = $1 AND secret_sealed = $3"),
    FACTOR_MARKS = Sql::both(
        "SELECT CASE WHEN SUBSTR(secret_sealed, 1, 1) = $1 THEN SUBSTR(secret_sealed, 1, 5) ELSE SUBSTR(secret_sealed, 1, 1) END AS mark, \
         COUNT(*) FROM second_factor GROUP BY 1"
    ),
    // Rows kept whole, sealed once more around what an older key sealed: their cells are sealed anew as well.
    PAST_IMAGES = Sql::both("SELECT id, image FROM past_member WHERE id > $1 ORDER BY id LIMIT $2"),
    PAST_IMAGE_SET = Sql::both("UPDATE past_member SET image = $3 WHERE id = $1 AND image = $2"),
    MERGE_IMAGES = Sql::both(
        "SELECT id, images FROM member_merge WHERE id > $1 AND undone_at IS NULL AND LENGTH(images) > 0 ORDER BY id LIMIT $2"
    ),
    MERGE_IMAGES_SET = Sql::both("UPDATE member_merge SET images = $3 WHERE id = $1 AND images = $2"),
    UNDOABLE = Sql::both(
        "SELECT batch_no, id, kind FROM intake_batch WHERE state = 'applied' AND kind IN ('unions', 'members') \
         AND COALESCE(notes, '') NOT LIKE '%\"is_settled\":true%' ORDER BY batch_no"
    ),
    ANSWERS_OTHER = Sql::both(
        "SELECT account_id, request_key, answer_sealed FROM api_answer WHERE answer_sealed IS NOT NULL \
         AND SUBSTR(answer_sealed, 1, 5) <> $3 AND (account_id > $1 OR (account_id = $1 AND request_key > $2)) \
         ORDER BY account_id, request_key LIMIT $4"
    ),
    ANSWERS_OTHER_COUNT = Sql::both(
        "SELECT COUNT(*) FROM api_answer WHERE answer_sealed IS NOT NULL AND SUBSTR(answer_sealed, 1, 5) <> $1"
    ),
    ANSWER_SET = Sql::both(
        "UPDATE api_answer SET answer_sealed = $4 WHERE account_id = $1 AND request_key = $2 AND answer_sealed = $3"
    ),
    SEALED_COLUMNS = Sql::split {
        sqlite: "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND c.name LIKE '%\\_sealed' ESCAPE '\\' ORDER BY 1",
        postgres: "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns \
                   WHERE table_schema = current_schema() AND column_name LIKE '%\\_sealed' ESCAPE '\\' ORDER BY 1",
    },
}

/// First byte of a value that names its key.
const VERSIONED: [u8; 1] = [2];

/// One data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DataKeyRow {
    pub version: i64,
    /// `None` once it is retired.
    pub wrapped: Option<Vec<u8>>,
    pub created_at: i64,
    pub active_from: i64,
    pub retired_at: Option<i64>,
}

/// A register batch that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UndoableBatch {
    pub batch_no: i64,
    pub id: Uuid,
    /// `Kind::name`.
    pub kind: String,
}

/// A column of values that change their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    MemberIdNumber,
    MemberPhone,
    UnionPhone,
    SecondFactor,
}

impl SealedColumn {
    /// All of them. A test holds them against the tables.
    pub const ALL: [SealedColumn; 4] = [
        SealedColumn::MemberIdNumber,
        SealedColumn::MemberPhone,
        SealedColumn::UnionPhone,
        SealedColumn::SecondFactor,
    ];

    /// Sealed as well, with a key of two columns, and gone within a day.
    pub const SHORT_LIVED: [&str; 1] = ["api_answer.answer_sealed"];

    /// Table and column as the seal names them.
    pub fn cell(self) -> (&'static str, &'static str) {
        match self {
            SealedColumn::MemberIdNumber => ("member", "id_no"),
            SealedColumn::MemberPhone => ("member", "phone"),
            SealedColumn::UnionPhone => ("union_org", "phone"),
            SealedColumn::SecondFactor => ("second_factor", "secret"),
        }
    }

    /// Table and column of the database.
    pub fn name(self) -> &'static str {
        match self {
            SealedColumn::MemberIdNumber => "member.id_sealed",
            SealedColumn::MemberPhone => "member.phone_sealed",
            SealedColumn::UnionPhone => "union_org.phone_sealed",
            SealedColumn::SecondFactor => "second_factor.secret_sealed",
        }
    }
}

impl Reader {
    /// Every data key, oldest first.
    pub async fn data_keys(&mut self) -> Result<Vec<DataKeyRow>, StoreError> {
        fetch_all!(self, DATA_KEYS)
    }

    /// The next values of a column, after a row, that do not begin with `mark`: sealed with another key.
    pub async fn sealed_otherwise(
        &mut self,
        column: SealedColumn,
        after: Uuid,
        mark: &[u8],
        limit: i64,
    ) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        match column {
            SealedColumn::MemberIdNumber => fetch_all!(self, MEMBER_ID_OTHER, after, mark, limit),
            SealedColumn::MemberPhone => fetch_all!(self, MEMBER_PHONE_OTHER, after, mark, limit),
            SealedColumn::UnionPhone => fetch_all!(self, UNION_PHONE_OTHER, after, mark, limit),
            SealedColumn::SecondFactor => fetch_all!(self, FACTOR_OTHER, after, mark, limit),
        }
    }

    /// How many values of a column begin how.
    pub async fn sealed_marks(&mut self, column: SealedColumn) -> Result<Vec<(Vec<u8>, i64)>, StoreError> {
        let versioned = VERSIONED.as_slice();
        match column {
            SealedColumn::MemberIdNumber => fetch_all!(self, MEMBER_ID_MARKS, versioned),
            SealedColumn::MemberPhone => fetch_all!(self, MEMBER_PHONE_MARKS, versioned),
            SealedColumn::UnionPhone => fetch_all!(self, UNION_PHONE_MARKS, versioned),
            SealedColumn::SecondFactor => fetch_all!(self, FACTOR_MARKS, versioned),
        }
    }

    /// The next images of ended memberships, after a row.
    pub async fn past_images(&mut self, after: Uuid, limit: i64) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        fetch_all!(self, PAST_IMAGES, after, limit)
    }

    /// The next images of merges that can be undone, after a merge.
    pub async fn merge_images(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
        fetch_all!(self, MERGE_IMAGES, after, limit)
    }

    /// Register batches that can be taken back.
    pub async fn undoable_batches(&mut self) -> Result<Vec<UndoableBatch>, StoreError> {
        fetch_all!(self, UNDOABLE)
    }

    /// The next answers of the interface, after a key of an account, that do not begin with `mark`.
    pub async fn answers_sealed_otherwise(
        &mut self,
        (account, key): (Uuid, &str),
        mark: &[u8],
        limit: i64,
    ) -> Result<Vec<(Uuid, String, Vec<u8>)>, StoreError> {
        fetch_all!(self, ANSWERS_OTHER, account, key, mark, limit)
    }

    /// How many answers do not begin with `mark`.
    pub async fn answers_held_otherwise(&mut self, mark: &[u8]) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, ANSWERS_OTHER_COUNT, mark)?;
        Ok(row.0)
    }

    /// Every column of the tables whose name says that it is sealed, as `table.column`.
    pub async fn sealed_columns(&mut self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, SEALED_COLUMNS)?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}

impl Tx {
    /// Puts an image sealed anew in the place of the one that was read; one that has changed since stays.
    pub async fn set_past_image(&mut self, id: Uuid, before: &[u8], after: &[u8]) -> Result<(), StoreError> {
        execute!(self, PAST_IMAGE_SET, id, before, after)?;
        Ok(())
    }

    /// The same of a merge.
    pub async fn set_merge_images(
        &mut self,
        id: Uuid,
        before: &[u8],
        after: &[u8],
    ) -> Result<(), StoreError> {
        execute!(self, MERGE_IMAGES_SET, id, before, after)?;
        Ok(())
    }

    /// The same of an answer; whether it was put.
    pub async fn reseal_answer(
        &mut self,
        account: Uuid,
        key: &str,
        before: &[u8],
        after: &[u8],
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, ANSWER_SET, account, key, before, after)? > 0)
    }

    /// Adds a data key that seals from `active_from` (ms) on.
    pub async fn add_data_key(&mut self, key: &DataKeyRow) -> Result<(), StoreError> {
        execute!(
            self,
            DATA_KEY_INSERT,
            key.version,
            key.wrapped.as_deref(),
            key.created_at,
            key.active_from
        )?;
        Ok(())
    }

    /// Puts a data key wrapped anew in the place of the one that was read; whether it was put.
    pub async fn wrap_data_key(
        &mut self,
        version: i64,
        before: &[u8],
        after: &[u8],
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, DATA_KEY_WRAP, version, before, after)? > 0)
    }

    /// Takes a data key's secret away for good. The caller has made sure that nothing is sealed with it.
    pub async fn retire_data_key(&mut self, version: i64, now: i64) -> Result<(), StoreError> {
        execute!(self, DATA_KEY_RETIRE, version, now)?;
        Ok(())
    }

    /// Puts a value sealed anew in the place of the one that was read; a value that somebody has changed since stays. Answers
    /// whether it was put.
    pub async fn reseal(
        &mut self,
        column: SealedColumn,
        row: Uuid,
        before: &[u8],
        after: &[u8],
    ) -> Result<bool, StoreError> {
        let touched = match column {
            SealedColumn::MemberIdNumber => execute!(self, MEMBER_ID_SET, row, after, before),
            SealedColumn::MemberPhone => execute!(self, MEMBER_PHONE_SET, row, after, before),
            SealedColumn::UnionPhone => execute!(self, UNION_PHONE_SET, row, after, before),
            SealedColumn::SecondFactor => execute!(self, FACTOR_SET, row, after, before),
        }?;
        Ok(touched > 0)
    }
}
