//! 产业线: the unions under an industry union, by the second line and below each of them by the territorial one, each counted once.

use domain::scope::Scope;

use crate::StoreError;
use crate::tx::Reader;

/// The unions of an industry line whose top is `?` (given twice): those linked to it or to one of the line, and whatever hangs below them
/// in the tree. `UNION` ends circles and takes each once.
pub(super) const IN_LINE: &str = "u.union_id IN (WITH RECURSIVE line(union_id, path) AS (\
     SELECT t.union_id, t.path FROM union_org t WHERE t.industry_parent_id = ? \
     UNION SELECT b.union_id, b.path FROM line l JOIN union_org b ON b.industry_parent_id = l.union_id) \
     SELECT union_id FROM line UNION SELECT s.union_id FROM line l JOIN union_org s ON s.path > l.path AND s.path < l.path || '~') \
     AND u.union_id <> ?";

statements! {
    // Text compares by bytes: a place and everything below it end before its path with '~'.
    LINE_WEIGHT = Sql::both(
        "WITH RECURSIVE line(union_id, path) AS (\
         SELECT t.union_id, t.path FROM union_org t WHERE t.industry_parent_id = $1 \
         UNION SELECT b.union_id, b.path FROM line l JOIN union_org b ON b.industry_parent_id = l.union_id) \
         SELECT COUNT(*), CAST(COALESCE(SUM(m.members), 0) AS BIGINT) FROM union_org u \
         LEFT JOIN member_tally m ON m.union_org_id = u.id \
         WHERE u.is_active = $2 AND u.union_id <> $1 AND {scope u.path} AND u.union_id IN (SELECT union_id FROM line \
         UNION SELECT s.union_id FROM line l JOIN union_org s ON s.path > l.path AND s.path < l.path || '~')"
    ),
}

impl Reader {
    /// Active unions and their members in the industry line of a union and in scope, that one not counted.
    pub async fn weight_of_line(&mut self, scope: &Scope, union_id: &str) -> Result<(i64, i64), StoreError> {
        fetch_one_in_scope!(self, scope, LINE_WEIGHT, union_id, true)
    }
}
