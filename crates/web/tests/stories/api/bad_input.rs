//! The interface's part of the bad-input corpus (坏请求): the lines of `crates/app/tests/corpus/api`, and every field of every operation,
//! from the OpenAPI document, with values that are none of its kind. All are refused in words, and nothing is left behind.

use std::path::PathBuf;

use axum::http::HeaderValue;
use store::cover::CoverRow;
use store::journal::JournalFilter;
use store::list_query::Page;
use store::union_org::UnionRow;

use super::*;

/// The lines of a table of the corpus, without its head.
pub fn lines(table: &str) -> Vec<Vec<String>> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../app/tests/corpus");
    let text = std::fs::read_to_string(corpus.join(table)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// What is registered and written down: unions, covers, members, rows of the journal, jobs.
type Kept = (Vec<UnionRow>, Vec<CoverRow>, Vec<MemberRow>, i64, i64);

impl Town {
    async fn kept(&self) -> Kept {
        let mut tx = self.test.app.store.begin().await.unwrap();
        let mut keys = Vec::new();
        tx.each_member_key(|key, _| keys.push(key.to_owned()))
            .await
            .unwrap();
        keys.sort();
        let mut members = Vec::new();
        for key in keys {
            members.extend(tx.member_row(&key).await.unwrap());
        }
        let (unions, covers) = (tx.union_rows().await.unwrap(), tx.cover_rows().await.unwrap());
        drop(tx);
        let mut reader = self.test.app.store.read().await.unwrap();
        let everything = domain::scope::Scope::Everything;
        let (_, journal) = reader
            .journal_list(&everything, &JournalFilter::default(), Page::number(1, 1))
            .await
            .unwrap();
        let (_, jobs) = reader.jobs(1, 0).await.unwrap();
        (unions, covers, members, journal, jobs)
    }

    /// A token that opens an operation, of the first role that may have such a one.
    async fn opens(&self, tokens: &mut Vec<(Role, String)>, needs: Option<TokenScope>) -> String {
        let people = &self.people;
        let ops = [
            &people.town_officer,
            &people.city_officer,
            &people.union_chair,
            &people.auditor,
            &people.administrator,
            &people.system_administrator,
            &people.security_auditor,
        ];
        let op = ops
            .into_iter()
            .find(|op| needs.is_none_or(|scope| scope.is_for(op.role())))
            .unwrap();
        if let Some((_, token)) = tokens.iter().find(|(role, _)| *role == op.role()) {
            return token.clone();
        }
        let token = self.token(op, &[]).await;
        tokens.push((op.role(), token.clone()));
        token
    }

    /// One request as it stands in the table; status and whole text.
    async fn send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        heads: &str,
        body: Vec<u8>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for head in heads.split(";; ").filter(|head| !head.is_empty()) {
            let (name, value) = head.split_once(':').unwrap();
            request = request.header(
                name,
                HeaderValue::from_bytes(value.trim_start().as_bytes()).unwrap(),
            );
        }
        let answer = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let kind = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map_or("", |kind| kind.to_str().unwrap())
            .to_owned();
        for name in ["set-cookie", "x"] {
            assert!(
                !answer.headers().contains_key(name),
                "{path} made a header {name}"
            );
        }
        let bytes = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if !status.is_success() {
            assert_eq!(kind, "application/problem+json", "{method} {path}: {text}");
        }
        (status, text)
    }
}

/// A body as the table writes it: as it stands, or made by a rule that a line has no room for.
fn body_of(written: &str) -> Vec<u8> {
    let Some((rule, rest)) = written.strip_prefix('@').and_then(|rule| rule.split_once(':')) else {
        return written.as_bytes().to_vec();
    };
    match rule {
        "bom" => [b"\xef\xbb\xbf", rest.as_bytes()].concat(),
        "hex" => (0..rest.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&rest[at..at + 2], 16).unwrap())
            .collect(),
        // @deep:OPEN:CLOSE:COUNT, or OPEN::CLOSE:COUNT where OPEN ends in a colon.
        "deep" => {
            let (ends, count) = rest.rsplit_once(':').unwrap();
            let (open, close) = ends.rsplit_once(':').unwrap();
            let count: usize = count.parse().unwrap();
            format!("{}1{}", open.repeat(count), close.repeat(count)).into_bytes()
        }
        "long" => format!("{{\"words\":\"{}\"}}", "长".repeat(rest.parse().unwrap())).into_bytes(),
        "digits" => format!("{{\"step\":{}}}", "9".repeat(rest.parse().unwrap())).into_bytes(),
        other => panic!("{other}"),
    }
}

