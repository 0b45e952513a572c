#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn a_code_is_read_with_and_without_its_letter() {
    for (raw, section, division, text) in [
        ("C24", 'C', Some(24), "C24"),
        ("24", 'C', Some(24), "C24"),
        ("C2432", 'C', Some(24), "C2432"),
        ("2432", 'C', Some(24), "C2432"),
        ("c-2432", 'C', Some(24), "C2432"),
        ("Ｃ２４", 'C', Some(24), "C24"),
        ("C", 'C', None, "C"),
        ("1", 'A', Some(1), "A01"),
        ("A0111", 'A', Some(1), "A0111"),
        ("7263.0", 'L', Some(72), "L7263"),
        ("制造业", 'C', None, "C"),
        ("纺织服装、服饰业", 'C', Some(18), "C18"),
        ("房地产业", 'K', None, "K"),
    ] {
        let code = IndustryCode::read(raw).unwrap();
        assert_eq!(
            (code.section, code.division, code.text().as_str()),
            (section, division, text),
            "{raw}"
        );
    }
}

#[test]
fn what_contradicts_itself_or_does_not_exist_is_not_read() {
    for raw in ["", "A24", "C98", "U", "Z12", "98", "00", "C24320", "服装", "C2X"] {
        assert_eq!(IndustryCode::read(raw), None, "{raw}");
    }
}

#[test]
fn the_classification_is_complete() {
    assert_eq!(sections().len(), 20);
    assert_eq!(
        sections().iter().map(|(letter, _)| *letter).collect::<String>(),
        "ABCDEFGHIJKLMNOPQRST"
    );
    let numbers: Vec<u8> = divisions().iter().map(|(_, number, _)| *number).collect();
    assert_eq!(numbers, (1..=97).collect::<Vec<u8>>());
    assert!(
        divisions().windows(2).all(|pair| pair[0].0 <= pair[1].0),
        "divisions run through the sections in order"
    );
    assert_eq!(IndustryCode::read("C2432").unwrap().section_name(), "制造业");
    assert_eq!(
        IndustryCode::read("C18").unwrap().division_name(),
        Some("纺织服装、服饰业")
    );
    assert_eq!(
        IndustryCode::read("L72").unwrap().division_name(),
        Some("商务服务业")
    );
}

#[test]
fn dispatch_is_known_by_its_class() {
    assert!(IndustryCode::read("L7263").unwrap().is_dispatch());
    assert!(IndustryCode::read("7264").unwrap().is_dispatch());
    assert!(!IndustryCode::read("L72").unwrap().is_dispatch());
}

proptest! {
    #[test]
    fn the_text_reads_as_itself(raw in "[A-T]?[0-9]{0,4}") {
        if let Some(code) = IndustryCode::read(&raw) {
            let again = IndustryCode::read(&code.text()).unwrap();
            prop_assert_eq!((again.section, again.division, again.text()), (code.section, code.division, code.text()));
        }
    }

    #[test]
    fn nothing_makes_the_reader_panic(raw in "\\PC{0,8}") {
        let _ = IndustryCode::read(&raw);
    }
}
