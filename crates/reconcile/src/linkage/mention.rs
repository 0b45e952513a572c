//! Employer mentions: each distinct pair of code and name in insurance, tax and cover files, resolved once.

use crate::parallel;
use crate::table::{EnterpriseTable, text};
use arrow::array::Array;
use codes::company_name::CompanyName;
use codes::employer_code::EmployerCode;
use codes::text::key64;
use engines::matching::frequency::KeyMap;
use engines::matching::name::divisions_fit;
use engines::matching::{NameForm, StatusClass};
use lake::in_look_up_order;
use lake::records::{CodeKind, Mentions, NONE, code_keys};

/// One way in which a file names an employer.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'a> {
    pub code: Option<&'a str>,
    pub name: Option<&'a str>,
    kind: CodeKind,
    code_key: i64,
    /// Key of the organisation code inside a unified one.
    org_key: i64,
    /// Key of the name in normal form, where it was read before.
    name_key: Option<i64>,
}

/// Distinct mentions: those of the insurance file first, then what only the tax file has, then the cover lists'.
#[derive(Default)]
pub struct MentionPool {
    insurance: Option<Mentions>,
    tax: Option<Mentions>,
    /// Positions in the tax file's list that the insurance file's lacks.
    only_tax: Vec<u32>,
    stated: Vec<(Option<String>, Option<String>)>,
    stated_at: KeyMap<u32>,
}

impl MentionPool {
    /// Takes the insurance file's mentions, which keep their numbers. They come first.
    pub fn enter_insurance(&mut self, mentions: Mentions) {
        self.insurance = Some(mentions);
    }

    /// Takes the tax file's mentions; returns the number of each.
    pub fn enter_tax(&mut self, mentions: Mentions) -> Vec<u32> {
        let (added, numbers) = match &self.insurance {
            Some(insurance) => insurance.joined_by(&mentions),
            None => {
                let all: Vec<u32> = (0..mentions.len() as u32).collect();
                (all.clone(), all)
            }
        };
        self.only_tax = added;
        self.tax = Some(mentions);
        numbers
    }

    /// Number of the mention of a code and a name, as a register states them. After both files.
    pub fn number_of(&mut self, code: Option<&str>, name: Option<&str>) -> u32 {
        let key = key64(&format!("{}|{}", code.unwrap_or(""), name.unwrap_or("")));
        let next = self.len() as u32;
        *self.stated_at.entry(key).or_insert_with(|| {
            let owned = |t: Option<&str>| t.filter(|t| !t.is_empty()).map(str::to_string);
            self.stated.push((owned(code), owned(name)));
            next
        })
    }

    fn insured(&self) -> usize {
        self.insurance.as_ref().map_or(0, Mentions::len)
    }

    /// Number of mentions.
    pub fn len(&self) -> usize {
        self.insured() + self.only_tax.len() + self.stated.len()
    }

    /// A mention by its number.
    pub fn get(&self, number: usize) -> Mention<'_> {
        let insured = self.insured();
        let found = if number < insured {
            self.insurance.as_ref().map(|mentions| listed(mentions, number))
        } else {
            let at = self.only_tax.get(number - insured);
            at.zip(self.tax.as_ref())
                .map(|(&at, mentions)| listed(mentions, at as usize))
        };
        found.unwrap_or_else(|| {
            let (code, name) = &self.stated[number - insured - self.only_tax.len()];
            let (kind, code_key, org_key) = code_keys(code.as_deref());
            Mention {
                code: code.as_deref(),
                name: name.as_deref(),
                kind,
                code_key,
                org_key,
                name_key: None,
            }
        })
    }
}

fn listed(mentions: &Mentions, i: usize) -> Mention<'_> {
    Mention {
        code: text(&mentions.code, i),
        name: text(&mentions.name, i),
        kind: CodeKind::from_u8(mentions.code_kind.value(i)),
        code_key: mentions.code_key.value(i),
        org_key: mentions.org_key.value(i),
        name_key: mentions.name_key.is_valid(i).then(|| mentions.name_key.value(i)),
    }
}