/// Values that a property of the document does not take.
fn wrong_for(schema: &Value) -> Vec<Value> {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| kinds.contains(&kind);
    let mut wrong = vec![json!({}), json!({"$ne": ""}), json!([[]]), json!([{}])];
    if !is("null") {
        wrong.push(Value::Null);
    }
    if is("string") {
        wrong.extend([json!(1), json!(1e300), json!(true), json!(["x"])]);
        let shaped = [
            (
                "date",
                vec![
                    "2026-02-30",
                    "2026-8-1",
                    "20260801",
                    "今天",
                    "0000-01-01",
                    "2026-13-01",
                ],
            ),
            (
                "uuid",
                vec![
                    "x",
                    "{01990000-0000-7000-8000-000000000000}",
                    "01990000000070008000000000000000",
                ],
            ),
        ];
        for (format, values) in shaped {
            if schema["format"] == format {
                wrong.extend(values.into_iter().map(Value::from));
            }
        }
        if let Some(names) = schema["enum"].as_array() {
            let first = names[0].as_str().unwrap();
            wrong.extend([
                json!("没有这一项"),
                json!(""),
                json!(format!("{first} ")),
                json!(format!("{first}\u{200b}")),
            ]);
        }
        if schema["minLength"].as_i64() > Some(0) {
            wrong.push(json!(""));
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            wrong.push(json!("长".repeat(most as usize + 1)));
        }
        if schema.get("pattern").is_some() {
            wrong.extend([json!("a\u{0}b"), json!("a\u{1b}[31m"), json!("a\r\nb")]);
        }
    }
    if is("integer") || is("number") {
        wrong.extend([json!("1"), json!(true), json!(1e300), json!(-1e300), json!("NaN")]);
        for (end, by) in [("minimum", -1.0), ("maximum", 1.0)] {
            if let Some(end) = schema[end].as_f64() {
                wrong.push(json!(end + by));
            }
        }
        if is("integer") {
            wrong.push(json!(1.5));
        }
    }
    if is("boolean") {
        wrong.extend([json!("true"), json!(1), json!(0), json!("是")]);
    }
    if is("array") {
        wrong.extend([
            json!("x"),
            json!([1]),
            json!([null]),
            json!([""]),
            json!(["a\u{0}"]),
        ]);
        if let Some(most) = schema["maxItems"].as_u64() {
            wrong.push(json!(vec!["x"; most as usize + 1]));
        }
    }
    wrong
}

