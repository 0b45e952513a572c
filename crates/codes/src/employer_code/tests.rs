#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn kind(raw: &str) -> &'static str {
    match EmployerCode::read(raw) {
        EmployerCode::Uscc(_) => "uscc",
        EmployerCode::UnionCode(_) => "union",
        EmployerCode::Org(_) => "org",
        EmployerCode::Reg(_) => "reg",
        EmployerCode::Damaged { .. } => "damaged",
        EmployerCode::Mistyped { .. } => "mistyped",
        EmployerCode::Placeholder => "placeholder",
        EmployerCode::Empty => "empty",
    }
}

#[test]
fn every_kind_of_cell_is_told_apart() {
    for (raw, expected) in [
        ("91330226MA2T0TE13C", "uscc"),
        ("９１３３０２２６ｍａ２ｔ０ｔｅ１３ｃ", "uscc"),
        ("统一社会信用代码：91330226MA2T0TE13C", "uscc"),
        ("81330226MA2T0TE13D", "union"),
        ("73699807-X", "org"),
        ("736998071", "mistyped"),
        ("330226000012345", "reg"),
        ("330226000012345.0", "reg"),
        ("33022673699807X", "org"),
        ("3.30204E+17", "damaged"),
        ("3.30204e+17", "damaged"),
        ("9.1330226E17", "damaged"),
        ("913302267368998000", "damaged"),
        ("91330226MA2T0TE13G", "mistyped"),
        ("91330226MA2T0TE1", "mistyped"),
        ("9133O226MA2T0TE13C", "mistyped"),
        ("/", "placeholder"),
        ("-", "placeholder"),
        ("——", "placeholder"),
        ("无", "placeholder"),
        ("暂无", "placeholder"),
        ("0", "placeholder"),
        ("000000000000000000", "placeholder"),
        ("00000000-0", "placeholder"),
        ("111111111111111111", "placeholder"),
        ("XXXXXXXXXXXXXXXXXX", "placeholder"),
        ("N/A", "placeholder"),
        ("null", "placeholder"),
        ("", "empty"),
        (" \u{3000}\u{feff}", "empty"),
        ("宁波永兴服饰有限公司", "mistyped"),
    ] {
        assert_eq!(kind(raw), expected, "{raw}");
    }
}

#[test]
fn a_citizen_number_in_the_code_column_is_not_kept_in_plain() {
    let EmployerCode::Damaged { raw, reason } = EmployerCode::read("330203198512319991") else {
        panic!("not damaged")
    };
    assert!(!raw.contains("19851231"));
    assert!(reason.contains("身份证"));
}

#[test]
fn the_organisation_code_is_found_in_every_form_that_holds_one() {
    let org = OrgCode::parse("73699807-X").unwrap();
    let unified = Uscc::compose("91", 330226, "73699807").unwrap();
    assert_eq!(EmployerCode::read(unified.as_str()).org_code(), Some(org));
    assert_eq!(EmployerCode::read("73699807-X").org_code(), Some(org));
    assert_eq!(EmployerCode::read("33022673699807X").org_code(), Some(org));
    assert_eq!(EmployerCode::read("/").org_code(), None);
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_panic(raw in "\\PC{0,24}") {
        let _ = EmployerCode::read(&raw);
    }

    #[test]
    fn what_is_not_a_valid_code_is_never_one(raw in "[0-9A-Z]{18}") {
        prop_assert_eq!(EmployerCode::read(&raw).uscc().is_some(), Uscc::parse(&raw).is_ok_and(|code| !code.is_union()));
    }
}
