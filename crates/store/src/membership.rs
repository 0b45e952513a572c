//! Members and membership (会员、会籍).

mod by_hand;
mod past;
mod seek;
mod sharing;

pub(crate) use by_hand::STATEMENTS as BY_HAND_STATEMENTS;
pub(crate) use past::STATEMENTS as PAST_STATEMENTS;
pub use past::{Counted, PastStepRow, StandingRow};
pub(crate) use seek::STATEMENTS as SEEK_STATEMENTS;
pub use sharing::SharingMember;

use domain::membership::MembershipState;
use domain::scope::Scope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Conn, Reader, Tx};
use crate::union_org::UnionFilter;

/// Objects written in one statement.
const SAID_AT_ONCE: usize = 5_000;

statements! {
    MEMBER_KEYS_OF_BATCH = Sql::both("SELECT member_id FROM member WHERE batch_no = $1"),
    MEMBERS_BY_KEYS = Sql::split {
        sqlite: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE member_id IN (SELECT value FROM json_each($1))",
        postgres: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member \
         WHERE member_id IN (SELECT json_array_elements_text(CAST($1 AS JSON)))",
    },
    // Whoever changes one of these meanwhile is waited for, and waits from now on; SQLite has one writer anyway.
    MEMBERS_BY_KEYS_HELD = Sql::split {
        sqlite: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE member_id IN (SELECT value FROM json_each($1))",
        postgres: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member \
         WHERE member_id = ANY(ARRAY(SELECT json_array_elements_text(CAST($1 AS JSON)))) FOR UPDATE",
    },
    MEMBERS_OF_BATCH_HOLD = Sql::split {
        sqlite: "SELECT COUNT(*) FROM member WHERE batch_no = $1",
        postgres: "SELECT COUNT(*) FROM (SELECT 1 FROM member WHERE batch_no = $1 FOR UPDATE) held",
    },
    MEMBERS_BY_NUMBERS = Sql::split {
        sqlite: "SELECT member_id, union_org_id, name, id_index, id_status FROM member \
         WHERE id_index IN (SELECT unhex(value) FROM json_each($1)) ORDER BY member_id",
        postgres: "SELECT member_id, union_org_id, name, id_index, id_status FROM member \
         WHERE id_index IN (SELECT decode(json_array_elements_text(CAST($1 AS JSON)), 'hex')) ORDER BY member_id",
    },
    MEMBERS_LIKE_IN = Sql::split {
        sqlite: "SELECT member_id, union_org_id, name, id_index, id_status FROM member \
         WHERE union_org_id IN (SELECT unhex(value) FROM json_each($1)) \
         AND name IN (SELECT value FROM json_each($2)) ORDER BY member_id",
        postgres: "SELECT member_id, union_org_id, name, id_index, id_status FROM member \
         WHERE union_org_id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS UUID)) \
         AND name IN (SELECT json_array_elements_text(CAST($2 AS JSON))) ORDER BY member_id",
    },
    MEMBER_KEYS = Sql::both("SELECT member_id, row_hash FROM member"),
    MEMBER_TOKENS = Sql::both("SELECT member_id, union_org_id, id_token, id_status, id_parts, name FROM member"),
    MEMBER_TOKENS_OF_BATCH = Sql::both(
        "SELECT member_id, union_org_id, id_token, id_status, id_parts, name FROM member WHERE batch_no = $1 ORDER BY member_id"
    ),
    MEMBER_UPDATE = Sql::both(
        "UPDATE member SET name = $2, id_sealed = $3, id_token = $4, id_status = $5, id_parts = $6, phone_sealed = $7, \
         phone_index = $8, joined_on = $9, extra = $10, unread = $11, row_hash = $12, batch_no = $13, state = $14, gig_group = $15, name_written = $16 WHERE member_id = $1"
    ),
    MEMBER_BY_ROW = Sql::both(
        "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE id = $1"
    ),
    // As MEMBERS_BY_KEYS_HELD, of one.
    MEMBER_BY_ROW_HELD = Sql::split {
        sqlite: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE id = $1",
        postgres: "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE id = $1 FOR UPDATE",
    },
    MEMBERS_OF_UNION_HOLD = Sql::split {
        sqlite: "SELECT COUNT(*) FROM member WHERE union_org_id = $1",
        postgres: "SELECT COUNT(*) FROM (SELECT 1 FROM member WHERE union_org_id = $1 FOR UPDATE) held",
    },
    MEMBERS_BY_NUMBER = Sql::both(
        "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member WHERE id_index = $1 ORDER BY member_id"
    ),
    MEMBERS_BY_PHONE_AND_NAME = Sql::both(
        "SELECT id, member_id, union_org_id, name, name_written, id_sealed, id_index, id_token, id_status, id_parts, phone_sealed, \
         phone_index, joined_on, state, extra, unread, row_hash, batch_no FROM member \
         WHERE phone_index = $1 AND name = $2 ORDER BY member_id"
    ),
    MEMBER_DELETE = Sql::both("DELETE FROM member WHERE member_id = $1"),
    MEMBER_COUNT = Sql::both("SELECT CAST(COALESCE(SUM(members), 0) AS BIGINT) FROM member_tally"),
    MEMBERS_COUNTED = Sql::both("SELECT members FROM member_tally WHERE union_org_id = $1"),
    MEMBER_TALLY_CLEAR = Sql::both("DELETE FROM member_tally"),
    MEMBER_TALLY_COUNT = Sql::both(
        "INSERT INTO member_tally (union_org_id, members, path) SELECT c.union_org_id, c.members, u.path FROM \
         (SELECT union_org_id, COUNT(*) AS members FROM member GROUP BY union_org_id) c \
         JOIN union_org u ON u.id = c.union_org_id"
    ),
    MEMBER_TALLY_SHIFT = Sql::both(
        "INSERT INTO member_tally (union_org_id, members, path) SELECT $1, $2, path FROM union_org WHERE id = $1 \
         ON CONFLICT (union_org_id) DO UPDATE SET members = member_tally.members + excluded.members"
    ),
    MEMBER_TALLY_PLACE = Sql::both(
        "UPDATE member_tally SET path = (SELECT u.path FROM union_org u WHERE u.id = member_tally.union_org_id) \
         WHERE EXISTS (SELECT 1 FROM union_org u WHERE u.id = member_tally.union_org_id \
         AND COALESCE(u.path, '') <> COALESCE(member_tally.path, ''))"
    ),
    MEMBER_TALLY_EMPTY = Sql::both("DELETE FROM member_tally WHERE members = 0"),
    INDEX_UNION_DROP = Sql::both("DROP INDEX IF EXISTS member_union_org_id"),
    INDEX_NUMBER_DROP = Sql::both("DROP INDEX IF EXISTS member_id_index"),
    INDEX_PHONE_DROP = Sql::both("DROP INDEX IF EXISTS member_phone_index"),
    INDEX_NAME_DROP = Sql::both("DROP INDEX IF EXISTS member_name"),
    INDEX_JOINED_DROP = Sql::both("DROP INDEX IF EXISTS member_joined_on"),
    INDEX_BATCH_DROP = Sql::both("DROP INDEX IF EXISTS member_batch_no"),
    INDEX_GROUP_DROP = Sql::both("DROP INDEX IF EXISTS member_gig_group"),
    INDEX_GROUP_CREATE = Sql::both(
        "CREATE INDEX IF NOT EXISTS member_gig_group ON member (gig_group, member_id, union_org_id) WHERE gig_group IS NOT NULL"
    ),
    INDEX_UNION_CREATE = Sql::both(
        "CREATE INDEX IF NOT EXISTS member_union_org_id ON member (union_org_id, member_id)"
    ),
    INDEX_NUMBER_CREATE = Sql::both("CREATE INDEX IF NOT EXISTS member_id_index ON member (id_index)"),
    INDEX_PHONE_CREATE = Sql::both("CREATE INDEX IF NOT EXISTS member_phone_index ON member (phone_index)"),
    INDEX_NAME_CREATE = Sql::both("CREATE INDEX IF NOT EXISTS member_name ON member (name, union_org_id)"),
    INDEX_JOINED_CREATE = Sql::both(
        "CREATE INDEX IF NOT EXISTS member_joined_on ON member (joined_on, union_org_id)"
    ),
    INDEX_BATCH_CREATE = Sql::both("CREATE INDEX IF NOT EXISTS member_batch_no ON member (batch_no)"),
    MEMBERS_OF_BATCH = Sql::both("SELECT COUNT(*) FROM member WHERE batch_no = $1"),
    MEMBERS_OF_BATCH_DELETE = Sql::both("DELETE FROM member WHERE batch_no = $1"),
    MEMBERS_OF_UNION = Sql::both("SELECT id, member_id, state, extra FROM member WHERE union_org_id = $1 ORDER BY member_id"),
    MEMBERS_REHOME = Sql::split {
        sqlite: "UPDATE member SET union_org_id = $2, batch_no = NULL \
         WHERE union_org_id = $1 AND member_id IN (SELECT value FROM json_each($3))",
        postgres: "UPDATE member SET union_org_id = $2, batch_no = NULL \
         WHERE union_org_id = $1 AND member_id IN (SELECT json_array_elements_text(CAST($3 AS JSON)))",
    },
    MEMBERS_SAY = Sql::split {
        sqlite: "UPDATE member SET extra = said.extra FROM (SELECT json_extract(value, '$[0]') AS member_id, \
         json_extract(value, '$[1]') AS extra FROM json_each($1)) AS said WHERE member.member_id = said.member_id",
        postgres: "UPDATE member SET extra = said.extra FROM (SELECT value ->> 0 AS member_id, value ->> 1 AS extra \
         FROM json_array_elements(CAST($1 AS JSON))) AS said WHERE member.member_id = said.member_id",
    },
    // 所在工会撤销: those in good standing keep their membership without work; 预备会员 stay what they are.
    MEMBERS_RETAIN = Sql::both(
        "UPDATE member SET state = 'retained', batch_no = NULL WHERE union_org_id = $1 AND state = 'active'"
    ),
    MEMBER_COUNT_OF_NEW_UNIONS = Sql::both(
        "SELECT COUNT(*) FROM member m JOIN union_org u ON u.id = m.union_org_id WHERE u.batch_no = $1"
    ),
}

