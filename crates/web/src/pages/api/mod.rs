//! 接口文档: the OpenAPI document as a page for people, from the same value that programs get.

pub mod view;

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use self::view::{ApiPage, Noun, Operation, Part};
use crate::api::{FILES, ROOT, document};
use crate::http::{Fault, Person, Web, page};
use crate::ui::Here;

/// `GET /api`.
pub async fn api(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let document = document();
    page(&ApiPage {
        frame: person.frame(&web, "接口文档", Here::Nowhere).await?,
        about: text(&document["info"]["description"])
            .split('\n')
            .map(|line| line.trim_start_matches("- ").to_owned())
            .filter(|line| !line.is_empty())
            .collect(),
        groups: groups(&document),
    })
}

/// Operations by noun, in the document's order.
pub fn groups(document: &Value) -> Vec<Noun> {
    let mut groups: Vec<Noun> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let shown = operation_of(document, path, method, operation);
            let tag = text(&operation["tags"][0]);
            match groups.iter_mut().find(|group| group.name == tag) {
                Some(group) => group.operations.push(shown),
                None => groups.push(Noun {
                    name: tag,
                    operations: vec![shown],
                }),
            }
        }
    }
    groups
}

fn operation_of(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let mut about: Vec<String> = text(&operation["description"])
        .split("\n\n")
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect();
    let scope = about
        .iter()
        .position(|line| line.starts_with("令牌范围"))
        .map(|at| about.remove(at));
    let body = &operation["requestBody"]["content"];
    let fields = &body["application/json"]["schema"];
    let mut asked: Vec<Part> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|param| Part {
            name: text(&param["name"]),
            place: place(&text(&param["in"])),
            kind: kind(&param["schema"]),
            about: text(&param["description"]),
            is_required: param["required"] == true,
        })
        .collect();
    asked.extend(parts(fields, "请求体"));
    if body["application/octet-stream"].is_object() {
        asked.push(Part {
            name: "文件".to_owned(),
            place: "请求体",
            kind: "application/octet-stream".to_owned(),
            about: "文件本身".to_owned(),
            is_required: true,
        });
    }
    let done = operation["responses"].as_object().into_iter().flatten();
    let done = done.filter(|(status, _)| status.starts_with('2'));
    let (status, schema) = done
        .map(|(status, done)| (status.clone(), &done["content"]["application/json"]["schema"]))
        .next()
        .unwrap_or((String::new(), &Value::Null));
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: format!("{ROOT}{path}"),
        summary: text(&operation["summary"]),
        about,
        scope,
        asked,
        status,
        answered: match schema {
            Value::Null => vec![Part {
                name: "文件".to_owned(),
                place: "",
                kind: FILES.join("，"),
                about: "文件本身".to_owned(),
                is_required: true,
            }],
            schema => answered(document, schema),
        },
    }
}

/// The values of an answer; of a list those of its rows.
fn answered(document: &Value, schema: &Value) -> Vec<Part> {
    let whole = resolved(document, schema);
    let items = &whole["properties"]["items"]["items"];
    let mut all = parts(whole, "");
    if items.is_object() {
        all.extend(parts(resolved(document, items), "每条"));
    }
    for name in ["elements", "item"] {
        let inner = &whole["properties"][name];
        if inner.is_object() {
            let place = if name == "elements" { "数据元" } else { "" };
            all.extend(parts(resolved(document, inner), place));
        }
    }
    all
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        Some(path) => document.pointer(path).unwrap_or(&Value::Null),
        None => schema,
    }
}

fn parts(schema: &Value, place: &'static str) -> Vec<Part> {
    let is_required = |name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|required| required.iter().any(|one| one == name))
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, value)| Part {
            name: name.clone(),
            place,
            kind: kind(value),
            about: [text(&value["title"]), text(&value["description"])]
                .into_iter()
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join("："),
            is_required: is_required(name),
        })
        .collect()
}

fn place(place: &str) -> &'static str {
    match place {
        "path" => "路径",
        "query" => "地址参数",
        _ => "请求头",
    }
}

/// A schema in a word or two.
fn kind(schema: &Value) -> String {
    let word = |name: &str| match name {
        "string" => "文字",
        "integer" => "整数",
        "number" => "小数",
        "boolean" => "true／false",
        "array" => "列表",
        "null" => "可为 null",
        _ => "对象",
    };
    let words: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![word(name)],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(word).collect(),
        _ => vec!["对象"],
    };
    let format = match schema["format"].as_str() {
        Some("date") => "，日期",
        Some("uuid") => "，UUID",
        _ => "",
    };
    format!("{}{format}", words.join("，"))
}

/// Text without the marks that programs show code by.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('`', "")
}
