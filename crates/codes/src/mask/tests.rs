#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn masks_look_as_officers_know_them() {
    assert_eq!(mask_id("330226199001010000"), "3302************00");
    assert_eq!(mask_phone("13812345678"), "138****5678");
    assert_eq!(mask_phone("0574-87654321"), "0574-8765****");
    assert_eq!(mask_uscc("91330226MA2T0TE13C"), "91330226MA2T****3C");
    assert_eq!(mask_name("王小明"), "王**");
    assert_eq!(mask_name("王芳"), "王*");
    assert_eq!(mask_name("阿卜杜拉·买买提"), "阿*******");
    assert_eq!(mask_day("1990-01-01"), "1990-**-**");
    assert_eq!(mask_key("3302000000000000001"), "***************0001");
}

#[test]
fn an_unexpected_shape_is_covered_whole() {
    assert_eq!(mask_id("E12345678"), "*********");
    assert_eq!(mask_phone("110"), "***");
    assert_eq!(mask_uscc("91330226"), "********");
    assert_eq!(mask_name("王"), "*");
    assert_eq!(mask_name(""), "");
    assert_eq!(mask_day("1990年元旦"), "*******");
    assert_eq!(mask_key("12345"), "*****");
}

#[test]
fn an_address_ends_before_its_number() {
    assert_eq!(
        mask_address("宁海县西店镇滨海路12号3幢"),
        "宁海县西店镇滨海路****"
    );
    assert_eq!(mask_address("三门县海游街道十二号"), "三门县海游街道****");
    assert_eq!(mask_address("西店镇樟树村老年活动室对面"), "西店镇樟树村****");
    assert_eq!(mask_address("樟树村"), "樟树村");
}

proptest! {
    #[test]
    fn the_hidden_part_never_shows(id in "[1-9][0-9]{16}[0-9X]", phone in "1[3-9][0-9]{9}", code in "[0-9A-Z]{18}") {
        let masked = mask_id(&id);
        prop_assert_eq!(&masked[4..16], "************");
        prop_assert_eq!(masked.len(), 18);
        let masked = mask_phone(&phone);
        prop_assert_eq!(&masked[3..7], "****");
        let masked = mask_uscc(&code);
        prop_assert_eq!(&masked[12..16], "****");
    }

    #[test]
    fn whatever_stands_there_some_of_it_is_hidden(text in "\\PC{1,30}") {
        for masked in [mask_id(&text), mask_phone(&text), mask_uscc(&text), mask_name(&text)] {
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert!(masked.contains('*'));
        }
    }

    #[test]
    fn no_digit_of_an_address_shows(text in "[宁海县西店镇滨路号0-9]{1,20}") {
        let masked = mask_address(&text);
        prop_assert!(!masked.chars().any(|c| c.is_ascii_digit()), "{}", masked);
    }
}