/// One membership as it stands in the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct MemberRow {
    pub id: Uuid,
    /// The register's own key.
    pub member_id: String,
    pub union_org_id: Uuid,
    /// In normal form ([`codes::text::person_name`]): what names are compared by. [`MemberRow::shown_name`] is what people see.
    pub name: String,
    /// The name as it is written, where that is not the normal form.
    #[serde(default)]
    pub name_written: Option<String>,
    pub id_sealed: Option<Vec<u8>>,
    pub id_index: Option<Vec<u8>>,
    pub id_token: Option<i64>,
    /// `IdStatus` as a number.
    pub id_status: i64,
    /// `PartTokens` of the number and the stated birth date; `None` for rows imported before they were kept.
    #[serde(default)]
    pub id_parts: Option<i64>,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub joined_on: Option<chrono::NaiveDate>,
    /// `MembershipState::code`; images of rows of before it was kept are of members in good standing.
    #[serde(default = "active")]
    pub state: String,
    /// JSON of the national form's further columns.
    pub extra: Option<String>,
    /// JSON of cells that could not be used.
    pub unread: Option<String>,
    pub row_hash: i64,
    pub batch_no: Option<i64>,
}

impl MemberRow {
    /// The name as it is written on the document.
    pub fn shown_name(&self) -> &str {
        self.name_written.as_deref().unwrap_or(&self.name)
    }

