#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn a_mobile_is_read_in_every_spelling() {
    for raw in [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+86 13812345678",
        "+8613812345678",
        "008613812345678",
        "8613812345678",
        "013812345678",
        "１３８１２３４５６７８",
        "13812345678.0",
        "(86)138-12345678",
        "\u{202d}13812345678\u{202c}",
    ] {
        assert_eq!(Mobile::parse(raw).unwrap().as_str(), "13812345678", "{raw}");
    }
}

#[test]
fn what_is_no_mobile_is_refused() {
    assert_eq!(Mobile::parse(" "), Err(PhoneError::Empty));
    for raw in [
        "1381234567",
        "138123456789",
        "12812345678",
        "0574-87654321",
        "23812345678",
    ] {
        assert_eq!(Mobile::parse(raw), Err(PhoneError::Mobile), "{raw}");
    }
    assert_eq!(Mobile::parse("138a2345678"), Err(PhoneError::Unreadable));
}

#[test]
fn any_telephone_of_an_employer_has_one_spelling() {
    for (raw, normal) in [
        ("13812345678", "13812345678"),
        ("0574-87654321", "0574-87654321"),
        ("0574 8765 4321", "0574-87654321"),
        ("(0574)87654321", "0574-87654321"),
        ("（0574）87654321转802", "0574-87654321"),
        ("0574-87654321-802", "0574-87654321"),
        ("+86-574-87654321", "0574-87654321"),
        ("010-12345678", "010-12345678"),
        ("021 1234 5678", "021-12345678"),
        ("87654321", "87654321"),
        ("86543210", "86543210"),
        ("400-800-1234", "4008001234"),
        ("0574-87654321/13812345678", "0574-87654321"),
        ("无、13812345678", "13812345678"),
    ] {
        assert_eq!(Phone::parse(raw).unwrap().as_str(), normal, "{raw}");
    }
    assert!(Phone::parse("13812345678").unwrap().is_mobile());
    assert!(!Phone::parse("87654321").unwrap().is_mobile());
}

#[test]
fn a_wrong_number_of_digits_is_not_guessed() {
    for raw in ["1381234567", "138123456789", "110", "无", "abc"] {
        assert!(Phone::parse(raw).is_err(), "{raw}");
    }
    assert_eq!(Phone::parse(""), Err(PhoneError::Empty));
}

#[test]
fn debug_output_hides_the_number() {
    assert_eq!(
        format!("{:?}", Mobile::parse("13812345678").unwrap()),
        "Mobile(138****5678)"
    );
    assert!(!format!("{:?}", Phone::parse("0574-87654321").unwrap()).contains("4321"));
}

#[test]
fn what_no_telephone_can_be_is_none() {
    for raw in [
        "1380000000.5",
        "138.25",
        "00000000000",
        "0574-00000000",
        "0000-87654321",
        "1111111",
    ] {
        assert!(Phone::parse(raw).is_err(), "{raw}");
    }
    for (raw, normal) in [
        ("\u{202d}13812345678\u{202c}", "13812345678"),
        ("\u{2066}0574-87654321\u{2069}", "0574-87654321"),
        ("138.1234.5678", "13812345678"),
        ("13812345678.0", "13812345678"),
    ] {
        assert_eq!(Phone::parse(raw).unwrap().as_str(), normal, "{raw}");
    }
}

proptest! {
    #[test]
    fn the_normal_form_reads_as_itself(number in "1[3-9][0-9]{9}") {
        let mobile = Mobile::parse(&number).unwrap();
        prop_assert_eq!(Mobile::parse(mobile.as_str()).unwrap(), mobile);
        prop_assert_eq!(Phone::parse(&number).unwrap().as_str().to_owned(), number);
    }

    #[test]
    fn a_landline_reads_as_itself(raw in "0[3-9][0-9]{2}-?[2-8][0-9]{6,7}") {
        let phone = Phone::parse(&raw).unwrap();
        prop_assert_eq!(Phone::parse(phone.as_str()).unwrap(), phone);
    }

    #[test]
    fn nothing_makes_the_reader_panic(raw in "\\PC{0,24}") {
        let _ = Phone::parse(&raw);
    }
}
