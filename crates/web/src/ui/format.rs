//! Numbers and dates as officers write them: thousands with commas, 万 above ten thousand where space is short.

/// 12345 → `12,345`.
pub fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// 3780000 → (`378.0`, ` 万`); below 100,000 the plain number and no unit.
pub fn ten_thousands(value: i64) -> (String, &'static str) {
    if value.abs() < 100_000 {
        (number(value), "")
    } else {
        (format!("{:.1}", value as f64 / 10_000.0), " 万")
    }
}

/// 0.864 → `86.4%`; `—` when there is nothing to divide by.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |value| format!("{:.1}%", value * 100.0))
}

/// A part of a whole as `98.7%`, rounded down: while one is missing, it is not all. Unknown, not zero, where there is no whole.
pub fn share_of(part: i64, whole: i64) -> String {
    match whole {
        0 => "—".to_owned(),
        whole => format!("{}.{}%", part * 100 / whole, part * 1000 / whole % 10),
    }
}

/// How long something took: 3.2 秒, 4 分 10 秒.
pub fn duration(millis: i64) -> String {
    if millis < 60_000 {
        format!("{:.1} 秒", millis as f64 / 1000.0)
    } else {
        format!("{} 分 {} 秒", millis / 60_000, millis / 1000 % 60)
    }
}

/// The built-in account as people call it: `system(import root)` → `系统（命令行或后台任务）`.
pub fn actor_words(name: &str) -> String {
    if name.starts_with("system(") {
        "系统（命令行或后台任务）".to_owned()
    } else {
        name.to_owned()
    }
}

/// One decimal, for days and bits.
pub fn decimal(value: f64) -> String {
    format!("{value:.1}")
}

/// `2026-11-25` → `11-25` within the year of `today`, the whole date otherwise.
pub fn short_day(day: &str, today: &str) -> String {
    match (day.get(..5), today.get(..5), day.get(5..)) {
        (Some(year), Some(this), Some(rest)) if year == this => rest.to_owned(),
        _ => day.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_in_a_report() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(27_300), "27,300");
        assert_eq!(number(-1_284), "−1,284");
        assert_eq!(ten_thousands(3_780_000), ("378.0".to_owned(), " 万"));
        assert_eq!(percent(None), "—");
        assert_eq!(percent(Some(0.864)), "86.4%");
        assert_eq!(short_day("2026-11-25", "2026-11-21"), "11-25");
        assert_eq!(short_day("2025-11-25", "2026-11-21"), "2025-11-25");
    }
}
