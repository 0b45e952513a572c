//! The compared fields and the levels each can reach.
//!
//! Level 0 is always "missing": one side says nothing, which is no evidence either way and weighs 0 bits.

use serde::{Deserialize, Serialize};

/// Number of compared fields.
pub const FIELD_COUNT: usize = 10;

/// One compared field. The order is the order of explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Code,
    Name,
    LegalRep,
    Phone,
    Address,
    Place,
    Industry,
    Dates,
    Status,
    Vote,
}

/// What a level means to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Agree,
    Partial,
    Disagree,
    Missing,
}

/// One level of one field, with the values a fresh model starts from.
///
/// `m`, `g`, `u`: how often the level is seen among pairs that are the employer itself, a sibling firm, a random other firm,
/// given that both sides say something. Starting values come from the published dirt rates (missing code 18 %, mistyped 3 %,
/// copied 0.7 %, name variants …) and are refined by training.
pub struct LevelDef {
    pub key: &'static str,
    pub label: &'static str,
    pub outcome: Outcome,
    pub m: f64,
    pub g: f64,
    pub u: f64,
    pub source_of_u: SourceOfU,
}

/// Where the chance of a random agreement comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SourceOfU {
    /// From the frequency of the very value that agrees: two 王伟 say less than two 欧阳锡麟.
    Term,
    /// Once in the register at most, and only by error: the stated `u` is errors per union, divided by the register's size.
    PerRegister,
    /// The stated rate (rare fuzzy levels, which no sample would meet).
    Rate,
    /// Measured on a deterministic sample of random pairs.
    Sample,
}

use Outcome::{Agree, Disagree, Missing, Partial};
use SourceOfU::{PerRegister, Rate, Sample, Term};

const fn level(
    key: &'static str,
    label: &'static str,
    outcome: Outcome,
    (m, g, u): (f64, f64, f64),
    source_of_u: SourceOfU,
) -> LevelDef {
    LevelDef {
        key,
        label,
        outcome,
        m,
        g,
        u,
        source_of_u,
    }
}

const MISSING: LevelDef = level("missing", "未填", Missing, (1.0, 1.0, 1.0), Rate);

pub mod code {
    pub const EXACT: u8 = 1;
    pub const ORG: u8 = 2;
    pub const REG: u8 = 3;
    pub const NEAR: u8 = 4;
    pub const OTHER: u8 = 5;
    pub const ABSENT: u8 = 6;
    pub const UNREADABLE: u8 = 7;
}
pub mod name {
    pub const EXACT: u8 = 1;
    pub const CORE: u8 = 2;
    pub const CORE_ELSEWHERE: u8 = 3;
    pub const FORMER: u8 = 4;
    pub const SOUND: u8 = 5;
    pub const SHAPE: u8 = 6;
    pub const TRADE_SLIP: u8 = 7;
    pub const BRAND_SLIP: u8 = 8;
    pub const SHORT: u8 = 9;
    pub const BRANCH: u8 = 10;
    pub const SIMILAR: u8 = 11;
    pub const BRAND: u8 = 12;
    pub const DIFFERENT: u8 = 13;
}
pub mod rep {
    pub const EXACT: u8 = 1;
    pub const NEAR: u8 = 2;
    pub const DIFFERENT: u8 = 3;
}
/// Levels of the two-way fields phone, address, industry.
pub mod same {
    pub const SAME: u8 = 1;
    pub const DIFFERENT: u8 = 2;
    /// Address only: same road, another number.
    pub const ROAD: u8 = 3;
}
pub mod place {
    pub const TOWN: u8 = 1;
    pub const COUNTY: u8 = 2;
    pub const OTHER_TOWN: u8 = 3;
    pub const ELSEWHERE: u8 = 4;
}
pub mod dates {
    pub const FITS: u8 = 1;
    pub const LATER: u8 = 2;
    /// Founded more than a year after the union, or gone before it.
    pub const NOT_THERE: u8 = 3;
}
pub mod status {
    pub const IN_BUSINESS: u8 = 1;
    pub const UNCLEAR: u8 = 2;
    pub const GONE: u8 = 3;
}
pub mod vote {
    pub const MAJORITY: u8 = 1;
    pub const FEW: u8 = 2;
    pub const SOME: u8 = 3;
    pub const TRACE: u8 = 4;
    pub const ELSEWHERE: u8 = 5;
    pub const OUTSIDE: u8 = 6;
    pub const SCATTERED: u8 = 7;
}

