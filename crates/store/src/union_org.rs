//! The unions' register (工会组织); what changes it by hand is in [`change`], terms in [`term`], vacant chairs in
//! [`vacancy`], further names in [`alias`], 法人资格 in [`legal`].

pub mod alias;
pub mod change;
pub mod legal;
pub mod line;
pub mod term;
pub mod vacancy;

mod tree;

pub(crate) use tree::STATEMENTS as TREE_STATEMENTS;
pub use tree::TreeNode;

use std::collections::HashMap;

use codes::id::UnionOrgId;
use codes::time::Day;
use domain::scope::{Scope, UnionPath};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, Fragment, ListQuery, Page, Window};
use crate::search::{org_read, org_read_in_row};
use crate::tx::{Reader, Tx};

statements! {
    UNION_KEYS_OF_BATCH = Sql::both("SELECT union_id FROM union_org WHERE batch_no = $1"),
    UNION_ROWS = Sql::both(
        "SELECT id, union_id, name, search, union_code, employer_code, employer_name, employer_legal_rep, chair, county, town, \
         address, phone_sealed, phone_index, phone_token, industry_section, union_type, parent_id, industry_parent_id, \
         founded_on, term_end_on, declared_members, lon, lat, extra, path, is_active, source, unread, row_hash, batch_no, changed_at \
         FROM union_org ORDER BY union_id"
    ),
    UNION_SNAPSHOT = Sql::packed(
        "union_id, name, union_code, employer_code, employer_name, employer_legal_rep, chair, county, town, address, \
         phone_token, industry_section, union_type, parent_id, industry_parent_id, founded_on, term_end_on, declared_members, \
         is_active, source",
        "FROM union_org"
    ),
    UNION_NODES = Sql::packed(
        "union_id, parent_id, industry_parent_id, union_type, county, town, path",
        "FROM union_org"
    ),
    UNION_BY_ID = Sql::both(
        "SELECT id, union_id, name, search, union_code, employer_code, employer_name, employer_legal_rep, chair, county, town, \
         address, phone_sealed, phone_index, phone_token, industry_section, union_type, parent_id, industry_parent_id, \
         founded_on, term_end_on, declared_members, lon, lat, extra, path, is_active, source, unread, row_hash, batch_no, changed_at \
         FROM union_org WHERE union_id = $1"
    ),
    // Packed by hand: bytes have no place in a list.
    UNION_KEYS = Sql::split {
        sqlite: "SELECT json_group_array(json_array(union_id, hex(id))) FROM union_org",
        postgres: "SELECT CAST(json_agg(json_build_array(union_id, id)) AS TEXT) FROM union_org HAVING COUNT(*) > 0",
    },
    UNIONS_SINCE = Sql::both("SELECT COUNT(*) FROM union_org WHERE batch_no > $1 OR changed_at > $2"),
    UNION_DEPENDENTS = Sql::both(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM member WHERE union_org_id = $1 LIMIT 1) m) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM account WHERE union_id = $1 LIMIT 1) a) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM account_reach WHERE union_org_id = $1 LIMIT 1) r) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM zone WHERE union_org_id = $1 LIMIT 1) z) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM zone_union WHERE union_org_id = $1 LIMIT 1) h) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM past_member WHERE union_org_id = $1 LIMIT 1) p) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM member_request WHERE from_union = $1 LIMIT 1) f) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM member_request WHERE to_union = $1 LIMIT 1) t) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM union_term WHERE union_org_id = $1 LIMIT 1) n) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM union_officer WHERE union_org_id = $1 LIMIT 1) o) \
         + (SELECT COUNT(*) FROM (SELECT 1 FROM union_legal WHERE union_org_id = $1 LIMIT 1) l)"
    ),
    UNIONS_NAMED = Sql::both("SELECT union_id FROM union_org WHERE search = $1 AND is_active = TRUE ORDER BY union_id"),
    UNIONS_WITH_CODE = Sql::both("SELECT union_id FROM union_org WHERE union_code = $1 ORDER BY union_id"),
    UNIONS_OF_EMPLOYER = Sql::both(
        "SELECT union_id FROM union_org WHERE employer_code = $1 AND search = $2 ORDER BY union_id"
    ),
    UNIONS_LIKE = Sql::both(
        "SELECT union_id, name, union_code, employer_code, search FROM union_org WHERE is_active = TRUE \
         AND (union_code = $1 OR employer_code = $2 OR search = $3) AND union_id <> $4 ORDER BY union_id LIMIT 5"
    ),
    UNION_COUNT = Sql::both("SELECT COUNT(*) FROM union_org"),
    UNIONS_OF_BATCH = Sql::both("SELECT COUNT(*) FROM union_org WHERE batch_no = $1"),
    UNIONS_OF_BATCH_DELETE = Sql::both("DELETE FROM union_org WHERE batch_no = $1"),
    UNION_PATH_SET = Sql::both("UPDATE union_org SET path = $2 WHERE id = $1"),
    UNION_PATH = Sql::both("SELECT path FROM union_org WHERE id = $1"),
    UNION_DELETE = Sql::both("DELETE FROM union_org WHERE union_id = $1"),
    UNIONS_BELOW = Sql::both("SELECT COUNT(*) FROM union_org WHERE path > $1 AND path < $2 AND {scope path}"),
    UNION_LAST_CHILD = Sql::both("SELECT MAX(path) FROM union_org WHERE path > $1 AND path < $2 AND LENGTH(path) = $3"),
    ACCOUNTS_OF_BATCH = Sql::both(
        "SELECT u.union_id FROM account a JOIN union_org u ON u.id = a.union_id WHERE u.batch_no = $1 \
         UNION SELECT u.union_id FROM account_reach r JOIN union_org u ON u.id = r.union_org_id WHERE u.batch_no = $1 \
         UNION SELECT u.union_id FROM zone z JOIN union_org u ON u.id = z.union_org_id WHERE u.batch_no = $1 \
         UNION SELECT u.union_id FROM zone_union h JOIN union_org u ON u.id = h.union_org_id WHERE u.batch_no = $1 ORDER BY 1"
    ),
}

