#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn synthetic_numbers_are_read() {
    let woman = ResidentId::parse("330226199001010000").unwrap();
    assert_eq!(woman.birth_date(), Day::new(1990, 1, 1).unwrap());
    assert!(!woman.is_male());
    assert_eq!(woman.division_digits(), "330226");
    assert!(ResidentId::parse("330203198512319991").unwrap().is_male());
}

#[test]
fn the_standards_example_holds() {
    // GB 11643-1999: 11010519491231002X.
    for raw in [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002Ｘ",
        "11010519491231002×",
    ] {
        assert_eq!(
            ResidentId::parse(raw).unwrap().as_str(),
            "11010519491231002X",
            "{raw}"
        );
    }
}

#[test]
fn fifteen_digits_become_eighteen() {
    assert_eq!(
        ResidentId::parse("330226670401001").unwrap().as_str(),
        "330226196704010011"
    );
    assert_eq!(
        read_id("330226670401001"),
        (ResidentId::parse("330226196704010011").ok(), IdStatus::From15)
    );
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(ResidentId::parse(""), Err(ResidentIdError::Empty));
    assert_eq!(ResidentId::parse("3302261990"), Err(ResidentIdError::Length(10)));
    assert_eq!(
        ResidentId::parse("33022619900230000X"),
        Err(ResidentIdError::BirthDate)
    );
    assert_eq!(
        ResidentId::parse("990226199001010000"),
        Err(ResidentIdError::Province)
    );
    assert_eq!(
        ResidentId::parse("330226199001010001"),
        Err(ResidentIdError::Check)
    );
    assert_eq!(
        ResidentId::parse("33022X199001010000"),
        Err(ResidentIdError::Character(6))
    );
    assert_eq!(
        ResidentId::parse("330226991301001"),
        Err(ResidentIdError::BirthDate)
    );
}

#[test]
fn every_kind_of_cell_has_its_status() {
    for (raw, status) in [
        ("330226199001010000", IdStatus::Ok),
        ("330226670401001", IdStatus::From15),
        ("330226199001010001", IdStatus::Invalid),
        ("33022619900101", IdStatus::Invalid),
        ("王芳", IdStatus::Invalid),
        ("3.30226E+17", IdStatus::Damaged),
        ("330226199001015000", IdStatus::Damaged),
        ("", IdStatus::Missing),
        ("  ", IdStatus::Missing),
        ("/", IdStatus::Missing),
        ("无", IdStatus::Missing),
        ("000000000000000000", IdStatus::Missing),
        ("330226********0000", IdStatus::Masked),
        ("330226XXXXXXXX0000", IdStatus::Masked),
        ("E12345678", IdStatus::OtherDocument),
        ("EA1234567", IdStatus::OtherDocument),
        ("H1234567890", IdStatus::OtherDocument),
        ("12345678", IdStatus::OtherDocument),
        ("USA330201234567", IdStatus::OtherDocument),
    ] {
        assert_eq!(read_id(raw).1, status, "{raw}");
        assert_eq!(read_id(raw).0.is_some(), status.is_read(), "{raw}");
    }
}

#[test]
fn a_status_survives_its_byte() {
    for byte in 0..=6 {
        assert_eq!(IdStatus::from_u8(byte).unwrap() as u8, byte);
    }
    assert_eq!(IdStatus::from_u8(7), None);
}

#[test]
fn debug_output_hides_the_number() {
    let shown = format!("{:?}", ResidentId::parse("330226199001010000").unwrap());
    assert!(!shown.contains("19900101"), "{shown}");
}

fn any_number() -> impl Strategy<Value = ResidentId> {
    (
        prop::sample::select(vec![330_226u32, 330_203, 330_283, 110_105, 650_104]),
        -20_000i32..20_000,
        0u16..1000,
    )
        .prop_map(|(division, days, sequence)| {
            ResidentId::compose(division, Day::from_days(days).unwrap(), sequence).unwrap()
        })
}

