//! The OpenAPI document, made from the operations themselves: what is checked is what it says.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::elements;
use super::endpoint::{Body, Endpoint, FILES};
use super::problem::{Problem, Refusal};
use super::shape::{Param, Shape};
use super::{ROOT, endpoints as all};

const ABOUT: &str = "数字工会的接口，与网页用同样的权限、数据范围和规则。\n\n\
- 每个请求带上 `Authorization: Bearer 令牌`；令牌在控制台右上角姓名下的“接口令牌”新建，只能做账号能做、令牌范围也包含的事。\n\
- 列表都用 `cursor` 翻页，期间有增减也不重复、不遗漏；`total` 是准确的总数，不准确的另有说明。\n\
- 数据范围以外的记录答复 404，如同不存在。\n\
- 400 表示请求与本文档不符，422 表示请求合规但内容不能采用，409 表示记录的状态不允许；答复是 `application/problem+json`（RFC 9457），\
`code` 的意思见使用手册的“错误代码”。\n\
- 改变记录的请求可带 `Idempotency-Key`：同一个键和同样的请求在 24 小时内得到同样的答复，只办理一次。";

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/openapi.json",
            "getOpenApi",
            "接口文档",
            "接口文档（OpenAPI 3.1）",
        )
        .about("就是这份文档，不须令牌。")
        .public()
        .answers::<Map<String, Value>>(200)
        .run(|_: Asked| async { Answer::json(&document()) as Result<Answer, Refusal> }),
    ]
}

/// The document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .for_serialize();
    let mut generator = settings.into_generator();
    generator.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<&str> = Vec::new();
    for endpoint in all() {
        if !tags.contains(&endpoint.tag) {
            tags.push(endpoint.tag);
        }
        let operation = operation(&endpoint, &mut generator);
        let method = endpoint.method.as_str().to_lowercase();
        let path = paths
            .entry(endpoint.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[method] = operation;
    }
    let mut schemas = generator.take_definitions(true);
    elements::tell_answers(&mut schemas);
    let tags: Vec<Value> = tags.into_iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "数字工会接口",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": ROOT }],
        "security": [{ "token": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "接口令牌，以 gonghui_ 开头" },
            },
            "responses": refusals(),
            "schemas": schemas,
        },
    })
}

/// What an operation may be refused with: status and what it means here.
const REFUSALS: [(u16, &str); 13] = [
    (400, "请求与接口文档不符"),
    (401, "没有令牌，或令牌不存在、已过期、已撤回"),
    (403, "角色或令牌范围不允许"),
    (404, "没有这条记录，或不在数据范围内"),
    (406, "不接受能答复的类型"),
    (409, "记录现在的状态不允许，须先申请复核，或同一个请求正在办理"),
    (412, "记录在读取之后已变化"),
    (413, "请求体太大"),
    (415, "请求体的类型不对"),
    (422, "请求合规，但内容不能采用"),
    (429, "请求太频繁，按 Retry-After 等待"),
    (500, "系统内部错误，已记录"),
    (503, "暂时不能办理，可重试"),
];

/// The refusals, each by its status.
fn refusals() -> Value {
    let refusal = |(status, words): (u16, &str)| {
        let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
        let about = format!("{words}。没有办理：detail 说原因，code 是稳定的代码，hint 说怎样办");
        let refusal = json!({ "description": about, "content": { "application/problem+json": schema } });
        (format!("Refused{status}"), refusal)
    };
    Value::Object(REFUSALS.into_iter().map(refusal).collect())
}

