//! What is asked for is what the dictionary has: every form that a page shows and every body that an operation takes is compared with the
//! form of its act (`dictionary/forms.toml`). An input or a property that is no element fails here, and so does an element that no
//! page and no operation asks for.

use std::collections::{BTreeMap, BTreeSet};

use domain::dictionary::{Act, Dictionary, Element, Form, Item, ValueType};
use domain::membership::ChangeKind;
use serde_json::Value;
use testkit::{both_engines, union};

use super::{City, SECOND_BASE, StatusCode, encoded, filled, routes};
use crate::client::Client;
use crate::plant;

/// Inputs that say which row is meant, what was seen before, or what a button does: they register nothing.
const BESIDE: [(&str, &[&str]); 4] = [
    ("/union/{id}/cover/end", &["key"]),
    ("/union/{id}/cover/correct", &["key"]),
    // A union is looked for and picked, and stands for what is typed of it.
    (
        "/union/{id}/change/{what}",
        &["seen", "union", "union_asked", "find"],
    ),
    (
        "/union/{id}/member/{member}/change",
        &["union", "union_asked", "find"],
    ),
];
/// Where a page has another name for an item: it is looked for before it is sent.
const CALLED: [(&str, &str, &str); 2] = [
    ("/union/{id}/change/{what}", "union_text", "other"),
    ("/union/{id}/member/{member}/change", "union_text", "to"),
];
/// Forms beside those of acts: they tick off, look, pick rows, ask for approval or keep consent, and register no record of the dictionary.
const OTHER_FORMS: [&str; 23] = [
    "/union/{id}/reminder",
    "/union/{id}/legal/reminder",
    "/union/{id}/contact",
    "/union/{id}/zone/assign",
    "/union/{id}/change/{what}/approval",
    "/union/{id}/member/{member}/consent",
    "/union/{id}/member/{member}/pass",
    "/union/{id}/member/{member}/reveal",
    "/zone/news",
    "/zone/{id}/assign",
    "/zone/{id}/end",
    "/member",
    "/member/duplicate/{left}/{right}",
    "/member/suggestion",
    "/member/suggestion/{member}",
    // Sends back the list that it shows.
    "/member/retention",
    "/member/retention/approval",
    "/member/retention/hold/{id}/release",
    "/member/merge/{id}/undo",
    "/item/{number}/act",
    "/item/{number}/verdict",
    "/item/{number}/contact",
    "/item/{number}/take",
];
/// Operations whose bodies look, answer or start work and register no record of the dictionary.
const OTHER_BODIES: [&str; 13] = [
    "answerTransferSuggestion",
    "askExportApproval",
    "askImportApproval",
    "askUndoApproval",
    "decideApproval",
    "findMembers",
    "recordConsent",
    "saveView",
    "searchMembers",
    "startExport",
    "startRun",
    "takeStep",
    "undoBatch",
];
/// Properties of a body that say what was seen before, or why somebody else should approve.
const BESIDE_BODIES: [(&str, &str); 5] = [
    ("changeUnion", "seen"),
    ("askChangeApproval", "seen"),
    ("anonymiseMemberships", "seen"),
    ("askAnonymiseApproval", "seen"),
    ("askAnonymiseApproval", "reason"),
];

/// One input of a form as a page has it.
#[derive(Debug, Default)]
struct Input {
    name: String,
    /// `hidden`, `date`, `select` …
    kind: String,
    label: String,
    is_needed: bool,
    longest: Option<usize>,
    /// Of a select: code and words.
    options: Vec<(String, String)>,
}

pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let begin = format!(" {name}=\"");
    let value = tag.split(&begin).nth(1)?.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}

fn words_of(html: &str) -> String {
    let mut words = String::new();
    let mut is_tag = false;
    for sign in html.chars() {
        match sign {
            '<' => is_tag = true,
            '>' => is_tag = false,
            sign if !is_tag => words.push(sign),
            _ => {}
        }
    }
    words.trim().to_owned()
}