    /// Takes a name as somebody wrote it.
    pub fn set_name(&mut self, raw: &str) {
        let written = codes::text::written_name(raw);
        self.name = codes::text::person_name(&written);
        self.name_written = Some(written).filter(|written| *written != self.name);
    }
}

fn active() -> String {
    MembershipState::Active.code().to_owned()
}

impl BulkRow for MemberRow {
    const TABLE: &'static str = "member";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "member_id",
        "union_org_id",
        "name",
        "id_sealed",
        "id_index",
        "id_token",
        "id_status",
        "id_parts",
        "phone_sealed",
        "phone_index",
        "joined_on",
        "state",
        "extra",
        "unread",
        "row_hash",
        "batch_no",
        "gig_group",
        "name_written",
    ];
    const KEY: &'static [&'static str] = &["member_id"];
    const KEEP: &'static [&'static str] = &["id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.id)
            .text(self.member_id.as_str())
            .uuid(self.union_org_id)
            .text(self.name.as_str())
            .bytes(self.id_sealed.as_deref())
            .bytes(self.id_index.as_deref())
            .int(self.id_token)
            .int(self.id_status)
            .int(self.id_parts)
            .bytes(self.phone_sealed.as_deref())
            .bytes(self.phone_index.as_deref())
            .day(self.joined_on)
            .text(self.state.as_str())
            .text(self.extra.as_deref())
            .text(self.unread.as_deref())
            .int(self.row_hash)
            .int(self.batch_no)
            .text(gig_group_of(self.extra.as_deref()).as_deref())
            .text(self.name_written.as_deref());
    }
}

