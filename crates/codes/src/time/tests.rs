#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn day(year: i32, month: u32, date: u32) -> Day {
    Day::new(year, month, date).unwrap()
}

#[test]
fn every_date_format_of_the_file_layouts_is_read() {
    for raw in [
        "2024-07-05",
        "2024/7/5",
        "2024/07/05",
        "20240705",
        "2024年7月5日",
        "2024年07月05日",
        "2024.7.5",
        "2024.07.05",
        "45478",
        "45478.0",
        "45478.75",
        "2024-07-05 00:00:00",
        "2024-07-05T00:00:00",
        "2024-07-05T08:30:00.000Z",
        "2024/7/5 0:00",
        "20240705 08:30",
        "20240705000000",
        "２０２４－０７－０５",
        " 2024-07-05 ",
        "'2024-07-05",
        "2024年7月5日 10:00",
        "2024 年 7 月 5 日",
        "2024-7-5 上午 8:30",
    ] {
        assert_eq!(read_date(raw), Ok(Some(day(2024, 7, 5))), "{raw}");
    }
}

#[test]
fn nothing_written_is_no_date() {
    for raw in [
        "",
        "  ",
        "/",
        "-",
        "——".trim_start_matches('—'),
        "无",
        "NULL",
        "null",
        "\u{3000}",
    ] {
        assert_eq!(read_date(raw), Ok(None), "{raw}");
    }
}

#[test]
fn what_is_not_a_whole_date_is_never_guessed() {
    for (raw, error) in [
        ("2018.8", DateError::MonthOnly(day(2018, 8, 1))),
        ("2018-08", DateError::MonthOnly(day(2018, 8, 1))),
        ("2018年8月", DateError::MonthOnly(day(2018, 8, 1))),
        ("201808", DateError::MonthOnly(day(2018, 8, 1))),
        ("18年8月", DateError::ShortYear),
        ("18年8月5日", DateError::ShortYear),
        ("2024-02-30", DateError::NoSuchDay),
        ("20241301", DateError::NoSuchDay),
        ("至今", DateError::OpenEnded),
        ("长期", DateError::OpenEnded),
        ("5/7/2024", DateError::Unreadable),
        ("24-7-5", DateError::Unreadable),
        ("2018", DateError::Unreadable),
        ("2018年", DateError::Unreadable),
        ("去年八月", DateError::Unreadable),
        ("0000-00-00", DateError::Unreadable),
        ("1", DateError::Unreadable),
        ("99999", DateError::Unreadable),
        ("3.30204E+17", DateError::Unreadable),
    ] {
        assert_eq!(read_date(raw), Err(error), "{raw}");
    }
}

#[test]
fn excel_serials_count_from_the_known_days() {
    for (serial, expected) in [
        ("25569", day(1970, 1, 1)),
        ("36526", day(2000, 1, 1)),
        ("73050", day(2099, 12, 31)),
    ] {
        assert_eq!(read_date(serial), Ok(Some(expected)));
    }
}

#[test]
fn strange_but_real_days_are_left_to_the_caller() {
    assert_eq!(read_date("1900-01-01"), Ok(Some(day(1900, 1, 1))));
    assert_eq!(read_date("9999-12-31"), Ok(Some(day(9999, 12, 31))));
}

#[test]
fn months_count_when_they_are_full() {
    for (from, to, months) in [
        (day(2024, 1, 31), day(2024, 2, 29), 0),
        (day(2024, 1, 31), day(2024, 3, 1), 1),
        (day(2025, 7, 1), day(2026, 8, 1), 13),
        (day(2025, 7, 2), day(2026, 7, 1), 11),
        (day(2025, 7, 1), day(2026, 7, 1), 12),
        (day(2026, 7, 1), day(2025, 7, 1), -12),
        (day(2026, 7, 1), day(2026, 7, 1), 0),
    ] {
        assert_eq!(from.months_until(to), months, "{from} {to}");
    }
    assert_eq!(day(2024, 1, 31).add_months(1), day(2024, 2, 29));
    assert_eq!(day(2024, 3, 31).add_months(-1), day(2024, 2, 29));
}

#[test]
fn a_day_is_the_day_in_shanghai() {
    // 2026-07-31 16:00 UTC is midnight in Shanghai.
    let midnight = day(2026, 8, 1).start();
    assert_eq!(midnight.to_string(), "2026-08-01 00:00:00");
    assert_eq!(midnight.day(), day(2026, 8, 1));
    assert_eq!(Timestamp(midnight.0 - 1).day(), day(2026, 7, 31));
    assert_eq!(midnight.to_minute(), "2026-08-01 00:00");
    assert!(!Timestamp(i64::MAX).to_minute().is_empty());
}

#[test]
fn a_mock_clock_moves_when_told() {
    let clock = MockClock::at(day(2026, 8, 1));
    assert_eq!(clock.now().to_minute(), "2026-08-01 09:00");
    clock.advance_days(30);
    assert_eq!(clock.today(), day(2026, 8, 31));
    clock.set(day(2020, 1, 1).start());
    assert_eq!(clock.today(), day(2020, 1, 1));
}

#[test]
fn a_day_is_iso_text_in_json() {
    let json = serde_json::to_string(&day(2026, 8, 1)).unwrap();
    assert_eq!(json, "\"2026-08-01\"");
    assert_eq!(serde_json::from_str::<Day>(&json).unwrap(), day(2026, 8, 1));
    assert!(serde_json::from_str::<Day>("\"2026-8-1\"").is_err());
}

proptest! {
    #[test]
    fn a_day_survives_its_text_its_number_and_every_format(days in -40_000i32..60_000) {
        let day = Day::from_days(days).unwrap();
        prop_assert_eq!(day.to_days_since_epoch(), days);
        prop_assert_eq!(Day::parse_iso(&day.to_string()), Ok(day));
        let (year, month, date) = (day.year(), day.month(), day.day());
        for text in [
            format!("{year}/{month}/{date}"),
            format!("{year:04}{month:02}{date:02}"),
            format!("{year}年{month}月{date}日"),
            format!("{year}-{month:02}-{date:02} 00:00:00"),
        ] {
            prop_assert_eq!(read_date(&text), Ok(Some(day)));
        }
        if (-15_000..47_000).contains(&days) {
            prop_assert_eq!(read_date(&(days + 25_569).to_string()), Ok(Some(day)));
        }
    }

    #[test]
    fn adding_and_counting_days_agree(days in -20_000i32..20_000, more in -20_000i64..20_000) {
        let day = Day::from_days(days).unwrap();
        prop_assert_eq!(day.days_until(day.add_days(more)), more);
    }

    #[test]
    fn nothing_makes_the_reader_panic(raw in "[0-9年月日./:-]{0,16}|\\PC{0,16}") {
        let _ = read_date(&raw);
    }
}