/// Every form that a page posts: where to, and its inputs.
fn posted_forms(page: &str) -> Vec<(String, Vec<Input>)> {
    let mut found = Vec::new();
    for part in page.split("<form").skip(1) {
        let form = part.split("</form>").next().unwrap();
        let head = form.split('>').next().unwrap();
        if attribute(head, "method").as_deref() != Some("post") {
            continue;
        }
        let labels: BTreeMap<String, String> = form
            .split("<label")
            .skip(1)
            .filter_map(|part| {
                let label = part.split("</label>").next()?;
                let (tag, words) = label.split_once('>')?;
                // A box to tick stands within its label.
                let id = attribute(tag, "for").or_else(|| attribute(words, "id"))?;
                Some((id, words_of(words)))
            })
            .collect();
        let legend = form
            .split("<legend>")
            .nth(1)
            .and_then(|part| part.split('<').next());
        let legend = legend.unwrap_or_default().to_owned();
        let mut inputs = Vec::new();
        for (tag_name, part) in form.split('<').filter_map(|part| {
            let tag_name = ["input", "select", "textarea", "button"]
                .into_iter()
                .find(|name| part.starts_with(&format!("{name} ")))?;
            Some((tag_name, part))
        }) {
            let tag = part.split('>').next().unwrap();
            let Some(name) = attribute(tag, "name") else {
                continue;
            };
            let id = attribute(tag, "id").unwrap_or_default();
            let options = match tag_name {
                "select" => {
                    let begin = form.find(&format!("<{part}")).unwrap();
                    let select = form[begin..].split("</select>").next().unwrap();
                    let options = select.split("<option").skip(1).map(|option| {
                        let (tag, words) = option.split_once('>').unwrap();
                        let words = words.split("</option>").next().unwrap();
                        (
                            attribute(tag, "value").unwrap_or_else(|| words.to_owned()),
                            words.to_owned(),
                        )
                    });
                    options.filter(|(code, _)| !code.is_empty()).collect()
                }
                _ => Vec::new(),
            };
            inputs.push(Input {
                kind: match tag_name {
                    "input" => attribute(tag, "type").unwrap_or_else(|| "text".to_owned()),
                    other => other.to_owned(),
                },
                // Boxes of one name stand below a legend.
                label: labels.get(&id).cloned().unwrap_or_else(|| legend.clone()),
                is_needed: tag.split(' ').any(|word| word == "required"),
                longest: attribute(tag, "maxlength").and_then(|text| text.parse().ok()),
                name,
                options,
            });
        }
        found.push((attribute(head, "action").unwrap_or_default(), inputs));
    }
    found
}

fn is_at(pattern: &str, address: &str) -> bool {
    let address = address.split('?').next().unwrap();
    let (pattern, address): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), address.split('/').collect());
    pattern.len() == address.len()
        && pattern
            .iter()
            .zip(&address)
            .all(|(want, have)| want.starts_with('{') || want == have)
}

/// What is wrong with an input of an item.
fn faults_of(item: &Item, input: &Input) -> Vec<String> {
    if matches!(input.kind.as_str(), "hidden" | "button") {
        return Vec::new();
    }
    let element = &item.element;
    let mut faults = Vec::new();
    let mut want = |is_so: bool, words: String| {
        if !is_so {
            faults.push(words);
        }
    };
    want(
        input.label.contains(&element.zh),
        format!("is labelled “{}”, not “{}”", input.label, element.zh),
    );
    want(
        input.is_needed || !item.is_needed,
        "need not be filled in".to_owned(),
    );
    match element.value_type {
        ValueType::List => {
            want(
                input.kind == "select" && !input.options.is_empty(),
                format!("is a {}", input.kind),
            );
            let list = Dictionary::shipped().list_of(element).unwrap();
            for (code, words) in &input.options {
                let is_listed = list.current().any(|one| one.code == *code && one.label == *words);
                want(
                    is_listed,
                    format!("offers {code} {words}, which is not in the list"),
                );
            }
        }
        ValueType::Date | ValueType::PastDate => want(input.kind == "date", format!("is a {}", input.kind)),
        ValueType::Flag => want(input.kind == "checkbox", format!("is a {}", input.kind)),
        _ if item.most.is_some() || input.kind == "select" => {}
        _ => want(
            input.longest.is_some_and(|longest| longest <= item.longest()),
            format!("takes {:?} characters, not {}", input.longest, item.longest()),
        ),
    }
    faults
}

/// What is wrong with an input of an element that a form takes beside its own.
fn faults_of_element(element: &Element, input: &Input) -> Vec<String> {
    match input.label.contains(&element.zh) {
        true => Vec::new(),
        false => vec![format!("is labelled “{}”, not “{}”", input.label, element.zh)],
    }
}

fn form_at(pattern: &str) -> Vec<&'static Form> {
    let forms = Act::ALL.iter().map(|act| Dictionary::shipped().form(*act));
    forms
        .filter(|form| form.pages.iter().any(|page| page == pattern))
        .collect()
}