/// 新就业形态群体 out of the row's object: it lies in a column of its own beside it, by which the members of a group are found.
fn gig_group_of(extra: Option<&str>) -> Option<String> {
    // Most rows have none and are not read for it.
    let object = extra.filter(|text| text.contains("\"gig_group\""))?;
    let object: serde_json::Value = serde_json::from_str(object).ok()?;
    Some(object.get("gig_group")?.as_str()?.to_owned())
}

/// What linkage needs of a membership.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberToken {
    pub member_id: String,
    pub union_org_id: Uuid,
    pub id_token: Option<i64>,
    pub id_status: i64,
    pub id_parts: Option<i64>,
    pub name: String,
}

/// One member of a union, as far as a change of the union needs it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnionMember {
    pub id: Uuid,
    /// The register's own key.
    pub member_id: String,
    /// `MembershipState::code`.
    pub state: String,
    /// JSON of the national form's further columns.
    pub extra: Option<String>,
}

/// What tells whether two memberships may be one person's.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberLike {
    pub member_id: String,
    pub union_org_id: Uuid,
    /// In normal form.
    pub name: String,
    pub id_index: Option<Vec<u8>>,
    pub id_status: i64,
}

pub(crate) fn hex_list<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    serde_json::Value::from_iter(values.into_iter().map(hex)).to_string()
}

impl Tx {
    /// One membership by its row id, held until the end of the transaction: what is written back is what stands there.
    pub async fn hold_member_by_row(&mut self, id: Uuid) -> Result<Option<MemberRow>, StoreError> {
        fetch_optional!(self, MEMBER_BY_ROW_HELD, id)
    }

    /// Holds one union's members until the end of the transaction. Answers how many there are.
    pub async fn hold_members_of_union(&mut self, union_org_id: Uuid) -> Result<i64, StoreError> {
        let (held,): (i64,) = fetch_one!(self, MEMBERS_OF_UNION_HOLD, union_org_id)?;
        Ok(held)
    }

    /// Keys of the rows that a batch wrote last.
    pub async fn member_keys_of_batch(&mut self, batch_no: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, MEMBER_KEYS_OF_BATCH, batch_no)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Memberships under some numbers, by their blind indices.
    pub async fn members_by_numbers(
        &mut self,
        numbers: impl IntoIterator<Item = &[u8]>,
    ) -> Result<Vec<MemberLike>, StoreError> {
        fetch_all!(self, MEMBERS_BY_NUMBERS, hex_list(numbers))
    }

    /// Memberships of some unions that bear one of these names.
    pub async fn members_named_in(
        &mut self,
        unions: impl IntoIterator<Item = Uuid>,
        names: impl IntoIterator<Item = &str>,
    ) -> Result<Vec<MemberLike>, StoreError> {
        let unions: Vec<Uuid> = unions.into_iter().collect();
        let unions = hex_list(unions.iter().map(|id| id.as_bytes().as_slice()));
        let names = serde_json::Value::from_iter(names).to_string();
        fetch_all!(self, MEMBERS_LIKE_IN, unions, names)
    }

