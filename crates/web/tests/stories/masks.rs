//! Masks are made by the dictionary: every element that it covers is planted with a value that stands nowhere else, by way of the files
//! that people import, then every page, operation and masked export is read by whoever sees most, and none shows one whole. What is open
//! stands there whole. A new element that is somebody's own fails here until it is masked.

use std::collections::BTreeSet;

use axum::http::{Method, Request, StatusCode, header};
use codes::id::UnionOrgId;
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::dictionary::{Dictionary, Element, ValueType};
use domain::intake::Kind;
use domain::list_item::ItemSubject;
use domain::scope::UnionPath;
use serde_json::{Map, Value, json};
use store::employer::EmployerRecord;
use store::link::LinkRecord;
use store::list_item::ItemRecord;
use store::union_org::legal::{LegalEvent, LegalRow};
use store::union_org::term::OfficerRow;
use testkit::{People, TestApp, both_engines, union};

use crate::belongings::Own;
use crate::client::{Answer, Client};
use crate::plant::{self, encoded, routes, with_check};
use crate::scope::{Place, filled};

mod operations;

const ENTERPRISE: &str = "E-KNOWN";
const ITEM: &str = "QD-330226-2026-000077";
/// The seventeen digits before the check digit begin so: a man born on [`BORN`].
const NUMBERS: &str = "33022619871123";
const BORN: &str = "1987-11-23";
/// Open, and whole wherever they are shown.
const CODE: &str = "91330226MA2T0TE13C";
const UNION_CODE: &str = "81330226MA2T0TE13D";
const ADDRESS: &str = "西店镇公开路77号3幢";
const REGISTERED: &str = "西店镇登记路88号";

/// What was planted: where, and the value that must not be seen.
type Secret = (String, String);

/// Makes values that stand nowhere else.
#[derive(Default)]
struct Mint {
    made: usize,
    secrets: Vec<Secret>,
}

impl Mint {
    /// A value of this element that is like no other; kept as a secret where the dictionary covers it.
    fn value(&mut self, kind: Kind, element: &Element) -> String {
        if !element.is_masked() {
            return element.example.clone();
        }
        let (nth, name) = (self.made, self.name());
        let value = match element.value_type {
            ValueType::PersonName => name,
            ValueType::Phone => format!("1398877{nth:04}"),
            // The day of birth is that of the number, or it would be taken for a mistake.
            ValueType::IdNumber => with_check(&format!("{NUMBERS}{:03}", nth * 2 + 1)),
            ValueType::Date | ValueType::PastDate if element.name == "birth_date" => BORN.to_owned(),
            ValueType::Date | ValueType::PastDate => format!("2019-03-{:02}", 1 + nth % 28),
            ValueType::Key => format!("8800112233{nth:09}"),
            ValueType::Text => format!("{name}县某乡某村"),
            other => panic!("this test does not know a value of {other:?} that stands nowhere else"),
        };
        self.keep(&format!("{}.{}", kind.name(), element.name), &value);
        value
    }

    /// The name of nobody else.
    fn name(&mut self) -> String {
        let pick = |signs: &str, at: usize| signs.chars().nth(at % signs.chars().count()).unwrap();
        self.made += 1;
        format!(
            "厍{}{}",
            pick("鼎鼐鼒鼑鼏鼍鼋鼗鼙鼟", self.made),
            pick("龘龖龗龑龕龏龔龒龛龚龀", self.made)
        )
    }

    fn keep(&mut self, what: &str, value: &str) {
        self.secrets.push((what.to_owned(), value.to_owned()));
    }
}

/// A file of one kind with these rows, each column of the dictionary in it.
fn csv(kind: Kind, rows: &[Vec<String>]) -> String {
    let heads: Vec<&str> = Dictionary::shipped()
        .of(kind)
        .iter()
        .map(|element| element.name.as_str())
        .collect();
    let lines = rows.iter().map(|row| row.join(","));
    std::iter::once(heads.join(","))
        .chain(lines)
        .collect::<Vec<String>>()
        .join("\n")
}