/// Which items were seen on pages, and every fault.
#[derive(Default)]
struct Seen {
    items: BTreeSet<(&'static str, String)>,
    faults: BTreeSet<String>,
    forms: usize,
}

impl Seen {
    fn page(&mut self, address: &str, text: &str, patterns: &[String]) {
        for (action, inputs) in posted_forms(text) {
            let action = match action.as_str() {
                "" => address.to_owned(),
                action => action.to_owned(),
            };
            // A literal path goes before one with a parameter.
            let fits = |pattern: &&String| is_at(pattern, &action);
            let Some(pattern) = patterns
                .iter()
                .filter(fits)
                .min_by_key(|one| one.matches('{').count())
            else {
                self.faults.insert(format!("{address}: nobody takes {action}"));
                continue;
            };
            let forms = form_at(pattern);
            if forms.is_empty() {
                let is_register = ["/union", "/zone", "/member", "/item"]
                    .iter()
                    .any(|start| pattern.starts_with(start));
                if is_register && !OTHER_FORMS.contains(&pattern.as_str()) {
                    self.faults.insert(format!("{pattern} is the form of no act"));
                }
                continue;
            }
            self.forms += 1;
            for input in &inputs {
                self.input(pattern, &forms, input);
            }
        }
    }

    fn input(&mut self, pattern: &str, forms: &[&'static Form], input: &Input) {
        let called = CALLED
            .iter()
            .find(|(page, name, _)| *page == pattern && *name == input.name);
        let beside = BESIDE.iter().find(|(page, _)| *page == pattern);
        if beside.is_some_and(|(_, names)| names.contains(&input.name.as_str())) {
            return;
        }
        let name = called.map_or(input.name.as_str(), |(_, _, name)| name);
        let mut is_known = false;
        for form in forms {
            let mut faults = Vec::new();
            if let Some(item) = form.item(name) {
                is_known = true;
                self.items.insert((form.act.code(), name.to_owned()));
                // What is looked for has words of its own for each change.
                if called.is_none() {
                    faults = faults_of(item, input);
                }
            } else if let Some(element) = form
                .with
                .and_then(|with| Dictionary::shipped().element(with, name))
            {
                is_known = true;
                faults = faults_of_element(element, input);
            }
            for fault in faults {
                self.faults.insert(format!("{pattern} {name} {fault}"));
            }
        }
        if !is_known {
            self.faults
                .insert(format!("{pattern} asks for {name}, which is no element of it"));
        }
    }
}

both_engines! {
    async fn a_page_asks_for_what_the_dictionary_has_and_for_all_of_it(database: Database) {
        let city = City::on(database).await;
        let patterns: Vec<String> = routes().into_iter().filter(|(_, is_post)| *is_post).map(|(path, _)| path).collect();
        for act in Act::ALL {
            for page in &Dictionary::shipped().form(*act).pages {
                assert!(patterns.contains(page), "{}: nothing takes {page}", act.code());
            }
        }
        let base = city.places.iter().position(|place| place.union_id == union::BASE).unwrap();
        let place = &city.places[base];
        let at = |rest: &str| format!("/union/{}{rest}", union::BASE);
        let mut officer = Client::signed_in(&city.router, "city-officer").await;
        // Somebody is in office, a plate hangs, an employer is covered, an item has come as far as founding.
        let act = format!("/item/{}/act", place.item_no);
        let act = |action: &str| (act.clone(), format!("action={action}&words=x"));
        let joint = format!("union_type={}&reason=x", encoded("联合基层工会"));
        for (path, form) in [
            act("start_verifying"),
            act("confirm"),
            (at("/edit"), joint),
            (at("/term"), "started_on=2026-07-01&term_years=5&chair=%E7%8E%8B%E8%8A%B3".to_owned()),
            (at("/name"), format!("name={}&since=2026-07-02", encoded("宁海县数字经济产业工会"))),
            (at("/cover"), format!("name={}&from=2026-07-02", encoded("宁海县丰茂包装材料有限公司"))),
        ] {
            let answer = officer.post(&path, &form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
        }
        let mut seen = Seen::default();
        for login in ["city-officer", "town-officer"] {
            let mut client = Client::signed_in(&city.router, login).await;
            let mut addresses: Vec<String> = Vec::new();
            for (path, is_post) in routes() {
                if !is_post && path != "/job/{id}/events" {
                    addresses.extend(filled(&path, place, place));
                }
            }
            addresses.push(format!("/union/{}/zone", union::TOWN));
            addresses.extend(["apply", "record"].map(|step| at(&format!("/legal?step={step}"))));
            for kind in ChangeKind::ASKED {
                addresses.push(at(&format!("/member/{}/change?kind={}", place.member_id, kind.code())));
            }
            for address in addresses {
                let answer = client.get(&address).await;
                if answer.status != StatusCode::OK {
                    continue;
                }
                // A row of the list of covers leads to its correction.
                for href in answer.text.split("href=\"").filter(|href| href.contains("?fix=")) {
                    let href = href.split('"').next().unwrap().replace("&#38;", "&");
                    let fix = client.get(&href).await;
                    seen.page(&href, &fix.text, &patterns);
                }
                seen.page(&address, &answer.text, &patterns);
            }
        }
        // Who is a member elsewhere can be asked for.
        plant::member(&city.test, "MK-TWICE").await;
        let twice = format!("name={}&id_no={}&phone=13957420777&joined_on=2026-07-01", encoded("邵国海"), plant::NUMBER);
        let elsewhere = format!("/union/{SECOND_BASE}/join");
        let twice = officer.post(&elsewhere, &twice).await;
        seen.page(&elsewhere, &twice.text, &patterns);
        assert!(seen.forms > 30, "{} forms were seen", seen.forms);
        for act in Act::ALL {
            let form = Dictionary::shipped().form(*act);
            if form.pages.is_empty() {
                continue;
            }
            for item in &form.items {
                if !seen.items.contains(&(act.code(), item.name.clone())) {
                    seen.faults.insert(format!("{}: no page asks for {}", act.code(), item.name));
                }
            }
        }
        let faults: Vec<String> = seen.faults.into_iter().collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[tokio::test]
async fn a_body_asks_for_what_the_dictionary_has_and_for_all_of_it() {
    let city = crate::client::console().await;
    let mut client = Client::new(&city.1);
    let document: Value = serde_json::from_str(&client.get("/api/v1/openapi.json").await.text).unwrap();
    let mut bodies: BTreeMap<&str, &Value> = BTreeMap::new();
    for operation in document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|one| one.as_object().unwrap().values())
    {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_object() {
            bodies.insert(operation["operationId"].as_str().unwrap(), schema);
        }
    }
    let mut of_acts: BTreeSet<&str> = BTreeSet::new();
    for act in Act::ALL {
        let form = Dictionary::shipped().form(*act);
        for id in &form.operations {
            let schema = bodies
                .get(id.as_str())
                .unwrap_or_else(|| panic!("no operation {id} takes a body"));
            of_acts.insert(id);
            let properties = schema["properties"].as_object().unwrap();
            let needed: Vec<&str> = schema["required"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            for item in &form.items {
                let named = format!("{id} {}", item.name);
                let property = properties
                    .get(&item.name)
                    .unwrap_or_else(|| panic!("{named} is not asked for"));
                assert_eq!(property["title"], item.element.zh, "{named}");
                assert_eq!(property["x-title-en"], item.element.en, "{named}");
                assert_eq!(
                    property["x-sensitivity"],
                    item.element.sensitivity.label(),
                    "{named}"
                );
                assert_eq!(
                    property["x-code-list"].as_str(),
                    item.element.list.as_deref(),
                    "{named}"
                );
                assert!(
                    property["description"].as_str().unwrap().starts_with(&item.about),
                    "{named}"
                );
                assert_eq!(needed.contains(&item.name.as_str()), item.is_needed, "{named}");
                if let Some(list) = Dictionary::shipped().list_of(&item.element) {
                    let codes: Vec<&str> = list.current().map(|code| code.code.as_str()).collect();
                    let taken: Vec<&str> = property["enum"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter_map(Value::as_str)
                        .collect();
                    assert_eq!(taken, codes, "{named}");
                }
            }
            for name in properties.keys() {
                let is_item = form.item(name).is_some();
                let is_element = form
                    .with
                    .is_some_and(|with| Dictionary::shipped().element(with, name).is_some());
                let is_beside = BESIDE_BODIES.contains(&(id.as_str(), name.as_str()));
                assert!(
                    is_item || is_element || is_beside,
                    "{id} asks for {name}, which is no element of it"
                );
            }
        }
    }
    let others: BTreeSet<&str> = bodies
        .keys()
        .copied()
        .filter(|id| !of_acts.contains(id))
        .collect();
    assert_eq!(
        others,
        BTreeSet::from(OTHER_BODIES),
        "an operation that registers something is the form of an act"
    );
}
