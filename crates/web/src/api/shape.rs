//! What a value of a request must look like. One description serves the check, the words of a refusal and the document.

use codes::time::Day;
use domain::dictionary::Element;
use serde_json::{Value, json};

use super::elements;

/// The form of one value.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Words without control characters, so many of them.
    Text { min: usize, max: usize },
    /// Text of a form of its own: its pattern, the same as a function, and in words.
    Form {
        pattern: &'static str,
        fits: fn(&str) -> bool,
        words: &'static str,
    },
    /// A whole number.
    Int { min: i64, max: i64 },
    /// `true` or `false`.
    Flag,
    /// One of these codes, each with its label.
    Choice(Vec<(&'static str, &'static str)>),
    /// A calendar day.
    Day,
    /// A UUID.
    Id,
    /// A list of names or keys of up to `longest` characters, at most so many; of a body alone.
    Keys { most: usize, longest: usize },
    /// A value of an element of the dictionary; `null` clears it where a record may be without it. Of a body alone.
    Element {
        element: &'static Element,
        may_be_empty: bool,
    },
}

/// One value of a request, by name.
#[derive(Debug, Clone)]
pub struct Param {
    pub name: &'static str,
    /// What it is, for whoever writes a program.
    pub about: &'static str,
    pub shape: Shape,
    pub is_required: bool,
    /// One that may be sent as it is.
    pub example: Option<Value>,
}

impl Param {
    /// A value that may be left out.
    pub fn new(name: &'static str, about: &'static str, shape: Shape) -> Param {
        Param {
            name,
            about,
            shape,
            is_required: false,
            example: None,
        }
    }

    /// Shows one in the document.
    pub fn like(self, example: impl Into<Value>) -> Param {
        Param {
            example: Some(example.into()),
            ..self
        }
    }

    /// It must be there.
    pub fn required(self) -> Param {
        Param {
            is_required: true,
            ..self
        }
    }
}

impl Shape {
    /// A name or key of up to a hundred characters.
    pub fn key() -> Shape {
        Shape::Text { min: 1, max: 100 }
    }

    /// A list of such, at most so many.
    pub fn keys(most: usize) -> Shape {
        Shape::Keys { most, longest: 100 }
    }

    /// The most bytes that a list takes in a body, in UTF-8 with quotes and commas; 0 of anything else.
    pub fn list_bytes(&self) -> usize {
        match self {
            Shape::Keys { most, longest } => most * (longest * 4 + 4),
            _ => 0,
        }
    }

    /// Reads a value of an address.
    ///
    /// # Errors
    /// What it should be, in words.
    pub fn read(&self, raw: &str) -> Result<Value, String> {
        let value = match self {
            Shape::Int { .. } => {
                let is_plain = !raw.starts_with('+') && raw != "-0";
                raw.parse::<i64>()
                    .ok()
                    .filter(|_| is_plain)
                    .map_or(Value::Null, Value::from)
            }
            Shape::Flag => match raw {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            },
            _ => Value::String(raw.to_owned()),
        };
        self.take(value)
    }

    /// Takes a value of a body.
    ///
    /// # Errors
    /// What it should be, in words.
    pub fn take(&self, value: Value) -> Result<Value, String> {
        let fits = match (self, &value) {
            (Shape::Text { min, max }, Value::String(text)) => {
                let length = text.chars().count();
                (*min..=*max).contains(&length) && !text.chars().any(char::is_control)
            }
            (Shape::Form { fits, .. }, Value::String(text)) => fits(text),
            (Shape::Int { min, max }, Value::Number(number)) => {
                whole(number).is_some_and(|number| (*min..=*max).contains(&number))
            }
            (Shape::Flag, Value::Bool(_)) => true,
            (Shape::Choice(codes), Value::String(text)) => codes.iter().any(|(code, _)| code == text),
            (Shape::Day, Value::String(text)) => Day::parse_iso(text).is_ok_and(|day| day.year() > 0),
            (Shape::Id, Value::String(text)) => text.len() == 36 && uuid::Uuid::parse_str(text).is_ok(),
            (
                Shape::Element {
                    element,
                    may_be_empty,
                },
                value,
            ) => elements::fits(element, *may_be_empty, value),
            (Shape::Keys { most, longest }, Value::Array(keys)) => {
                let one = Shape::Text {
                    min: 1,
                    max: *longest,
                };
                keys.len() <= *most && keys.iter().all(|key| one.take(key.clone()).is_ok())
            }
            _ => false,
        };
        match (fits, value) {
            (true, Value::Number(number)) => Ok(match self {
                Shape::Element { element, .. } if elements::is_degrees(element) => number.into(),
                _ => whole(&number).map_or(Value::Null, Value::from),
            }),
            (true, value) => Ok(value),
            (false, _) => Err(self.words()),
        }
    }

