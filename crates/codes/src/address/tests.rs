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

/// The county that an address tells, with no other hint.
fn county(raw: &str) -> Option<u32> {
    AddressParts::parse(raw, None).county
}

#[test]
fn a_county_is_read_however_it_is_written() {
    for (raw, expected) in [
        ("浙江宁波宁海西店镇滨海路12号", 330_226),
        ("宁海西店滨海路12号", 330_226),
        ("宁海滨海路12号", 330_226),
        ("宁波海曙中山东路9号", 330_203),
        ("浙江省，宁波市，（宁海县）西店镇", 330_226),
        ("宁波市宁波市海曙区中街5号", 330_203),
        ("宁海县桥头胡街道", 330_226),
        ("地址：315600 中国浙江省宁波市宁海县", 330_226),
        ("余姚市余姚大道１２号", 330_281),
        ("莼湖街道滨海路1号", 330_213),
        ("寧波市鄞州區下應街道", 330_212),
        ("浙江省舟山市普陀区沈家门街道", 330_903),
    ] {
        assert_eq!(county(raw), Some(expected), "{raw}");
    }
}

#[test]
fn former_counties_lead_to_those_of_today() {
    for (raw, expected) in [
        ("宁波市鄞县邱隘镇回龙路1号", 330_212),
        ("宁波市江东区百丈街道中兴路2号", 330_212),
        ("奉化市溪口镇武岭路3号", 330_213),
        ("慈溪县浒山街道", 330_282),
        // Went to 海曙 in 2016.
        ("宁波市鄞州区集士港镇春华路4号", 330_203),
        ("鄞县古林镇", 330_203),
    ] {
        assert_eq!(county(raw), Some(expected), "{raw}");
    }
}

#[test]
fn a_road_named_after_a_county_does_not_lie_there() {
    for raw in [
        "余姚路12号",
        "宁波余姚路12号",
        "宁海东路3号",
        "象山港路5号",
        "鄞县大道1357号",
        "宁波市鄞县大道",
        "江东北路1号",
        "余姚江滨路6号",
        "余姚商会大厦",
        "上海路8号",
        "大庆南路9号",
        "杭州湾路1号",
    ] {
        assert_eq!(county(raw), None, "{raw}");
    }
    for (raw, road) in [
        ("宁波市江北区余姚路12号", "余姚路"),
        ("江北区大庆南路12号", "大庆南路"),
        ("江北区中山西路12号", "中山西路"),
    ] {
        let parts = AddressParts::parse(raw, None);
        assert_eq!(
            (parts.county, parts.road.as_deref()),
            (Some(330_205), Some(road)),
            "{raw}"
        );
    }
}

#[test]
fn a_zone_tells_its_county_only_where_it_lies_in_one() {
    for (raw, expected) in [
        ("宁波保税区兴业一路5号", Some(330_206)),
        ("宁波大榭开发区榭北路1号", Some(330_206)),
        ("宁波杭州湾新区滨海四路", Some(330_282)),
        ("宁波高新区聚贤路587号", None),
        ("宁波国家高新区梅墟街道", Some(330_212)),
        ("浙江省宁波前湾新区", None),
        ("保税区兴业一路5号", None),
        ("开发区大道1号", None),
    ] {
        assert_eq!(county(raw), expected, "{raw}");
    }
}

#[test]
fn places_elsewhere_are_not_ours() {
    for raw in [
        "上海市普陀区中山北路1号",
        "重庆市江北区洪塘街道",
        "江苏省南京市鼓楼区",
        "江西南昌西湖区",
        "城东街道东升路1号",
    ] {
        assert_eq!(county(raw), None, "{raw}");
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
