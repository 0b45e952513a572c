//! Runs the rules' SQL and turns each result row into a finding.

use super::head::Rule;
use super::load::wrong;
use super::template::{self, Format, Piece};
use super::value::Value;
use crate::error::{ReconcileError, Result};
use crate::parallel;
use arrow::array::{ArrayRef, RecordBatch};
use codes::digest::sm3_hex;
use datafusion::prelude::{DataFrame, SessionContext};
use engines::matching::frequency::KeyHasher;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// One finding; the fields are those of the lake's `findings` table.
pub type Finding = lake::tables::Finding;

/// Plans every rule against the views and checks that each column its head names is there; nothing runs yet.
///
/// # Errors
/// [`ReconcileError::Rule`] with file, line and advice.
pub async fn check(rules: &[Rule], context: &SessionContext) -> Result<()> {
    for rule in rules {
        let frame = plan(rule, context).await?;
        for column in named_columns(rule)? {
            if frame.schema().index_of_column_by_name(None, &column).is_none() {
                let line = line_of(rule, &column);
                return Err(wrong(
                    &rule.file,
                    line,
                    format!("规则头用到的列「{column}」不在 SQL 结果中"),
                    "在 SELECT 中加上该列，或从规则头去掉",
                ));
            }
        }
    }
    Ok(())
}

async fn plan(rule: &Rule, context: &SessionContext) -> Result<DataFrame> {
    let options = datafusion::execution::context::SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    context.sql_with_options(&rule.sql, options).await.map_err(|e| {
        let message = e.strip_backtrace();
        let line = e
            .diagnostic()
            .and_then(|d| d.span)
            .map_or(rule.sql_line, |s| rule.sql_line + s.start.line as usize - 1);
        wrong(
            &rule.file,
            line,
            format!("SQL 无法执行：{message}"),
            "对照 rules/README.md 的视图列名修改",
        )
    })
}

/// Line of the head on which a column is named.
fn line_of(rule: &Rule, column: &str) -> usize {
    let head_lines = rule.sql_line.saturating_sub(2);
    let text = super::load::embedded()
        .iter()
        .find(|(file, _)| *file == rule.file)
        .map_or("", |(_, text)| *text);
    text.lines()
        .take(head_lines)
        .position(|l| l.contains(column))
        .map_or(2, |i| i + 1)
}

fn named_columns(rule: &Rule) -> Result<Vec<String>> {
    let head = &rule.head;
    let bad = |problem: String| wrong(&rule.file, 2, problem, "列名只用小写字母、数字和下划线");
    let mut names = vec![
        head.subject.column().to_string(),
        "name".into(),
        "county".into(),
        "town".into(),
    ];
    names.extend(
        template::columns(&template::parse(&head.reason).map_err(bad)?)
            .into_iter()
            .map(str::to_string),
    );
    names.extend(
        head.fingerprint
            .iter()
            .map(|f| f.split(':').next().unwrap_or("").to_string()),
    );
    names.extend(head.numbers.iter().cloned());
    for row in &head.evidence {
        names.extend(row.count.iter().cloned());
        for (_, fact) in &row.facts {
            names.push(template::column_and_format(fact).map_err(bad)?.0);
        }
    }
    Ok(names)
}

/// Runs one rule; findings come sorted by subject.
pub async fn apply(rule: &Rule, context: &SessionContext, threads: usize) -> Result<Vec<Finding>> {
    let batches = plan(rule, context).await?.collect().await.map_err(|e| {
        wrong(
            &rule.file,
            rule.sql_line,
            format!("SQL 执行失败：{}", e.strip_backtrace()),
            "检查除零、类型转换等写法",
        )
    })?;
    let shown = Shown::of(rule)?;
    let mut findings = Vec::new();
    for batch in &batches {
        let row_reader = Rows::of(batch);
        let parts = parallel::parts(batch.num_rows(), threads, |range| {
            range
                .map(|i| finding(&shown, &row_reader, i))
                .collect::<Result<Vec<_>>>()
        });
        for part in parts {
            findings.extend(part?);
        }
    }
    findings.sort_by(|a, b| a.subject_id.cmp(&b.subject_id));
    for pair in findings.windows(2) {
        if pair[0].subject_id == pair[1].subject_id {
            return Err(wrong(
                &rule.file,
                rule.sql_line,
                format!("对象 {} 出现了两次", pair[0].subject_id),
                "每个对象只能有一行：用 GROUP BY 或窗口函数去重",
            ));
        }
    }
    Ok(findings)
}

