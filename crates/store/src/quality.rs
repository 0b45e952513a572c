//! Data quality (数据质量): what a count reads of the register, and what it left.

use std::collections::HashMap;

use domain::scope::{Part, Scope};
use domain::union_org::UnionType;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};

statements! {
    MEMBERS_ALL = Sql::both(
        "SELECT id, union_org_id, member_id, name, id_sealed, id_index, id_status, phone_index, joined_on, extra, unread FROM member"
    ),
    MEMBERS_OF_UNION = Sql::both(
        "SELECT id, union_org_id, member_id, name, id_sealed, id_index, id_status, phone_index, joined_on, extra, unread \
         FROM member WHERE union_org_id = $1 ORDER BY member_id"
    ),
    NUMBERS_SHARED_IN = Sql::both(
        "SELECT m.id_index AS value, COUNT(*) AS memberships, COUNT(DISTINCT m.name) AS names FROM member m \
         WHERE m.id_index IN (SELECT id_index FROM member WHERE union_org_id = $1 AND id_index IS NOT NULL) \
         GROUP BY m.id_index HAVING COUNT(*) > 1"
    ),
    PHONES_SHARED_IN = Sql::both(
        "SELECT m.phone_index AS value, COUNT(*) AS memberships, COUNT(DISTINCT m.name) AS names FROM member m \
         WHERE m.phone_index IN (SELECT phone_index FROM member WHERE union_org_id = $1 AND phone_index IS NOT NULL) \
         GROUP BY m.phone_index HAVING COUNT(*) > 1"
    ),
    COVERS_BY_UNION = Sql::both("SELECT union_id, COUNT(*) FROM cover GROUP BY union_id"),
    UNSOUND_UNIONS = Sql::both(
        "SELECT u.union_id FROM quality_score s JOIN union_org u ON u.id = s.union_org_id WHERE s.is_sound = FALSE"
    ),
    COUNTS_OF_UNION = Sql::both("SELECT check_id, records FROM quality_count WHERE union_org_id = $1 ORDER BY records DESC, check_id"),
    SCORE_OF_UNION = Sql::both("SELECT is_sound, members, sound_members FROM quality_score WHERE union_org_id = $1"),
    COUNTS_CLEAR = Sql::both("DELETE FROM quality_count"),
    TOTALS_CLEAR = Sql::both("DELETE FROM quality_total"),
    TOTALS_FILL = Sql::both(
        "INSERT INTO quality_total (path, check_id, records, unions) \
         SELECT g.path, q.check_id, CAST(SUM(q.records) AS BIGINT), COUNT(*) FROM union_org g \
         JOIN quality_count q ON q.path >= g.path AND q.path < g.path || '~' \
         WHERE g.union_type = $1 AND g.is_active = $2 AND g.path IS NOT NULL GROUP BY g.path, q.check_id"
    ),
    TOTALS_OF_BRANCH = Sql::both("SELECT check_id, records, unions FROM quality_total WHERE path = $1"),
    SCORES_CLEAR = Sql::both("DELETE FROM quality_score"),
}

/// What a count needs of a membership.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct QualityMember {
    pub id: Uuid,
    pub union_org_id: Uuid,
    pub member_id: String,
    pub name: String,
    pub id_sealed: Option<Vec<u8>>,
    pub id_index: Option<Vec<u8>>,
    pub id_status: i64,
    pub phone_index: Option<Vec<u8>>,
    pub joined_on: Option<chrono::NaiveDate>,
    pub extra: Option<String>,
    pub unread: Option<String>,
}

/// A number or a phone that several memberships have.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Shared {
    /// Its blind index.
    pub value: Vec<u8>,
    pub memberships: i64,
    /// Different names among them.
    pub names: i64,
}

/// How one union stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct UnionScore {
    /// Whether its own record is.
    pub is_sound: bool,
    pub members: i64,
    pub sound_members: i64,
}

/// A union in the order of its score.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QualityRank {
    pub id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    pub town: Option<i64>,
    /// Whether its own record is.
    pub is_sound: bool,
    pub members: i64,
    pub sound_members: i64,
    /// Records at fault, over all checks; read for the rows of a page alone.
    #[sqlx(default)]
    pub faults: i64,
}

