//! One cell of a rule's result.

use super::template::Format;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, LargeStringArray,
    StringArray, StringViewArray,
};
use codes::time::Day;
use serde::{Serialize, Serializer};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Missing,
    Int(i64),
    Real(f64),
    Text(String),
    Flag(bool),
    Day(Day),
}

/// Nothing is null, a day is written as people write it.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Missing => serializer.serialize_none(),
            Value::Int(n) => serializer.serialize_i64(*n),
            Value::Real(x) => serializer.serialize_f64(*x),
            Value::Text(t) => serializer.serialize_str(t),
            Value::Flag(b) => serializer.serialize_bool(*b),
            Value::Day(day) => serializer.collect_str(day),
        }
    }
}

impl Value {
    /// Reads a cell of any type that rules produce; another type reads as missing (the check refuses such columns before).
    pub fn at(array: &ArrayRef, i: usize) -> Value {
        if array.is_null(i) {
            return Value::Missing;
        }
        let any = array.as_any();
        if let Some(a) = any.downcast_ref::<StringArray>() {
            Value::Text(a.value(i).to_string())
        } else if let Some(a) = any.downcast_ref::<StringViewArray>() {
            Value::Text(a.value(i).to_string())
        } else if let Some(a) = any.downcast_ref::<LargeStringArray>() {
            Value::Text(a.value(i).to_string())
        } else if let Some(a) = any.downcast_ref::<Int64Array>() {
            Value::Int(a.value(i))
        } else if let Some(a) = any.downcast_ref::<Int32Array>() {
            Value::Int(i64::from(a.value(i)))
        } else if let Some(a) = any.downcast_ref::<Float64Array>() {
            Value::Real(a.value(i))
        } else if let Some(a) = any.downcast_ref::<BooleanArray>() {
            Value::Flag(a.value(i))
        } else if let Some(a) = any.downcast_ref::<Date32Array>() {
            Day::from_days(a.value(i)).map_or(Value::Missing, Value::Day)
        } else {
            Value::Missing
        }
    }

    /// True for nothing and for an empty text.
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing) || matches!(self, Value::Text(t) if t.is_empty())
    }

    /// As a whole number.
    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// As text; empty is none.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::Text(t) if !t.is_empty() => Some(t.clone()),
            _ => None,
        }
    }

    /// As written in a sentence.
    pub fn shown(&self, format: Format) -> String {
        match (self, format) {
            (Value::Int(fen), Format::Yuan) => format!("{}.{:02}", fen / 100, (fen % 100).abs()),
            (Value::Real(share), Format::Percent) => format!("{}%", (share * 100.0).round()),
            (Value::Missing, _) => String::new(),
            (Value::Int(n), _) => n.to_string(),
            (Value::Real(x), _) => format!("{x:.2}"),
            (Value::Text(t), _) => t.clone(),
            (Value::Flag(b), _) => if *b { "是" } else { "否" }.to_string(),
            (Value::Day(day), _) => day.to_string(),
        }
    }

    /// In coarse steps, so that a fingerprint does not change with every hiring.
    pub fn size_class(&self) -> String {
        const STEPS: [i64; 8] = [1, 10, 25, 50, 100, 300, 1000, 5000];
        match self {
            Value::Int(n) => STEPS
                .iter()
                .rev()
                .find(|step| *n >= **step)
                .map_or("0".to_string(), |step| format!("{step}+")),
            other => other.shown(Format::Plain),
        }
    }
}