    /// What it should be, in words.
    fn words(&self) -> String {
        match self {
            Shape::Text { min: 0, max } => format!("须为不超过 {max} 个字的文字，不含控制字符"),
            Shape::Text { min, max } => format!("须为 {min}–{max} 个字的文字，不含控制字符"),
            Shape::Form { words, .. } => (*words).to_owned(),
            Shape::Int { min, max } => format!("须为 {min}–{max} 的整数"),
            Shape::Flag => "须为 true 或 false".to_owned(),
            Shape::Choice(codes) => {
                let codes: Vec<&str> = codes.iter().map(|(code, _)| *code).collect();
                format!("须为其中之一：{}", codes.join("、"))
            }
            Shape::Day => "须为日期，写作 2026-08-01".to_owned(),
            Shape::Id => "须为 UUID".to_owned(),
            Shape::Element {
                element,
                may_be_empty,
            } => elements::words(element, *may_be_empty),
            Shape::Keys { most, longest } => {
                format!("须为最多 {most} 项的列表，每项为 1–{longest} 个字的文字，不含控制字符")
            }
        }
    }

    /// The JSON Schema of the same.
    pub fn schema(&self) -> Value {
        match self {
            Shape::Text { min, max } => json!({
                "type": "string", "minLength": min, "maxLength": max,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
            }),
            Shape::Form { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
            Shape::Int { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Choice(codes) => {
                let list: Vec<&str> = codes.iter().map(|(code, _)| *code).collect();
                let labels: Vec<String> = codes
                    .iter()
                    .map(|(code, label)| format!("`{code}` {label}"))
                    .collect();
                json!({ "type": "string", "enum": list, "description": labels.join("；") })
            }
            Shape::Day => json!({ "type": "string", "format": "date" }),
            Shape::Id => json!({ "type": "string", "format": "uuid" }),
            Shape::Element {
                element,
                may_be_empty,
            } => elements::typed(element, *may_be_empty),
            Shape::Keys { most, longest } => {
                let one = Shape::Text {
                    min: 1,
                    max: *longest,
                };
                json!({ "type": "array", "maxItems": most, "items": one.schema() })
            }
        }
    }
}

/// A number without a fraction, also when it is written `3.0`.
pub(super) fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        let is_whole = float.fract() == 0.0 && float.abs() < 9e15;
        is_whole.then_some(float as i64)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_in_words_and_never_becomes_a_default() {
        let page = Shape::Int { min: 1, max: 200 };
        for wrong in [
            "",
            "0",
            "-1",
            "201",
            "+5",
            "5.0",
            "1e2",
            "９",
            "NaN",
            "99999999999999999999",
        ] {
            assert_eq!(page.read(wrong).unwrap_err(), "须为 1–200 的整数", "{wrong}");
        }
        assert_eq!(page.read("200").unwrap(), 200);
        assert_eq!(page.take(json!(3.0)).unwrap(), 3);
        assert!(page.take(json!("3")).is_err() && page.take(json!(1e300)).is_err());
        assert!(Shape::key().read("a\u{0}b").is_err() && Shape::key().read("").is_err());
        assert!(Shape::key().read("·鄞𠮷").is_ok());
        assert!(Shape::Day.read("2026-02-30").is_err() && Shape::Day.read("0000-01-01").is_err());
        let keys = Shape::Keys {
            most: 2,
            longest: 100,
        };
        assert!(keys.take(json!(["M1", "M2"])).is_ok() && keys.read("M1").is_err());
        assert!(keys.take(json!(["M1", "M2", "M3"])).is_err() && keys.take(json!(["M1", 2])).is_err());
        assert!(Shape::Flag.read("1").is_err());
        assert!(Shape::Id.read("{00000000-0000-0000-0000-000000000000}").is_err());
    }
}
