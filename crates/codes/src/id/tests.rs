#![allow(clippy::unwrap_used)]

use super::*;

const NOW: Timestamp = Timestamp(1_785_542_400_000);

#[test]
fn identifiers_sort_by_time() {
    let early: MemberId = Id::mint(&SystemIds, NOW);
    let late: MemberId = Id::mint(&SystemIds, Timestamp(NOW.0 + 1));
    assert!(early < late);
    assert_eq!(early.uuid().get_version_num(), 7);
}

#[test]
fn seeded_identifiers_repeat_differ_and_keep_their_order() {
    let (one, same, other) = (SeededIds::new(7), SeededIds::new(7), SeededIds::new(8));
    let mut before = None;
    for _ in 0..70_000 {
        let id = one.new_uuid(NOW);
        assert_eq!(id, same.new_uuid(NOW));
        assert_ne!(id, other.new_uuid(NOW));
        assert!(
            before.is_none_or(|before| before < id),
            "a later identifier sorts later"
        );
        before = Some(id);
    }
}

#[test]
fn an_identifier_survives_text_and_json() {
    let id: UnionOrgId = Id::mint(&SeededIds::new(1), NOW);
    assert_eq!(id.to_string().parse::<UnionOrgId>().unwrap(), id);
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(serde_json::from_str::<UnionOrgId>(&json).unwrap(), id);
    assert!(format!("{id:?}").starts_with("UnionOrgId("));
    assert!("no uuid".parse::<UnionOrgId>().is_err());
}