/// What stands for a text in the document, by the parameter's name.
const EXAMPLES: &[(&str, &str)] = &[
    ("q", "电器"),
    ("union_q", "电器"),
    ("union_id", "GH-0412"),
    ("parent_id", "T-XIDIAN"),
    ("industry_id", "GH-IND-01"),
    ("other", "T-XIDIAN"),
    ("under", "T-XIDIAN"),
    ("unions", "GH-0412"),
    ("to", "GH-0413"),
    ("member_id", "HY-000001"),
    ("members", "HY-000001"),
    ("item_no", "QD-330226-2026-000004"),
    ("enterprise_id", "E005"),
    ("subject_id", "E005"),
    ("check_id", "members.number.repeated"),
    ("cover_key", "GH-0412|宁海县丰茂包装材料有限公司"),
    ("rule", "found-25"),
    ("owner", "xidian1"),
    ("reason", "行政区划调整"),
    ("words", "已电话核实"),
    ("actor", "王"),
    ("address", "10.0.0.7"),
    ("document_no", "宁总工〔2026〕12号"),
    ("decision_no", "宁总工〔2026〕12号"),
    ("chair", "王芳"),
    ("legal_rep", "王芳"),
    ("premises", "宁海县西店镇望海路1号"),
    ("code", "81330226MA2T0TE13D"),
    ("employer_code", "91330226MA2T0TE13C"),
    ("union_name", "宁海县丰茂包装材料有限公司工会"),
    ("file_name", "unions.csv"),
    ("columns", "name"),
    ("purposes", "C01"),
    ("seen", "核对时答复的 seen"),
];

/// A value that the parameter takes, to be sent as it is: its own, that of its dictionary element, else one of its form. None for what only
/// an answer gives.
fn example(param: &Param) -> Option<Value> {
    if param.example.is_some() || param.name == "cursor" {
        return param.example.clone();
    }
    let named = EXAMPLES.iter().find(|(name, _)| *name == param.name);
    let text = named.map_or("示例", |(_, text)| *text);
    Some(match &param.shape {
        Shape::Text { .. } | Shape::Form { .. } => text.into(),
        Shape::Keys { .. } => json!([text]),
        Shape::Int { min, max } => match param.name {
            "county" | "parent" => 330_226.into(),
            "town" => 330_226_104.into(),
            _ => (*min).max(1).min(*max).into(),
        },
        Shape::Flag => true.into(),
        Shape::Choice(codes) => codes.first()?.0.into(),
        Shape::Day => "2026-08-01".into(),
        Shape::Id => "01990000-0000-7000-8000-000000000000".into(),
        Shape::Element { element, .. } => elements::value(element, &element.example)?,
    })
}

/// The JSON Schema of a parameter with its example.
fn schema_of(param: &Param) -> Value {
    let mut schema = param.schema();
    if let Some(example) = example(param) {
        schema["examples"] = json!([example]);
    }
    schema
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    parameters.extend(endpoint.path_params.iter().map(|param| parameter(param, "path")));
    parameters.extend(endpoint.query.iter().map(|param| parameter(param, "query")));
    if endpoint.takes_if_match {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "读取该记录时的 ETag；记录已变化时答复 412",
            "schema": { "type": "string", "pattern": "^(\"[0-9]{1,15}\"|[0-9]{1,15}|[*])$" },
        }));
    }
    if endpoint.takes_key {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "这个请求的键，如一个 UUID；重发时用同一个键",
            "schema": { "type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]{1,100}$" },
        }));
    }
    let about = match endpoint.needs {
        Some(scope) => format!(
            "{}\n\n令牌范围：`{}`（{}）",
            endpoint.about,
            scope.code(),
            scope.label()
        ),
        None if endpoint.is_public => endpoint.about.to_owned(),
        None => format!("{}\n\n令牌范围：任何令牌", endpoint.about),
    };
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": about.trim(),
        "parameters": parameters,
        "responses": responses(endpoint, generator),
    });
    if let Some(body) = body(&endpoint.body) {
        operation["requestBody"] = body;
    }
    if let Some(scope) = endpoint.needs {
        operation["security"] = json!([{ "token": [scope.code()] }]);
    }
    if endpoint.is_public {
        operation["security"] = json!([]);
    }
    operation
}

fn parameter(param: &Param, place: &str) -> Value {
    json!({
        "name": param.name, "in": place, "required": param.is_required,
        "description": param.about, "schema": schema_of(param),
    })
}