static CODE: [LevelDef; 8] = [
    MISSING,
    level("exact", "代码一致", Agree, (0.72, 0.010, 0.03), PerRegister),
    level("org", "组织机构代码一致", Agree, (0.08, 0.004, 0.03), PerRegister),
    level("reg", "原注册号一致", Agree, (0.06, 0.004, 0.03), PerRegister),
    level("near", "差一处笔误", Partial, (0.05, 0.004, 0.06), PerRegister),
    level(
        "other",
        "代码属于另一家企业",
        Disagree,
        (0.02, 0.45, 0.60),
        Sample,
    ),
    level(
        "absent",
        "代码有效但市场主体库中没有",
        Disagree,
        (0.008, 0.45, 0.18),
        Sample,
    ),
    level(
        "unreadable",
        "代码无法读取且对不上",
        Disagree,
        (0.05, 0.08, 0.22),
        Sample,
    ),
];
static NAME: [LevelDef; 14] = [
    MISSING,
    level("exact", "名称完全一致", Agree, (0.66, 0.003, 1e-7), Term),
    level("core", "字号和行业一致", Agree, (0.14, 0.003, 1e-7), Term),
    level(
        "core_elsewhere",
        "字号和行业一致但行政区划不同",
        Partial,
        (0.010, 0.020, 1e-6),
        Term,
    ),
    level("former", "与曾用名一致", Agree, (0.045, 0.003, 3e-7), Term),
    level("sound", "同音字", Partial, (0.020, 0.001, 5e-7), Rate),
    level("shape", "形近字", Partial, (0.012, 0.001, 3e-7), Rate),
    level("trade_slip", "行业词差一字", Partial, (0.015, 0.020, 5e-7), Term),
    level("brand_slip", "字号差一字", Partial, (0.010, 0.010, 2e-5), Rate),
    level("short", "简称", Partial, (0.050, 0.090, 3e-6), Term),
    level("branch", "总部与分支", Partial, (0.006, 0.060, 1e-6), Rate),
    level("similar", "名称相近", Partial, (0.006, 0.015, 4e-6), Rate),
    level("brand", "仅字号相同", Disagree, (0.004, 0.600, 1e-5), Term),
    level("different", "名称不同", Disagree, (0.018, 0.170, 1.0), Rate),
];
static REP: [LevelDef; 4] = [
    MISSING,
    level("exact", "一致", Agree, (0.80, 0.55, 1e-4), Term),
    level("near", "差一字", Partial, (0.04, 0.02, 0.003), Rate),
    level("different", "不同", Disagree, (0.16, 0.43, 0.996), Sample),
];
static PHONE: [LevelDef; 3] = [
    MISSING,
    level("same", "一致", Agree, (0.70, 0.40, 1e-5), Term),
    level("different", "不同", Disagree, (0.30, 0.60, 0.99), Sample),
];
static ADDRESS: [LevelDef; 4] = [
    MISSING,
    level("same", "路名门牌一致", Agree, (0.70, 0.40, 1e-5), Term),
    level("different", "不同", Disagree, (0.25, 0.55, 0.99), Sample),
    level("road", "同路不同号", Partial, (0.05, 0.05, 0.004), Rate),
];
static PLACE: [LevelDef; 5] = [
    MISSING,
    level("town", "同一街道乡镇", Agree, (0.84, 0.45, 0.012), Sample),
    level("county", "同一区县", Agree, (0.93, 0.80, 0.12), Sample),
    level(
        "other_town",
        "同区县，街道乡镇不同",
        Partial,
        (0.10, 0.40, 0.11),
        Sample,
    ),
    level("elsewhere", "区县不同", Disagree, (0.05, 0.15, 0.87), Sample),
];
static INDUSTRY: [LevelDef; 3] = [
    MISSING,
    level("same", "门类一致", Agree, (0.88, 0.45, 0.20), Sample),
    level("different", "门类不同", Disagree, (0.12, 0.55, 0.80), Sample),
];
static DATES: [LevelDef; 4] = [
    MISSING,
    level("fits", "企业成立在先", Agree, (0.955, 0.60, 0.55), Sample),
    level(
        "later",
        "企业成立略晚于建会",
        Partial,
        (0.025, 0.10, 0.10),
        Sample,
    ),
    level(
        "not_there",
        "建会时企业尚未成立或已不存在",
        Disagree,
        (0.02, 0.30, 0.35),
        Sample,
    ),
];
static STATUS: [LevelDef; 4] = [
    MISSING,
    level("in_business", "在业", Agree, (0.94, 0.85, 0.85), Sample),
    level("unclear", "停业或状态不明", Partial, (0.025, 0.05, 0.05), Sample),
    level(
        "gone",
        "已注销、吊销或迁出",
        Disagree,
        (0.035, 0.10, 0.10),
        Sample,
    ),
];
static VOTE: [LevelDef; 8] = [
    MISSING,
    level(
        "majority",
        "会员多数在此参保",
        Agree,
        (0.85, 0.020, 0.06),
        PerRegister,
    ),
    level(
        "few",
        "会员在此参保但人数很少",
        Agree,
        (0.04, 0.010, 0.15),
        PerRegister,
    ),
    level(
        "some",
        "部分会员在此参保",
        Partial,
        (0.04, 0.015, 0.5),
        PerRegister,
    ),
    level(
        "trace",
        "个别会员在此参保",
        Partial,
        (0.01, 0.020, 5.0),
        PerRegister,
    ),
    level(
        "elsewhere",
        "会员多数在另一家企业参保",
        Disagree,
        (0.030, 0.40, 0.72),
        Sample,
    ),
    level(
        "outside",
        "会员多数的参保单位不在市场主体库",
        Disagree,
        (0.003, 0.40, 0.10),
        Sample,
    ),
    level(
        "scattered",
        "会员参保单位分散",
        Disagree,
        (0.027, 0.12, 0.18),
        Sample,
    ),
];

