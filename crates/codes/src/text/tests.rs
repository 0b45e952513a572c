#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn width_brackets_blanks_and_case_are_unified() {
    for (raw, normal) in [
        ("宁波市（海曙）永兴服饰有限公司", "宁波市(海曙)永兴服饰有限公司"),
        ("宁波市【海曙】永兴服饰有限公司", "宁波市(海曙)永兴服饰有限公司"),
        (
            "宁波市 (海曙)　永兴服饰 有限公司\u{200b}",
            "宁波市(海曙)永兴服饰有限公司",
        ),
        ("ａｂｃ１２３", "ABC123"),
        ("Ningbo Yongxing Co.,Ltd", "NINGBOYONGXINGCO.,LTD"),
        ("㈱永兴", "(株)永兴"),
        ("Ⅲ号楼", "III号楼"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("A—B–C－D", "A-B-C-D"),
        ("", ""),
        ("　\t\n", ""),
    ] {
        assert_eq!(normalise(raw), normal, "{raw}");
    }
}

#[test]
fn traditional_characters_become_simplified() {
    for (raw, normal) in [
        ("寧波永興服飾有限公司", "宁波永兴服饰有限公司"),
        ("臺灣電子廠", "台湾电子厂"),
        ("醫藥貿易進出口", "医药贸易进出口"),
        // A compatibility ideograph and a Kangxi radical.
        ("\u{f9d1}工", "六工"),
        ("⼯会", "工会"),
    ] {
        assert_eq!(normalise(raw), normal, "{raw}");
    }
}

#[test]
fn rare_and_private_characters_are_kept() {
    assert_eq!(normalise("王𠮷"), "王𠮷");
    assert_eq!(normalise("王\u{e000}"), "王\u{e000}");
    assert_eq!(normalise("张\u{9fb4}"), "张\u{9fb4}");
}

#[test]
fn names_of_persons_lose_blanks_notes_and_numbers() {
    for (raw, name) in [
        ("王 芳", "王芳"),
        ("王　芳 ", "王芳"),
        ("张伟(2)", "张伟"),
        ("张伟2", "张伟"),
        ("王芳（女）", "王芳"),
        ("買買提.艾力", "买买提·艾力"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("John Smith", "JOHNSMITH"),
        ("李？", "李?"),
        ("(无)", "(无)"),
        ("123", "123"),
    ] {
        assert_eq!(person_name(raw), name, "{raw}");
    }
}

#[test]
fn a_part_is_found_as_it_was_written() {
    for (text, normal, part) in [
        (
            "ABB 工程有限公司工会",
            "ABB工程有限公司",
            Some("ABB 工程有限公司"),
        ),
        (" Abb（中国）工会", "ABB(中国)", Some("Abb（中国）")),
        ("永兴工会", "永兴", Some("永兴")),
        ("永兴工会", "永星", None),
    ] {
        assert_eq!(written_part(text, normal), part, "{text}");
    }
}

#[test]
fn homophones_share_a_sound() {
    assert_eq!(sound_key("永兴"), "yong xing");
    assert_eq!(sound_key("永星"), sound_key("永兴"));
    assert_eq!(sound_key("重庆银行"), "chong qing yin hang");
    assert_eq!(sound_key("长街"), "chang jie");
    assert_ne!(sound_key("A区"), sound_key("B区"));
    assert_eq!(person_sound_key("单雄信"), "shan xiong xin");
    assert_eq!(person_sound_key("曾华"), "zeng hua");
    assert_eq!(person_sound_key("尉迟恭"), "yu chi gong");
    assert_eq!(person_sound_key(""), "");
}

#[test]
fn look_alikes_share_a_shape() {
    for (one, other) in [
        ("自己", "自巳"),
        ("未来", "末来"),
        ("沪江", "泸江"),
        ("杨明", "扬明"),
        ("陈陈", "阵阵"),
        ("A0", "AO"),
    ] {
        assert_eq!(shape_key(one), shape_key(other), "{one} {other}");
    }
    assert_ne!(shape_key("永兴"), shape_key("永新"));
}

#[test]
fn the_key_of_a_text_never_changes() {
    // Lake files of different days are joined by it.
    assert_eq!(key64(""), 3_244_421_341_483_603_138);
    assert_ne!(key64("宁波永兴服饰有限公司"), key64("宁波永兴服装有限公司"));
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(raw in "\\PC{0,20}|[宁寧波市（）(【】A-Za-zａ-ｚ０-９ 　]{0,20}") {
        let once = normalise(&raw);
        prop_assert_eq!(normalise(&once), once.clone());
        let once = person_name(&raw);
        prop_assert_eq!(person_name(&once), once);
    }

    #[test]
    fn the_quick_way_agrees_with_the_slow_one(raw in "\\PC{0,20}|[宁寧\u{0}-\u{7f}（）【】ａ-ｚ０-９　]{0,20}") {
        prop_assert_eq!(normalise(&raw), normalise_slowly(&raw));
    }

    #[test]
    fn folding_shapes_twice_changes_nothing(raw in "\\PC{0,20}") {
        let once = shape_key(&raw);
        prop_assert_eq!(shape_key(&once), once);
    }

    #[test]
    fn every_single_character_settles_at_once(c in any::<char>()) {
        let once = normalise(&c.to_string());
        prop_assert_eq!(normalise(&once), once);
    }
}

#[test]
fn what_nobody_sees_is_not_written() {
    assert_eq!(
        visible("\u{202e}核对\u{200b}号码\u{feff}\u{0} 第二行\r\n三 "),
        "核对号码 第二行\r\n三"
    );
    assert_eq!(visible("\u{200e}\u{2069} \u{ad}"), "");
}
