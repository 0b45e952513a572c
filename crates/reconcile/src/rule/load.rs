//! Reads and checks rule files.

use super::head::{Rule, RuleHead};
use super::template;
use crate::error::{ReconcileError, Result};
use lake::run::RulesSource;
use std::path::Path;

const FENCE: &str = "+++";

macro_rules! shipped {
    ($($file:literal),* $(,)?) => { [$(($file, include_str!(concat!("../../../../rules/", $file)))),*] };
}

/// The rules built into the binary.
static SHIPPED: [(&str, &str); 11] = shipped![
    "code-missing.sql",
    "duplicate-union.sql",
    "employer-gone.sql",
    "employer-moved.sql",
    "found-25.sql",
    "found-joint.sql",
    "join-more.sql",
    "link-verify.sql",
    "members-exceed-staff.sql",
    "term-due.sql",
    "union-unregistered.sql",
];

/// File names and texts of the rules built into the binary, for `gonghui` to write out as a starting point.
pub fn embedded() -> &'static [(&'static str, &'static str)] {
    &SHIPPED
}

/// Loads all rules, sorted by id.
///
/// # Errors
/// [`ReconcileError::Rule`] names file, line and what to do.
pub fn load(source: &RulesSource) -> Result<Vec<Rule>> {
    let mut rules = match source {
        RulesSource::Embedded => SHIPPED
            .iter()
            .map(|(file, text)| parse(file, text))
            .collect::<Result<Vec<_>>>()?,
        RulesSource::Folder(folder) => folder_rules(folder)?,
    };
    rules.sort_by(|a, b| a.head.id.cmp(&b.head.id));
    for pair in rules.windows(2) {
        if pair[0].head.id == pair[1].head.id {
            return Err(wrong(
                &pair[1].file,
                1,
                format!("规则编号 {} 重复", pair[1].head.id),
                "每个规则文件使用不同的 id",
            ));
        }
    }
    if rules.is_empty() {
        return Err(wrong(
            "rules",
            1,
            "没有找到任何规则文件".to_string(),
            "目录内应有 *.sql 规则文件",
        ));
    }
    Ok(rules)
}

fn folder_rules(folder: &Path) -> Result<Vec<Rule>> {
    let file_error = |source| ReconcileError::File {
        path: folder.to_path_buf(),
        source,
    };
    let mut rules = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        if path.extension().is_some_and(|e| e == "sql") {
            let text = std::fs::read_to_string(&path).map_err(|source| ReconcileError::File {
                path: path.clone(),
                source,
            })?;
            let name = path
                .file_name()
                .map_or_else(String::new, |n| n.to_string_lossy().to_string());
            rules.push(parse(&name, &text)?);
        }
    }
    Ok(rules)
}

/// Parses one rule file.
pub(super) fn parse(file: &str, text: &str) -> Result<Rule> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate();
    let no_head = || {
        wrong(
            file,
            1,
            "缺少 +++ 之间的规则头".to_string(),
            "文件第一行写 +++，规则头之后再写一行 +++",
        )
    };
    if lines.next().map(|(_, l)| l.trim()) != Some(FENCE) {
        return Err(no_head());
    }
    let end = lines
        .find(|(_, l)| l.trim() == FENCE)
        .map(|(i, _)| i)
        .ok_or_else(no_head)?;
    let head_text: Vec<&str> = text.lines().skip(1).take(end - 1).collect();
    let head: RuleHead = toml::from_str(&head_text.join("\n")).map_err(|e| {
        let line = e.span().map_or(2, |span| {
            2 + head_text.join("\n")[..span.start].matches('\n').count()
        });
        wrong(
            file,
            line,
            format!("规则头有误：{}", e.message()),
            "对照 rules/README.md 的字段说明修改",
        )
    })?;
    let sql = text.lines().skip(end + 1).collect::<Vec<_>>().join("\n");
    let rule = Rule {
        head,
        sql,
        file: file.to_string(),
        sql_line: end + 2,
    };
    check_head(&rule)?;
    Ok(rule)
}

fn check_head(rule: &Rule) -> Result<()> {
    let head = &rule.head;
    let fail = |problem: String, advice: &str| Err(wrong(&rule.file, 2, problem, advice));
    if rule.file.strip_suffix(".sql") != Some(head.id.as_str()) {
        return fail(
            format!("id「{}」与文件名不一致", head.id),
            "把文件名改为 id 加 .sql",
        );
    }
    if !["verify", "task", "work"].contains(&head.kind.as_str()) {
        return fail(
            format!("kind「{}」不认识", head.kind),
            "只能写 verify、task 或 work",
        );
    }
    if !(1..=9).contains(&head.priority) {
        return fail(format!("priority {} 超出范围", head.priority), "写 1（最高）到 9");
    }
    if head.version < 1 || head.due_working_days < 1 || head.verify_due_working_days.is_some_and(|d| d < 1) {
        return fail("version 和办理期限必须大于 0".to_string(), "填写正整数");
    }
    if let Err(problem) = template::parse(&head.reason) {
        return fail(
            format!("reason 模板有误：{problem}"),
            "占位符写作 {列名}，可省略的部分放在 [ ] 里",
        );
    }
    if rule.sql.trim().is_empty() {
        return Err(wrong(
            &rule.file,
            rule.sql_line,
            "没有 SQL".to_string(),
            "在规则头之后写一条 SELECT",
        ));
    }
    Ok(())
}

/// A rule error.
pub(super) fn wrong(file: &str, line: usize, problem: String, advice: &str) -> ReconcileError {
    ReconcileError::Rule {
        file: file.to_string(),
        line,
        problem,
        advice: advice.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shipped_rules_are_sound() {
        let rules = load(&RulesSource::Embedded).unwrap();
        assert_eq!(rules.len(), SHIPPED.len());
        assert!(
            rules
                .iter()
                .all(|r| !r.head.law.is_empty() && !r.head.fingerprint.is_empty())
        );
    }

    #[test]
    fn facts_keep_the_order_of_the_file() {
        let rules = load(&RulesSource::Embedded).unwrap();
        let rule = rules.iter().find(|rule| rule.head.id == "found-25").unwrap();
        let labels: Vec<&str> = rule.head.evidence[0]
            .facts
            .iter()
            .map(|(label, _)| label.as_str())
            .collect();
        assert_eq!(labels[..3], ["登记状态", "成立日期", "住所"]);
    }

    #[test]
    fn a_wrong_head_is_told_with_its_line() {
        let text = "+++\nid = \"x\"\nversion = \"one\"\n+++\nSELECT 1";
        let error = parse("x.sql", text).unwrap_err().to_string();
        assert!(error.contains("x.sql 第 3 行"), "{error}");
        let error = parse("x.sql", "SELECT 1").unwrap_err().to_string();
        assert!(error.contains("规则头"), "{error}");
    }
}
