//! The rules in words, for chips, filters and heads. A rule of one's own is shown by its id.

/// The shipped rules: id and title as in the rule's own file, in the order of the filter.
pub const RULES: &[(&str, &str)] = &[
    ("found-25", "应建未建（参保25人以上）"),
    ("found-joint", "小微企业联合建会（参保10–24人）"),
    ("union-unregistered", "缴纳经费但未见工会"),
    ("join-more", "入会率不足50%"),
    ("term-due", "换届到期"),
    ("employer-gone", "单位已注销或吊销"),
    ("employer-moved", "单位已迁移"),
    ("code-missing", "代码缺失或填错"),
    ("duplicate-union", "疑似重复工会"),
    ("members-exceed-staff", "会员数超过职工数"),
    ("link-verify", "单位匹配待核对"),
];

/// A rule in words.
pub fn rule_title(rule: &str) -> &str {
    RULES
        .iter()
        .find(|(id, _)| *id == rule)
        .map_or(rule, |(_, title)| title)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The rules are SQL files that only the bulk job reads; their words must not drift from the pages'.
    #[test]
    fn every_shipped_rule_has_its_own_name_on_the_pages() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            let file = std::fs::read_to_string(&path).unwrap();
            let head = |key: &str| {
                let line = file.lines().find(|line| line.starts_with(&format!("{key} = ")));
                line.unwrap().split('"').nth(1).unwrap().to_owned()
            };
            assert_eq!(rule_title(&head("id")), head("name"), "{}", path.display());
            count += 1;
        }
        assert_eq!(count, RULES.len());
    }
}