/// One row of a kind; what has a place in the town is given its own.
fn row(mint: &mut Mint, kind: Kind, own: &[(&str, &str)]) -> Vec<String> {
    let element = |element: &Element| match own.iter().find(|(name, _)| *name == element.name) {
        Some((_, value)) => (*value).to_owned(),
        None => mint.value(kind, element),
    };
    Dictionary::shipped().of(kind).iter().map(element).collect()
}

/// The same row as somebody spoils it: every covered cell unreadable, and still nobody else's.
fn spoilt(mint: &mut Mint, kind: Kind, key: &str, row: &[String]) -> Vec<String> {
    let columns = Dictionary::shipped().of(kind).iter().zip(row);
    let cell = |(element, value): (&Element, &String)| {
        if !element.is_masked() {
            return if element.name == kind.key_columns().0 {
                key.to_owned()
            } else {
                value.clone()
            };
        }
        let spoilt = match element.value_type {
            ValueType::PersonName => format!("{}?", mint.name()),
            _ => format!("{value}#"),
        };
        mint.keep(&format!("{}.{} spoilt", kind.name(), element.name), &spoilt);
        spoilt
    };
    columns.map(cell).collect()
}

struct Town {
    test: TestApp,
    people: People,
    router: axum::Router,
    mint: Mint,
    member: uuid::Uuid,
    request: uuid::Uuid,
    rows: Rows,
    /// The beginning of a name by which somebody wants to export.
    exported: String,
}

/// Rows that have a number only once they are there.
#[derive(Default)]
struct Rows {
    cover: String,
    hold: String,
    closing: String,
    approval: String,
    zone: String,
    run_no: i64,
}

impl Town {
    async fn on(database: testkit::Database) -> Town {
        let (test, people, router) = plant::town(database).await;
        let mut town = Town {
            test,
            people,
            router,
            mint: Mint::default(),
            member: uuid::Uuid::nil(),
            request: uuid::Uuid::nil(),
            rows: Rows::default(),
            exported: String::new(),
        };
        town.import().await;
        town.found().await;
        town.work().await;
        town.second_person().await;
        town
    }

    /// The registers, by the files that people import; each twice, so that there is a change to tell, and checked before.
    async fn import(&mut self) {
        let mut city = Client::signed_in(&self.router, "city-officer").await;
        let home: &[(&str, &str)] = &[
            ("union_id", union::BASE),
            ("parent_id", union::TOWN),
            ("parent_name", ""),
            ("industry_parent_id", ""),
            ("employer_uscc", CODE),
            ("union_code", UNION_CODE),
            ("address", ADDRESS),
        ];
        let member: &[(&str, &str)] = &[
            ("member_id", "MK-1"),
            ("union_id", union::BASE),
            ("sex", "男"),
            ("join_date", "2020-05-01"),
            ("event_date", "2020-05-01"),
        ];
        for kind in [
            Kind::Unions,
            Kind::Members,
            Kind::Insurance,
            Kind::Drivers,
            Kind::Enterprises,
        ] {
            let own: &[(&str, &str)] = match kind {
                Kind::Unions => home,
                Kind::Members => member,
                Kind::Enterprises => &[("enterprise_id", ENTERPRISE), ("address", REGISTERED)],
                _ => &[],
            };
            let first = row(&mut self.mint, kind, own);
            let mut second = row(&mut self.mint, kind, own);
            let bad = spoilt(&mut self.mint, kind, "K-SPOILT", &second);
            for (column, value) in Dictionary::shipped().of(kind).iter().zip(&mut second) {
                // Another person of the same number would be another matter.
                if column.value_type == ValueType::IdNumber && kind == Kind::Members {
                    value.clone_from(
                        &first[Dictionary::shipped()
                            .of(kind)
                            .iter()
                            .position(|one| one.name == column.name)
                            .unwrap()],
                    );
                }
            }
            for rows in [vec![first.clone()], vec![second, bad]] {
                let text = csv(kind, &rows);
                for path in ["/intake/check", "/intake"] {
                    let answer = upload(&mut city, path, kind.name(), &text).await;
                    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
                    assert!(app::job::run_next(&self.test.app).await.unwrap());
                }
            }
        }
    }

