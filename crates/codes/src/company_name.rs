//! Chinese company names taken apart: division + trade name (字号) + industry + legal form (+ branch).
//!
//! The law fixes that order (企业名称登记管理规定 §6), lets a branch carry its parent's full name followed by 分公司,
//! 分店 or 分厂 (§13), and allows 集团 before the form. Files and clerks vary everything else: width and kind of
//! brackets, 有限责任公司 for 有限公司, 宁波 for 宁波市, the region in brackets, traditional characters.
//!
//! [`CompanyName::normal`] is the spelling in which two writings of one registered name meet;
//! [`CompanyName::core`] leaves out division and form, so that a name used loosely can find candidates.

use std::borrow::Cow;

use crate::text::{self, key64};

mod form;
pub(crate) mod place;
mod trade;

pub use form::LegalForm;
use form::{BRANCH_WORDS, FORMS, NOTES, PARENT_FORMS, STANDALONE_BRANCH_WORDS};
use place::{Leading, PlaceWord, leading_places, place_at_end, place_at_start, place_exactly};

/// A company name and its parts. Every part is in normal form ([`text::normalise`]); `raw` is what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyName {
    /// As written.
    pub raw: String,
    /// 行政区划: the deepest division that leads the name or stands in brackets, by its official name where the
    /// table knows it (宁波 → 宁波市).
    pub division: Option<String>,
    /// 字号. Where a name has none (宁波银行, 宁海县人民医院) the division takes its place.
    pub brand: String,
    /// 行业: the words of trade at the end of the name's body; empty if none is known.
    pub trade: String,
    /// 组织形式.
    pub form: LegalForm,
    /// 分支: region and kind of a branch: `宁海分公司`.
    pub branch: Option<String>,
    /// 集团 stands before the form.
    pub is_group: bool,
    normal: String,
    parent: Option<String>,
}

impl CompanyName {
    /// Takes a name apart. Never fails: a text that is no company name comes back as a brand without form.
    pub fn parse(raw: &str) -> CompanyName {
        let clean = region_before_form(clean(raw));
        let (whole, branch) = split_branch(&clean);
        let (parent, form, form_text, is_group) = split_form(whole);
        let body = Body::read(parent, form.may_name_town());
        let (brand, trade) = body.brand_and_trade(form);
        let branch = branch.map(branch_spelling);
        let normal = body.normal(is_group, form_text, branch.as_deref());
        let parent = branch.as_ref().map(|_| whole.to_owned());
        let division = body.division.map(str::to_owned);
        CompanyName {
            raw: raw.to_owned(),
            division,
            brand,
            trade,
            form,
            branch,
            is_group,
            normal,
            parent,
        }
    }

    /// The whole name in normal form: the deepest division without its suffix, everything else in order without
    /// brackets, the form in its usual spelling (有限责任公司 = 有限公司).
    pub fn normal(&self) -> String {
        self.normal.clone()
    }

    /// Brand, trade and branch, without division and form.
    pub fn core(&self) -> String {
        [
            self.brand.as_str(),
            &self.trade,
            self.branch.as_deref().unwrap_or(""),
        ]
        .concat()
    }

    /// Join key of [`CompanyName::normal`].
    pub fn normal_key(&self) -> i64 {
        key64(&self.normal)
    }

    /// Join key of [`CompanyName::core`].
    pub fn core_key(&self) -> i64 {
        key64(&self.core())
    }

    /// Name of the company that a branch belongs to, to be parsed in its turn; `None` if this is no branch.
    pub fn parent_name(&self) -> Option<String> {
        self.parent.clone()
    }

    /// Whether the name says labour dispatch, staffing or outsourcing (劳务派遣, 人力资源, 外包): its insured persons
    /// mostly work elsewhere. Nearly all names are told without being taken apart: each of those words begins with one of four
    /// characters.
    pub fn is_dispatch(raw: &str) -> bool {
        text::normalised(raw).contains(['劳', '人', '派', '外'])
            && CompanyName::parse(raw).looks_like_dispatch()
    }

    /// Whether a name in normal form says so.
    fn looks_like_dispatch(&self) -> bool {
        [
            "劳务",
            "人力资源",
            "派遣",
            "外包",
            "人才服务",
            "劳动服务",
            "劳动保障",
        ]
        .iter()
        .any(|word| self.normal.contains(word))
    }
}

/// Normal form without dots and quotes, numerals in one spelling.
fn clean(raw: &str) -> Cow<'_, str> {
    let mut name = text::normalised(raw);
    let (mut has_noise, mut has_numerals) = (false, false);
    for c in name.chars() {
        has_noise |= is_noise(c);
        has_numerals |= matches!(c, '第' | '壹' | '贰' | '叁');
    }
    if has_noise {
        name.to_mut().retain(|c| !is_noise(c));
    }
    if has_numerals {
        Cow::Owned(numerals(&name))
    } else {
        name
    }
}

