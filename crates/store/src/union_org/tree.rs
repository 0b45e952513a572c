//! The tree of unions, a branch at a time (组织树): the children of one union by their place alone, however many there are.

use domain::scope::{Part, Scope, UnionPath};

use crate::StoreError;
use crate::list_query::{Bind, Fragment, ListQuery};
use crate::tx::Reader;

statements! {
    // The index on (LENGTH(path), path) holds the children of a union side by side, without what is below them.
    BRANCH = Sql::both(
        "SELECT u.union_id, u.name, u.union_type, u.path, u.is_active, \
         COALESCE((SELECT t.members FROM member_tally t WHERE t.union_org_id = u.id), 0) AS members, \
         (SELECT COUNT(*) FROM union_org c WHERE LENGTH(c.path) = $1 + 5 AND c.path > u.path \
          AND c.path < SUBSTR(u.path, 1, LENGTH(u.path) - 1) || '0') AS children \
         FROM union_org u WHERE LENGTH(u.path) = $1 AND u.path > $2 AND u.path < $3 ORDER BY u.path LIMIT $4"
    ),
    BRANCH_COUNT = Sql::both(
        "SELECT COUNT(*) FROM union_org u WHERE LENGTH(u.path) = $1 AND u.path > $2 AND u.path < $3"
    ),
    WITHOUT_PLACE = Sql::both("SELECT COUNT(*) FROM union_org WHERE path IS NULL"),
}

/// Characters of one step of a path.
const STEP: i64 = 5;
/// Sorts behind every path: they are digits, capitals and strokes.
const LAST: &str = "~";

/// One union as the tree shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TreeNode {
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// `UnionType::code`.
    pub union_type: String,
    pub path: String,
    pub is_active: bool,
    /// Its own members, without those below.
    pub members: i64,
    /// Unions directly below it.
    pub children: i64,
}

impl Reader {
    /// The children of a union in order, those after the place `after`, at most `limit`. The caller has checked the scope.
    pub async fn tree_branch(
        &mut self,
        parent: &UnionPath,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<TreeNode>, StoreError> {
        let length = parent.as_str().len() as i64 + STEP;
        let after = after.unwrap_or(parent.as_str());
        fetch_all!(self, BRANCH, length, after, parent.upper_bound(), limit)
    }

    /// How many children a union has.
    pub async fn tree_branch_count(&mut self, parent: &UnionPath) -> Result<i64, StoreError> {
        let length = parent.as_str().len() as i64 + STEP;
        let (count,): (i64,) = fetch_one!(self, BRANCH_COUNT, length, parent.as_str(), parent.upper_bound())?;
        Ok(count)
    }

    /// Where the tree begins for somebody: the roots, or the tops of their own parts side by side, in order of their places, those
    /// after the place `after`. A union that is in sight alone counts no children.
    pub async fn tree_top(
        &mut self,
        scope: &Scope,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<TreeNode>, StoreError> {
        let after = after.unwrap_or_default();
        let parts = match scope {
            Scope::Nothing => return Ok(Vec::new()),
            Scope::Everything => return fetch_all!(self, BRANCH, STEP, after, LAST, limit),
            Scope::Parts(parts) => parts.as_slice(),
        };
        let mut tops = Vec::new();
        for part in parts.iter().filter(|part| part.top().as_str() > after) {
            if tops.len() as i64 >= limit {
                break;
            }
            // The place itself sorts after its own text without the last sign.
            let text = part.top().as_str();
            let before = &text[..text.len() - 1];
            let upper = part.top().upper_bound();
            let found: Option<TreeNode> =
                fetch_optional!(self, BRANCH, text.len() as i64, before, upper, 1_i64)?;
            tops.extend(found.map(|node| match part {
                Part::Branch(_) => node,
                Part::Single(_) => TreeNode { children: 0, ..node },
            }));
        }
        Ok(tops)
    }

    /// How many unions the tree begins with for somebody.
    pub async fn tree_top_count(&mut self, scope: &Scope) -> Result<i64, StoreError> {
        let parts = match scope {
            Scope::Nothing => return Ok(0),
            Scope::Everything => {
                let (count,): (i64,) = fetch_one!(self, BRANCH_COUNT, STEP, "", LAST)?;
                return Ok(count);
            }
            Scope::Parts(parts) => parts.as_slice(),
        };
        // A part whose union has gone is none.
        let mut query = ListQuery::new("u.path", "union_org u", &Scope::Everything, "u.path");
        query.filter(Fragment::any_of(
            "u.path",
            parts.iter().map(|part| Bind::from(part.top().as_str())),
        ));
        query.count(self).await
    }

    /// Unions that hang under no one: their parent is unknown or the chain of parents is a circle.
    pub async fn unions_without_place(&mut self) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, WITHOUT_PLACE)?;
        Ok(count)
    }
}
