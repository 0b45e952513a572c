//! The tree of unions, a branch at a time (组织树): the children of one union by their place alone, however many there are.

use domain::scope::{Scope, UnionPath};

use crate::tx::Reader;
use crate::{StoreError, scope};

statements! {
    // The index on (LENGTH(path), path) holds the children of a union side by side, without what is below them.
    BRANCH = Sql::both(
        "SELECT u.union_id, u.name, u.union_type, u.path, u.is_active, \
         COALESCE((SELECT t.members FROM member_tally t WHERE t.union_org_id = u.id), 0) AS members, \
         (SELECT COUNT(*) FROM union_org c WHERE LENGTH(c.path) = $1 + 5 AND c.path > u.path \
          AND c.path < SUBSTR(u.path, 1, LENGTH(u.path) - 1) || '0') AS children \
         FROM union_org u WHERE LENGTH(u.path) = $1 AND u.path > $2 AND u.path < $3 ORDER BY u.path LIMIT $4"
    ),
    WITHOUT_PLACE = Sql::both("SELECT COUNT(*) FROM union_org WHERE path IS NULL"),
}

/// Characters of one step of a path.
const STEP: i64 = 5;

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

    /// Where the tree begins for somebody: the roots, or the top of their own part.
    pub async fn tree_top(&mut self, scope: &Scope, limit: i64) -> Result<Vec<TreeNode>, StoreError> {
        let (length, after, upper) = match scope {
            Scope::Nothing => return Ok(Vec::new()),
            Scope::Everything => (STEP, String::new(), scope::bounds(scope).1),
            // The place itself sorts after its own text without the last sign.
            Scope::Subtree(top) => {
                let text = top.as_str();
                (
                    text.len() as i64,
                    text[..text.len() - 1].to_owned(),
                    top.upper_bound(),
                )
            }
        };
        fetch_all!(self, BRANCH, length, after, upper, limit)
    }

    /// Unions that hang under no one: their parent is unknown or the chain of parents is a circle.
    pub async fn unions_without_place(&mut self) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, WITHOUT_PLACE)?;
        Ok(count)
    }
}
