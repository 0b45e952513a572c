#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn the_standards_example_holds() {
    // GS 15-2006, appendix: 11010800000001 → 6.
    assert_eq!(
        RegNo::compose("11010800000001").unwrap().as_str(),
        "110108000000016"
    );
    assert!(RegNo::parse("110108000000016").is_ok());
}

#[test]
fn a_failing_check_is_advice_not_refusal() {
    let number = RegNo::parse_lenient("330226000012345").unwrap();
    assert_eq!(number.check_holds(), RegNo::parse("330226000012345").is_ok());
    assert!(
        RegNo::parse_lenient("３３０２２６ ００００１２３４").is_err(),
        "one digit short"
    );
    assert_eq!(RegNo::parse_lenient("000000000000000"), Err(RegNoError::Zero));
    assert_eq!(RegNo::parse_lenient("33022600001234X"), Err(RegNoError::Shape));
}

#[test]
fn an_old_tax_number_gives_its_organisation_code() {
    let number = RegNo::parse_lenient("330226144000000").unwrap();
    assert_eq!(
        number.embedded_org_code(),
        crate::org_code::OrgCode::parse("144000000").ok()
    );
}

proptest! {
    #[test]
    fn any_one_wrong_digit_is_noticed(body in "[1-9][0-9]{13}", at in 0usize..15, wrong in b'0'..=b'9') {
        let number = RegNo::compose(&body).unwrap();
        prop_assert!(number.check_holds());
        let mut bytes = number.as_str().as_bytes().to_vec();
        prop_assume!(bytes[at] != wrong);
        bytes[at] = wrong;
        prop_assert!(RegNo::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn display_and_parse_are_inverse(body in "[1-9][0-9]{13}") {
        let number = RegNo::compose(&body).unwrap();
        prop_assert_eq!(number.to_string().parse::<RegNo>().unwrap(), number);
    }
}