/// One union as it stands in the table; dates and codes already read, personal values sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct UnionRow {
    pub id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// Name in normal form.
    pub search: String,
    pub union_code: Option<String>,
    /// As written, in normal writing.
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    pub employer_legal_rep: Option<String>,
    pub chair: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub address: Option<String>,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub phone_token: Option<i64>,
    pub industry_section: Option<String>,
    /// `UnionType::code`.
    pub union_type: String,
    pub parent_id: Option<String>,
    pub industry_parent_id: Option<String>,
    pub founded_on: Option<chrono::NaiveDate>,
    pub term_end_on: Option<chrono::NaiveDate>,
    pub declared_members: Option<i64>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    /// The dictionary's further elements as a JSON object.
    #[serde(default)]
    pub extra: Option<String>,
    /// `None`: the parent is unknown or the chain of parents is a circle.
    pub path: Option<String>,
    pub is_active: bool,
    /// `import` or `founded`.
    pub source: String,
    /// JSON of cells that could not be used.
    pub unread: Option<String>,
    pub row_hash: i64,
    pub batch_no: Option<i64>,
    pub changed_at: i64,
}

/// What the tree needs to know of a union; the fields are those of [`UnionRow`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnionNode {
    pub union_id: String,
    pub parent_id: Option<String>,
    pub industry_parent_id: Option<String>,
    pub union_type: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub path: Option<String>,
}

/// What a run needs to know of a union; the fields are those of [`UnionRow`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UnionSnapshot {
    pub union_id: String,
    pub name: String,
    pub union_code: Option<String>,
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    pub employer_legal_rep: Option<String>,
    pub chair: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub address: Option<String>,
    pub phone_token: Option<i64>,
    pub industry_section: Option<String>,
    pub union_type: String,
    pub parent_id: Option<String>,
    pub industry_parent_id: Option<String>,
    pub founded_on: Option<chrono::NaiveDate>,
    pub term_end_on: Option<chrono::NaiveDate>,
    pub declared_members: Option<i64>,
    #[serde(deserialize_with = "crate::sql::truth")]
    pub is_active: bool,
    pub source: String,
}

