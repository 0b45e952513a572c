//! 国民经济行业分类 GB/T 4754-2017: 20 sections (门类) and 97 two-digit divisions (大类). Deeper digits are kept but
//! not interpreted.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::text;

/// An industry as far as it is read: the section, the two-digit division if given, and the digits as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IndustryCode {
    /// 门类, `A` to `T`.
    pub section: char,
    /// 大类, 1 to 97; `None` if only the section was given.
    pub division: Option<u8>,
    /// What was written, in normal form.
    pub raw: String,
    digits: String,
}

struct Classification {
    sections: [Option<&'static str>; 26],
    divisions: [Option<(char, &'static str)>; 100],
    by_name: HashMap<String, (char, Option<u8>)>,
}

static CLASSIFICATION: LazyLock<Classification> = LazyLock::new(|| {
    let mut classification = Classification {
        sections: [None; 26],
        divisions: [None; 100],
        by_name: HashMap::new(),
    };
    for line in include_str!("../../../data/industries.csv").lines().skip(1) {
        let mut cells = line.splitn(3, ',');
        let (Some(section), Some(division), Some(name)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        let Some(section) = section.chars().next().filter(char::is_ascii_uppercase) else {
            continue;
        };
        let division = division.parse::<u8>().ok();
        match division {
            Some(number) => classification.divisions[usize::from(number % 100)] = Some((section, name)),
            None => classification.sections[usize::from(section as u8 - b'A')] = Some(name),
        }
        // Where a section and its only division share a name (房地产业), the section is what was said.
        classification
            .by_name
            .entry(text::normalise(name))
            .or_insert((section, division));
    }
    classification
});

impl IndustryCode {
    /// Reads `C24`, `24`, `C2432`, `2432`, `C`, or the name of a section or division. `None` if it is neither, if the
    /// division does not exist, or if letter and digits contradict each other.
    pub fn read(raw: &str) -> Option<IndustryCode> {
        let normal: String = text::normalise(raw)
            .chars()
            .filter(|c| !matches!(c, '-' | '\'' | '"'))
            .collect();
        let normal = normal.strip_suffix(".0").map(str::to_owned).unwrap_or(normal);
        let code = IndustryCode::read_code(&normal);
        code.or_else(|| {
            let &(section, division) = CLASSIFICATION.by_name.get(&normal)?;
            let digits = division.map(|number| format!("{number:02}")).unwrap_or_default();
            Some(IndustryCode {
                section,
                division,
                raw: normal.clone(),
                digits,
            })
        })
    }

    fn read_code(normal: &str) -> Option<IndustryCode> {
        let letter = normal.chars().next().filter(char::is_ascii_uppercase);
        let written = if letter.is_some() { &normal[1..] } else { normal };
        if !written.bytes().all(|c| c.is_ascii_digit()) || written.len() > 4 {
            return None;
        }
        if written.is_empty() {
            let section = letter.filter(|&section| section_name(section).is_some())?;
            return Some(IndustryCode {
                section,
                division: None,
                raw: normal.to_owned(),
                digits: String::new(),
            });
        }
        // A spreadsheet takes the leading zero off 01.
        let digits = if written.len() == 1 {
            format!("0{written}")
        } else {
            written.to_owned()
        };
        let division: u8 = digits.get(..2)?.parse().ok()?;
        let (section, _) = CLASSIFICATION.divisions[usize::from(division)]?;
        if letter.is_some_and(|letter| letter != section) {
            return None;
        }
        Some(IndustryCode {
            section,
            division: Some(division),
            raw: normal.to_owned(),
            digits,
        })
    }

    /// Letter and digits: `C2432`.
    pub fn text(&self) -> String {
        format!("{}{}", self.section, self.digits)
    }

    /// 门类 name.
    pub fn section_name(&self) -> &'static str {
        section_name(self.section).unwrap_or("")
    }

    /// 大类 name.
    pub fn division_name(&self) -> Option<&'static str> {
        self.division.and_then(division_name)
    }

    /// 7263 and 7264: labour dispatch and staffing, whose insured persons work elsewhere.
    pub fn is_dispatch(&self) -> bool {
        matches!(self.digits.as_str(), "7263" | "7264")
    }
}

/// Name of a section letter.
pub fn section_name(section: char) -> Option<&'static str> {
    let index = usize::try_from(u32::from(section).checked_sub(u32::from('A'))?).ok()?;
    CLASSIFICATION.sections.get(index).copied().flatten()
}

/// Name of a two-digit division.
pub fn division_name(division: u8) -> Option<&'static str> {
    CLASSIFICATION
        .divisions
        .get(usize::from(division))
        .copied()
        .flatten()
        .map(|(_, name)| name)
}

/// All sections in order: letter and name.
pub fn sections() -> Vec<(char, &'static str)> {
    ('A'..='Z')
        .filter_map(|section| Some((section, section_name(section)?)))
        .collect()
}

/// All divisions in order: section, number and name.
pub fn divisions() -> Vec<(char, u8, &'static str)> {
    (0..100)
        .filter_map(|number| {
            CLASSIFICATION.divisions[usize::from(number)].map(|(section, name)| (section, number, name))
        })
        .collect()
}

impl fmt::Display for IndustryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

#[cfg(test)]
mod tests;