/// How many records of a union have a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityCount {
    pub union_org_id: Uuid,
    /// Its place in the tree.
    pub path: Option<String>,
    pub check_id: &'static str,
    pub records: i64,
}

impl BulkRow for QualityCount {
    const TABLE: &'static str = "quality_count";
    const COLUMNS: &'static [&'static str] = &["union_org_id", "path", "check_id", "records"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.union_org_id)
            .text(self.path.as_deref())
            .text(self.check_id)
            .int(self.records);
    }
}

/// How sound a union's records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityScore {
    pub union_org_id: Uuid,
    /// Its place in the tree.
    pub path: Option<String>,
    pub is_sound: bool,
    pub members: i64,
    pub sound_members: i64,
}

impl BulkRow for QualityScore {
    const TABLE: &'static str = "quality_score";
    const COLUMNS: &'static [&'static str] =
        &["union_org_id", "path", "is_sound", "members", "sound_members"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.union_org_id)
            .text(self.path.as_deref())
            .bool(self.is_sound)
            .int(self.members)
            .int(self.sound_members);
    }
}

/// A check's records and unions in a scope.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QualityTotal {
    pub check_id: String,
    pub records: i64,
    pub unions: i64,
}

/// Sums of scores in a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct QualitySums {
    pub unions: i64,
    pub sound_unions: i64,
    pub members: i64,
    pub sound_members: i64,
}

/// A union with its records of one fault.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QualityUnion {
    pub union_id: String,
    pub name: String,
    pub town: Option<i64>,
    pub records: i64,
    pub members: i64,
    pub sound_members: i64,
}

impl Tx {
    /// Puts a new count in the place of the one before.
    pub async fn replace_quality(
        &mut self,
        counts: impl IntoIterator<Item = QualityCount>,
        scores: impl IntoIterator<Item = QualityScore>,
    ) -> Result<(), StoreError> {
        execute!(self, COUNTS_CLEAR)?;
        execute!(self, SCORES_CLEAR)?;
        bulk::insert_rows(self, counts).await?;
        bulk::insert_rows(self, scores).await?;
        self.forget_quality_totals().await?;
        execute!(self, TOTALS_FILL, UnionType::General.code(), true)?;
        Ok(())
    }

    /// Takes the sums of branches away: the tree is about to be another.
    pub(crate) async fn forget_quality_totals(&mut self) -> Result<(), StoreError> {
        execute!(self, TOTALS_CLEAR)?;
        Ok(())
    }
}

impl Reader {
    /// Calls `visit` with every membership.
    pub async fn each_quality_member(
        &mut self,
        mut visit: impl FnMut(QualityMember),
    ) -> Result<(), StoreError> {
        for_each_row!(self, MEMBERS_ALL, QualityMember, [], |row| {
            visit(row);
            Ok(())
        })
    }

    /// The memberships of one union, in order of their keys.
    pub async fn quality_members_of(&mut self, union: Uuid) -> Result<Vec<QualityMember>, StoreError> {
        fetch_all!(self, MEMBERS_OF_UNION, union)
    }

    /// Document numbers of a union's members that several memberships anywhere have.
    pub async fn numbers_shared_in(&mut self, union: Uuid) -> Result<Vec<Shared>, StoreError> {
        fetch_all!(self, NUMBERS_SHARED_IN, union)
    }

    /// The same of phones.
    pub async fn phones_shared_in(&mut self, union: Uuid) -> Result<Vec<Shared>, StoreError> {
        fetch_all!(self, PHONES_SHARED_IN, union)
    }

    /// How many employers each union covers, by the register's own key.
    pub async fn covers_by_union(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        fetch_all!(self, COVERS_BY_UNION)
    }

    /// Records and unions of every fault that anybody in scope has.
    pub async fn quality_totals(&mut self, scope: &Scope) -> Result<Vec<QualityTotal>, StoreError> {
        if let Scope::Parts(parts) = scope
            && let [Part::Branch(top)] = parts.as_slice()
        {
            let made: Vec<QualityTotal> = fetch_all!(self, TOTALS_OF_BRANCH, top.as_str())?;
            if !made.is_empty() {
                return Ok(made);
            }
        }
        let query = ListQuery::new("1", "quality_count q", scope, "q.path");
        let columns = "q.check_id AS check_id, CAST(SUM(q.records) AS BIGINT) AS records, COUNT(*) AS unions";
        query.grouped(self, columns, "q.check_id").await
    }

