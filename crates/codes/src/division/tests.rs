#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn divisions() -> &'static Divisions {
    Divisions::shipped()
}

#[test]
fn a_county_is_found_by_code_and_by_every_exact_spelling() {
    for raw in [
        "宁海",
        "宁海县",
        "330226",
        "330226000000",
        "330226111",
        "330226111000",
        "宁波市宁海县",
        "宁波宁海",
        "浙江省宁波市宁海县",
        "浙江宁海县",
        "浙江省/宁波市/宁海县",
        "浙江省 宁波市 宁海县",
        "寧海縣",
        "宁海县西店镇",
        "330226.0",
    ] {
        assert_eq!(divisions().county_by_name_or_code(raw), Some(330_226), "{raw}");
    }
}

#[test]
fn a_text_that_only_contains_a_county_names_none() {
    for raw in [
        "宁海路",
        "宁海永兴服饰有限公司",
        "新宁海",
        "杭州市宁海县",
        "宁波市",
        "宁波",
        "浙江省",
        "3302",
        "330299",
        "宁海县西店村",
        "",
        "海",
        "江北区宁海县",
        "宁波市江北路",
    ] {
        assert_eq!(divisions().county_by_name_or_code(raw), None, "{raw}");
    }
}

#[test]
fn retired_codes_and_names_lead_to_their_successors() {
    for (old, name, successor) in [
        (330_204, "江东区", 330_212),
        (330_227, "鄞县", 330_212),
        (330_283, "奉化市", 330_213),
        (330_219, "余姚县", 330_281),
        (330_222, "慈溪县", 330_282),
    ] {
        assert_eq!(divisions().current_county(old), Some(successor));
        assert_eq!(
            divisions().county_by_name_or_code(&old.to_string()),
            Some(successor)
        );
        assert_eq!(
            divisions().county_by_name_or_code(name),
            Some(successor),
            "{name}"
        );
        assert_eq!(divisions().county_name(old), Some(name));
        assert_eq!(divisions().retired(old).unwrap().successor, successor);
    }
    assert_eq!(divisions().retired(330_204).unwrap().valid_to, "2016-09-14");
    assert_eq!(divisions().current_county(330_226), Some(330_226));
    assert_eq!(divisions().current_county(110_101), None);
}

#[test]
fn a_town_is_found_within_its_county_or_by_its_full_place() {
    for raw in [
        "西店镇",
        "西店",
        "330226111",
        "330226111000",
        "330226111201",
        "宁海县西店镇",
        "浙江省宁波市宁海县西店镇",
        "宁海西店",
    ] {
        assert_eq!(
            divisions().town_by_name_or_code(Some(330_226), raw),
            Some(330_226_111),
            "{raw}"
        );
        assert_eq!(
            divisions().town_by_name_or_code(None, raw),
            Some(330_226_111),
            "{raw}"
        );
    }
    assert_eq!(
        divisions().town_by_name_or_code(Some(330_203), "段塘街道办事处"),
        Some(330_203_007)
    );
    assert_eq!(
        divisions().town_by_name_or_code(Some(330_203), "段塘"),
        Some(330_203_007)
    );
    // Became a street in 2019.
    assert_eq!(
        divisions().town_by_name_or_code(Some(330_213), "莼湖镇"),
        Some(330_213_008)
    );
    // Named under the retired county.
    assert_eq!(
        divisions().town_by_name_or_code(Some(330_283), "溪口镇"),
        Some(330_213_100)
    );
}

#[test]
fn a_town_is_not_guessed() {
    for (county, raw) in [
        (Some(330_203), "西店镇"),
        (Some(330_203), "宁海县西店镇"),
        (Some(330_226), "西店镇樟树村"),
        (Some(330_226), "西店路"),
        (Some(330_226), ""),
        (None, "330226999"),
        (None, "中心街道"),
    ] {
        assert_eq!(
            divisions().town_by_name_or_code(county, raw),
            None,
            "{county:?} {raw}"
        );
    }
}

#[test]
fn ningbo_has_ten_counties_and_one_hundred_and_sixty_two_towns() {
    let counties = divisions().counties_of(3302);
    assert_eq!(counties.len(), 10);
    assert_eq!(counties[0], (330_203, "海曙区"));
    assert_eq!(
        counties
            .iter()
            .map(|&(county, _)| divisions().towns_of(county).len())
            .sum::<usize>(),
        162
    );
    assert_eq!(divisions().name(3302), Some("宁波市"));
    assert_eq!(divisions().town_name(330_226_111), Some("西店镇"));
    assert_eq!(divisions().town_name(330_226), None);
}

#[test]
fn every_county_and_town_of_ningbo_is_found_by_its_own_name() {
    for (county, name) in divisions().counties_of(3302) {
        assert_eq!(divisions().county_by_name_or_code(name), Some(county), "{name}");
        for (town, town_name) in divisions().towns_of(county) {
            assert_eq!(
                divisions().town_by_name_or_code(Some(county), town_name),
                Some(town),
                "{town_name}"
            );
            assert_eq!(
                divisions().town_by_name_or_code(None, &format!("{name}{town_name}")),
                Some(town),
                "{town_name}"
            );
        }
    }
}

#[test]
fn codes_have_levels() {
    for (raw, number, level, county, town) in [
        ("33", 33, DivisionLevel::Province, None, None),
        ("330000", 33, DivisionLevel::Province, None, None),
        ("330200", 3302, DivisionLevel::City, None, None),
        ("330226", 330_226, DivisionLevel::County, Some(330_226), None),
        (
            "330226000000",
            330_226,
            DivisionLevel::County,
            Some(330_226),
            None,
        ),
        (
            "330226111",
            330_226_111,
            DivisionLevel::Town,
            Some(330_226),
            Some(330_226_111),
        ),
        (
            "330226111000",
            330_226_111,
            DivisionLevel::Town,
            Some(330_226),
            Some(330_226_111),
        ),
        (
            "330226111201",
            330_226_111_201,
            DivisionLevel::Village,
            Some(330_226),
            Some(330_226_111),
        ),
    ] {
        let code = DivisionCode::parse(raw).unwrap();
        assert_eq!(
            (code.number(), code.level(), code.county(), code.town()),
            (number, level, county, town),
            "{raw}"
        );
    }
    for raw in ["", "3", "33022", "0330226", "033022", "33022A", "宁海"] {
        assert!(DivisionCode::parse(raw).is_err(), "{raw}");
    }
}

proptest! {
    #[test]
    fn display_and_parse_are_inverse(raw in "[1-9][0-9]|[1-9][0-9]{3}|[1-9][0-9]{5}|[1-9][0-9]{8}|[1-9][0-9]{11}") {
        let code = DivisionCode::parse(&raw).unwrap();
        prop_assert_eq!(code.to_string().parse::<DivisionCode>().unwrap(), code);
    }

    #[test]
    fn nothing_makes_the_look_up_panic(raw in "[宁波市海县西店镇浙江省]{0,10}|\\PC{0,12}") {
        let _ = divisions().county_by_name_or_code(&raw);
        let _ = divisions().town_by_name_or_code(Some(330_226), &raw);
        let _ = divisions().town_by_name_or_code(None, &raw);
    }
}
