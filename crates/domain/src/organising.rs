//! 建会: what a founding must say before a union stands in the register.

use codes::time::Day;
use serde::{Deserialize, Serialize};

use crate::dictionary::{Act, FormReader};

/// How long a committee's term is. 工会法 and 中国工会章程: three or five years.
pub const TERM_YEARS: [u32; 2] = [3, 5];

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
    let mut typed = FormReader::of(Act::FoundUnion, today);
    let union_name = typed.value("union_name", input.union_name);
    if union_name.as_ref().is_some_and(|name| !name.contains("工会")) {
        typed.wrong("union_name", "工会名称中应有“工会”二字，如“××有限公司工会委员会”");
    }
    let chair = typed.value("chair", input.chair);
    let founded_on = typed.day("founded_on", input.founded_on);
    if let (Some(day), Some(employer)) = (founded_on, input.employer_founded)
        && day < employer
    {
        typed.wrong("founded_on", format!("建会日期早于单位成立日期（{employer}）"));
    }
    let term_years = typed.number("term_years", input.term_years);
    let declared_members = typed.number("declared_members", input.declared_members);
    match (union_name, chair, founded_on, term_years) {
        (Some(union_name), Some(chair), Some(founded_on), Some(years)) if typed.is_sound() => Ok(Founding {
            union_name,
            chair,
            founded_on,
            term_end: founded_on.add_months(years as i32 * 12),
            declared_members,
        }),
        _ => Err(typed.faults()),
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
