//! Any page of all members in scope (翻页定位): unions in the order of the tree, members by their key. How many each union has is
//! kept beside it, so page 10,000 is found by adding counts, not by passing over half a million rows, and the total is exact.

use domain::scope::Scope;
use uuid::Uuid;

use super::MemberListRow;
use crate::StoreError;
use crate::list_query::Page;
use crate::tx::Reader;

statements! {
    // Unions without a place come last.
    UNIONS_AT = Sql::both(
        "SELECT union_org_id, members, before FROM (\
         SELECT t.union_org_id, t.members, CAST(SUM(t.members) OVER (ORDER BY COALESCE(t.path, '~'), t.union_org_id \
         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) - t.members AS before \
         FROM member_tally t WHERE {scope t.path}) placed \
         WHERE before + members > $1 AND before < $2 ORDER BY before"
    ),
    MEMBERS_AT = Sql::both(
        "SELECT m.id, m.member_id, COALESCE(m.name_written, m.name) AS name, m.id_sealed, m.phone_sealed, m.id_status, m.joined_on, m.state, m.extra, u.union_id, \
         u.name AS union_name FROM member m JOIN union_org u ON u.id = m.union_org_id \
         WHERE m.union_org_id = $1 AND {scope u.path} ORDER BY m.member_id LIMIT $2 OFFSET $3"
    ),
}

impl Reader {
    /// One page of all members in scope.
    pub(super) async fn members_at(
        &mut self,
        scope: &Scope,
        page: Page,
    ) -> Result<Vec<MemberListRow>, StoreError> {
        let end = page.offset.saturating_add(page.limit);
        let unions: Vec<(Uuid, i64, i64)> = fetch_in_scope!(self, scope, UNIONS_AT, page.offset, end)?;
        let mut rows = Vec::new();
        for (union, _, before) in unions {
            let wanted = page.limit - rows.len() as i64;
            if wanted <= 0 {
                break;
            }
            let skipped = (page.offset - before).max(0);
            let of_union: Vec<MemberListRow> =
                fetch_in_scope!(self, scope, MEMBERS_AT, union, wanted, skipped)?;
            rows.extend(of_union);
        }
        Ok(rows)
    }
}
