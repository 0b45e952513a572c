//! A request as an operation gets it: who asks, and values that are as the document says. Everything that is not is refused at
//! once, each by its name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use app::api_token::TokenRequest;
use app::error::AppError;
use app::intake::cells::CLEARED;
use app::op::OpContext;
use app::paging::After;
use axum::body::Body;
use codes::digest::to_hex;
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::dictionary::Element;
use serde::Serialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use uuid::Uuid;

use super::answer::{Answer, Page};
use super::problem::Refusal;
use super::shape::{Param, Shape};
use crate::http::Web;

/// Rows of a page when nobody says how many.
const USUAL_ROWS: i64 = 50;
/// Rows of a page at most.
const MOST_ROWS: i64 = 200;

/// A request.
pub struct Asked {
    pub web: Web,
    pub who: Option<TokenRequest>,
    pub values: BTreeMap<&'static str, Value>,
    /// The version that the program has seen, from `If-Match`.
    pub version: Option<i64>,
    /// The file, where one is sent; taken once. A body may be sent between threads, not shared: hence the lock.
    pub file: Mutex<Option<Body>>,
    /// The key under which the answer will be kept.
    pub key: Option<String>,
    /// The path that was asked for.
    pub path: String,
    pub request_id: String,
}

/// The longest cursor: where a list in the order of long names goes on.
const MOST_CURSOR: usize = 4_000;

/// Parameters of a list that can be sorted otherwise than by its key.
pub fn sorting(columns: &[(&'static str, &'static str)]) -> [Param; 2] {
    [
        Param::new(
            "sort",
            "按哪一项排序，相同的按标识，没有这一项的在最后；不写则按标识",
            Shape::Choice(columns.to_vec()),
        ),
        Param::new("descending", "从大到小，用于 sort", Shape::Flag),
    ]
}

/// Which of a list of requests: those that wait, or those that are answered.
pub fn answered() -> Param {
    Param::new("answered", "列出已答复的", Shape::Flag)
}

/// Parameters of every list.
pub fn paging() -> [Param; 2] {
    [
        Param::new(
            "limit",
            "每页条数，默认 50",
            Shape::Int {
                min: 1,
                max: MOST_ROWS,
            },
        ),
        Param::new(
            "cursor",
            "上一页答复里的 next_cursor，其他条件须与上一页相同",
            Shape::Text {
                min: 1,
                max: MOST_CURSOR,
            },
        ),
    ]
}

impl Asked {
    /// Who asks.
    ///
    /// # Errors
    /// Never for an operation that is not public: the gate has seen to it.
    pub fn op(&self) -> Result<&OpContext, Refusal> {
        match &self.who {
            Some(who) => Ok(&who.op),
            None => Err(AppError::internal("an operation without a token asked who asks").into()),
        }
    }

    /// Whether the token has a scope of its own; that another one shows what it changed does not stand in for it.
    pub fn has(&self, scope: TokenScope) -> bool {
        let who = self.who.as_ref();
        who.is_some_and(|who| who.token.scopes.contains(&scope))
    }

    /// Refuses a token without a scope that this very request asks for beside the one of its operation.
    pub fn must_have(&self, scope: TokenScope) -> Result<(), Refusal> {
        if self.has(scope) {
            return Ok(());
        }
        let words = format!("这个接口令牌没有范围 {}（{}）", scope.code(), scope.label());
        Err(AppError::forbidden("TOK-403", words)
            .hint("请由账号本人新建一个带有所需范围的令牌")
            .into())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.values.get(name)?.as_str().map(str::to_owned)
    }

    /// Text, or nothing as an empty text.
    pub fn words(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        self.values.get(name)?.as_i64()
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_bool()
    }

    /// The id of that name; nobody's when it is absent. What is no UUID has been refused before.
    pub fn id(&self, name: &str) -> Uuid {
        Uuid::parse_str(&self.words(name)).unwrap_or_default()
    }

    pub fn day(&self, name: &str) -> Option<Day> {
        Day::parse_iso(self.values.get(name)?.as_str()?).ok()
    }