/// Named columns of one batch.
struct Rows<'a> {
    /// A rule's own columns: every cell is asked for by name, and nobody else's words are hashed.
    columns: HashMap<String, &'a ArrayRef, BuildHasherDefault<KeyHasher>>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Rows<'a> {
        let columns = batch
            .schema()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(f, c)| (f.name().clone(), c))
            .collect();
        Rows { columns }
    }

    fn get(&self, column: &str, i: usize) -> Value {
        self.columns
            .get(column)
            .map_or(Value::Missing, |array| Value::at(array, i))
    }
}

fn finding(shown: &Shown<'_>, rows: &Rows<'_>, i: usize) -> Result<Finding> {
    let rule = shown.rule;
    let head = &rule.head;
    let value = |column: &str| rows.get(column, i);
    let missing = |column: &str| -> ReconcileError {
        wrong(
            &rule.file,
            rule.sql_line,
            format!("列「{column}」有空值"),
            "用 WHERE 去掉没有对象的行",
        )
    };
    let subject_id = value(head.subject.column())
        .text()
        .ok_or_else(|| missing(head.subject.column()))?;
    let name = value("name").text().ok_or_else(|| missing("name"))?;
    let kind = value("kind").text().unwrap_or_else(|| head.kind.clone());
    if !["verify", "task", "work"].contains(&kind.as_str()) {
        return Err(wrong(
            &rule.file,
            rule.sql_line,
            format!("kind 列的值「{kind}」不认识"),
            "只能是 verify、task、work",
        ));
    }
    let due_days = match (kind.as_str(), head.verify_due_working_days) {
        ("verify", Some(days)) => days,
        _ => head.due_working_days,
    };
    let place = |column: &str| value(column).int();
    Ok(Finding {
        rule: head.id.clone(),
        rule_version: head.version,
        due_days,
        priority: value("priority")
            .int()
            .map_or(head.priority, |p| p.clamp(1, 9) as i32),
        subject_kind: head.subject.key().to_string(),
        uscc: value("uscc").text(),
        county: place("county").and_then(|c| i32::try_from(c).ok()),
        town: place("town"),
        expected_members: value("expected_members").int(),
        insured_now: value("insured_now").int(),
        fingerprint: fingerprint(rule, &subject_id, &kind, &value),
        reason: template::render(&shown.reason, &value),
        evidence: shown.evidence(&value)?,
        subject_id,
        name,
        kind,
    })
}

/// Digest of what matters: when it changes, a refuted item may come back.
fn fingerprint(rule: &Rule, subject: &str, kind: &str, value: &impl Fn(&str) -> Value) -> String {
    let mut text = format!("{}|{}|{subject}|{kind}", rule.head.id, rule.head.subject.key());
    for part in &rule.head.fingerprint {
        let (column, size) = part
            .split_once(':')
            .map_or((part.as_str(), false), |(c, s)| (c, s == "size"));
        let value = value(column);
        let shown = if size {
            value.size_class()
        } else {
            value.shown(Format::Plain)
        };
        text.push_str(&format!("|{column}={shown}"));
    }
    sm3_hex(text.as_bytes())[..32].to_string()
}

/// What a rule shows of a finding, read out of its head once.
struct Shown<'a> {
    rule: &'a Rule,
    reason: Vec<Piece>,
    /// For each row of evidence its facts: label, column, format.
    facts: Vec<Vec<(&'a str, String, Format)>>,
}

