#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn parts(raw: &str) -> (Option<u32>, Option<u64>, String) {
    let parts = AddressParts::parse(raw, None);
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    (
        parts.county,
        parts.town,
        format!(
            "{}|{}|{}",
            text(&parts.road),
            text(&parts.number),
            text(&parts.building)
        ),
    )
}

#[test]
fn an_address_falls_into_its_parts() {
    for (raw, county, town, expected) in [
        (
            "浙江省宁波市宁海县西店镇滨海路12号3幢",
            Some(330_226),
            Some(330_226_111),
            "滨海路|12|3",
        ),
        (
            "宁海县西店镇滨海路12号",
            Some(330_226),
            Some(330_226_111),
            "滨海路|12|",
        ),
        (
            "江北区洪塘街道洪塘中路8号3幢",
            Some(330_205),
            Some(330_205_007),
            "洪塘中路|8|3",
        ),
        (
            "宁波市江北区长兴路8号（3-12）室",
            Some(330_205),
            None,
            "长兴路|8|",
        ),
        ("宁海县西店镇樟树村", Some(330_226), Some(330_226_111), "樟树村||"),
        (
            "宁海县西店镇樟树村滨海路12-3号",
            Some(330_226),
            Some(330_226_111),
            "滨海路|12-3|",
        ),
        ("滨海路０１２号", None, None, "滨海路|12|"),
        ("江北区長興路8号3楼", Some(330_205), None, "长兴路|8|3"),
        ("海曙区中山东路", Some(330_203), None, "中山东路||"),
        ("不详", None, None, "||"),
        ("", None, None, "||"),
    ] {
        assert_eq!(parts(raw), (county, town, expected.to_owned()), "{raw}");
    }
}

#[test]
fn rooms_of_one_building_share_a_key() {
    let key = |raw: &str| AddressParts::parse(raw, Some(330_205)).key();
    assert_eq!(
        key("江北区长兴路8号3幢101室"),
        key("宁波市江北区长兴路8号3幢502室")
    );
    assert_eq!(key("长兴路8号3幢"), key("江北区长兴路8号3幢"));
    assert_ne!(key("长兴路8号3幢"), key("长兴路8号4幢"));
    assert_ne!(
        key("长兴路8号"),
        AddressParts::parse("长兴路8号", Some(330_226)).key()
    );
    assert_eq!(key("江北区长兴路"), None);
    assert_eq!(key(""), None);
}

proptest! {
    #[test]
    fn nothing_makes_the_parser_panic(raw in "[宁波市海县西店镇滨路0-9号幢村-]{0,24}|\\PC{0,24}") {
        let _ = AddressParts::parse(&raw, None).key();
    }
}
