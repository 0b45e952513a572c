//! Tables of the registers: one row per thing, two-line cells, cards on phones. Lists with their own acts have their own
//! template; everything that is only looked up goes through here.

use askama::Template;

use super::{Frame, Pager, Tone, UrlQuery};

/// One column head; with `href` it sorts.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub label: &'static str,
    pub is_number: bool,
    pub href: Option<String>,
    /// `ascending` or `descending` when the list is sorted by this column.
    pub sorted: Option<&'static str>,
}

impl Head {
    pub fn new(label: &'static str) -> Head {
        Head {
            label,
            ..Head::default()
        }
    }

    pub fn number(label: &'static str) -> Head {
        Head {
            is_number: true,
            ..Head::new(label)
        }
    }

    /// Makes the head a link that sorts by `column`, the other way round when it already does.
    pub fn sorts(mut self, query: &UrlQuery, column: &str) -> Head {
        let is_on = query.get("sort") == Some(column);
        let is_down = query.get("desc") == Some("1");
        self.sorted = is_on.then_some(if is_down { "descending" } else { "ascending" });
        let desc = if is_on && !is_down { "1" } else { "" };
        self.href = Some(
            query
                .with("page", "")
                .with("sort", column)
                .with("desc", desc)
                .url(),
        );
        self
    }

    pub fn arrow(&self) -> &'static str {
        match self.sorted {
            Some("ascending") => " ↑",
            Some(_) => " ↓",
            None => "",
        }
    }
}

/// One cell: the fact, and under it, smaller, its source or context.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub text: String,
    pub note: String,
    pub href: Option<String>,
    pub tone: Option<Tone>,
    pub is_number: bool,
    /// The note is a code.
    pub is_mono: bool,
}

impl Cell {
    /// `—` stands for unknown, so that an empty cell never looks like a forgotten one.
    pub fn new(text: impl Into<String>) -> Cell {
        let text = text.into();
        Cell {
            text: if text.is_empty() { "—".to_owned() } else { text },
            ..Cell::default()
        }
    }

    pub fn number(value: Option<i64>) -> Cell {
        Cell {
            is_number: true,
            ..Cell::new(value.map(super::number).unwrap_or_default())
        }
    }

    pub fn note(mut self, note: impl Into<String>) -> Cell {
        self.note = note.into();
        self
    }

    pub fn code(mut self, note: impl Into<String>) -> Cell {
        self.is_mono = true;
        self.note = note.into();
        self
    }

    pub fn link(mut self, href: impl Into<String>) -> Cell {
        self.href = Some(href.into());
        self
    }

    pub fn tone(mut self, tone: Tone) -> Cell {
        self.tone = Some(tone);
        self
    }

    fn note_class(&self) -> &'static str {
        if self.is_mono {
            "mono"
        } else if is_day(&self.note) {
            "nowrap"
        } else {
            ""
        }
    }

    fn class(&self, column: &usize) -> &'static str {
        match (*column, self.is_number) {
            (0, _) => "name",
            (_, true) => "num inline",
            (_, false) if is_day(&self.text) => "nowrap",
            _ => "",
        }
    }
}

/// A date of ten characters, with or without its time: such a cell does not break at its hyphens.
fn is_day(text: &str) -> bool {
    let mut parts = text.get(..10).unwrap_or_default().split('-');
    let is_number = |part: Option<&str>, digits| {
        part.is_some_and(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_number(parts.next(), 4) && is_number(parts.next(), 2) && is_number(parts.next(), 2)
}

/// What an empty list says: what is missing, and the next step as (address, words).
#[derive(Debug, Clone, Default)]
pub struct Empty {
    pub title: String,
    pub text: String,
    pub next: Option<(String, String)>,
}

impl Empty {
    pub fn new(title: &str, text: &str) -> Empty {
        Empty {
            title: title.to_owned(),
            text: text.to_owned(),
            next: None,
        }
    }

    pub fn next(mut self, href: &str, label: &str) -> Empty {
        self.next = Some((href.to_owned(), label.to_owned()));
        self
    }

    /// The same for whoever may go there; others are offered nothing that would be refused.
    pub fn next_for(self, may: bool, href: &str, label: &str) -> Empty {
        match may {
            true => self.next(href, label),
            false => self,
        }
    }

    /// The words for a filter that finds nothing.
    pub fn no_match(path: &str) -> Empty {
        Empty::new("没有符合条件的记录", "换一个条件，或清除全部筛选再看。").next(path, "清除筛选")
    }
}

#[derive(Template, Debug, Clone, Default)]
#[template(path = "table.html")]
pub struct Table {
    pub heads: Vec<Head>,
    pub rows: Vec<Vec<Cell>>,
    pub empty: Empty,
}

impl Table {
    /// The same rows with some columns only, where there is less room.
    pub fn only(self, columns: &[usize]) -> Table {
        fn pick<T>(all: Vec<T>, columns: &[usize]) -> Vec<T> {
            all.into_iter()
                .enumerate()
                .filter(|(at, _)| columns.contains(at))
                .map(|(_, one)| one)
                .collect()
        }
        Table {
            heads: pick(self.heads, columns),
            rows: self.rows.into_iter().map(|row| pick(row, columns)).collect(),
            empty: self.empty,
        }
    }
}

/// One select of a filter row; `any` is the word for "no restriction".
#[derive(Debug, Clone, Default)]
pub struct Select {
    pub name: &'static str,
    pub label: &'static str,
    pub any: &'static str,
    pub value: String,
    pub options: Vec<(String, String)>,
}

/// A page that is a filter row, a table and a pager.
#[derive(Template, Debug, Clone)]
#[template(path = "listing.html")]
pub struct Listing {
    pub frame: Frame,
    pub crumbs: Vec<(String, Option<String>)>,
    pub summary: String,
    pub path: String,
    pub actions: Vec<(String, String)>,
    /// The words of the search field and what was typed.
    pub search: Option<(&'static str, String)>,
    pub selects: Vec<Select>,
    /// Date fields: name, label, value.
    pub days: Vec<(&'static str, &'static str, String)>,
    pub table: Table,
    pub pager: Option<Pager>,
}

impl Listing {
    fn has_filters(&self) -> bool {
        self.search.is_some() || !self.selects.is_empty() || !self.days.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_stays_on_one_line() {
        assert_eq!(Cell::new("2026-11-23").class(&3), "nowrap");
        assert_eq!(Cell::new("2026-11-23 20:32").class(&3), "nowrap");
        assert_eq!(Cell::new("登录").note("2026-11-23 20:41").note_class(), "nowrap");
        assert_eq!(Cell::new("宁波-腾浩-户外用品有限公司工会委员会").class(&3), "");
    }
}