fn body(body: &Body) -> Option<Value> {
    match body {
        Body::None => None,
        Body::File => Some(json!({
            "required": true,
            "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary", "minLength": 1 } } },
        })),
        Body::Fields(params) => {
            let properties: Map<String, Value> = params.iter().map(field).collect();
            let required: Vec<&str> = params
                .iter()
                .filter(|param| param.is_required)
                .map(|param| param.name)
                .collect();
            let schema = json!({
                "type": "object", "properties": properties, "required": required, "additionalProperties": false,
            });
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }))
        }
    }
}

fn field(param: &Param) -> (String, Value) {
    let mut schema = schema_of(param);
    let codes = schema["description"].as_str().map(|codes| format!("：{codes}"));
    schema["description"] = format!("{}{}", param.about, codes.unwrap_or_default()).into();
    (param.name.to_owned(), schema)
}

fn responses(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut headers = Map::new();
    let mut header = |name: &str, about: &str| {
        let header = json!({ "description": about, "required": true, "schema": { "type": "string" } });
        headers.insert(name.to_owned(), header);
    };
    if endpoint.has_etag {
        header("ETag", "记录的版本，放进 If-Match");
    }
    if endpoint.has_location {
        header("Location", "在哪里查看");
    }
    let content: Map<String, Value> = if endpoint.has_file {
        let file = json!({ "schema": { "type": "string", "format": "binary" } });
        FILES
            .map(|kind| (kind.to_owned(), file.clone()))
            .into_iter()
            .collect()
    } else {
        let answer = json!({ "schema": (endpoint.schema)(generator) });
        [("application/json".to_owned(), answer)].into_iter().collect()
    };
    let mut done = json!({ "description": "已办理", "content": content });
    if endpoint.status == 202 {
        done["links"] = json!({
            "job": { "operationId": "getJob", "parameters": { "job_id": "$response.body#/job_id" } },
            "cancel": { "operationId": "cancelJob", "parameters": { "job_id": "$response.body#/job_id" } },
        });
    }
    if !headers.is_empty() {
        done["headers"] = headers.into();
    }
    let mut responses = Map::new();
    responses.insert(endpoint.status.to_string(), done);
    let mut refused = vec![400, 406, 500, 503];
    if !endpoint.is_public {
        refused.extend([401, 403, 404, 422, 429]);
    }
    if endpoint.takes_key || endpoint.may_conflict {
        refused.push(409);
    }
    if endpoint.takes_if_match {
        refused.push(412);
    }
    if !matches!(endpoint.body, Body::None) {
        refused.extend([413, 415]);
    }
    refused.sort_unstable();
    for status in refused {
        responses.insert(
            status.to_string(),
            json!({ "$ref": format!("#/components/responses/Refused{status}") }),
        );
    }
    responses.into()
}

#[cfg(test)]
mod tests {
    use domain::dictionary::{Dictionary, Record};

    use super::*;

    #[test]
    fn every_operation_says_what_it_does_with_what_and_for_whom() {
        for endpoint in all() {
            let id = endpoint.id;
            assert!(
                !endpoint.summary.is_empty() && endpoint.about.chars().count() > 5,
                "{id} has no words"
            );
            assert!(endpoint.about.ends_with('。'), "{id}: {}", endpoint.about);
            let fields = match &endpoint.body {
                Body::Fields(fields) => fields.as_slice(),
                _ => &[],
            };
            for param in endpoint.path_params.iter().chain(&endpoint.query).chain(fields) {
                assert!(!param.about.is_empty(), "{id}: {} has no words", param.name);
                let Some(example) = example(param) else {
                    assert_eq!(param.name, "cursor", "{id}: {} has no example", param.name);
                    continue;
                };
                let taken = param.shape.take(example.clone());
                assert!(
                    taken.is_ok(),
                    "{id}: {} does not take its own example {example}",
                    param.name
                );
            }
        }
    }

