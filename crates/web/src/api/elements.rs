//! 数据元 as JSON: schema and value of the elements of a union and of a member, both from the dictionary.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use domain::dictionary::{
    Act, Dictionary, Element, Item, LATITUDES, LONGITUDES, Record, ValueType, is_id_tail,
};
use domain::intake::Kind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::shape::{Param, Shape, whole};

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
        ValueType::Flag => json!({ "type": "string", "enum": FLAGS }),
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

/// What a yes-or-no says.
const FLAGS: [&str; 2] = ["是", "否"];
/// Longest text of a value that is asked for.
const TEXT_MAX: usize = 500;
/// Largest count.
const COUNT_MAX: i64 = 1_000_000_000;

/// The schema of a value that a request brings: in full, and of a list the names of today.
pub fn typed(element: &Element, may_be_empty: bool) -> Value {
    let degrees = |range: &RangeInclusive<f64>| json!({ "type": "number", "minimum": range.start(), "maximum": range.end() });
    let mut schema = match element.value_type {
        ValueType::Date | ValueType::PastDate => json!({ "type": "string", "format": "date" }),
        ValueType::Count => json!({ "type": "integer", "minimum": 0, "maximum": COUNT_MAX }),
        ValueType::Year => json!({ "type": "integer", "minimum": 0, "maximum": 9999 }),
        ValueType::Longitude => degrees(&LONGITUDES),
        ValueType::Latitude => degrees(&LATITUDES),
        ValueType::Flag => json!({ "type": "string", "enum": FLAGS }),
        ValueType::List => json!({ "type": "string", "enum": current(element) }),
        _ => Shape::Text {
            min: 1,
            max: TEXT_MAX,
        }
        .schema(),
    };
    if let Some(schema) = schema.as_object_mut().filter(|_| may_be_empty) {
        let kind = schema["type"].take();
        schema.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(names) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            names.push(Value::Null);
        }
    }
    schema["title"] = element.zh.as_str().into();
    schema
}

/// Whether a value is a number with a fraction.
pub fn is_degrees(element: &Element) -> bool {
    matches!(element.value_type, ValueType::Longitude | ValueType::Latitude)
}

/// Whether a value of a request has the form that [`typed`] says. What the dictionary's rule thinks of it is the work's matter.
pub fn fits(element: &Element, may_be_empty: bool, value: &Value) -> bool {
    let is_in = |range: &RangeInclusive<f64>| value.as_f64().is_some_and(|at| range.contains(&at));
    let is_count = |most: i64| match value {
        Value::Number(number) => whole(number).is_some_and(|count| (0..=most).contains(&count)),
        _ => false,
    };
    match (element.value_type, value) {
        (_, Value::Null) => may_be_empty,
        (ValueType::Date | ValueType::PastDate, _) => Shape::Day.take(value.clone()).is_ok(),
        (ValueType::Count, _) => is_count(COUNT_MAX),
        (ValueType::Year, _) => is_count(9999),
        (ValueType::Longitude, _) => is_in(&LONGITUDES),
        (ValueType::Latitude, _) => is_in(&LATITUDES),
        (ValueType::Flag, Value::String(text)) => FLAGS.contains(&text.as_str()),
        (ValueType::List, Value::String(text)) => current(element).contains(&text.as_str()),
        (ValueType::Flag | ValueType::List, _) => false,
        _ => Shape::Text {
            min: 1,
            max: TEXT_MAX,
        }
        .take(value.clone())
        .is_ok(),
    }
}

