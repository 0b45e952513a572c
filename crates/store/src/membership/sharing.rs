//! Memberships that share a number or a phone: perhaps one person's (疑似重复).

use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{ListQuery, Window};
use crate::tx::Reader;

impl Reader {
    /// Memberships in scope whose document number another membership has as well, those of one number beside each other, each with its
    /// mark. A passport or permit counts only under the same name.
    pub async fn members_sharing_number(
        &mut self,
        scope: &Scope,
        window: impl Into<Window>,
    ) -> Result<Vec<(SharingMember, String)>, StoreError> {
        let mut query = sharing(scope);
        query.wherever(
            "m.id_index IS NOT NULL AND m.id_status IN (0, 1, 6) AND EXISTS (SELECT 1 FROM member o \
             WHERE o.id_index = m.id_index AND o.id <> m.id AND (m.id_status <> 6 OR o.name = m.name))",
            [],
        );
        query.then_by("m.id_index").then_by("m.member_id");
        query.marked(window.into()).fetch_marked(self).await
    }

    /// Memberships in scope whose phone and name another membership with another number has as well, each with its mark.
    pub async fn members_sharing_phone(
        &mut self,
        scope: &Scope,
        window: impl Into<Window>,
    ) -> Result<Vec<(SharingMember, String)>, StoreError> {
        let mut query = sharing(scope);
        query.wherever(
            "m.phone_index IS NOT NULL AND m.id_index IS NOT NULL AND EXISTS (SELECT 1 FROM member o \
             WHERE o.phone_index = m.phone_index AND o.name = m.name AND o.id <> m.id AND o.id_index <> m.id_index)",
            [],
        );
        query.then_by("m.phone_index").then_by("m.member_id");
        query.marked(window.into()).fetch_marked(self).await
    }
}

fn sharing(scope: &Scope) -> ListQuery {
    ListQuery::new(
        "m.id, m.name, m.id_index, m.phone_index",
        "member m JOIN union_org u ON u.id = m.union_org_id",
        scope,
        "u.path",
    )
}

/// A membership that shares its number or phone with another.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SharingMember {
    pub id: Uuid,
    pub name: String,
    pub id_index: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
}