impl UnionRow {
    /// The typed id.
    pub fn org_id(&self) -> UnionOrgId {
        UnionOrgId::from_uuid(self.id)
    }

    /// 建会日期
    pub fn founded(&self) -> Option<Day> {
        self.founded_on.map(Day::from)
    }

    /// 届满日期
    pub fn term_end(&self) -> Option<Day> {
        self.term_end_on.map(Day::from)
    }
}

impl BulkRow for UnionRow {
    const TABLE: &'static str = "union_org";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "union_id",
        "name",
        "search",
        "union_code",
        "employer_code",
        "employer_name",
        "employer_legal_rep",
        "chair",
        "county",
        "town",
        "address",
        "phone_sealed",
        "phone_index",
        "phone_token",
        "industry_section",
        "union_type",
        "parent_id",
        "industry_parent_id",
        "founded_on",
        "term_end_on",
        "declared_members",
        "lon",
        "lat",
        "extra",
        "path",
        "is_active",
        "source",
        "unread",
        "row_hash",
        "batch_no",
        "changed_at",
    ];
    const KEY: &'static [&'static str] = &["union_id"];
    const KEEP: &'static [&'static str] = &["id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.id)
            .text(self.union_id.as_str())
            .text(self.name.as_str())
            .text(self.search.as_str())
            .text(self.union_code.as_deref())
            .text(self.employer_code.as_deref())
            .text(self.employer_name.as_deref())
            .text(self.employer_legal_rep.as_deref())
            .text(self.chair.as_deref())
            .int(self.county)
            .int(self.town)
            .text(self.address.as_deref())
            .bytes(self.phone_sealed.as_deref())
            .bytes(self.phone_index.as_deref())
            .int(self.phone_token)
            .text(self.industry_section.as_deref())
            .text(self.union_type.as_str())
            .text(self.parent_id.as_deref())
            .text(self.industry_parent_id.as_deref())
            .day(self.founded_on)
            .day(self.term_end_on)
            .int(self.declared_members)
            .float(self.lon)
            .float(self.lat)
            .text(self.extra.as_deref())
            .text(self.path.as_deref())
            .bool(self.is_active)
            .text(self.source.as_str())
            .text(self.unread.as_deref())
            .int(self.row_hash)
            .int(self.batch_no)
            .int(self.changed_at);
    }
}

/// What tells whether two entries may be one union.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct UnionLike {
    pub union_id: String,
    pub name: String,
    pub union_code: Option<String>,
    pub employer_code: Option<String>,
    pub search: String,
}

/// One line of a list of unions.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct UnionListRow {
    pub id: Uuid,
    pub union_id: String,
    pub name: String,
    pub union_code: Option<String>,
    pub union_type: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub chair: Option<String>,
    pub founded_on: Option<chrono::NaiveDate>,
    pub term_end_on: Option<chrono::NaiveDate>,
    pub declared_members: Option<i64>,
    pub is_active: bool,
    /// Counted from the members, never typed.
    pub member_count: i64,
}

/// What a list of unions may be narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnionFilter {
    /// Part of the name in normal form, or a code from its start.
    pub text: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub union_type: Option<String>,
    pub is_active: Option<bool>,
    /// Directly below this union, by the register's own key.
    pub parent_id: Option<String>,
    /// Of the industry line of this union, by the register's own key.
    pub industry_id: Option<String>,
    /// In this zone (片区).
    pub zone: Option<Uuid>,
    /// `members`, `declared`, `founded` or `term_end`; by place in the tree otherwise.
    pub sort: String,
    pub is_descending: bool,
}

/// The one order that another table knows.
const BY_MEMBERS: &str = "members";

/// Sort keys of the address bar and their columns.
const SORTS: &[(&str, &str)] = &[
    (BY_MEMBERS, "COALESCE(t.members, 0)"),
    ("declared", "u.declared_members"),
    ("founded", "u.founded_on"),
    ("term_end", "u.term_end_on"),
];