fn is_noise(c: char) -> bool {
    // Han characters, nearly all there are, pass by the first comparison.
    c < '\u{4e00}'
        && matches!(
            c,
            '·' | '.'
                | '。'
                | '\''
                | '"'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '「'
                | '」'
                | '《'
                | '》'
                | '、'
                | ','
                | ';'
                | '*'
                | '#'
                | '_'
                | '!'
                | '?'
                | '~'
                | '|'
        )
        || c == '，'
}

/// `永兴服饰有限公司(宁海)` is `永兴服饰(宁海)有限公司` with its region misplaced.
fn region_before_form(name: Cow<'_, str>) -> Cow<'_, str> {
    let Some((before, region)) = name.strip_suffix(')').and_then(|inner| inner.rsplit_once('(')) else {
        return name;
    };
    if place_exactly(region).is_none() {
        return name;
    }
    match FORMS.longest_in(before) {
        Some((word, found)) if found.is_cut => Cow::Owned(format!(
            "{}({region}){word}",
            &before[..before.len() - word.len()]
        )),
        _ => name,
    }
}

/// 第1 and 第一, 壹 and 一 are one spelling.
fn numerals(name: &str) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let mut unified = String::with_capacity(name.len() + 4);
    let mut after_ordinal = false;
    for c in name.chars() {
        match c {
            '壹' => unified.push('一'),
            '贰' => unified.push('二'),
            '叁' => unified.push('三'),
            '0'..='9' if after_ordinal => unified.extend(c.to_digit(10).map(|digit| DIGITS[digit as usize])),
            _ => unified.push(c),
        }
        after_ordinal = c == '第' || (after_ordinal && c.is_ascii_digit());
    }
    unified
}

/// Parts a branch from its parent: after a legal form that does not end the name, or by a word that only branches
/// bear.
fn split_branch(name: &str) -> (&str, Option<&str>) {
    if BRANCH_WORDS.longest_in(name.trim_end_matches(')')).is_none() {
        return split_local_company(name);
    }
    if let Some(end) = end_of_parent(name) {
        let tail = name[end..].trim_start_matches(')');
        let tail = tail.trim_end_matches(')');
        return if BRANCH_WORDS.longest_in(tail).is_some() {
            (&name[..end], Some(tail))
        } else {
            (name, None)
        };
    }
    let Some((word, ())) = STANDALONE_BRANCH_WORDS.longest_in(name) else {
        return (name, None);
    };
    let before = &name[..name.len() - word.len()];
    if before.ends_with("街道") || before.chars().count() < 3 {
        return (name, None);
    }
    let region =
        place_at_end(before).filter(|place| before.chars().count() >= place.written.chars().count() + 2);
    let cut = before.len() - region.map_or(0, |place| place.written.len());
    (name[..cut].trim_end_matches('('), Some(&name[cut..]))
}

/// Where the first legal form ends that does not end the name.
fn end_of_parent(name: &str) -> Option<usize> {
    // Each of the forms holds one of these; the name of a shop hardly ever does.
    if !name.contains(['公', '社', '所']) {
        return None;
    }
    name.char_indices()
        .flat_map(|(at, _)| {
            let forms = PARENT_FORMS.all_in(&name[at..]);
            forms.map(move |(form, ())| at + form.len())
        })
        .filter(|&end| end < name.len())
        .min()
}

/// 国网浙江省电力有限公司宁海县供电公司: a company, then a place, then a company again.
fn split_local_company(name: &str) -> (&str, Option<&str>) {
    const COMPANY: &str = "公司";
    let Some(end) = name
        .strip_suffix(COMPANY)
        .and_then(|before| end_of_first(COMPANY, before))
    else {
        return (name, None);
    };
    let tail = &name[end..];
    if place_at_start(tail).is_some() {
        (&name[..end], Some(tail))
    } else {
        (name, None)
    }
}

/// Where the first `word` in a text ends. Names are too short to be worth the searcher that `find` builds.
fn end_of_first(word: &str, text: &str) -> Option<usize> {
    text.char_indices()
        .find(|&(at, _)| text[at..].starts_with(word))
        .map(|(at, _)| at + word.len())
}

/// `宁海县分公司`, `(宁海)分公司` and `宁海分公司` are one branch.
fn branch_spelling(branch: &str) -> String {
    let bare: String = branch.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    match place_at_start(&bare) {
        Some(place) => [place.short, &bare[place.written.len()..]].concat(),
        None => bare,
    }
}

