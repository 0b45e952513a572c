#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn a_code_is_read_with_and_without_its_dash() {
    for raw in ["73699807-X", "73699807X", "７３６９９８０７－ｘ", " 73699807 x"] {
        let code = OrgCode::parse(raw).unwrap();
        assert_eq!(code.as_str(), "73699807X");
        assert_eq!(code.to_string(), "73699807-X");
    }
}

#[test]
fn the_standards_own_example_holds() {
    // GB 11714-1997, appendix: D2143569-X.
    assert_eq!(OrgCode::parse("D2143569-X").unwrap().as_str(), "D2143569X");
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(OrgCode::parse("7369980"), Err(OrgCodeError::Length(7)));
    assert_eq!(OrgCode::parse("736998071"), Err(OrgCodeError::Check('X')));
    assert_eq!(OrgCode::parse("7369?8011"), Err(OrgCodeError::Character(5)));
    assert_eq!(OrgCode::parse("00000000-0"), Err(OrgCodeError::Zero));
}

#[test]
fn the_key_is_that_of_the_same_code_inside_a_unified_code() {
    let unified = crate::uscc::Uscc::compose("91", 330226, "73699807").unwrap();
    assert_eq!(OrgCode::parse("73699807-X").unwrap().key(), unified.org_key());
}

fn value(c: char) -> i32 {
    c.to_digit(36).unwrap() as i32
}

proptest! {
    #[test]
    fn display_and_parse_are_inverse(body in "[0-9A-Z]{8}") {
        prop_assume!(body != "00000000");
        let code = OrgCode::parse(&format!("{body}{}", check_character(&body).unwrap())).unwrap();
        prop_assert_eq!(code.to_string().parse::<OrgCode>().unwrap(), code);
    }

    /// The standard works modulo 11 on values up to 35: it cannot part values that differ by a multiple of 11.
    #[test]
    fn a_wrong_character_is_noticed_as_far_as_the_standard_can(body in "[0-9A-Z]{8}", at in 0usize..8, wrong in "[0-9A-Z]") {
        let (right, wrong) = (body.chars().nth(at).unwrap(), wrong.chars().next().unwrap());
        prop_assume!((value(right) - value(wrong)) % 11 != 0);
        let check = check_character(&body).unwrap();
        let mut text: Vec<char> = body.chars().collect();
        text[at] = wrong;
        let text: String = text.into_iter().chain([check]).collect();
        prop_assert!(OrgCode::parse(&text).is_err());
    }

    #[test]
    fn a_wrong_check_character_is_noticed(body in "[0-9A-Z]{8}", wrong in "[0-9A-Z]") {
        let check = check_character(&body).unwrap();
        prop_assume!(!wrong.starts_with(check));
        let text = format!("{body}{wrong}");
        prop_assert!(OrgCode::parse(&text).is_err());
    }

    #[test]
    fn neighbouring_digits_exchanged_are_noticed(body in "[0-9]{8}", at in 0usize..7) {
        let check = check_character(&body).unwrap();
        let mut bytes = body.into_bytes();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        let text = format!("{}{check}", String::from_utf8(bytes).unwrap());
        prop_assert!(OrgCode::parse(&text).is_err());
    }
}