both_engines! {
    async fn every_bad_request_is_answered_as_its_line_says_and_leaves_nothing(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let tokens = [
            ("town", town.token(&town.people.town_officer, &[]).await),
            ("city", town.token(&town.people.city_officer, &[]).await),
            ("none", String::new()),
        ];
        let before = town.kept().await;
        let mut wrong = Vec::new();
        for line in lines("api/requests.tsv") {
            let [who, request, heads, body, status, says, what] = &line[..] else { panic!("{line:?}") };
            let token = &tokens.iter().find(|(name, _)| name == who).unwrap().1;
            let (method, path) = request.split_once(' ').unwrap();
            let path = path.replace("{ITEM}", ITEM);
            // What an address cannot hold goes as a browser would send it.
            let path = path.replace(' ', "%20").replace('[', "%5B").replace(']', "%5D").replace('{', "%7B").replace('}', "%7D");
            let (answered, text) = town.send(token, method, &path, heads, body_of(body)).await;
            let fits = match status.as_str() {
                "*" => !answered.is_server_error(),
                "4xx" => answered.is_client_error(),
                code => answered.as_str() == code,
            };
            if !fits || !text.contains(says.as_str()) || answered.is_server_error() {
                let text: String = text.chars().take(300).collect();
                wrong.push(format!("{what}: {request} {heads} {body}: {answered}, not {status} “{says}”: {text}"));
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
        let after = town.kept().await;
        assert!((&after.0, &after.1, &after.2, after.4) == (&before.0, &before.1, &before.2, before.4), "a refused request left something");
    }

    async fn no_field_of_any_operation_takes_what_the_document_says_it_is_not(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let document = town.get("", "/openapi.json").await.body;
        let endpoints = web::api::endpoints();
        let mut tokens = Vec::new();
        for endpoint in &endpoints {
            town.opens(&mut tokens, endpoint.needs).await;
        }
        let before = town.kept().await;
        let (mut wrong, mut asked) = (Vec::new(), 0);
        for endpoint in &endpoints {
            let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
            assert_eq!(operation["operationId"], endpoint.id);
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(properties) = resolved(&document, schema)["properties"].as_object().cloned() else { continue };
            let token = town.opens(&mut tokens, endpoint.needs).await;
            let path = filled(endpoint.path);
            for (field, property) in properties {
                for value in wrong_for(resolved(&document, &property)) {
                    let body = json!({ &field: value }).to_string();
                    let (status, text) =
                        town.send(&token, endpoint.method.as_str(), &path, "content-type: application/json", body.clone().into_bytes()).await;
                    asked += 1;
                    let problem: Value = serde_json::from_str(&text).unwrap();
                    let is_named = problem["fields"].as_array().is_some_and(|fields| {
                        fields.iter().any(|named| named["name"] == field.as_str() && named["detail"].as_str().is_some_and(|words| words.contains('须')))
                    });
                    if status != StatusCode::BAD_REQUEST || !is_named {
                        let (body, text): (String, String) = (body.chars().take(80).collect(), text.chars().take(200).collect());
                        wrong.push(format!("{} {body}: {status} {text}", endpoint.id));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {asked} wrong\n{}", wrong.len(), wrong.join("\n"));
        assert!(asked > 1_000, "{asked} are few");
        assert!(town.kept().await == before, "a refused request left something");
    }

    async fn no_parameter_of_any_address_brings_the_server_down(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let endpoints = web::api::endpoints();
        let mut tokens = Vec::new();
        let before = town.kept().await;
        let (mut wrong, mut asked) = (Vec::new(), 0);
        let values = ["%00", "%FF", "-1", "0", "NaN", "1e999", "%EF%BC%99", "99999999999999999999", "..%2F..", "a%0d%0ab", "%27--", "%F0%A0%AE%B7", "%E2%80%AE"];
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.method == Method::GET) {
            let token = town.opens(&mut tokens, endpoint.needs).await;
            let mut addresses = Vec::new();
            for value in values {
                for param in &endpoint.path_params {
                    let bad = endpoint.path.replace(&format!("{{{}}}", param.name), value);
                    addresses.push((value, filled(&bad)));
                }
                for param in &endpoint.query {
                    addresses.push((value, format!("{}?{}={value}", filled(endpoint.path), param.name)));
                }
            }
            for (value, address) in addresses {
                let (status, text) = town.send(&token, "GET", &address, "", Vec::new()).await;
                asked += 1;
                // What no text may hold is refused wherever it stands; anything else may be a name that nothing has.
                let is_refused = !["%00", "%FF", "a%0d%0ab"].contains(&value) || status == StatusCode::BAD_REQUEST;
                if status.is_server_error() || !is_refused {
                    wrong.push(format!("{address}: {status} {}", text.chars().take(200).collect::<String>()));
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {asked} wrong\n{}", wrong.len(), wrong.join("\n"));
        let after = town.kept().await;
        assert!((&after.0, &after.1, &after.2, after.4) == (&before.0, &before.1, &before.2, before.4), "a refused request left something");
    }
}

/// A schema, or the one that it refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}