impl Field {
    /// All fields in explanation order.
    pub const ALL: [Field; FIELD_COUNT] = [
        Field::Code,
        Field::Name,
        Field::LegalRep,
        Field::Phone,
        Field::Address,
        Field::Place,
        Field::Industry,
        Field::Dates,
        Field::Status,
        Field::Vote,
    ];

    /// Position in patterns and weight arrays.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Stable key as written into evidence.
    pub const fn key(self) -> &'static str {
        match self {
            Field::Code => "code",
            Field::Name => "name",
            Field::LegalRep => "legal_rep",
            Field::Phone => "phone",
            Field::Address => "address",
            Field::Place => "place",
            Field::Industry => "industry",
            Field::Dates => "dates",
            Field::Status => "status",
            Field::Vote => "vote",
        }
    }

    /// Chinese label for screens.
    pub const fn label(self) -> &'static str {
        match self {
            Field::Code => "单位代码",
            Field::Name => "单位名称",
            Field::LegalRep => "法定代表人",
            Field::Phone => "电话",
            Field::Address => "地址",
            Field::Place => "所在地",
            Field::Industry => "行业门类",
            Field::Dates => "成立与建会日期",
            Field::Status => "登记状态",
            Field::Vote => "会员参保单位",
        }
    }

    /// All levels of the field; index 0 is "missing".
    pub fn levels(self) -> &'static [LevelDef] {
        match self {
            Field::Code => &CODE,
            Field::Name => &NAME,
            Field::LegalRep => &REP,
            Field::Phone => &PHONE,
            Field::Address => &ADDRESS,
            Field::Place => &PLACE,
            Field::Industry => &INDUSTRY,
            Field::Dates => &DATES,
            Field::Status => &STATUS,
            Field::Vote => &VOTE,
        }
    }
}

impl Outcome {
    /// Stable key as written into evidence.
    pub const fn key(self) -> &'static str {
        match self {
            Agree => "agree",
            Partial => "partial",
            Disagree => "disagree",
            Missing => "missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_order_is_index_order() {
        for (i, field) in Field::ALL.iter().enumerate() {
            assert_eq!(field.index(), i);
            assert_eq!(
                field.levels()[0].outcome,
                Outcome::Missing,
                "{} starts with missing",
                field.key()
            );
            assert!(field.levels().len() <= 16, "a level fits four bits");
        }
    }
}