    /// What was said of the dictionary's elements, as a form of people has it: what is to be cleared carries the mark for that.
    pub fn typed<'a>(&self, elements: impl Iterator<Item = &'a Element>) -> BTreeMap<String, String> {
        elements
            .filter_map(|element| {
                let text = match self.values.get(element.name.as_str())? {
                    Value::Null => CLEARED.to_owned(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                Some((element.name.clone(), text))
            })
            .collect()
    }

    fn limit(&self) -> i64 {
        self.int("limit").unwrap_or(USUAL_ROWS)
    }

    /// Where the list goes on; one row more than asked for tells whether there is a next page.
    ///
    /// # Errors
    /// When the cursor is of another list, other filters or another account.
    pub fn after(&self) -> Result<After, Refusal> {
        let key = match self.text("cursor") {
            Some(cursor) => Some(self.opened(&cursor).ok_or_else(AppError::foreign_cursor)?),
            None => None,
        };
        Ok(After {
            key,
            limit: u32::try_from(self.limit() + 1).unwrap_or(u32::MAX),
        })
    }

    /// What [`answered`] says: whether those are meant that wait.
    pub fn is_waiting(&self) -> bool {
        self.flag("answered") != Some(true)
    }

    /// What [`sorting`] says: by what, empty by key, and whether from the largest.
    pub fn sorting(&self) -> (String, bool) {
        (self.words("sort"), self.flag("descending") == Some(true))
    }

    /// The keys of a list in the body.
    pub fn keys(&self, name: &str) -> Vec<String> {
        let keys = self.values.get(name).and_then(Value::as_array);
        keys.into_iter()
            .flatten()
            .filter_map(|key| key.as_str().map(str::to_owned))
            .collect()
    }

    /// A page of what was found after [`Asked::after`], as the answer.
    pub fn page<T, R: Serialize>(
        &self,
        found: (Vec<T>, i64),
        key: impl Fn(&T) -> String,
        view: impl Fn(T) -> R,
    ) -> Result<Answer, Refusal> {
        Answer::json(&self.part(found, key, view))
    }

    /// A page of what was found after [`Asked::after`].
    pub fn part<T, R>(
        &self,
        (mut rows, total): (Vec<T>, i64),
        key: impl Fn(&T) -> String,
        view: impl Fn(T) -> R,
    ) -> Page<R> {
        let limit = usize::try_from(self.limit()).unwrap_or(0);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(key).filter(|_| has_more);
        Page {
            items: rows.into_iter().map(view).collect(),
            total,
            next_cursor: last.map(|key| self.sealed(&key)),
        }
    }

    /// The same where each row comes with the mark behind which the list goes on.
    pub fn marked<T, R: Serialize>(
        &self,
        found: (Vec<(T, String)>, i64),
        view: impl Fn(T) -> R,
    ) -> Result<Answer, Refusal> {
        self.page(found, |(_, mark)| mark.clone(), |(row, _)| view(row))
    }

    /// Of a list that was read whole the part behind the cursor. `mark` is a text of each row by which the list is sorted.
    pub fn whole<T, R: Serialize>(
        &self,
        rows: Vec<T>,
        mark: impl Fn(&T) -> String,
        view: impl Fn(T) -> R,
    ) -> Result<Answer, Refusal> {
        let after = self.after()?;
        let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let limit = usize::try_from(after.limit).unwrap_or(usize::MAX);
        let is_known = |row: &T| after.key.as_ref().is_some_and(|key| mark(row) <= *key);
        let rows = rows
            .into_iter()
            .filter(|row| !is_known(row))
            .take(limit)
            .collect();
        self.page((rows, total), mark, view)
    }

    /// The same of a list that changes no more, as of a past day: its rows are counted.
    pub fn counted<T, R: Serialize>(&self, rows: Vec<T>, view: impl Fn(T) -> R) -> Result<Answer, Refusal> {
        let rows = rows.into_iter().enumerate().collect();
        self.whole(rows, |(at, _)| format!("{at:010}"), |(_, row)| view(row))
    }

    /// Sealed, so that nobody makes one up, and bound to the list, its filters and the account.
    pub fn sealed(&self, key: &str) -> String {
        to_hex(&self.web.app.keys.seal_bytes(&self.bound_to(), key.as_bytes()))
    }

    fn opened(&self, cursor: &str) -> Option<String> {
        let bytes: Option<Vec<u8>> = (0..cursor.len())
            .step_by(2)
            .map(|at| {
                let pair = cursor.get(at..at + 2)?;
                pair.bytes()
                    .all(|digit| digit.is_ascii_hexdigit())
                    .then_some(())?;
                u8::from_str_radix(pair, 16).ok()
            })
            .collect();
        let plain = self.web.app.keys.open_bytes(&self.bound_to(), &bytes?).ok()?;
        String::from_utf8(plain).ok()
    }

    fn bound_to(&self) -> Vec<u8> {
        let mut text = format!("cursor behind a row of {}", self.path);
        if let Some(who) = &self.who {
            text.push_str(&who.account.id.to_string());
        }
        for (name, value) in &self.values {
            if !matches!(*name, "cursor" | "limit") {
                text.push_str(&format!("&{name}={value}"));
            }
        }
        text.into_bytes()
    }
}

/// Takes named values by their parameters; says what is wrong with each.
#[derive(Default)]
pub struct Reading {
    pub values: BTreeMap<&'static str, Value>,
    pub wrong: Vec<(String, String)>,
}

/// Names that nobody knows are repeated back at most this long.
const NAME_SHOWN: usize = 60;

impl Reading {
    /// Values of an address.
    pub fn query(&mut self, params: &[Param], query: &str) {
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(raw)) = (decoded(name, true), decoded(raw, true)) else {
                self.wrong
                    .push((shown(name), "不是 UTF-8 文字，或百分号编码有误".to_owned()));
                continue;
            };
            self.one(params, &mut seen, &name, |shape| shape.read(&raw));
        }
        self.missing(params, &seen);
    }

    /// Values of a path.
    pub fn path<'a>(&mut self, params: &[Param], pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen = Vec::new();
        for (name, raw) in pairs {
            self.one(params, &mut seen, name, |shape| shape.read(raw));
        }
    }

    /// Fields of a body.
    pub fn fields(&mut self, params: &[Param], body: &[u8]) {
        let fields = match serde_json::from_slice::<Fields>(body) {
            Ok(fields) => fields.0,
            Err(error) => {
                let words = format!(
                    "须为一个 JSON 对象（UTF-8）：第 {} 行第 {} 列不能识别",
                    error.line(),
                    error.column()
                );
                self.wrong.push(("body".to_owned(), words));
                return;
            }
        };
        let mut seen = Vec::new();
        for (name, value) in fields {
            self.one(params, &mut seen, &name, |shape| shape.take(value));
        }
        self.missing(params, &seen);
    }

    fn one(
        &mut self,
        params: &[Param],
        seen: &mut Vec<&'static str>,
        name: &str,
        read: impl FnOnce(&Shape) -> Result<Value, String>,
    ) {
        let Some(param) = params.iter().find(|param| param.name == name) else {
            self.wrong.push((shown(name), "没有这个参数".to_owned()));
            return;
        };
        if seen.contains(&param.name) {
            self.wrong.push((name.to_owned(), "给了不止一次".to_owned()));
            return;
        }
        seen.push(param.name);
        match read(&param.shape) {
            Ok(value) => {
                self.values.insert(param.name, value);
            }
            Err(words) => self.wrong.push((name.to_owned(), words)),
        }
    }

    fn missing(&mut self, params: &[Param], seen: &[&'static str]) {
        for param in params
            .iter()
            .filter(|param| param.is_required && !seen.contains(&param.name))
        {
            self.wrong.push((param.name.to_owned(), "必须提供".to_owned()));
        }
    }
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(NAME_SHOWN)
        .collect()
}

