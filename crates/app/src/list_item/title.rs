//! The rules in words, for chips, filters and heads. A rule of one's own is shown by its id.

/// The shipped rules: id and title, in the order of the filter.
pub const RULES: &[(&str, &str)] = &[
    ("found-25", "应建未建（25 人以上）"),
    ("found-joint", "可建联合工会（10–24 人）"),
    ("union-unregistered", "缴费未登记工会"),
    ("join-more", "会员缺口"),
    ("term-due", "换届到期"),
    ("employer-gone", "单位注销吊销"),
    ("employer-moved", "单位迁移"),
    ("code-missing", "单位代码缺失"),
    ("duplicate-union", "重复建会"),
    ("members-exceed-staff", "会员多于职工"),
    ("link-verify", "单位对应待核实"),
    ("missing-from-file", "台账缺行"),
];

/// A rule in words.
pub fn rule_title(rule: &str) -> &str {
    RULES
        .iter()
        .find(|(id, _)| *id == rule)
        .map_or(rule, |(_, title)| title)
}