    /// Adds memberships that are known to be new.
    pub async fn insert_members(
        &mut self,
        rows: impl IntoIterator<Item = MemberRow>,
    ) -> Result<u64, StoreError> {
        let mut names = std::mem::take(&mut self.names);
        let rows = rows
            .into_iter()
            .inspect(|row| names.note(&row.name, row.name_written.as_deref()));
        let count = bulk::insert_rows(self, rows).await?;
        self.names = names;
        self.write_keys_if_many().await?;
        Ok(count)
    }

    /// Takes the indices away before millions of rows are added to an empty table; the transaction keeps others from
    /// missing them. [`Tx::create_member_indices`] brings them back.
    pub async fn drop_member_indices(&mut self) -> Result<(), StoreError> {
        execute!(self, INDEX_UNION_DROP)?;
        execute!(self, INDEX_NUMBER_DROP)?;
        execute!(self, INDEX_PHONE_DROP)?;
        execute!(self, INDEX_NAME_DROP)?;
        execute!(self, INDEX_JOINED_DROP)?;
        execute!(self, INDEX_BATCH_DROP)?;
        execute!(self, INDEX_GROUP_DROP)?;
        Ok(())
    }

    /// Makes the indices of the migration again.
    pub async fn create_member_indices(&mut self) -> Result<(), StoreError> {
        execute!(self, INDEX_UNION_CREATE)?;
        execute!(self, INDEX_NUMBER_CREATE)?;
        execute!(self, INDEX_PHONE_CREATE)?;
        execute!(self, INDEX_NAME_CREATE)?;
        execute!(self, INDEX_JOINED_CREATE)?;
        execute!(self, INDEX_BATCH_CREATE)?;
        execute!(self, INDEX_GROUP_CREATE)?;
        Ok(())
    }

    /// Adds or replaces memberships by the register's own key.
    pub async fn upsert_members(
        &mut self,
        rows: impl IntoIterator<Item = MemberRow>,
    ) -> Result<u64, StoreError> {
        let mut names = std::mem::take(&mut self.names);
        let rows = rows
            .into_iter()
            .inspect(|row| names.note(&row.name, row.name_written.as_deref()));
        let count = bulk::upsert_rows(self, rows).await?;
        self.names = names;
        self.write_keys_if_many().await?;
        Ok(count)
    }

    /// Replaces memberships that stay in their union and under their number, so that the indices of these need no change.
    pub async fn update_members(&mut self, rows: Vec<MemberRow>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        if let Conn::Postgres(_) = self.conn() {
            // There an index that nothing changes costs little, and a round trip for each row much.
            self.upsert_members(rows).await?;
            return Ok(());
        }
        for row in rows {
            self.names.note(&row.name, row.name_written.as_deref());
            let gig_group = gig_group_of(row.extra.as_deref());
            execute!(
                self,
                MEMBER_UPDATE,
                row.member_id,
                row.name,
                row.id_sealed,
                row.id_token,
                row.id_status,
                row.id_parts,
                row.phone_sealed,
                row.phone_index,
                row.joined_on,
                row.extra,
                row.unread,
                row.row_hash,
                row.batch_no,
                row.state,
                gig_group,
                row.name_written,
            )?;
        }
        Ok(())
    }

    /// Brings the counts of some unions up to date: by how many memberships each has more or fewer. Whatever has changed
    /// memberships ends with this or with [`Tx::recount_members`].
    pub async fn shift_member_counts(
        &mut self,
        moves: impl IntoIterator<Item = (Uuid, i64)>,
    ) -> Result<(), StoreError> {
        for (union_org_id, members) in moves.into_iter().filter(|(_, members)| *members != 0) {
            execute!(self, MEMBER_TALLY_SHIFT, union_org_id, members)?;
        }
        execute!(self, MEMBER_TALLY_EMPTY)?;
        Ok(())
    }

    /// Some memberships of one union become those of another. Answers how many.
    pub async fn rehome_members(
        &mut self,
        from: Uuid,
        to: Uuid,
        member_ids: &[String],
    ) -> Result<u64, StoreError> {
        let keys = serde_json::Value::from(member_ids).to_string();
        let moved = execute!(self, MEMBERS_REHOME, from, to, keys)?;
        let count = moved as i64;
        self.shift_member_counts([(from, -count), (to, count)]).await?;
        Ok(moved)
    }