    /// What no file brings: officers, a certificate, an employer with its item and link, as a run writes them.
    async fn found(&mut self) {
        let app = &self.test.app;
        let mut tx = app.store.begin().await.unwrap();
        let home = tx.union_row(union::BASE).await.unwrap().unwrap();
        assert_eq!(
            home.address.as_deref(),
            Some(ADDRESS),
            "the file was taken: {home:?}"
        );
        self.member = tx
            .member_row("MK-1")
            .await
            .unwrap()
            .expect("the member's file was taken")
            .id;
        let path = UnionPath::parse(home.path.as_deref().unwrap()).unwrap();
        let day = Day::new(2026, 7, 1).unwrap();
        for (nth, ended_on) in [None, Some(day.naive())].into_iter().enumerate() {
            let name = self.mint.name();
            self.mint.keep("an officer", &name);
            let officer = OfficerRow {
                id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
                union_org_id: home.id,
                body: "committee".into(),
                post: "member".into(),
                name,
                is_full_time: nth == 0,
                started_on: Day::new(2024, 7, 1).unwrap().naive(),
                end_reason: ended_on.map(|_| "换届".to_owned()),
                ended_on,
            };
            tx.add_officer(&officer, app.now()).await.unwrap();
        }
        let holder = self.mint.name();
        self.mint.keep("a certificate", &holder);
        let (from, to) = (
            Some(Day::new(2024, 7, 1).unwrap().naive()),
            Some(Day::new(2029, 6, 30).unwrap().naive()),
        );
        let legal = LegalRow {
            union_org_id: home.id,
            state: "granted".into(),
            certificate_no: Some("3302260077".into()),
            legal_rep: Some(holder.clone()),
            premises: None,
            valid_from: from,
            valid_to: to,
            since: day.naive(),
        };
        tx.set_legal(&legal, app.now()).await.unwrap();
        let event = LegalEvent {
            id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            union_org_id: home.id,
            step: "record".into(),
            happened_on: day.naive(),
            state: "granted".into(),
            certificate_no: legal.certificate_no.clone(),
            legal_rep: Some(holder),
            valid_from: from,
            valid_to: to,
            document_no: None,
            words: None,
            actor_name: "李建国".into(),
            at: app.now().millis(),
        };
        tx.add_legal_event(&event).await.unwrap();

        let mut facts = |kind: Kind| {
            let elements = Dictionary::shipped()
                .of(kind)
                .iter()
                .filter(|element| element.is_masked());
            let facts: Map<String, Value> = elements
                .map(|one| (one.zh.clone(), self.mint.value(kind, one).into()))
                .collect();
            facts
        };
        let kinds = [
            Kind::Enterprises,
            Kind::Insurance,
            Kind::Drivers,
            Kind::Members,
            Kind::Unions,
        ];
        let mut rows: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({"source": kind.name(), "count": 1, "facts": facts(*kind)}))
            .collect();
        rows.push(json!({"source": "enterprises", "count": 1, "facts": {"住所": REGISTERED, "统一社会信用代码": CODE}}));
        let [boss, other, phone] = ["legal_rep", "legal_rep", "phone"].map(|name| {
            self.mint.value(
                Kind::Enterprises,
                Dictionary::shipped().element(Kind::Enterprises, name).unwrap(),
            )
        });
        let explained = json!({
            "fields": [
                {"field": "legal_rep", "label": "法定代表人", "left": boss, "right": other, "outcome": "disagree", "level": "不同", "weight": -2.0},
                {"field": "phone", "label": "电话", "left": phone, "right": phone, "outcome": "agree", "level": "一致", "weight": 5.0},
                {"field": "address", "label": "地址", "left": ADDRESS, "right": REGISTERED, "outcome": "disagree", "level": "不同", "weight": -1.0},
                {"field": "code", "label": "单位代码", "left": CODE, "right": CODE, "outcome": "agree", "level": "一致", "weight": 20.0},
            ],
            "prior": -9.0, "total": 13.0,
        });
        let (legal_rep, number) = (self.mint.name(), "13988779999");
        self.mint.keep("an employer's legal_rep", &legal_rep);
        self.mint.keep("an employer's phone", number);
        let firm = "宁海县晨光文具有限公司";
        let employer = EmployerRecord {
            uscc: Some(CODE.into()),
            legal_rep: Some(legal_rep),
            address: Some(REGISTERED.into()),
            phone_sealed: Some(
                app.keys
                    .seal("enterprises", "phone", ENTERPRISE.as_bytes(), number),
            ),
            ..plant::employer_card(ENTERPRISE, firm, path.as_str())
        };
        tx.upsert_employers([employer]).await.unwrap();
        let link = LinkRecord {
            union_id: union::BASE.into(),
            enterprise_id: Some(ENTERPRISE.into()),
            uscc: Some(CODE.into()),
            probability: Some(0.99),
            decision: "linked".into(),
            tier: None,
            evidence: explained.to_string(),
            candidate_name: None,
        };
        tx.replace_links([link]).await.unwrap();
        let subject = (ItemSubject::Enterprise, ENTERPRISE, firm);
        let item = ItemRecord {
            uscc: Some(CODE.into()),
            ..plant::item_record(app, ITEM, subject, path.as_str())
        };
        let mut candidate = explained.clone();
        candidate["union_id"] = union::BASE.into();
        candidate["name"] = home.name.clone().into();
        candidate["probability"] = json!(0.4);
        let evidence = json!({"rows": rows, "doubts": [], "candidate": candidate}).to_string();
        plant::raise(&mut tx, item, evidence).await;
        tx.commit().await.unwrap();
    }

    /// What people do with it: elect, edit, ask for a correction and for somebody to join.
    async fn work(&mut self) {
        let mut county = Client::signed_in(&self.router, "county-officer").await;
        let (elected, edited, phone, corrected, joined) = (
            self.mint.name(),
            self.mint.name(),
            "13988778888",
            self.mint.name(),
            self.mint.name(),
        );
        for (what, value) in [
            ("elected", elected.as_str()),
            ("edited", &edited),
            ("edited phone", phone),
            ("corrected", &corrected),
            ("joined", &joined),
        ] {
            self.mint.keep(what, value);
        }
        let (number, phone_joined) = (with_check(&format!("{NUMBERS}777")), "13988776666");
        self.mint.keep("a phone that joins", phone_joined);
        self.mint.keep("a number that joins", &number);
        let posts = [
            (
                format!("/union/{}/officer", union::BASE),
                format!(
                    "name={}&body=committee&post=member&day=2026-07-20",
                    encoded(&elected)
                ),
            ),
            (
                format!("/union/{}/edit", union::BASE),
                format!(
                    "employer_legal_rep={}&phone={phone}&reason={}",
                    encoded(&edited),
                    encoded("换人")
                ),
            ),
            (
                format!("/union/{}/member/MK-1/correct", union::BASE),
                format!("name={}&words={}", encoded(&corrected), encoded("按身份证")),
            ),
            (
                format!("/union/{}/join", union::BASE),
                format!(
                    "name={}&id_no={number}&phone={phone_joined}&joined_on=2026-07-01",
                    encoded(&joined)
                ),
            ),
        ];
        for (path, form) in posts {
            let answer = county.post(&path, &form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
            if let Some(id) = answer
                .location
                .as_deref()
                .and_then(|to| to.split('?').next()?.strip_prefix("/member/request/"))
            {
                self.request = id.parse().unwrap();
            }
        }
        let quiet = app::progress::unwatched();
        app::quality::count(&self.test.system(), &self.test.app, &quiet)
            .await
            .unwrap();
    }

    fn place(&self) -> Place {
        Place {
            union_id: union::BASE.into(),
            name: "宁海县晨光文具有限公司工会委员会".into(),
            path: UnionPath::root(0),
            marks: vec!["晨光".into()],
            member_id: "MK-1".into(),
            member: self.member,
            other_member: self.member,
            item_no: ITEM.into(),
            enterprise_id: ENTERPRISE.into(),
            account: self.people.town_officer.actor.id.unwrap(),
            request: self.request,
            row: uuid::Uuid::nil(),
            zone: uuid::Uuid::nil(),
            own: Own::default(),
            secrets: Vec::new(),
        }
    }

    /// What an answer shows whole that it must not.
    fn seen(&self, told: &str) -> Vec<String> {
        let seen = self
            .mint
            .secrets
            .iter()
            .filter(|(_, value)| told.contains(value.as_str()));
        seen.map(|(what, value)| {
            let at = told.find(value.as_str()).unwrap();
            let before: String = told[..at]
                .chars()
                .rev()
                .take(60)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            format!("{what} {value} after …{before}")
        })
        .collect()
    }

    async fn token(&self, op: &app::op::OpContext) -> String {
        let scopes = TokenScope::ALL
            .into_iter()
            .filter(|scope| scope.is_for(op.role()));
        let form = app::api_token::TokenForm {
            name: "测试".into(),
            scopes: scopes.map(|scope| scope.code().to_owned()).collect(),
            last_day: "2026-12-31".into(),
        };
        let made = app::api_token::make_token(
            op,
            &self.test.app,
            op.actor.id.unwrap(),
            testkit::People::PASSWORD,
            form,
        )
        .await;
        made.unwrap().secret
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        Client::new(&self.router)
            .send(request.body(body.to_owned().into()).unwrap())
            .await
    }
}