impl Tx {
    /// Keys of the rows that a batch wrote last.
    pub async fn union_keys_of_batch(&mut self, batch_no: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNION_KEYS_OF_BATCH, batch_no)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Adds or replaces unions by the register's own key; the row id of an existing one stays.
    pub async fn upsert_unions(
        &mut self,
        rows: impl IntoIterator<Item = UnionRow>,
    ) -> Result<u64, StoreError> {
        self.note_org_names();
        self.has_placed_unions = true;
        bulk::upsert_rows(self, rows).await
    }

    /// One union, locked in with this transaction.
    pub async fn union_row(&mut self, union_id: &str) -> Result<Option<UnionRow>, StoreError> {
        fetch_optional!(self, UNION_BY_ID, union_id)
    }

    /// Every union, as this transaction sees them.
    pub async fn union_rows(&mut self) -> Result<Vec<UnionRow>, StoreError> {
        fetch_all!(self, UNION_ROWS)
    }

    /// Keys of the unions with a code of their own.
    pub async fn unions_with_code(&mut self, code: &str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNIONS_WITH_CODE, code)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Keys of the unions of an employer's code and a name in normal form.
    pub async fn unions_of_employer(&mut self, code: &str, search: &str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNIONS_OF_EMPLOYER, code, search)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Active unions that share a code or the name with another: at most five.
    pub async fn unions_like(&mut self, union: &UnionRow) -> Result<Vec<UnionLike>, StoreError> {
        fetch_all!(
            self,
            UNIONS_LIKE,
            union.union_code.as_deref(),
            union.employer_code.as_deref(),
            union.search.as_str(),
            union.union_id.as_str()
        )
    }

    /// Every union's place in the tree, in no order.
    pub async fn union_nodes(&mut self) -> Result<Vec<UnionNode>, StoreError> {
        fetch_packed!(self, UNION_NODES, UnionNode)
    }

    /// Whether anything stands on a union that would be lost with it: members, ended memberships and requests, accounts, terms and officers,
    /// 法人资格.
    pub async fn has_dependents(&mut self, id: Uuid) -> Result<bool, StoreError> {
        let row: (i64,) = fetch_one!(self, UNION_DEPENDENTS, id)?;
        Ok(row.0 > 0)
    }

    /// How many unions carry a batch's number: it wrote them last.
    pub async fn union_count_of_batch(&mut self, batch_no: i64) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, UNIONS_OF_BATCH, batch_no)?;
        Ok(row.0)
    }

    /// Takes out the unions that carry a batch's number.
    pub async fn delete_unions_of_batch(&mut self, batch_no: i64) -> Result<(), StoreError> {
        execute!(self, UNIONS_OF_BATCH_DELETE, batch_no)?;
        Ok(())
    }

    /// Puts a union at a place of the tree, or takes it out.
    pub async fn set_union_path(&mut self, id: Uuid, path: Option<&str>) -> Result<(), StoreError> {
        self.has_placed_unions = true;
        execute!(self, UNION_PATH_SET, id, path)?;
        Ok(())
    }

    /// A union's place in the tree.
    pub async fn path_of_union(&mut self, id: Uuid) -> Result<Option<UnionPath>, StoreError> {
        let row: Option<(Option<String>,)> = fetch_optional!(self, UNION_PATH, id)?;
        Ok(row
            .and_then(|(path,)| path)
            .and_then(|path| UnionPath::parse(&path).ok()))
    }

    /// Takes a union out of the register: undo of an import.
    pub async fn delete_union(&mut self, union_id: &str) -> Result<(), StoreError> {
        execute!(self, UNION_DELETE, union_id)?;
        Ok(())
    }

    /// The path of the last child of `path`; children are numbered from 0.
    pub async fn last_child_path(
        &mut self,
        path: &str,
        upper: &str,
        child_length: i64,
    ) -> Result<Option<String>, StoreError> {
        let row: (Option<String>,) = fetch_one!(self, UNION_LAST_CHILD, path, upper, child_length)?;
        Ok(row.0)
    }

    /// Unions of a batch on which accounts stand.
    pub async fn unions_with_accounts_of_batch(&mut self, batch_no: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, ACCOUNTS_OF_BATCH, batch_no)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}