impl<'a> Shown<'a> {
    fn of(rule: &'a Rule) -> Result<Shown<'a>> {
        let fault = |problem: String| wrong(&rule.file, 2, problem, "对照 rules/README.md 修改规则头");
        let facts = rule.head.evidence.iter().map(|row| {
            let facts = row.facts.iter().map(|(label, fact)| {
                let (column, format) = template::column_and_format(fact).map_err(fault)?;
                Ok((label.as_str(), column, format))
            });
            facts.collect::<Result<Vec<_>>>()
        });
        Ok(Shown {
            rule,
            reason: template::parse(&rule.head.reason).map_err(fault)?,
            facts: facts.collect::<Result<_>>()?,
        })
    }

    /// The evidence as JSON text.
    fn evidence(&self, value: &impl Fn(&str) -> Value) -> Result<String> {
        let head = &self.rule.head;
        let rows = head.evidence.iter().zip(&self.facts).filter_map(|(row, facts)| {
            let facts: Vec<(&str, Fact)> = facts
                .iter()
                .filter_map(|(label, column, format)| {
                    let cell = value(column);
                    let fact = match format {
                        _ if cell.is_missing() => return None,
                        Format::Plain => Fact::Plain(cell),
                        other => Fact::Written(cell.shown(*other)),
                    };
                    Some((*label, fact))
                })
                .collect();
            let count = row.count.as_deref().map_or(Some(1), |column| value(column).int());
            (!facts.is_empty() && count != Some(0)).then(|| EvidenceRow {
                source: &row.source,
                count,
                facts: InOrder(facts),
            })
        });
        let rows: Vec<EvidenceRow<'_>> = rows.collect();
        let doubts = value("doubts").text().unwrap_or_default();
        let evidence = Evidence {
            rows,
            candidate: value("candidate_name").text().map(|name| candidate(name, value)),
            doubts: doubts.split('；').filter(|doubt| !doubt.is_empty()).collect(),
            numbers: InOrder(
                head.numbers
                    .iter()
                    .map(|column| (column.as_str(), value(column)))
                    .collect(),
            ),
            law: &head.law,
        };
        serde_json::to_string(&evidence).map_err(|error| {
            wrong(
                &self.rule.file,
                self.rule.sql_line,
                format!("依据无法写出：{error}"),
                "检查非有限的数值",
            )
        })
    }
}

#[derive(Serialize)]
struct Evidence<'a> {
    rows: Vec<EvidenceRow<'a>>,
    candidate: Option<Candidate>,
    doubts: Vec<&'a str>,
    numbers: InOrder<'a, Value>,
    law: &'a str,
}

#[derive(Serialize)]
struct EvidenceRow<'a> {
    source: &'a str,
    count: Option<i64>,
    facts: InOrder<'a, Fact>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fact {
    Plain(Value),
    Written(String),
}

/// A JSON object whose members keep their order.
struct InOrder<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for InOrder<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The other side of a match, with the contributions that make up its probability. They are copied out of the link, because
/// the item must go on saying why it was raised after a later run has linked the union elsewhere.
#[derive(Serialize)]
struct Candidate {
    id: Value,
    name: String,
    probability: Value,
    #[serde(flatten)]
    explained: InOrder<'static, serde_json::Value>,
}

fn candidate(name: String, value: &impl Fn(&str) -> Value) -> Candidate {
    let explained = value("candidate_evidence").text();
    let mut explained: serde_json::Map<String, serde_json::Value> = explained
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let parts = ["fields", "prior", "total", "runner_up"].into_iter();
    Candidate {
        id: value("candidate_id"),
        name,
        probability: value("candidate_probability"),
        explained: InOrder(
            parts
                .filter_map(|key| Some((key, explained.remove(key)?)))
                .collect(),
        ),
    }
}
