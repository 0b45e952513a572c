//! 数据元 as JSON: schema and value of the elements of a union and of a member, both from the dictionary.

use std::borrow::Cow;

use domain::dictionary::{Dictionary, Element, ValueType};
use domain::intake::Kind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What is known of a union, by the names of the dictionary.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct UnionElements(Map<String, Value>);

/// What is known of a member, by the names of the dictionary.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct MemberElements(Map<String, Value>);

impl UnionElements {
    pub fn of(known: Vec<(&'static str, String)>) -> UnionElements {
        UnionElements(values(Kind::Unions, known))
    }
}

impl MemberElements {
    pub fn of(known: Vec<(&'static str, String)>) -> MemberElements {
        MemberElements(values(Kind::Members, known))
    }
}

impl JsonSchema for UnionElements {
    fn schema_name() -> Cow<'static, str> {
        "UnionElements".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        object(Kind::Unions, "工会组织的数据元，只列出已知的项")
    }
}

impl JsonSchema for MemberElements {
    fn schema_name() -> Cow<'static, str> {
        "MemberElements".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        object(Kind::Members, "会员的数据元，只列出已知的项；个人信息已脱敏")
    }
}

fn object(kind: Kind, about: &str) -> Schema {
    let properties: Map<String, Value> = Dictionary::shipped()
        .of(kind)
        .iter()
        .map(|element| (element.name.clone(), schema(element)))
        .collect();
    json_schema!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The schema of one element.
pub fn schema(element: &Element) -> Value {
    let mut schema = match element.value_type {
        _ if element.is_masked() => json!({ "type": "string" }),
        ValueType::Date | ValueType::PastDate => json!({ "type": "string", "format": "date" }),
        ValueType::Count | ValueType::Year => json!({ "type": "integer", "minimum": 0 }),
        ValueType::Longitude | ValueType::Latitude => json!({ "type": "number" }),
        ValueType::Flag => json!({ "type": "string", "enum": ["是", "否"] }),
        ValueType::List => json!({ "type": "string", "enum": names(element) }),
        _ => json!({ "type": "string" }),
    };
    let masked = if element.is_masked() { "；已脱敏" } else { "" };
    let about = [
        ("title", element.zh.clone()),
        ("description", format!("{}{masked}", element.rule)),
        ("x-title-en", element.en.clone()),
        ("x-sensitivity", element.sensitivity.label().to_owned()),
    ];
    if let Some(schema) = schema.as_object_mut() {
        for (name, text) in about {
            schema.insert(name.to_owned(), text.into());
        }
        if let Some(list) = &element.list {
            schema.insert("x-code-list".to_owned(), list.as_str().into());
        }
        let example = value(element, &element.masked(&element.example));
        schema.insert("examples".to_owned(), Value::from_iter(example));
    }
    schema
}

/// Every name that a value of the element's list ever had: an old record keeps the name it was written under.
fn names(element: &Element) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for code in Dictionary::shipped()
        .list_of(element)
        .map_or(&[][..], |list| &list.values)
    {
        if !names.contains(&code.label.as_str()) {
            names.push(&code.label);
        }
    }
    names
}

/// A known value as its schema says; `None` for one that an older version kept and the dictionary no longer reads.
fn value(element: &Element, text: &str) -> Option<Value> {
    match element.value_type {
        _ if element.is_masked() => Some(text.into()),
        ValueType::Count | ValueType::Year => text.parse::<u64>().ok().map(Value::from),
        ValueType::Longitude | ValueType::Latitude => text.parse::<f64>().ok().map(Value::from),
        ValueType::Date | ValueType::PastDate => codes::time::Day::parse_iso(text)
            .ok()
            .map(|day| day.to_string().into()),
        ValueType::Flag => ["是", "否"].contains(&text).then(|| text.into()),
        ValueType::List => names(element).contains(&text).then(|| text.into()),
        _ => Some(text.into()),
    }
}

fn values(kind: Kind, known: Vec<(&'static str, String)>) -> Map<String, Value> {
    let known: Vec<(&str, String)> = known;
    let elements = Dictionary::shipped().of(kind).iter();
    elements
        .filter_map(|element| {
            let (_, text) = known.iter().find(|(name, _)| *name == element.name)?;
            let read = value(element, text);
            if read.is_none() {
                tracing::warn!(
                    element = element.name,
                    "a kept value is not of the dictionary any more"
                );
            }
            Some((element.name.clone(), read?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_element_has_a_schema_that_its_example_fits() {
        for kind in [Kind::Unions, Kind::Members] {
            for element in Dictionary::shipped().of(kind) {
                let schema = schema(element);
                assert_eq!(schema["title"], element.zh, "{}", element.name);
                let example = value(element, &element.masked(&element.example));
                assert!(example.is_some(), "{}: {}", element.name, element.example);
                assert_eq!(schema["examples"][0], example.unwrap());
            }
        }
    }
}