    /// Some memberships, by the register's own key, say something else of their last change: the object of the form's further columns,
    /// in which what stands in other columns as well stays as it is.
    pub async fn say_of_members(&mut self, said: &[(String, Option<String>)]) -> Result<(), StoreError> {
        for chunk in said.chunks(SAID_AT_ONCE) {
            let pairs = serde_json::to_string(chunk).map_err(StoreError::packed)?;
            execute!(self, MEMBERS_SAY, pairs)?;
        }
        Ok(())
    }

    /// Keeps beside the counts where their unions stand now; the commit of whatever has placed unions calls it.
    pub(crate) async fn place_member_counts(&mut self) -> Result<(), StoreError> {
        execute!(self, MEMBER_TALLY_PLACE)?;
        Ok(())
    }

    /// Every membership of a union in good standing is kept without work (保留会籍). Answers how many.
    pub async fn retain_members(&mut self, union_org_id: Uuid) -> Result<u64, StoreError> {
        execute!(self, MEMBERS_RETAIN, union_org_id)
    }

    /// Counts the memberships of every union anew.
    pub async fn recount_members(&mut self) -> Result<(), StoreError> {
        execute!(self, MEMBER_TALLY_CLEAR)?;
        execute!(self, MEMBER_TALLY_COUNT)?;
        Ok(())
    }

    /// One membership.
    pub async fn member_row(&mut self, member_id: &str) -> Result<Option<MemberRow>, StoreError> {
        Ok(self.member_rows([member_id]).await?.pop())
    }

    /// Those of some memberships that are there, in any order.
    pub async fn member_rows(
        &mut self,
        member_ids: impl IntoIterator<Item = &str>,
    ) -> Result<Vec<MemberRow>, StoreError> {
        let keys = serde_json::Value::from_iter(member_ids).to_string();
        fetch_all!(self, MEMBERS_BY_KEYS, keys)
    }

    /// The same, and until this transaction ends nobody else changes them: what somebody did meanwhile is in these rows, and a row
    /// that is not among them is there no more.
    pub async fn hold_member_rows(
        &mut self,
        member_ids: impl IntoIterator<Item = &str>,
    ) -> Result<Vec<MemberRow>, StoreError> {
        let keys = serde_json::Value::from_iter(member_ids).to_string();
        fetch_all!(self, MEMBERS_BY_KEYS_HELD, keys)
    }

    /// Holds every membership that a batch wrote last, so that nobody changes one until this transaction ends.
    pub async fn hold_members_of_batch(&mut self, batch_no: i64) -> Result<(), StoreError> {
        let _: (i64,) = fetch_one!(self, MEMBERS_OF_BATCH_HOLD, batch_no)?;
        Ok(())
    }

    /// Takes one membership out.
    pub async fn delete_member(&mut self, member_id: &str) -> Result<(), StoreError> {
        execute!(self, MEMBER_DELETE, member_id)?;
        Ok(())
    }

    /// How many memberships carry a batch's number: it wrote them last.
    pub async fn member_count_of_batch(&mut self, batch_no: i64) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, MEMBERS_OF_BATCH, batch_no)?;
        Ok(row.0)
    }

    /// Takes out every membership whose last change came with this batch.
    pub async fn delete_members_of_batch(&mut self, batch_no: i64) -> Result<(), StoreError> {
        execute!(self, MEMBERS_OF_BATCH_DELETE, batch_no)?;
        Ok(())
    }

    /// Memberships in unions that came with this batch.
    pub async fn member_count_of_new_unions(&mut self, batch_no: i64) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, MEMBER_COUNT_OF_NEW_UNIONS, batch_no)?;
        Ok(row.0)
    }
}

impl Reader {
    /// Calls `visit` with the key and row hash of every membership: what a comparison with a file needs.
    pub async fn each_member_key(&mut self, mut visit: impl FnMut(&str, i64)) -> Result<(), StoreError> {
        for_each_row!(self, MEMBER_KEYS, (String, i64), [], |row: (String, i64)| {
            visit(&row.0, row.1);
            Ok(())
        })
    }