impl Reader {
    /// Keys of the active unions of a name in normal form.
    pub async fn unions_named(&mut self, search: &str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNIONS_NAMED, search)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// How many unions there are, dissolved ones included.
    pub async fn union_count(&mut self) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, UNION_COUNT)?;
        Ok(row.0)
    }

    /// Whether a union came or changed after a batch that began at `started_at` (ms).
    pub async fn has_unions_since(&mut self, batch_no: i64, started_at: i64) -> Result<bool, StoreError> {
        let row: (i64,) = fetch_one!(self, UNIONS_SINCE, batch_no, started_at)?;
        Ok(row.0 > 0)
    }

    /// The register's own key and the row id of every union.
    pub async fn union_keys(&mut self) -> Result<Vec<(String, Uuid)>, StoreError> {
        fetch_packed!(self, UNION_KEYS, (String, Uuid))
    }

    /// Every union in order of their keys, for the snapshot of a run.
    pub async fn union_snapshots(&mut self) -> Result<Vec<UnionSnapshot>, StoreError> {
        let mut unions = fetch_packed!(self, UNION_SNAPSHOT, UnionSnapshot)?;
        unions.sort_unstable_by(|a, b| a.union_id.cmp(&b.union_id));
        Ok(unions)
    }

    /// Every union whole.
    pub async fn union_rows(&mut self) -> Result<Vec<UnionRow>, StoreError> {
        fetch_all!(self, UNION_ROWS)
    }

    /// One union by the register's own key.
    pub async fn union_row(&mut self, union_id: &str) -> Result<Option<UnionRow>, StoreError> {
        fetch_optional!(self, UNION_BY_ID, union_id)
    }

    /// Unions in scope below a place.
    pub async fn unions_below(&mut self, scope: &Scope, place: &UnionPath) -> Result<i64, StoreError> {
        let (count,): (i64,) =
            fetch_one_in_scope!(self, scope, UNIONS_BELOW, place.as_str(), place.upper_bound())?;
        Ok(count)
    }

    /// A part of the unions in scope, and how many there are.
    pub async fn union_list(
        &mut self,
        scope: &Scope,
        filter: &UnionFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<UnionListRow>, i64), StoreError> {
        let (rows, total) = self.unions_marked(scope, filter, window).await?;
        Ok((rows.into_iter().map(|(row, _)| row).collect(), total))
    }

    /// A part of the unions in scope, each with its mark, and how many there are: unsorted, for people by place in the tree, for programs by
    /// key. The order is found in the indices; only the rows of the part are then read.
    pub async fn unions_marked(
        &mut self,
        scope: &Scope,
        filter: &UnionFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<(UnionListRow, String)>, i64), StoreError> {
        let mut order = ListQuery::new(
            "u.id",
            if filter.sort == BY_MEMBERS {
                "union_org u LEFT JOIN member_tally t ON t.union_org_id = u.id"
            } else {
                "union_org u"
            },
            scope,
            "u.path",
        );
        let is_common = self.is_in_many_org_names(filter.text.as_deref()).await?;
        narrow(&mut order, filter, is_common);
        let direction = if filter.is_descending {
            Direction::Descending
        } else {
            Direction::Ascending
        };
        let window = window.into();
        if !order.sort(SORTS, &filter.sort, direction) && window.is_for_people() {
            order.then_by("u.path");
        }
        order.then_by("u.union_id").marked(window);
        let ids: Vec<((Uuid,), String)> = order.fetch_marked(self).await?;
        let total = order.total(self, ids.len()).await?;

        let mut rows = ListQuery::new(
            "u.id, u.union_id, u.name, u.union_code, u.union_type, u.county, u.town, u.chair, u.founded_on, u.term_end_on, \
             u.declared_members, u.is_active, COALESCE((SELECT t.members FROM member_tally t WHERE t.union_org_id = u.id), 0) AS member_count",
            "union_org u",
            scope,
            "u.path",
        );
        rows.filter(Fragment::any_of(
            "u.id",
            ids.iter().map(|((id,), _)| (*id).into()),
        ))
        .page(Page::ALL);
        let found: Vec<UnionListRow> = rows.fetch(self).await?;
        let mut found: HashMap<Uuid, UnionListRow> = found.into_iter().map(|row| (row.id, row)).collect();
        let part = ids.into_iter();
        let part = part.filter_map(|((id,), mark)| Some((found.remove(&id)?, mark)));
        Ok((part.collect(), total))
    }
}

