//! What stories find in the register.

use codes::crypto::SecretKind;
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use store::membership::MemberRow;
use testkit::{TestApp, union};

/// Generated; its check digit holds.
pub const NUMBER: &str = "330226199001010000";

/// 邵国海, a member of the base union under [`NUMBER`].
pub async fn member(test: &TestApp, member_id: &str) {
    let mut tx = test.app.store.begin().await.unwrap();
    let home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let id = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
    let row = MemberRow {
        id,
        member_id: member_id.to_owned(),
        union_org_id: home.id,
        name: "邵国海".to_owned(),
        id_sealed: Some(test.app.keys.seal("member", "id_no", id.as_bytes(), NUMBER)),
        id_index: Some(test.app.keys.blind_index(SecretKind::IdNumber, NUMBER).to_vec()),
        id_token: None,
        id_status: IdStatus::Ok as i64,
        id_parts: None,
        phone_sealed: None,
        phone_index: None,
        joined_on: None,
        state: "active".to_owned(),
        extra: None,
        unread: None,
        row_hash: 0,
        batch_no: None,
    };
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
}