#[test]
fn the_permanent_card_of_2023_is_another_document() {
    assert_eq!(read_id("933840199001010013"), (None, IdStatus::OtherDocument));
    for raw in ["933840199001010014", "933840199002300019", "999840199001010013"] {
        assert_eq!(read_id(raw), (None, IdStatus::Invalid), "{raw}");
    }
}

proptest! {
    #[test]
    fn any_one_wrong_character_is_noticed(number in any_number(), at in 0usize..18, wrong in "[0-9X]") {
        let mut text = number.as_str().to_owned();
        prop_assume!(text[at..=at] != wrong);
        text.replace_range(at..=at, &wrong);
        prop_assert!(ResidentId::parse(&text).is_err());
    }

    #[test]
    fn any_two_neighbours_exchanged_are_noticed(number in any_number(), at in 0usize..17) {
        let mut bytes = number.as_str().as_bytes().to_vec();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        prop_assert!(ResidentId::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn a_number_of_the_twentieth_century_comes_back_from_its_fifteen_digits(number in any_number()) {
        let text = number.as_str();
        prop_assume!(&text[6..8] == "19");
        let old = format!("{}{}", &text[..6], &text[8..17]);
        prop_assert_eq!(ResidentId::parse(&old).unwrap(), number);
        prop_assert_eq!(ResidentId::parse(text).unwrap(), number);
    }

    #[test]
    fn parts_survive(number in any_number()) {
        let sequence = number.as_str()[14..17].parse().unwrap();
        let division = number.division_digits().parse().unwrap();
        prop_assert_eq!(ResidentId::compose(division, number.birth_date(), sequence), Some(number));
    }

    #[test]
    fn nothing_makes_the_reader_panic(raw in "\\PC{0,24}") {
        let _ = read_id(&raw);
    }
}

fn shown(parts: &IdParts) -> (Option<u32>, Option<Day>, Option<u16>, Option<u8>) {
    (parts.area, parts.birth, parts.order, parts.check)
}

#[test]
fn a_cell_shows_what_is_not_hidden_or_lost() {
    let day = Day::new(1949, 12, 31);
    let (area, order, check) = (Some(110_105), Some(2), Some(10));
    for (raw, expected) in [
        ("11010519491231002X", (area, day, order, check)),
        ("110105491231002", (area, day, order, None)),
        ("110105********002X", (area, None, order, check)),
        ("1101**********002x", (None, None, order, check)),
        ("110105****002X", (area, None, order, check)),
        ("**************002X", (None, None, order, check)),
        ("11010519491231****", (area, day, None, None)),
        ("11010519491231002", (area, day, order, None)),
        ("1010519491231002X", (None, day, order, check)),
        ("110105194912310022X", (area, day, None, None)),
        ("110105194912310000", (area, day, None, None)),
        ("11010519491331002X", (area, None, order, check)),
        ("13800001234", (None, None, None, None)),
        ("E12345678", (None, None, None, None)),
        ("***", (None, None, None, None)),
        ("", (None, None, None, None)),
    ] {
        assert_eq!(shown(&IdParts::read(raw)), expected, "{raw}");
    }
}

proptest! {
    /// Whatever is hidden or written into the cell, reading does no harm, and what is seen is the number's own.
    #[test]
    fn stars_hide_and_never_change(hidden in proptest::collection::vec(any::<bool>(), 18)) {
        let whole = "330226199001010029";
        let cell: String = whole
            .chars()
            .zip(&hidden)
            .map(|(c, hide)| if *hide { '*' } else { c })
            .collect();
        let (all, seen) = (shown(&IdParts::read(whole)), shown(&IdParts::read(&cell)));
        prop_assert!(seen.0.is_none() || seen.0 == all.0);
        prop_assert!(seen.1.is_none() || seen.1 == all.1);
        prop_assert!(seen.2.is_none() || seen.2 == all.2);
        prop_assert!(seen.3.is_none() || seen.3 == all.3);
    }

    #[test]
    fn any_cell_can_be_read(cell in ".{0,24}") {
        let _ = IdParts::read(&cell);
    }
}