    #[test]
    fn every_refusal_of_every_operation_is_explained() {
        let document = document();
        let explained = document["components"]["responses"]
            .as_object()
            .map_or(0, Map::len);
        let mut used: Vec<String> = Vec::new();
        for methods in document["paths"].as_object().into_iter().flat_map(Map::values) {
            for operation in methods.as_object().into_iter().flat_map(Map::values) {
                assert!(
                    operation["description"]
                        .as_str()
                        .is_some_and(|words| words.contains("令牌")),
                    "{operation}"
                );
                for answer in operation["responses"]
                    .as_object()
                    .into_iter()
                    .flat_map(Map::values)
                {
                    let Some(name) = answer["$ref"].as_str() else {
                        continue;
                    };
                    let path = name.trim_start_matches('#');
                    assert!(document.pointer(path).is_some(), "{name} is nowhere");
                    if !used.contains(&path.to_owned()) {
                        used.push(path.to_owned());
                    }
                }
            }
        }
        assert_eq!(used.len(), explained, "a refusal that no operation has");
    }

    /// Fields that have an element's name and are something else; the words of their own say what.
    const OTHERS: &[(&str, &str)] = &[
        ("Problem", "status"),
        ("ProblemField", "name"),
        ("Union", "line"),
        ("Cover", "cover_key"),
        ("Unread", "reason"),
        ("ApprovalOf", "kind"),
        ("LeftBehind", "reason"),
        ("Zone", "name"),
        ("LegalCondition", "words"),
        ("LegalNext", "step"),
        ("LegalHistory", "step"),
        ("MemberRequest", "kind"),
        ("MemberRequest", "from"),
        ("MemberRequest", "to"),
        ("Suggestion", "from"),
        ("Suggestion", "to"),
        ("Suggestion", "answer"),
        ("Closing", "words"),
        ("ListItem", "kind"),
        ("ListItem", "name"),
        ("ListItem", "reason"),
        ("RuleOf", "kind"),
        ("RuleOf", "reason"),
        ("RunBatch", "kind"),
        ("Check", "kind"),
        ("Batch", "kind"),
        ("Export", "kind"),
        ("Export", "reason"),
        ("Job", "kind"),
        ("QualityFault", "kind"),
        ("ElementRight", "kind"),
        ("Entry", "address"),
        ("Entry", "reason"),
        ("JournalSeals", "end"),
        ("DictionaryOf", "kind"),
    ];

    /// A field of an answer with the name of an element says what the dictionary says of it.
    #[test]
    fn answers_are_told_by_the_dictionary() {
        let document = document();
        let schemas = document["components"]["schemas"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let mut others = Vec::new();
        let mut told = 0;
        for (of, schema) in &schemas {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let known = Record::all().filter_map(|record| Dictionary::shipped().element(record, name));
                if known.count() == 0 {
                    assert!(field["x-sensitivity"].is_null(), "{of}.{name}");
                } else if field["x-sensitivity"].is_null() {
                    others.push((of.as_str(), name.as_str()));
                } else {
                    told += 1;
                }
            }
        }
        assert!(told > 150, "{told}");
        assert_eq!(
            others, OTHERS,
            "a field's description begins with its element's label, or it is none"
        );
    }

    /// 片区 is 片区 wherever one reads it: what operations are sorted under are words of the menu, or the glossary's.
    #[test]
    fn nouns_are_those_of_the_pages() {
        let glossary = include_str!("../../../../docs/glossary.md");
        let menu = include_str!("../ui/frame.rs");
        for endpoint in all() {
            let tag = endpoint.tag;
            let is_known = menu.contains(&format!("\"{tag}\""))
                || glossary.lines().any(|line| {
                    line.starts_with('|')
                        && line
                            .split('|')
                            .nth(1)
                            .is_some_and(|words| words.split('、').any(|word| word.trim() == tag))
                });
            assert!(
                is_known || ["清单", "导出", "接口文档", "政区"].contains(&tag),
                "{tag} is no word of the pages"
            );
        }
    }
}