/// What a mention means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// This row of the market register.
    Enterprise(u32),
    /// An employer that can be told apart (by this key) but is not in the register.
    Outside(i64),
    /// Not to be told.
    Unclear,
}

/// Resolves all mentions, in order.
pub fn resolve_all(pool: &MentionPool, table: &EnterpriseTable, threads: usize) -> Vec<Resolution> {
    let parts = parallel::parts(pool.len(), threads, |range| {
        let bearers = bearers_of_codes(pool, range.clone(), table);
        let mentions = range.zip(bearers);
        mentions
            .map(|(i, bearer)| resolve(pool.get(i), bearer, table))
            .collect::<Vec<_>>()
    });
    parts.into_iter().flatten().collect()
}

/// For each mention the row that bears its unified code; [`NONE`] where there is no such code or row. Most mentions have one, so
/// they are looked up in the order of the index.
fn bearers_of_codes(pool: &MentionPool, range: std::ops::Range<usize>, table: &EnterpriseTable) -> Vec<u32> {
    let mut bearers = vec![NONE; range.len()];
    let mut asked: Vec<(i64, usize)> = range
        .enumerate()
        .map(|(at, i)| (pool.get(i), at))
        .filter(|(mention, _)| mention.kind == CodeKind::Uscc)
        .map(|(mention, at)| (mention.code_key, at))
        .collect();
    in_look_up_order(&mut asked);
    for (code, at) in asked {
        bearers[at] = best_standing(table.by_uscc.rows(code), table).unwrap_or(NONE);
    }
    bearers
}

/// A valid code decides unless the name is, to the letter, that of quite another firm: then a row was copied and only the
/// code forgotten. Without a usable code the name decides if it is unique; a valid code outside the register leaves only the
/// full name a say.
fn resolve(mention: Mention<'_>, bearer: u32, table: &EnterpriseTable) -> Resolution {
    if let Some(row) = by_code(mention, bearer, table) {
        let has_its_name = mention.name_key == Some(table.name_key.value(row as usize));
        if mention.name.is_none() || has_its_name {
            return Resolution::Enterprise(row);
        }
        return Resolution::Enterprise(check_against_name(row, mention, table));
    }
    let code = mention.code.map_or(EmployerCode::Empty, EmployerCode::read);
    let name = mention.name.map(NameForm::parse);
    if let EmployerCode::Mistyped { raw } = &code
        && let Some(row) = by_suggestion(raw, name.as_ref(), table)
    {
        return Resolution::Enterprise(row);
    }
    let code_is_foreign = is_foreign(mention, table);
    if let Some(name) = &name
        && let Some(row) = by_name(name, table)
        && !(code_is_foreign && is_only_a_namesake(row, name, table))
    {
        return Resolution::Enterprise(row);
    }
    match (&code, name) {
        (EmployerCode::Uscc(code), _) => Resolution::Outside(key64(code.org_code())),
        (EmployerCode::Org(code), _) => Resolution::Outside(key64(code.as_str())),
        (_, Some(name)) if !name.brand.is_empty() => Resolution::Outside(name.normal_key),
        _ => Resolution::Unclear,
    }
}

/// A valid code that no entry of the register has: somebody outside it is meant.
fn is_foreign(mention: Mention<'_>, table: &EnterpriseTable) -> bool {
    match mention.kind {
        CodeKind::Uscc => {
            !table.by_uscc.contains(mention.code_key) && !table.by_org.contains(mention.org_key)
        }
        CodeKind::Org => !table.by_org.contains(mention.code_key),
        CodeKind::Reg | CodeKind::Other => false,
    }
}

/// A firm with a code of its own that shares less than its full name is not the one that a foreign code stands for: its
/// brand and trade, or a name it gave up, may well be another firm's too.
fn is_only_a_namesake(row: u32, name: &NameForm, table: &EnterpriseTable) -> bool {
    let has_code = table.uscc_key.is_valid(row as usize) || table.org_key.is_valid(row as usize);
    has_code && table.name_view(row).normal_key != name.normal_key
}