/// What a value of a request should be, in words.
pub fn words(element: &Element, may_be_empty: bool) -> String {
    let range = |range: &RangeInclusive<f64>| format!("须为 {}–{} 的数", range.start(), range.end());
    let words = match element.value_type {
        ValueType::Date | ValueType::PastDate => "须为日期，写作 2026-08-01".to_owned(),
        ValueType::Count => format!("须为 0–{COUNT_MAX} 的整数"),
        ValueType::Year => "须为 0–9999 的整数".to_owned(),
        ValueType::Longitude => range(&LONGITUDES),
        ValueType::Latitude => range(&LATITUDES),
        ValueType::Flag => "须为“是”或“否”".to_owned(),
        ValueType::List => format!("须为其中之一：{}", current(element).join("、")),
        _ => format!("须为 1–{TEXT_MAX} 个字的文字，不含控制字符"),
    };
    let cleared = if may_be_empty { "；null 清空" } else { "" };
    format!("{words}{cleared}")
}

/// What an element is, as a field of a request.
pub fn field(element: &'static Element, may_be_empty: bool) -> Param {
    Param::new(
        &element.name,
        &element.rule,
        Shape::Element {
            element,
            may_be_empty,
        },
    )
}

/// The body of an act, as the dictionary's form of it has it: names, shapes, what is needed, words and examples.
pub fn body(act: Act) -> impl Iterator<Item = Param> {
    Dictionary::shipped().form(act).items.iter().map(asked_for)
}

fn asked_for(item: &'static Item) -> Param {
    let shape = shape_of(item);
    let example = example_of(item, &shape);
    Param {
        is_required: item.is_needed,
        item: Some(item),
        ..Param::new(&item.name, &item.about, shape).like(example)
    }
}

fn shape_of(item: &Item) -> Shape {
    let longest = item.longest();
    let (least, most) = item.range.unwrap_or((0, COUNT_MAX));
    match item.element.value_type {
        _ if item.most.is_some() => Shape::Keys {
            most: item.most.unwrap_or(1),
            longest,
        },
        ValueType::Date | ValueType::PastDate => Shape::Day,
        ValueType::Count => Shape::Int {
            min: least,
            max: most,
        },
        ValueType::Flag => Shape::Flag,
        ValueType::List => Shape::Choice(choices(&item.element)),
        ValueType::Id => Shape::Id,
        ValueType::IdTail => Shape::Form {
            pattern: "^[0-9A-Za-z]{6}$",
            fits: is_id_tail,
            words: "须为证件号码的后六位",
        },
        _ => Shape::Text {
            min: if item.is_blank_said { 0 } else { 1 },
            max: longest,
        },
    }
}

/// An example of the element as a body has it.
fn example_of(item: &Item, shape: &Shape) -> Value {
    let example = item.element.example.as_str();
    match shape {
        Shape::Keys { .. } => json!([example]),
        Shape::Int { .. } => example.parse::<i64>().map_or(Value::Null, Value::from),
        Shape::Flag => json!(example == FLAGS[0]),
        Shape::Choice(_) => {
            let list = Dictionary::shipped().list_of(&item.element);
            let code = list.and_then(|list| list.read(example));
            json!(code.map(|code| &code.code))
        }
        _ => json!(example),
    }
}

/// The codes and names of today of an element's list.
fn choices(element: &Element) -> Vec<(&'static str, &'static str)> {
    let list = Dictionary::shipped().list_of(element);
    let values = list.into_iter().flat_map(|list| list.current());
    values
        .map(|code| (code.code.as_str(), code.label.as_str()))
        .collect()
}

/// What a schema says of the element that it is one of.
pub fn tell(schema: &mut Value, element: &Element) {
    schema["title"] = element.zh.as_str().into();
    schema["x-title-en"] = element.en.as_str().into();
    schema["x-sensitivity"] = element.sensitivity.label().into();
    if let Some(list) = &element.list {
        schema["x-code-list"] = list.as_str().into();
    }
}

/// Lets the answers' own fields say what the dictionary says of them: a field with the name of an element whose description begins with the
/// element's label is that element, and gets its title, sensitivity and masked example.
pub fn tell_answers(schemas: &mut Map<String, Value>) {
    for schema in schemas.values_mut() {
        let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            continue;
        };
        for (name, field) in fields {
            if let Some(element) = element_of(name, field) {
                tell(field, element);
                if let Some(example) = answered(element, field) {
                    field["examples"] = json!([example]);
                }
            }
        }
    }
}

