//! The OpenAPI document, made from the operations themselves: what is checked is what it says.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::{Body, Endpoint, FILES};
use super::problem::{Problem, Refusal};
use super::shape::Param;
use super::{ROOT, endpoints as all};

const ABOUT: &str = "数字工会的接口，与网页用同样的权限、数据范围和规则。\n\n\
- 每个请求带上 `Authorization: Bearer 令牌`；令牌在控制台右上角姓名下的“接口令牌”新建，只能做账号能做、令牌范围也包含的事。\n\
- 列表按标识排序，用 `cursor` 翻页，`total` 是准确的总数。\n\
- 数据范围以外的记录答复 404，如同不存在。\n\
- 400 表示请求与本文档不符，422 表示请求合规但内容不能采用，409 表示记录的状态不允许；答复是 `application/problem+json`（RFC 9457）。\n\
- 改变记录的请求可带 `Idempotency-Key`：同一个键和同样的请求在 24 小时内得到同样的答复，只办理一次。";

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/openapi.json", "getOpenApi", "接口", "接口文档（OpenAPI 3.1）")
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
            "responses": { "Problem": problem() },
            "schemas": generator.take_definitions(true),
        },
    })
}

fn problem() -> Value {
    json!({
        "description": "没有办理：原因、代码和怎样办",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
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
        None => endpoint.about.to_owned(),
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
        "description": param.about, "schema": param.schema(),
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
    let mut schema = param.schema();
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
            json!({ "$ref": "#/components/responses/Problem" }),
        );
    }
    responses.into()
}
