//! 建会: what a founding must say before a union stands in the register.

use codes::time::Day;
use serde::{Deserialize, Serialize};

/// How long a committee's term is. 工会法 and 中国工会章程: three or five years.
pub const TERM_YEARS: [u32; 2] = [3, 5];

/// Longest name the register takes, in characters.
pub const NAME_CHARACTERS_MAX: usize = 100;

/// What the town officer typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundingInput<'a> {
    pub union_name: &'a str,
    pub chair: &'a str,
    pub founded_on: &'a str,
    pub term_years: &'a str,
    pub declared_members: &'a str,
    /// Founded first, if known: no union is older than its employer.
    pub employer_founded: Option<Day>,
}

/// A founding that can be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    pub union_name: String,
    pub chair: String,
    pub founded_on: Day,
    pub term_end: Day,
    pub declared_members: Option<i64>,
}

/// A field and what is wrong with it, in Chinese.
pub type FieldFault = (&'static str, String);

/// Checks a founding; all faults at once, so that nobody is sent back twice.
pub fn check_founding(input: &FoundingInput<'_>, today: Day) -> Result<Founding, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let union_name = input.union_name.trim();
    if union_name.is_empty() {
        faults.push(("union_name", "请填写工会名称".to_owned()));
    } else if union_name.chars().count() > NAME_CHARACTERS_MAX {
        faults.push((
            "union_name",
            format!("工会名称不能超过 {NAME_CHARACTERS_MAX} 个字"),
        ));
    } else if !union_name.contains("工会") {
        faults.push((
            "union_name",
            "工会名称中应有“工会”二字，如“××有限公司工会委员会”".to_owned(),
        ));
    }
    let chair = input.chair.trim();
    if chair.is_empty() {
        faults.push(("chair", "请填写工会主席姓名".to_owned()));
    } else if chair.chars().count() > 30 {
        faults.push(("chair", "工会主席姓名过长".to_owned()));
    }
    let founded_on = founding_day(input, today)
        .map_err(|fault| faults.push(("founded_on", fault)))
        .ok();
    let term_years = input
        .term_years
        .trim()
        .parse()
        .ok()
        .filter(|years| TERM_YEARS.contains(years));
    if term_years.is_none() {
        faults.push(("term_years", "任期为 3 年或 5 年".to_owned()));
    }
    let declared_members = match input.declared_members.trim() {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(count) if (1..=1_000_000).contains(&count) => Some(count),
            _ => {
                faults.push((
                    "declared_members",
                    "会员人数应为正整数；不清楚可以不填".to_owned(),
                ));
                None
            }
        },
    };
    match (founded_on, term_years) {
        (Some(founded_on), Some(years)) if faults.is_empty() => Ok(Founding {
            union_name: union_name.to_owned(),
            chair: chair.to_owned(),
            founded_on,
            term_end: founded_on.add_months(years as i32 * 12),
            declared_members,
        }),
        _ => Err(faults),
    }
}

fn founding_day(input: &FoundingInput<'_>, today: Day) -> Result<Day, String> {
    let day = match codes::time::read_date(input.founded_on.trim()) {
        Ok(Some(day)) => day,
        Ok(None) => return Err("请填写建会日期".to_owned()),
        Err(_) => return Err("建会日期无法识别，请写成 2026-11-21 的样子".to_owned()),
    };
    match input.employer_founded {
        _ if day > today => Err(format!("建会日期不能晚于今天（{today}）")),
        Some(employer) if day < employer => Err(format!("建会日期早于单位成立日期（{employer}）")),
        _ => Ok(day),
    }
}

/// The name a union of this employer would usually have.
pub fn proposed_name(employer_name: &str) -> String {
    format!("{}工会委员会", employer_name.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn good() -> FoundingInput<'static> {
        FoundingInput {
            union_name: "宁波腾浩户外用品有限公司工会委员会",
            chair: "王小明",
            founded_on: "2026-11-20",
            term_years: "5",
            declared_members: "52",
            employer_founded: Some(day("2025-10-14")),
        }
    }

    fn faulty(input: FoundingInput<'_>) -> Vec<&'static str> {
        let faults = check_founding(&input, day("2026-11-21")).unwrap_err();
        assert!(faults.iter().all(|(_, words)| !words.is_empty()));
        faults.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_founding_has_its_term_end_from_its_years() {
        let founding = check_founding(&good(), day("2026-11-21")).unwrap();
        assert_eq!(founding.term_end, day("2031-11-20"));
        assert_eq!(founding.declared_members, Some(52));
        let unknown = check_founding(
            &FoundingInput {
                declared_members: " ",
                ..good()
            },
            day("2026-11-21"),
        )
        .unwrap();
        assert_eq!(unknown.declared_members, None);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let empty = FoundingInput {
            union_name: "",
            chair: " ",
            founded_on: "",
            term_years: "",
            declared_members: "",
            employer_founded: None,
        };
        assert_eq!(faulty(empty), ["union_name", "chair", "founded_on", "term_years"]);
        assert_eq!(
            faulty(FoundingInput {
                founded_on: "2026-11-22",
                ..good()
            }),
            ["founded_on"]
        );
        assert_eq!(
            faulty(FoundingInput {
                founded_on: "2025-10-13",
                ..good()
            }),
            ["founded_on"]
        );
        assert_eq!(
            faulty(FoundingInput {
                founded_on: "明天",
                ..good()
            }),
            ["founded_on"]
        );
        assert_eq!(
            faulty(FoundingInput {
                term_years: "4",
                ..good()
            }),
            ["term_years"]
        );
        assert_eq!(
            faulty(FoundingInput {
                declared_members: "0",
                ..good()
            }),
            ["declared_members"]
        );
        assert_eq!(
            faulty(FoundingInput {
                union_name: "宁波腾浩户外用品有限公司",
                ..good()
            }),
            ["union_name"]
        );
    }
}