/// Takes the legal form off the end: the body, the form, its usual spelling, and whether 集团 stood before it.
fn split_form(name: &str) -> (&str, LegalForm, &'static str, bool) {
    let (name, noted) = strip_notes(name);
    let (body, form, text) = match FORMS.longest_in(name) {
        Some((word, found)) if found.is_cut && name.len() > word.len() => {
            (&name[..name.len() - word.len()], found.form, found.spelling)
        }
        Some((_, found)) => (name, found.form, ""),
        None => (name, LegalForm::None, ""),
    };
    let form = noted.unwrap_or(form);
    for group in ["(集团)", "集团"] {
        if let Some(body) = body.strip_suffix(group)
            && body.chars().nth(1).is_some()
        {
            return (body, form, text, true);
        }
    }
    (body, form, text, false)
}

/// Takes `(普通合伙)`, `(个体工商户)`, `(已注销)` off the end; some of them say the legal form.
fn strip_notes(name: &str) -> (&str, Option<LegalForm>) {
    let mut name = name;
    let mut form = None;
    while let Some(inner) = name.strip_suffix(')')
        && let Some(open) = inner.rfind('(')
        && let Some((_, noted)) = NOTES.iter().find(|(note, _)| *note == &inner[open + 1..])
    {
        form = form.or(*noted);
        name = &name[..open];
    }
    (name, form)
}

/// What stands before the form: leading divisions, a region in brackets, brand and trade.
struct Body<'a> {
    division: Option<&'static str>,
    division_short: &'static str,
    /// Without leading divisions, bracketed regions and brackets.
    text: Cow<'a, str>,
    /// As `text`, with a bracketed region in its place.
    with_region: Cow<'a, str>,
    /// Bytes of the words of trade at the end, where they have been looked for already.
    trade_length: Option<usize>,
}

impl Body<'_> {
    fn read(body: &str, may_name_town: bool) -> Body<'_> {
        let Leading {
            deepest,
            rest,
            trade_length,
        } = leading_places(body, may_name_town);
        let mut read = Body {
            division: deepest.map(|place| place.official),
            division_short: deepest.map_or("", |place| place.short),
            text: Cow::Borrowed(rest),
            with_region: Cow::Borrowed(rest),
            trade_length,
        };
        if rest.bytes().any(|c| matches!(c, b'(' | b')' | b'-')) {
            read.take_brackets_apart(rest, deepest);
        }
        read
    }

    fn take_brackets_apart(&mut self, rest: &str, deepest: Option<PlaceWord>) {
        let (mut text, mut with_region) = (String::new(), String::new());
        let mut push = |part: &str, is_in_text: bool| {
            for piece in part.split([')', '-']) {
                if is_in_text {
                    text.push_str(piece);
                }
                with_region.push_str(piece);
            }
        };
        let mut rest = rest;
        let mut bracketed: Option<PlaceWord> = None;
        while let Some(open) = rest.find('(') {
            let (before, inside) = (&rest[..open], &rest[open + 1..]);
            let close = inside.find(')').unwrap_or(inside.len());
            push(before, true);
            match place_exactly(&inside[..close]) {
                // 史密斯(中国)热水器: part of the name, not of its brand, and no division.
                None if &inside[..close] == "中国" => push("中国", false),
                Some(place) => {
                    push(place.short, false);
                    bracketed = Some(place);
                }
                None => push(&inside[..close], true),
            }
            rest = inside.get(close + 1..).unwrap_or("");
        }
        push(rest, true);
        if let Some(place) = bracketed
            && deepest.is_none_or(|leading| leading.level < place.level)
        {
            self.division = Some(place.official);
            if deepest.is_none() && text.is_empty() {
                self.division_short = place.short;
            }
        }
        (self.text, self.with_region) = (Cow::Owned(text), Cow::Owned(with_region));
        self.trade_length = None;
    }

    fn brand_and_trade(&self, form: LegalForm) -> (String, String) {
        // With its place before it, a brand of one character may have lost another to the trade.
        let known = self
            .trade_length
            .and_then(|length| self.text.len().checked_sub(length))
            .filter(|&cut| trade::leaves_brand(&self.text[..cut]));
        let cut = known.unwrap_or_else(|| trade::start_of_trade(&self.text));
        let (brand, trade) = self.text.split_at(cut);
        // Every county has a 教育局; only with its division is it one.
        if form == LegalForm::Organ || trade::is_generic(brand) {
            return (format!("{}{brand}", self.division_short), trade.to_owned());
        }
        (brand.to_owned(), trade.to_owned())
    }

    fn normal(&self, is_group: bool, form: &str, branch: Option<&str>) -> String {
        let group = if is_group { "集团" } else { "" };
        [
            self.division_short,
            &self.with_region,
            group,
            form,
            branch.unwrap_or(""),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests;
