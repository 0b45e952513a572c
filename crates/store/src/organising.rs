//! What the lists and foundings need to know of the register (工会组织): who looks after a place, who is there already.

use domain::scope::Scope;

use crate::StoreError;
use crate::dashboard::PlaceCount;
use crate::list_query::ListQuery;
use crate::tx::Reader;

statements! {
    GENERAL_UNIONS = Sql::both(
        "SELECT id, union_id, name, path, county, town FROM union_org \
         WHERE union_type = 'general' AND is_active = $1 AND path IS NOT NULL ORDER BY path"
    ),
    UNION_AT_PATH = Sql::both("SELECT id, union_id, name, path, county, town FROM union_org WHERE path = $1"),
    UNION_BY_ROW = Sql::both("SELECT id, union_id, name, path, is_active FROM union_org WHERE id = $1"),
    UNIONS_CALLED = Sql::both(
        "SELECT id FROM union_org WHERE is_active = $3 AND (union_id = $1 OR union_code = $1 OR search = $2) ORDER BY union_id LIMIT 20"
    ),
    UNION_FOUNDED = Sql::both("SELECT founded_on FROM union_org WHERE id = $1"),
    UNION_NAME = Sql::both("SELECT name FROM union_org WHERE union_id = $1"),
    UNION_IDS = Sql::both("SELECT union_id FROM union_org ORDER BY union_id"),
    UNION_OF_EMPLOYER = Sql::both(
        "SELECT name FROM union_org WHERE employer_code = $1 AND is_active = $2 AND union_type IN ('single', 'unknown') \
         ORDER BY union_id LIMIT 1"
    ),
}

/// A 总工会 with its place: what items hang under and foundings have as parent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GeneralUnion {
    pub id: uuid::Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    pub path: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
}

/// A union as others name it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NamedUnion {
    pub id: uuid::Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// `None`: it hangs under no one.
    pub path: Option<String>,
    pub is_active: bool,
}

impl Reader {
    /// A union by its row id.
    pub async fn union_by_row(&mut self, id: uuid::Uuid) -> Result<Option<NamedUnion>, StoreError> {
        fetch_optional!(self, UNION_BY_ROW, id)
    }

    /// 建会日期 of a union, where it is known.
    pub async fn union_founded(&mut self, id: uuid::Uuid) -> Result<Option<chrono::NaiveDate>, StoreError> {
        let row: Option<(Option<chrono::NaiveDate>,)> = fetch_optional!(self, UNION_FOUNDED, id)?;
        Ok(row.and_then(|(day,)| day))
    }

    /// The active unions of this key, unified code, or name in normal form.
    pub async fn unions_called(&mut self, text: &str, search: &str) -> Result<Vec<uuid::Uuid>, StoreError> {
        let rows: Vec<(uuid::Uuid,)> = fetch_all!(self, UNIONS_CALLED, text, search, true)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// The active general unions, parents before children.
    pub async fn general_unions(&mut self) -> Result<Vec<GeneralUnion>, StoreError> {
        fetch_all!(self, GENERAL_UNIONS, true)
    }

    /// The union at a place of the tree.
    pub async fn union_at_path(&mut self, path: &str) -> Result<Option<GeneralUnion>, StoreError> {
        fetch_optional!(self, UNION_AT_PATH, path)
    }

    /// A union's name by the register's own key.
    pub async fn union_name(&mut self, union_id: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = fetch_optional!(self, UNION_NAME, union_id)?;
        Ok(row.map(|(name,)| name))
    }

    /// Every union of the register by its own key, for the export of links.
    pub async fn union_ids(&mut self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNION_IDS)?;
        Ok(rows.into_iter().map(|(union_id,)| union_id).collect())
    }

    /// The name of an active union of its own that an employer has, by its exact code.
    pub async fn active_union_of_employer(&mut self, code: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = fetch_optional!(self, UNION_OF_EMPLOYER, code, true)?;
        Ok(row.map(|(name,)| name))
    }

    /// Active unions by county and town.
    pub async fn unions_by_place(&mut self, scope: &Scope) -> Result<Vec<PlaceCount>, StoreError> {
        let mut query = ListQuery::new("1", "union_org u", scope, "u.path");
        query.wherever("u.is_active = ?", [true.into()]);
        query
            .grouped(
                self,
                "u.county AS county, u.town AS town, COUNT(*) AS count",
                "u.county, u.town",
            )
            .await
    }

    /// Memberships by county and town of their union.
    pub async fn members_by_place(&mut self, scope: &Scope) -> Result<Vec<PlaceCount>, StoreError> {
        let query = ListQuery::new(
            "1",
            "member_tally m JOIN union_org u ON u.id = m.union_org_id",
            scope,
            "u.path",
        );
        query
            .grouped(
                self,
                "u.county AS county, u.town AS town, CAST(SUM(m.members) AS BIGINT) AS count",
                "u.county, u.town",
            )
            .await
    }
}
