//! Rows as an import would have written them; a test changes only what it is about.

use app::op::App;
use codes::crypto::SecretKind;
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use store::membership::MemberRow;
use uuid::Uuid;

/// An active membership of a union, under a document number or none.
pub fn member_row(app: &App, home: Uuid, (member_id, name): (&str, &str), number: Option<&str>) -> MemberRow {
    let id = UnionOrgId::mint(&*app.ids, app.now()).uuid();
    MemberRow {
        id,
        member_id: member_id.to_owned(),
        union_org_id: home,
        name: name.to_owned(),
        name_written: None,
        id_sealed: number.map(|number| app.keys.seal("member", "id_no", id.as_bytes(), number)),
        id_index: number.map(|number| app.keys.blind_index(SecretKind::IdNumber, number).to_vec()),
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
    }
}