fn by_code(mention: Mention<'_>, bearer: u32, table: &EnterpriseTable) -> Option<u32> {
    match mention.kind {
        CodeKind::Uscc => (bearer != NONE)
            .then_some(bearer)
            .or_else(|| only(table.by_org.rows(mention.org_key))),
        CodeKind::Org => best_standing(table.by_org.rows(mention.code_key), table),
        CodeKind::Reg => only(table.by_reg.rows(mention.code_key)),
        CodeKind::Other => None,
    }
}

fn only(mut rows: impl Iterator<Item = u32>) -> Option<u32> {
    let first = rows.next()?;
    rows.next().is_none().then_some(first)
}

/// Among several rows of one code the living one, then the smallest id.
fn best_standing(mut rows: impl Iterator<Item = u32>, table: &EnterpriseTable) -> Option<u32> {
    let first = rows.next()?;
    let Some(second) = rows.next() else {
        return Some(first);
    };
    [first, second]
        .into_iter()
        .chain(rows)
        .min_by_key(|&row| (dead(row, table), table.id.value(row as usize)))
}

fn dead(row: u32, table: &EnterpriseTable) -> bool {
    matches!(table.status_class(row), StatusClass::Gone | StatusClass::MovedOut)
}

fn check_against_name(row: u32, mention: Mention<'_>, table: &EnterpriseTable) -> u32 {
    let Some(name) = mention.name.map(NameForm::parse) else {
        return row;
    };
    let own = table.name_view(row);
    if name.normal_key == own.normal_key || name.brand == own.brand || name.brand.is_empty() {
        return row;
    }
    match table.by_name.only(name.normal_key) {
        Some(other) if !is_former_name(row, &name, table) && !dead(other, table) => other,
        _ => row,
    }
}

fn is_former_name(row: u32, name: &NameForm, table: &EnterpriseTable) -> bool {
    table.former.get(&row).is_some_and(|forms| {
        forms
            .iter()
            .any(|f| f.normal_key == name.normal_key || f.core_key == name.core_key)
    })
}

/// A mistyped code counts when a valid code one slip away is registered and the name does not speak against it.
fn by_suggestion(raw: &str, name: Option<&NameForm>, table: &EnterpriseTable) -> Option<u32> {
    let rows: Vec<u32> = codes::uscc::suggestions(raw)
        .iter()
        .filter_map(|code| best_standing(table.by_uscc.rows(code.key()), table))
        .collect();
    let Some(name) = name else {
        return only(rows.into_iter());
    };
    let fits = |row: &u32| {
        let own = table.name_view(*row);
        own.normal_key == name.normal_key
            || own.core_key == name.core_key
            || (!name.brand.is_empty() && own.brand == name.brand)
            || is_former_name(*row, name, table)
    };
    let fitting: Vec<u32> = rows.iter().copied().filter(fits).collect();
    only(fitting.into_iter())
}

fn by_name(name: &NameForm, table: &EnterpriseTable) -> Option<u32> {
    if name.brand.is_empty() && name.trade.is_empty() {
        return None;
    }
    unique_living(table.by_name.rows(name.normal_key), table)
        .or_else(|| unique_living(table.by_former.rows(name.normal_key), table))
        .or_else(|| {
            let fitting = table
                .by_core
                .rows(name.core_key)
                .filter(|&row| divisions_fit(name.division.as_deref(), table.name_view(row).division))
                .take(50);
            unique_living(fitting.collect::<Vec<_>>().into_iter(), table)
        })
}

/// The only row, or the only living one.
fn unique_living(rows: impl Iterator<Item = u32>, table: &EnterpriseTable) -> Option<u32> {
    let rows: Vec<u32> = rows.collect();
    match rows.as_slice() {
        [] => None,
        [row] => Some(*row),
        many => only(many.iter().copied().filter(|&row| !dead(row, table))),
    }
}

/// The name of the parent of a branch, if the name tells it.
pub fn parent_of(raw_name: &str) -> Option<NameForm> {
    CompanyName::parse(raw_name)
        .parent_name()
        .map(|parent| NameForm::parse(&parent))
}
