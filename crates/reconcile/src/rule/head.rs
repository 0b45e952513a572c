//! The head of a rule file.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Enterprise,
    Union,
}

impl Subject {
    /// Key as written into findings, and the column of the result that names the subject.
    pub const fn key(self) -> &'static str {
        match self {
            Subject::Enterprise => "enterprise",
            Subject::Union => "union",
        }
    }

    /// Column that names the subject.
    pub const fn column(self) -> &'static str {
        match self {
            Subject::Enterprise => "enterprise_id",
            Subject::Union => "union_id",
        }
    }
}

/// A source without which a rule says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Insurance,
    Tax,
}

/// One row of a finding's evidence: how many source rows stand behind it and what they say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRow {
    /// enterprises, insurance, tax, unions, covers or members.
    pub source: String,
    /// Column with the number of source rows; one if absent.
    pub count: Option<String>,
    /// Label → column (with an optional format, `payroll_fen:yuan`), in the order of the file, which is that of the page.
    /// A row whose columns are all empty is left out.
    #[serde(deserialize_with = "in_order")]
    pub facts: Vec<(String, String)>,
}

/// A table of texts as pairs, so that its order stays the author's.
fn in_order<'de, D: Deserializer<'de>>(table: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of labels and columns")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = table.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    table.deserialize_map(Pairs)
}

/// The TOML head.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleHead {
    /// Stable id, equal to the file's name.
    pub id: String,
    /// Raised with every change of meaning; stored in each finding.
    pub version: i32,
    /// Chinese name for screens.
    pub name: String,
    /// verify, task or work; a column `kind` of the result overrides it row by row.
    pub kind: String,
    /// 1 (highest) to 9; a column `priority` overrides it.
    pub priority: i32,
    /// Working days for tasks and work.
    pub due_working_days: i32,
    /// Working days when the finding is to be verified; the same as above if absent.
    pub verify_due_working_days: Option<i32>,
    /// What the rule speaks of.
    pub subject: Subject,
    /// Law or standard behind the rule.
    pub law: String,
    /// Sources without which the rule is not run (and its items are left alone).
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Columns whose values decide whether a refuted item comes back; `column:size` compares in coarse steps.
    pub fingerprint: Vec<String>,
    /// The sentence an officer reads: `{column}`, `{column:yuan}`, `[optional part with {column}]`.
    pub reason: String,
    /// Why an open item is closed when its union rule no longer raises it.
    pub closed: String,
    /// Evidence rows.
    #[serde(default)]
    pub evidence: Vec<EvidenceRow>,
    /// Further numbers for the page: column names.
    #[serde(default)]
    pub numbers: Vec<String>,
}

/// A rule: head, SQL, and where it came from.
#[derive(Clone, Debug)]
pub struct Rule {
    pub head: RuleHead,
    pub sql: String,
    /// File name for messages.
    pub file: String,
    /// Line of the file on which the SQL begins.
    pub sql_line: usize,
}
