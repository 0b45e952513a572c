//! 代码表: the values that a column may have, with every name that they ever had.

use std::collections::HashMap;

use codes::text;
use serde::Deserialize;

/// A code list. A value keeps its code for good; when its name changes, the old name ends with a version and the new one begins
/// with the next. A record keeps the name that it was written under.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Name in code.
    pub name: String,
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// The standard or form that it comes from.
    pub source: String,
    /// The day on which each version began, the first first; a list that never changed need not say.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Its values under all their names.
    pub values: Vec<Code>,
    /// Position among `values` by every writing in normal form.
    #[serde(skip)]
    by_writing: HashMap<String, usize>,
}

/// One value under one name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// For good.
    pub code: String,
    /// Its name.
    pub label: String,
    /// Other writings that files have of it.
    #[serde(default)]
    pub also: Vec<String>,
    /// The first version with this name.
    #[serde(default = "first")]
    pub since: u32,
    /// The last one; `None`: it is still in use.
    pub until: Option<u32>,
}

fn first() -> u32 {
    1
}

impl Code {
    /// Whether the name is in use today.
    pub fn is_current(&self) -> bool {
        self.until.is_none()
    }
}

impl CodeList {
    /// The number of the newest version.
    pub fn version(&self) -> u32 {
        self.versions.len().max(1) as u32
    }

    /// The names in use today, in the list's order.
    pub fn current(&self) -> impl Iterator<Item = &Code> {
        self.values.iter().filter(|value| value.is_current())
    }

    /// Reads a cell: a name, past or present, a code, or another known writing. Width, brackets and blanks do not matter. A name
    /// stays what it was; a code or another writing is taken under today's name.
    pub fn read(&self, raw: &str) -> Option<&Code> {
        let at = self.by_writing.get(&text::normalise(raw))?;
        self.values.get(*at)
    }

    /// Makes the list ready to be read: names first, then codes and other writings of today, then those of before.
    pub(super) fn ready(mut self) -> CodeList {
        let today = |value: &&(usize, &Code)| value.1.is_current();
        let values: Vec<(usize, &Code)> = self.values.iter().enumerate().collect();
        let names = values.iter().map(|(at, value)| (&value.label, *at));
        let other = |(at, value): &(usize, &'_ Code)| (value.also.clone(), value.code.clone(), *at);
        let now = values.iter().filter(today).map(other);
        let then = values.iter().filter(|value| !today(value)).map(other);
        let mut by_writing: HashMap<String, usize> = HashMap::new();
        for (name, at) in names {
            by_writing.entry(text::normalise(name)).or_insert(at);
        }
        for (also, code, at) in now.chain(then) {
            for writing in also.iter().chain([&code]) {
                by_writing.entry(text::normalise(writing)).or_insert(at);
            }
        }
        self.by_writing = by_writing;
        self
    }

    /// The code behind a name that a record keeps, whichever version it was written under.
    pub fn code_of(&self, label: &str) -> Option<&str> {
        let found = self.values.iter().find(|value| value.label == label);
        found.map(|value| value.code.as_str())
    }

    /// The names in use, for a sentence: the first few, and how many more.
    pub fn in_words(&self) -> String {
        const SHOWN: usize = 8;
        let labels: Vec<&str> = self.current().map(|value| value.label.as_str()).collect();
        match labels.len() {
            0..=SHOWN => labels.join("、"),
            many => format!("{}等 {many} 项", labels[..SHOWN].join("、")),
        }
    }
}