    /// Sums of the scores in scope.
    pub async fn quality_sums(&mut self, scope: &Scope) -> Result<QualitySums, StoreError> {
        let query = ListQuery::new("1", "quality_score s", scope, "s.path");
        let columns = "COUNT(*) AS unions, \
             CAST(COALESCE(SUM(CASE WHEN s.is_sound THEN 1 ELSE 0 END), 0) AS BIGINT) AS sound_unions, \
             CAST(COALESCE(SUM(s.members), 0) AS BIGINT) AS members, \
             CAST(COALESCE(SUM(s.sound_members), 0) AS BIGINT) AS sound_members";
        query.figures(self, Fragment::new(columns, [])).await
    }

    /// Keys of the unions whose own records are unsound.
    pub async fn unsound_unions(&mut self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, UNSOUND_UNIONS)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// One union's score, `None` when it came after the last count, and its faults with their records, most first.
    pub async fn quality_of_union(
        &mut self,
        union: Uuid,
    ) -> Result<(Option<UnionScore>, Vec<(String, i64)>), StoreError> {
        let score = fetch_optional!(self, SCORE_OF_UNION, union)?;
        Ok((score, fetch_all!(self, COUNTS_OF_UNION, union)?))
    }

    /// A part of the unions in scope by the share of their members' records that is sound, lowest first, each with its mark, and how many
    /// unions there are. Unions without members come last. The share counts in whole billionths: both engines then sort and compare alike.
    pub async fn quality_ranking(
        &mut self,
        scope: &Scope,
        only_unsound: bool,
        window: impl Into<Window>,
    ) -> Result<(Vec<(QualityRank, String)>, i64), StoreError> {
        let mut query = ListQuery::new(
            "u.id, u.union_id, u.name, u.town, s.is_sound, s.members, s.sound_members",
            "quality_score s JOIN union_org u ON u.id = s.union_org_id",
            scope,
            "s.path",
        );
        let mut all = ListQuery::new("1", "quality_score s", scope, "s.path");
        if only_unsound {
            query.wherever("s.is_sound = FALSE", []);
            all.wherever("s.is_sound = FALSE", []);
        }
        let share = "CASE WHEN s.members > 0 THEN s.sound_members * 1000000000 / s.members END";
        query
            .first_by(share, Direction::Ascending)
            .then_by("u.union_id")
            .marked(window.into());
        let mut rows: Vec<(QualityRank, String)> = query.fetch_marked(self).await?;
        let mut counts = ListQuery::new("1", "quality_count q", scope, "q.path");
        counts.filter(Fragment::any_of(
            "q.union_org_id",
            rows.iter().map(|(row, _)| row.id.into()),
        ));
        let columns = "q.union_org_id, CAST(SUM(q.records) AS BIGINT)";
        let faults: Vec<(Uuid, i64)> = counts.grouped(self, columns, "q.union_org_id").await?;
        let faults: HashMap<Uuid, i64> = faults.into_iter().collect();
        for (row, _) in &mut rows {
            row.faults = faults.get(&row.id).copied().unwrap_or_default();
        }
        Ok((rows, all.count(self).await?))
    }

    /// A part of the unions in scope with records of one fault, most first, each with its mark, and how many there are.
    pub async fn quality_unions(
        &mut self,
        scope: &Scope,
        check_id: &str,
        window: impl Into<Window>,
    ) -> Result<(Vec<(QualityUnion, String)>, i64), StoreError> {
        let mut query = ListQuery::new(
            "u.union_id, u.name, u.town, q.records, s.members, s.sound_members",
            "quality_count q JOIN union_org u ON u.id = q.union_org_id JOIN quality_score s ON s.union_org_id = u.id",
            scope,
            "q.path",
        );
        query.wherever("q.check_id = ?", [check_id.into()]);
        query
            .first_by("q.records", Direction::Descending)
            .then_by("u.union_id")
            .marked(window.into());
        let mut all = ListQuery::new("1", "quality_count q", scope, "q.path");
        all.wherever("q.check_id = ?", [check_id.into()]);
        Ok((query.fetch_marked(self).await?, all.count(self).await?))
    }
}