/// That a union's codes, or a name or plate of its, are as typed: its names by a part or a reading, the codes by their beginning.
fn named(text: &str, is_common: bool) -> Fragment {
    let codes = |codes: [&'static str; 3]| codes.map(|code| Fragment::begins(code, text));
    if is_common {
        // Row by row in the order of the list, which ends with the page.
        let name = |column| {
            let read = org_read_in_row(column, text);
            [Fragment::contains(column, text)].into_iter().chain(read)
        };
        let alias = Fragment::either(name("a.search"));
        let alias = Fragment::exists("union_alias a", "a.union_org_id", "u.id", alias);
        let codes = codes(["u.union_code", "u.employer_code", "u.union_id"]);
        return Fragment::either(name("u.search").chain(codes).chain([alias]));
    }
    let name = || {
        [Fragment::contains("search", text)]
            .into_iter()
            .chain(org_read("search", text))
    };
    let named = name().chain(codes(["union_code", "employer_code", "union_id"]));
    Fragment::either([
        Fragment::within_any("u.id", "SELECT id FROM union_org", named),
        Fragment::within_any("u.id", "SELECT union_org_id FROM union_alias", name()),
    ])
}

/// Narrows a query whose unions are `union_org u`. `is_common`: many names have the text, see [`Reader::is_in_many_org_names`].
pub(crate) fn narrow(query: &mut ListQuery, filter: &UnionFilter, is_common: bool) {
    if let Some(text) = &filter.text {
        query.filter(named(text, is_common));
    }
    if let Some(county) = filter.county {
        query.wherever("u.county = ?", [county.into()]);
    }
    if let Some(town) = filter.town {
        query.wherever("u.town = ?", [town.into()]);
    }
    if let Some(kind) = &filter.union_type {
        query.wherever("u.union_type = ?", [kind.as_str().into()]);
    }
    if let Some(active) = filter.is_active {
        query.wherever("u.is_active = ?", [active.into()]);
    }
    if let Some(industry) = &filter.industry_id {
        query.wherever(
            line::IN_LINE,
            [industry.as_str().into(), industry.as_str().into()],
        );
    }
    if let Some(zone) = filter.zone {
        query.wherever(crate::zone::IN_ZONE, [zone.into()]);
    }
    if let Some(parent) = &filter.parent_id {
        query.wherever("u.parent_id = ?", [parent.as_str().into()]);
    }
}

impl Reader {
    /// Every union of a list whole, in its order, handed over as fast as they are taken.
    pub async fn send_unions(
        &mut self,
        scope: &Scope,
        filter: &UnionFilter,
        sender: &tokio::sync::mpsc::Sender<Vec<UnionRow>>,
    ) -> Result<(), StoreError> {
        let mut query = ListQuery::new(
            "u.id, u.union_id, u.name, u.search, u.union_code, u.employer_code, u.employer_name, u.employer_legal_rep, u.chair, \
             u.county, u.town, u.address, u.phone_sealed, u.phone_index, u.phone_token, u.industry_section, u.union_type, \
             u.parent_id, u.industry_parent_id, u.founded_on, u.term_end_on, u.declared_members, u.lon, u.lat, u.extra, u.path, \
             u.is_active, u.source, u.unread, u.row_hash, u.batch_no, u.changed_at",
            "union_org u",
            scope,
            "u.path",
        );
        narrow(&mut query, filter, false);
        query
            .then_by("u.path")
            .then_by("u.union_id")
            .send(self, sender)
            .await
    }
}