    /// Calls `visit` with every membership's token, for the snapshot of a run.
    pub async fn each_member_token(&mut self, mut visit: impl FnMut(MemberToken)) -> Result<(), StoreError> {
        for_each_row!(self, MEMBER_TOKENS, MemberToken, [], |row| {
            visit(row);
            Ok(())
        })
    }

    /// The same of the memberships that a batch wrote last, in order of their keys.
    pub async fn member_tokens_of_batch(&mut self, batch_no: i64) -> Result<Vec<MemberToken>, StoreError> {
        fetch_all!(self, MEMBER_TOKENS_OF_BATCH, batch_no)
    }

    /// One union's members, in order of their keys.
    pub async fn members_of_union(&mut self, union_org_id: Uuid) -> Result<Vec<UnionMember>, StoreError> {
        fetch_all!(self, MEMBERS_OF_UNION, union_org_id)
    }

    /// One membership by its row id.
    pub async fn member_by_row(&mut self, id: Uuid) -> Result<Option<MemberRow>, StoreError> {
        fetch_optional!(self, MEMBER_BY_ROW, id)
    }

    /// The memberships under one document number, by its blind index.
    pub async fn members_by_number(&mut self, id_index: &[u8]) -> Result<Vec<MemberRow>, StoreError> {
        fetch_all!(self, MEMBERS_BY_NUMBER, id_index)
    }

    /// The memberships of one phone and name.
    pub async fn members_by_phone_and_name(
        &mut self,
        phone_index: &[u8],
        name: &str,
    ) -> Result<Vec<MemberRow>, StoreError> {
        fetch_all!(self, MEMBERS_BY_PHONE_AND_NAME, phone_index, name)
    }

    /// How many memberships there are.
    pub async fn member_count(&mut self) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, MEMBER_COUNT)?;
        Ok(row.0)
    }

    /// A page of memberships in scope.
    pub async fn member_list(
        &mut self,
        scope: &Scope,
        filter: &MemberFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<MemberListRow>, i64), StoreError> {
        let window = window.into();
        if let Window::Page(page) = window
            && filter.is_of_unions_alone()
            && filter.union_id.is_none()
        {
            let total = self.member_count_in(scope, None).await?;
            return Ok((self.members_at(scope, page).await?, total));
        }
        let mut query = ListQuery::new(
            "m.id, m.member_id, COALESCE(m.name_written, m.name) AS name, m.id_sealed, m.phone_sealed, m.id_status, m.joined_on, \
             m.state, m.extra, u.union_id, u.name AS union_name",
            "member m JOIN union_org u ON u.id = m.union_org_id",
            scope,
            "u.path",
        );
        narrow(&mut query, filter);
        query.then_by("m.member_id");
        query.window(window, "m.member_id", Direction::Ascending);
        let count = if filter.is_of_unions_alone() {
            self.member_count_in(scope, filter.union_id.as_deref()).await?
        } else {
            query.count(self).await?
        };
        Ok((query.fetch(self).await?, count))
    }

    /// How many memberships a union has, as they are counted beside it.
    pub async fn members_counted(&mut self, union_org_id: Uuid) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = fetch_optional!(self, MEMBERS_COUNTED, union_org_id)?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// How many memberships there are in scope, or in one union of it.
    async fn member_count_in(&mut self, scope: &Scope, union_id: Option<&str>) -> Result<i64, StoreError> {
        let mut query = ListQuery::new("1", "member_tally m", scope, "m.path");
        if let Some(union_id) = union_id {
            let named = Fragment::new("union_id = ?", [union_id.into()]);
            query.filter(Fragment::within(
                "m.union_org_id",
                "SELECT id FROM union_org",
                named,
            ));
        }
        let sum = Fragment::new("CAST(COALESCE(SUM(m.members), 0) AS BIGINT)", []);
        let (count,): (i64,) = query.figures(self, sum).await?;
        Ok(count)
    }
}