/// Percent-decoded UTF-8; `None` for what is none.
fn decoded(text: &str, plus_is_space: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&pair).ok()?;
                digits
                    .bytes()
                    .all(|digit| digit.is_ascii_hexdigit())
                    .then_some(())?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
            }
            b'+' if plus_is_space => out.push(b' '),
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

/// The pairs of a JSON object in their order, names that stand twice included.
struct Fields(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Fields(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> [Param; 3] {
        [
            Param::new("q", "", Shape::Text { min: 1, max: 5 }),
            Param::new("county", "", Shape::Int { min: 1, max: 9 }),
            Param::new("words", "", Shape::key()).required(),
        ]
    }

    #[test]
    fn every_value_that_is_wrong_is_named() {
        let mut reading = Reading::default();
        reading.query(&params(), "q=%E9%84%9E%2B+&county=x&county=2&page=1&%FF=1&q=2");
        let names: Vec<&str> = reading.wrong.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["county", "county", "page", "%FF", "q", "words"]);
        assert_eq!(reading.values["q"], "鄞+ ");
    }

    #[test]
    fn a_body_is_one_object_without_repeats_unknowns_or_nonsense() {
        let wrong = |body: &str| {
            let mut reading = Reading::default();
            reading.fields(&params(), body.as_bytes());
            reading
                .wrong
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        assert!(wrong(r#"{"words": "好", "county": 3}"#).is_empty());
        assert_eq!(wrong(r#"{"words": "好", "words": "坏"}"#), ["words"]);
        assert_eq!(
            wrong(r#"{"words": null, "is_admin": true}"#),
            ["words", "is_admin"]
        );
        for body in [
            "",
            "[]",
            "{\"words\": NaN}",
            "{\"county\": 1e999}",
            "null",
            "{\"words\": \"\u{0}\"}",
        ] {
            assert_eq!(wrong(body), ["body"], "{body}");
        }
        assert_eq!(
            wrong(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))),
            ["body"]
        );
    }
}
