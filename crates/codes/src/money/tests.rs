#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn yuan_are_read_to_the_fen() {
    for (raw, fen) in [
        ("0", 0),
        ("1234", 123_400),
        ("1,234.5", 123_450),
        ("￥1234.50", 123_450),
        ("１２３４．５６", 123_456),
        ("1234元", 123_400),
        ("人民币1234元", 123_400),
        ("-12.34", -1_234),
        (".5", 50),
        ("12345.670000000001", 1_234_567),
        ("0.30000000000000004", 30),
        ("12345.669999999998", 1_234_567),
        ("1.5E6", 150_000_000),
        ("100.00", 10_000),
    ] {
        assert_eq!(Fen::parse_yuan(raw), Ok(Fen(fen)), "{raw}");
    }
}

#[test]
fn wan_are_multiplied_exactly() {
    for (raw, fen) in [
        ("50", 50_000_000),
        ("12.5万", 12_500_000),
        ("100万元人民币", 100_000_000),
        ("100.000000", 100_000_000),
        ("0.000001", 1),
        ("3000万元", 3_000_000_000),
    ] {
        assert_eq!(Fen::parse_wan(raw), Ok(Fen(fen)), "{raw}");
    }
}

#[test]
fn what_cannot_be_exact_or_certain_is_refused() {
    assert_eq!(Fen::parse_yuan(""), Err(MoneyError::Empty));
    assert_eq!(Fen::parse_yuan("  "), Err(MoneyError::Empty));
    assert_eq!(Fen::parse_yuan("1.234"), Err(MoneyError::NotExact));
    assert_eq!(Fen::parse_wan("0.0000001"), Err(MoneyError::NotExact));
    assert_eq!(Fen::parse_wan("50万美元"), Err(MoneyError::Currency));
    assert_eq!(
        Fen::parse_yuan("100万"),
        Err(MoneyError::Unreadable),
        "the column says yuan, the cell 万"
    );
    assert_eq!(
        Fen::parse_wan("5000元"),
        Err(MoneyError::Unreadable),
        "the column says 万, the cell yuan"
    );
    for raw in ["-", "无", "一百", "1.2.3", "12a", "--5", "E5", "1E"] {
        assert_eq!(Fen::parse_yuan(raw), Err(MoneyError::Unreadable), "{raw}");
    }
    assert_eq!(Fen::parse_yuan("99999999999999999999"), Err(MoneyError::TooLarge));
}

#[test]
fn amounts_are_written_for_files_and_for_people() {
    assert_eq!(Fen(123_456_789).to_string(), "1234567.89");
    assert_eq!(Fen(-5).to_string(), "-0.05");
    assert_eq!(Fen(123_456_789).grouped(), "1,234,567.89");
    assert_eq!(Fen(-100_000).grouped(), "-1,000.00");
    assert_eq!(Fen(99_900).grouped(), "999.00");
    assert_eq!([Fen(1), Fen(2)].into_iter().sum::<Fen>(), Fen(3));
}

#[test]
fn a_comma_parts_thousands_or_is_not_guessed_at() {
    for (raw, fen) in [
        ("1,234", 123_400),
        ("12,345,678.9", 1_234_567_890),
        ("-1,000", -100_000),
    ] {
        assert_eq!(Fen::parse_yuan(raw), Ok(Fen(fen)), "{raw}");
    }
    for raw in [
        "1,5", "12,34", "1,234,56", "1,2345", ",123", "123,", "1.234,5", "1234,567",
    ] {
        assert_eq!(Fen::parse_yuan(raw), Err(MoneyError::Unreadable), "{raw}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(fen in -1_000_000_000_000_000i64..1_000_000_000_000_000) {
        prop_assert_eq!(Fen::parse_yuan(&Fen(fen).to_string()), Ok(Fen(fen)));
        prop_assert_eq!(Fen::parse_yuan(&Fen(fen).grouped()), Ok(Fen(fen)));
    }

    #[test]
    fn nothing_makes_the_reader_panic(raw in "[0-9.,E+-]{0,30}|\\PC{0,20}") {
        let _ = (Fen::parse_yuan(&raw), Fen::parse_wan(&raw));
    }
}
