//! 加挂牌子、曾用名: further names of one organisation.
//!
//! A second name plate (双牌) makes no second union: 福州 hung the plate of its digital-economy industry union on the high-tech industry
//! union that was there. A former name (曾用名) stays so that old papers lead to the union of today.

use codes::text::normalise;
use codes::time::Day;
use serde::{Deserialize, Serialize};

use crate::list_item::coded;

/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Plates that one union may bear at once.
pub const PLATES_MAX: usize = 5;

coded! {
    /// What a further name is.
    AliasKind {
        /// 加挂的牌子: a second name in use.
        Plate = "plate", "加挂牌子";
        /// 曾用名: what it was called before.
        Former = "former", "曾用名";
    }
}

/// The names in a cell, each once: several are parted by 、 or ；.
pub fn names_in(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(['、', '；', ';', '\n', '\r']) {
        let name = name.trim();
        if !name.is_empty() && !names.iter().any(|known| normalise(known) == normalise(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether a plate may be hung: its name and since when.
///
/// # Errors
/// The fields that are wrong, in words.
pub fn check_plate(
    own_name: &str,
    name: &str,
    hanging: &[String],
    since: Option<Day>,
    founded: Option<Day>,
    today: Day,
) -> Result<(String, Day), Vec<(&'static str, String)>> {
    let mut wrong = Vec::new();
    let name = name.trim();
    if let Err(words) = check_name(name) {
        wrong.push(("name", words));
    } else if normalise(name) == normalise(own_name) {
        wrong.push(("name", "与工会名称相同，不用加挂".to_owned()));
    } else if hanging.iter().any(|known| normalise(known) == normalise(name)) {
        wrong.push(("name", "这块牌子已经挂着".to_owned()));
    } else if hanging.len() >= PLATES_MAX {
        wrong.push(("name", format!("最多同时加挂 {PLATES_MAX} 块牌子，请先摘牌")));
    }
    match since {
        None => wrong.push(("since", "请填写加挂日期".to_owned())),
        Some(since) if since > today => wrong.push(("since", format!("加挂日期不能晚于今天（{today}）"))),
        Some(since) => {
            if let Some(founded) = founded.filter(|founded| since < *founded) {
                wrong.push(("since", format!("加挂日期不能早于建会日期（{founded}）")));
            }
        }
    }
    match since {
        Some(since) if wrong.is_empty() => Ok((name.to_owned(), since)),
        _ => Err(wrong),
    }
}

/// Whether a text may be a union's name.
///
/// # Errors
/// What is wrong, in words.
pub fn check_name(name: &str) -> Result<(), String> {
    match name.chars().count() {
        0..4 => return Err("名称至少 4 个字".to_owned()),
        count if count > NAME_MAX => return Err(format!("名称不能超过 {NAME_MAX} 个字")),
        _ => {}
    }
    if name.contains(['、', '；', ';', '\n']) {
        return Err("名称里不能有顿号、分号和换行".to_owned());
    }
    if !name.contains("工会") && !name.contains("分会") {
        return Err("工会的名称里应有“工会”二字".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn a_plate_has_a_name_of_its_own_and_a_day() {
        let today = day("2026-08-03");
        let founded = Some(day("2020-01-01"));
        let hung = ["宁海县数字经济产业工会".to_owned()];
        let check = |name: &str, since: &str| {
            check_plate(
                "宁海县高新技术产业工会",
                name,
                &hung,
                Some(day(since)),
                founded,
                today,
            )
        };
        assert!(check("宁海县软件行业工会联合会", "2026-05-01").is_ok());
        for (name, since, field, says) in [
            ("宁海县高新技术产业工会", "2026-05-01", "name", "相同"),
            ("宁海县数字经济产业工会 ", "2026-05-01", "name", "已经挂着"),
            ("数字经济处", "2026-05-01", "name", "工会"),
            ("甲工会、乙工会", "2026-05-01", "name", "顿号"),
            ("宁海县软件行业工会联合会", "2026-08-04", "since", "今天"),
            ("宁海县软件行业工会联合会", "2019-05-01", "since", "建会"),
        ] {
            let wrong = check(name, since).unwrap_err();
            assert_eq!(wrong[0].0, field, "{name}");
            assert!(wrong[0].1.contains(says), "{wrong:?}");
        }
    }

    #[test]
    fn a_cell_holds_several_names() {
        assert_eq!(names_in("甲工会、 乙工会；甲工会"), ["甲工会", "乙工会"]);
        assert!(names_in(" ").is_empty());
    }
}