fn narrow(query: &mut ListQuery, filter: &MemberFilter) {
    if let Some(union_id) = &filter.union_id {
        query.wherever("u.union_id = ?", [union_id.as_str().into()]);
    }
    if let Some(name) = &filter.name {
        query.filter(Fragment::starts_with("m.name", name));
    }
    for (column, index) in [
        ("m.id_index = ?", &filter.id_index),
        ("m.phone_index = ?", &filter.phone_index),
    ] {
        if let Some(index) = index {
            query.wherever(column, [index.clone().into()]);
        }
    }
    if let Some(state) = &filter.state {
        query.wherever("m.state = ?", [state.as_str().into()]);
    }
    if let Some(group) = &filter.gig_group {
        query.wherever("m.gig_group = ?", [group.as_str().into()]);
    }
    if let Some((purpose, from)) = &filter.agreed {
        query.wherever(
            "EXISTS (SELECT 1 FROM consent c WHERE c.member = m.id AND c.purpose = ? AND c.withdrawn_on IS NULL \
             AND c.notice_no >= ?)",
            [purpose.as_str().into(), (*from).into()],
        );
    }
    if let Some(unions) = &filter.of_unions {
        crate::union_org::narrow(query, unions, false);
    }
    if let Some(keys) = &filter.member_ids {
        query.filter(Fragment::any_of(
            "m.member_id",
            keys.iter().map(|key| key.as_str().into()),
        ));
    }
}

/// A membership whole, with the register's key of its union.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberOut {
    #[sqlx(flatten)]
    pub row: MemberRow,
    pub union_key: String,
}

impl Reader {
    /// Every membership of a list whole, in order of the keys, handed over as fast as they are taken.
    pub async fn send_members(
        &mut self,
        scope: &Scope,
        filter: &MemberFilter,
        sender: &tokio::sync::mpsc::Sender<Vec<MemberOut>>,
    ) -> Result<(), StoreError> {
        let mut query = ListQuery::new(
            "m.id, m.member_id, m.union_org_id, m.name, m.name_written, m.id_sealed, m.id_index, m.id_token, m.id_status, m.id_parts, \
             m.phone_sealed, m.phone_index, m.joined_on, m.extra, m.unread, m.state, m.row_hash, m.batch_no, u.union_id AS union_key",
            "member m JOIN union_org u ON u.id = m.union_org_id",
            scope,
            "u.path",
        );
        narrow(&mut query, filter);
        query.then_by("m.member_id").send(self, sender).await
    }
}

/// What a list of members may be narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// The register's own key of their union.
    pub union_id: Option<String>,
    /// The beginning of the name, in normal form.
    pub name: Option<String>,
    /// Blind index of a whole document number.
    pub id_index: Option<Vec<u8>>,
    /// Blind index of a whole phone.
    pub phone_index: Option<Vec<u8>>,
    /// `MembershipState::code`.
    pub state: Option<String>,
    /// A label of the list `gig_group`.
    pub gig_group: Option<String>,
    /// Only these keys.
    pub member_ids: Option<Vec<String>>,
    /// Only those whose consent to a purpose, by its code, counts: given to this version of the notice or a later one.
    pub agreed: Option<(String, i64)>,
    /// Only those of the unions that a list of unions shows.
    pub of_unions: Option<UnionFilter>,
}

impl MemberFilter {
    /// Whether the counts kept beside the unions answer how many there are.
    fn is_of_unions_alone(&self) -> bool {
        self.name.is_none()
            && self.id_index.is_none()
            && self.phone_index.is_none()
            && self.state.is_none()
            && self.gig_group.is_none()
            && self.member_ids.is_none()
            && self.agreed.is_none()
            && self.of_unions.is_none()
    }
}

/// One line of a list of members.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberListRow {
    pub id: Uuid,
    pub member_id: String,
    /// As it is written.
    pub name: String,
    pub id_sealed: Option<Vec<u8>>,
    pub phone_sealed: Option<Vec<u8>>,
    pub id_status: i64,
    pub joined_on: Option<chrono::NaiveDate>,
    pub state: String,
    pub extra: Option<String>,
    pub union_id: String,
    pub union_name: String,
}
