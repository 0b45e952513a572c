#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn masks_look_as_officers_know_them() {
    assert_eq!(mask_id("330226199001010000"), "3302************00");
    assert_eq!(mask_phone("13812345678"), "138****5678");
    assert_eq!(mask_phone("0574-87654321"), "0574-8765****");
    assert_eq!(mask_name("王小明"), "王**");
    assert_eq!(mask_name("王芳"), "王*");
    assert_eq!(mask_name("阿卜杜拉·买买提"), "阿*******");
    assert_eq!(mask_text("浙江省宁波市宁海县"), "浙江*******");
    assert_eq!(mask_day("1990-01-01"), "1990-**-**");
    assert_eq!(mask_key("3302000000000000001"), "***************0001");
}

#[test]
fn an_unexpected_shape_is_covered_whole() {
    assert_eq!(mask_id("E12345678"), "*********");
    assert_eq!(mask_phone("110"), "***");
    assert_eq!(mask_text("宁海县"), "***");
    assert_eq!(mask_name("王"), "*");
    assert_eq!(mask_name(""), "");
    assert_eq!(mask_day("1990年元旦"), "*******");
    assert_eq!(mask_key("12345"), "*****");
}

proptest! {
    #[test]
    fn the_hidden_part_never_shows(id in "[1-9][0-9]{16}[0-9X]", phone in "1[3-9][0-9]{9}") {
        let masked = mask_id(&id);
        prop_assert_eq!(&masked[4..16], "************");
        prop_assert_eq!(masked.len(), 18);
        let masked = mask_phone(&phone);
        prop_assert_eq!(&masked[3..7], "****");
    }

    #[test]
    fn whatever_stands_there_some_of_it_is_hidden(text in "\\PC{1,30}") {
        for masked in [mask_id(&text), mask_phone(&text), mask_name(&text), mask_text(&text), mask_key(&text)] {
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert!(masked.contains('*'));
        }
    }
}