async fn upload(client: &mut Client, path: &str, kind: &str, text: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{kind}.csv\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--x--\r\n"
    );
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .header(header::HOST, "console.test")
        .header("sec-fetch-site", "same-origin");
    client.send(request.body(body.into()).unwrap()).await
}

/// The sender's own rows come back as they were sent, to whoever may read them (下载退回行), and the journal says so.
const OWN_ROWS: [&str; 2] = ["/intake/{number}/rejects", "/intake/check/{number}/rows"];
/// Batches and checks that the town has.
const BATCHES: usize = 10;

both_engines! {
    async fn no_page_shows_whole_what_the_dictionary_covers(database: Database) {
        let town = Town::on(database).await;
        let place = town.place();
        let mut faults = Vec::new();
        let mut read = 0;
        for login in [
            "city-officer", "county-officer", "town-officer", "field-worker", "union-chair", "auditor", "administrator",
            "system-administrator", "security-auditor",
        ] {
            let mut client = Client::signed_in(&town.router, login).await;
            let mut addresses: Vec<String> = Vec::new();
            for (path, is_post) in routes() {
                if is_post || path == "/job/{id}/events" || OWN_ROWS.contains(&path.as_str()) {
                    continue;
                }
                addresses.extend(filled(&path, &place, &place));
            }
            for nth in 1..=BATCHES {
                addresses.push(format!("/intake/{nth}"));
                addresses.push(format!("/intake/{nth}/undo"));
                for show in ["created", "changed", "same", "rejected", "doubted", "twins", "kept"] {
                    addresses.push(format!("/intake/check/{nth}?show={show}"));
                }
            }
            addresses.push(format!("/union/{}/member?reveal=MK-1", union::BASE));
            addresses.push(format!("/union/{}/legal?step=record", union::BASE));
            for address in addresses {
                let answer = client.get(&address).await;
                read += usize::from(answer.status == StatusCode::OK);
                assert!(!answer.status.is_server_error(), "{login} {address}: {}", answer.text);
                faults.extend(town.seen(&answer.text).into_iter().map(|what| format!("{login} {address} shows {what}")));
            }
        }
        // Who looks for a name or a number by less than the whole of it, or for a whole number, is shown no more than they typed.
        let mut found = 0;
        for login in ["city-officer", "field-worker"] {
            let mut client = Client::signed_in(&town.router, login).await;
            for (what, value) in &town.mint.secrets {
                let is_number = what.ends_with("id_no") || what.ends_with("phone");
                let typed: String = value.chars().take(value.chars().count() - usize::from(!is_number)).collect();
                let answer = client.post("/search", &format!("q={}", encoded(&typed))).await;
                found += usize::from(answer.text.contains("MK-1"));
                // The box keeps what was typed into it, and the title says it.
                let told = answer.text.replace(&format!("name=\"q\" value=\"{typed}\""), "").replace(&format!("“{typed}”"), "");
                faults.extend(town.seen(&told).into_iter().map(|what| format!("{login} /search {typed} shows {what}")));
            }
        }
        assert!(found > 2, "the member is found, by name and by number: {found}");
        // What is covered is there, and is said to be.
        let mut client = Client::signed_in(&town.router, "town-officer").await;
        for address in [format!("/union/{}", union::BASE), format!("/employer/{ENTERPRISE}"), format!("/union/{}/member/MK-1", union::BASE)] {
            let page = client.get(&address).await.text;
            assert!(page.contains("厍**") && page.contains("139****"), "{address}: {page}");
        }
        assert!(faults.is_empty(), "{} of {read}:\n{}", faults.len(), faults.join("\n"));
        assert!(read > 400, "{read} pages were read");
        assert!(town.mint.secrets.len() > 60, "{:?}", town.mint.secrets);
    }

    async fn no_operation_and_no_masked_export_says_whole_what_the_dictionary_covers(database: Database) {
        let town = Town::on(database).await;
        let mut faults = Vec::new();
        // What nobody was answered, this test has not read.
        let mut unread: BTreeSet<&str> = web::api::endpoints().iter().filter(|one| one.method == Method::GET).map(|one| one.id).collect();
        let people = [&town.people.city_officer, &town.people.county_officer, &town.people.field_worker, &town.people.auditor];
        for person in people {
            let token = town.token(person).await;
            let who = &person.actor.login;
            let job = town.job_of(person).await;
            for endpoint in web::api::endpoints().into_iter().filter(|endpoint| endpoint.method == Method::GET) {
                for address in town.addresses(&endpoint, &job) {
                    let answer = town.ask(&token, Method::GET, &address, "").await;
                    assert!(!answer.status.is_server_error(), "{who} {address}: {}", answer.text);
                    assert_ne!(answer.status, StatusCode::BAD_REQUEST, "{who} {address}: {}", answer.text);
                    if answer.text.contains(&town.exported) {
                        faults.push(format!("{who} {address} says whose name is exported"));
                    }
                    if answer.status == StatusCode::OK {
                        unread.remove(endpoint.id);
                    }
                    faults.extend(town.seen(&answer.text).into_iter().map(|what| format!("{who} {address} says {what}")));
                }
            }
            for (_, value) in &town.mint.secrets {
                let found = town.ask(&token, Method::POST, "/members/find", &json!({"number": value}).to_string()).await;
                faults.extend(town.seen(&found.text).into_iter().map(|what| format!("{who} finds {what}")));
            }
        }
        assert!(unread.is_empty(), "nobody was answered {unread:?}");
        // What changes something answers with what it has changed, and refuses with what is in its way.
        let (token, job) = (town.token(&town.people.city_officer).await, town.job_of(&town.people.city_officer).await);
        for endpoint in web::api::endpoints().into_iter().filter(|endpoint| endpoint.method != Method::GET) {
            let body = crate::api::body_of(endpoint.id);
            let address = town.addresses(&endpoint, &job).remove(0);
            let answer = match &body {
                Some(body) => town.ask(&token, endpoint.method.clone(), &address, &body.to_string()).await,
                // A file is told about by its job, which is read above.
                None => continue,
            };
            let is_well_asked = !answer.status.is_server_error() && answer.status != StatusCode::BAD_REQUEST;
            assert!(is_well_asked, "{} {address}: {} {}", endpoint.id, answer.status, answer.text);
            faults.extend(town.seen(&answer.text).into_iter().map(|what| format!("{} {address} says {what}", endpoint.id)));
        }
        let mut city = Client::signed_in(&town.router, "city-officer").await;
        for (nth, kind) in ["unions", "members"].into_iter().enumerate() {
            let file = city.get(&format!("/download/{}", nth + 1)).await.text;
            assert!(file.contains(union::BASE), "{file}");
            faults.extend(town.seen(&file).into_iter().map(|what| format!("the export of {kind} holds {what}")));
            if kind == "unions" {
                for open in [CODE, UNION_CODE, ADDRESS] {
                    assert!(file.contains(open), "{open} is open: {file}");
                }
            }
        }
        assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    }

    async fn what_is_open_stands_whole_wherever_it_is_shown(database: Database) {
        let town = Town::on(database).await;
        let mut worker = Client::signed_in(&town.router, "field-worker").await;
        for (address, open) in [
            (format!("/union/{}", union::BASE), &[CODE, UNION_CODE, ADDRESS, REGISTERED][..]),
            ("/union".to_owned(), &[UNION_CODE]),
            (format!("/union/{}/legal", union::BASE), &[UNION_CODE]),
            ("/legal-person".to_owned(), &[UNION_CODE]),
            (format!("/employer/{ENTERPRISE}"), &[CODE, REGISTERED]),
            ("/employer".to_owned(), &[CODE]),
            (format!("/item/{ITEM}"), &[CODE, REGISTERED, ADDRESS]),
            ("/worklist/verify".to_owned(), &[CODE]),
        ] {
            let page = worker.get(&address).await;
            for value in open {
                assert!(page.text.contains(value), "{address} shows {value} whole: {}", page.text);
            }
        }
        let found = worker.post("/search", &format!("q={CODE}")).await;
        assert!(found.text.replace(&format!("value=\"{CODE}\""), "").contains(CODE), "{}", found.text);
        let token = town.token(&town.people.city_officer).await;
        for (path, open) in [
            (format!("/unions/{}", union::BASE), &[CODE, UNION_CODE, ADDRESS][..]),
            (format!("/employers/{ENTERPRISE}"), &[CODE, REGISTERED]),
            ("/employers".to_owned(), &[CODE]),
            ("/list-items".to_owned(), &[CODE]),
            (format!("/list-items/{ITEM}"), &[CODE, REGISTERED]),
        ] {
            let answer = town.ask(&token, Method::GET, &path, "").await;
            for value in open {
                assert!(answer.text.contains(value), "{path} says {value} whole: {}", answer.text);
            }
        }
    }

    async fn nothing_is_ordered_by_what_is_covered(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.city_officer).await;
        let covered = |kind: Kind| Dictionary::shipped().of(kind).iter().filter(|element| element.is_masked());
        for endpoint in web::api::endpoints() {
            for param in &endpoint.query {
                for element in Kind::ALL.into_iter().flat_map(covered) {
                    let path = endpoint.path;
                    // A member is looked for by name and by whole number: that is what a register is for.
                    let is_search = ["/members", "/unions/{union_id}/members"].contains(&path) && param.name == "name";
                    assert!(param.name != element.name || is_search, "{path} filters by {}", element.name);
                    if param.name == "sort" && element.name != "name" {
                        assert!(param.shape.read(&element.name).is_err(), "{path} sorts by {}", element.name);
                    }
                }
            }
        }
        for element in ["chair", "employer_legal_rep", "phone", "legal_rep"] {
            for list in ["unions", "employers", "list-items"] {
                let sorted = town.ask(&token, Method::GET, &format!("/{list}?sort={element}"), "").await;
                assert_eq!(sorted.status, StatusCode::BAD_REQUEST, "{list} {element}: {}", sorted.text);
            }
        }
    }
}