/// The element that an answer's field is, where it is one and does not say so yet.
fn element_of(name: &str, field: &Value) -> Option<&'static Element> {
    let about = field["description"]
        .as_str()
        .filter(|_| field["title"].is_null())?;
    Record::all()
        .filter_map(|record| Dictionary::shipped().element(record, name))
        .find(|element| about.starts_with(&element.zh))
}

/// The masked example of an element as an answer's field of that schema has it; `None` where the field has another type.
fn answered(element: &Element, field: &Value) -> Option<Value> {
    let is_code = field["description"]
        .as_str()
        .is_some_and(|about| about.contains("代码"));
    let example = match Dictionary::shipped().list_of(element) {
        Some(list) if is_code => list.read(&element.example)?.code.as_str().into(),
        _ => value(element, &element.masked(&element.example))?,
    };
    let is_of = |kind: &Value| match kind.as_str() {
        Some("string") => example.is_string(),
        Some("integer") => example.is_i64() || example.is_u64(),
        Some("number") => example.is_number(),
        _ => false,
    };
    let fits = match &field["type"] {
        Value::Array(kinds) => kinds.iter().any(is_of),
        kind => is_of(kind),
    };
    fits.then_some(example)
}

/// The names of today of an element's list.
fn current(element: &Element) -> Vec<&'static str> {
    let list = Dictionary::shipped().list_of(element);
    let names = list.into_iter().flat_map(|list| list.current());
    names.map(|code| code.label.as_str()).collect()
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
pub fn value(element: &Element, text: &str) -> Option<Value> {
    match element.value_type {
        _ if element.is_masked() => Some(text.into()),
        ValueType::Count | ValueType::Year => text.parse::<u64>().ok().map(Value::from),
        ValueType::Longitude | ValueType::Latitude => text.parse::<f64>().ok().map(Value::from),
        ValueType::Date | ValueType::PastDate => codes::time::Day::parse_iso(text)
            .ok()
            .map(|day| day.to_string().into()),
        ValueType::Flag => FLAGS.contains(&text).then(|| text.into()),
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
    fn what_a_request_may_say_of_an_element_is_what_its_schema_says() {
        for kind in [Kind::Unions, Kind::Members] {
            for element in Dictionary::shipped().of(kind) {
                let param = field(element, true);
                let schema = typed(element, true);
                assert_eq!(schema["title"], element.zh);
                assert!(fits(element, true, &Value::Null) && !fits(element, false, &Value::Null));
                assert!(!fits(element, true, &json!([])) && !fits(element, true, &json!({})));
                let example = match schema["type"][0].as_str().unwrap() {
                    "string" => json!(element.example),
                    _ => serde_json::from_str(&element.example).unwrap(),
                };
                assert_eq!(param.shape.take(example.clone()), Ok(example), "{}", element.name);
                assert!(param.shape.take(json!(true)).is_err(), "{}", element.name);
            }
        }
    }

    #[test]
    fn a_body_takes_what_its_form_asks_for() {
        for act in Act::ALL {
            let form = Dictionary::shipped().form(*act);
            let body: Vec<Param> = body(*act).collect();
            assert_eq!(body.len(), form.items.len());
            for (param, item) in body.iter().zip(&form.items) {
                let named = (act.code(), param.name);
                let schema = param.schema();
                assert_eq!(
                    (param.name, param.is_required),
                    (item.name.as_str(), item.is_needed)
                );
                assert_eq!(schema["title"], item.element.zh, "{named:?}");
                assert_eq!(
                    schema["x-sensitivity"],
                    item.element.sensitivity.label(),
                    "{named:?}"
                );
                let example = schema["examples"][0].clone();
                assert_eq!(param.shape.take(example.clone()), Ok(example), "{named:?}");
                assert!(
                    param.shape.take(json!({})).is_err() && !param.about.is_empty(),
                    "{named:?}"
                );
            }
        }
    }

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
