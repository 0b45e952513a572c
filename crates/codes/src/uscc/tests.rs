#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Synthetic codes of five kinds of body: company, union, individual business, private school, institution.
const VALID: [&str; 5] = [
    "91330226MA2T0TE13C",
    "81330226MA2T0TE13D",
    "92330203MA2T0TE13Y",
    "52330200MA2T0TE13P",
    "12330282MA2T0TE13L",
];

#[test]
fn synthetic_codes_of_every_kind_are_read() {
    for text in VALID {
        assert_eq!(Uscc::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn a_code_tells_its_parts() {
    let company = Uscc::parse(VALID[0]).unwrap();
    assert_eq!(company.org_code(), "MA2T0TE13");
    assert_eq!(company.division_digits(), "330226");
    assert!(!company.is_union());
    assert!(Uscc::parse(VALID[1]).unwrap().is_union());
    assert_eq!(company.key(), key64("91330226MA2T0TE13C"));
    assert_eq!(company.org_key(), key64("MA2T0TE13"));
}

#[test]
fn width_case_blanks_and_dashes_do_not_matter() {
    for raw in [
        " 91330226ma2t0te13c ",
        "９１３３０２２６ＭＡ２Ｔ０ＴＥ１３Ｃ",
        "91330226-MA2T0TE1-3C",
        "'91330226MA2T0TE13C",
        "91330226 MA2T0TE13C\u{200b}",
        "9133\u{3000}0226MA2T0TE13C\u{feff}",
    ] {
        assert_eq!(Uscc::parse(raw).unwrap().as_str(), VALID[0], "{raw}");
    }
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(Uscc::parse("  "), Err(UsccError::Empty));
    assert_eq!(Uscc::parse("9133"), Err(UsccError::Length(4)));
    assert_eq!(
        Uscc::parse("91330226MA2TOTE13C"),
        Err(UsccError::Character {
            position: 13,
            found: 'O'
        })
    );
    assert_eq!(
        Uscc::parse("91330226MA2T0TE13G"),
        Err(UsccError::Check { expected: 'C' })
    );
    assert_eq!(
        Uscc::parse("91330226MA2T0TE13中"),
        Err(UsccError::Character {
            position: 18,
            found: '中'
        })
    );
    // Zeros satisfy the sum but name no department.
    assert!(Uscc::parse("000000000000000000").is_err());
    // The division is digits.
    assert!(matches!(
        Uscc::parse("9133022AMA2T0TE13C"),
        Err(UsccError::Character { position: 8, .. })
    ));
}

#[test]
fn a_zero_typed_as_letter_is_suggested_first() {
    assert_eq!(suggestions("9133O226MA2TOTE13C")[0].as_str(), VALID[0]);
    assert_eq!(suggestions("9I330226MA2T0TE13C")[0].as_str(), VALID[0]);
}

#[test]
fn nothing_is_suggested_for_a_valid_or_hopeless_text() {
    assert!(suggestions(VALID[0]).is_empty());
    assert!(suggestions("").is_empty());
    assert!(suggestions("宁波永兴服饰有限公司").is_empty());
    assert!(suggestions("3.30204E+17").is_empty());
    assert!(suggestions("9133").is_empty());
}

#[test]
fn composing_makes_both_check_characters() {
    let code = Uscc::compose("91", 330226, "MA2T0TE1").unwrap();
    assert!(code.inner_check_holds());
    assert_eq!(&code.as_str()[..16], "91330226MA2T0TE1");
    assert!(
        Uscc::compose("91", 330226, "MA2T0TEO").is_none(),
        "O cannot stand in a code"
    );
    assert!(Uscc::compose("0X", 330226, "MA2T0TE1").is_none());
}

#[test]
fn a_code_is_text_in_json_and_is_checked_when_read() {
    let code = Uscc::parse(VALID[0]).unwrap();
    let json = serde_json::to_string(&code).unwrap();
    assert_eq!(json, "\"91330226MA2T0TE13C\"");
    assert_eq!(serde_json::from_str::<Uscc>(&json).unwrap(), code);
    assert!(serde_json::from_str::<Uscc>("\"91330226MA2T0TE13D\"").is_err());
}

fn any_code() -> impl Strategy<Value = Uscc> {
    let head = prop::sample::select(vec![
        "91", "92", "93", "81", "89", "51", "52", "53", "11", "12", "13", "N1", "A1", "Y9",
    ]);
    let body = prop::collection::vec(prop::sample::select(ALPHABET.to_vec()), 8);
    (head, 110_000u32..660_000, body).prop_filter_map("a body of the alphabet", |(head, division, body)| {
        Uscc::compose(head, division, std::str::from_utf8(&body).unwrap())
    })
}

proptest! {
    #[test]
    fn display_and_parse_are_inverse(code in any_code()) {
        prop_assert_eq!(Uscc::parse(&format!(" {code} ")).unwrap(), code);
        prop_assert_eq!(code.to_string().parse::<Uscc>().unwrap(), code);
    }

    #[test]
    fn any_one_wrong_character_is_noticed_and_the_right_code_suggested(
        code in any_code(), at in 0usize..18, wrong in "[0-9A-Z?]",
    ) {
        let mut text = code.to_string();
        prop_assume!(text[at..=at] != wrong);
        text.replace_range(at..=at, &wrong);
        prop_assert!(Uscc::parse(&text).is_err(), "{} accepted for {}", text, code);
        prop_assert!(suggestions(&text).contains(&code));
    }

    #[test]
    fn any_two_neighbours_exchanged_are_noticed_and_the_right_code_suggested(code in any_code(), at in 0usize..17) {
        let mut bytes = code.to_string().into_bytes();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        let text = String::from_utf8(bytes).unwrap();
        prop_assert!(Uscc::parse(&text).is_err());
        prop_assert!(suggestions(&text).contains(&code));
    }

    #[test]
    fn a_missing_or_doubled_character_is_suggested_back(code in any_code(), at in 0usize..18, extra in "[0-9A-Z]") {
        let mut short = code.to_string();
        short.remove(at);
        prop_assert!(suggestions(&short).contains(&code));
        let mut long = code.to_string();
        long.insert_str(at, &extra);
        prop_assert!(suggestions(&long).contains(&code));
    }

    #[test]
    fn every_suggestion_is_valid_once_and_in_a_fixed_order(text in "[0-9A-Z]{16,20}") {
        let first = suggestions(&text);
        for (index, code) in first.iter().enumerate() {
            prop_assert!(Uscc::parse(code.as_str()).is_ok());
            prop_assert!(!first[..index].contains(code));
        }
        prop_assert_eq!(first, suggestions(&text));
    }

    #[test]
    fn normalising_twice_changes_nothing(raw in "\\PC{0,24}") {
        let once = normalise_code(&raw);
        prop_assert_eq!(normalise_code(&once), once);
    }

    #[test]
    fn nothing_makes_the_parser_panic(raw in "\\PC{0,24}") {
        let _ = Uscc::parse(&raw);
        let _ = suggestions(&raw);
    }
}
