//! Nothing out of scope on any page (数据范围): every route of the router is walked, as it stands in its source, by accounts of every
//! kind of reach, over a small city in which all that lies with one union carries that union's own mark. A new route fails here until this
//! file says what its parameters stand for.

mod printed;

use app::membership::{ChangeForm, ask_change};
use app::op::OpContext;
use axum::Router;
use axum::http::StatusCode;
use codes::crypto::SecretKind;
use codes::id::UnionOrgId;
use codes::time::Day;
use domain::accounts::{Account, Reach, Role};
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::journal::JournalResult;
use domain::list_item::ItemSubject;
use domain::scope::{Scope, UnionPath};
use store::employer::EmployerRecord;
use store::journal::JournalFilter;
use store::list_query::Page;
use store::membership::MemberRow;
use store::transfer_suggestion::TransferSuggestion;
use store::union_org::UnionRow;
use testkit::{People, TestApp, both_engines, member_row, union};

use crate::belongings::{self, Own};
use crate::client::Client;
use crate::plant::{self, encoded, routes, with_check};

mod forms;
mod links;

const SECOND_BASE: &str = "T-SECOND";

/// One union with what lies with it.
pub(crate) struct Place {
    pub(crate) union_id: String,
    pub(crate) name: String,
    pub(crate) path: UnionPath,
    /// Stands in all that lies with this union, and nowhere else.
    pub(crate) marks: Vec<String>,
    pub(crate) member_id: String,
    pub(crate) member: uuid::Uuid,
    pub(crate) other_member: uuid::Uuid,
    pub(crate) item_no: String,
    pub(crate) enterprise_id: String,
    pub(crate) account: codes::id::AccountId,
    pub(crate) request: uuid::Uuid,
    pub(crate) row: uuid::Uuid,
    pub(crate) zone: uuid::Uuid,
    pub(crate) own: Own,
    /// Numbers that nobody is shown in full without a reason, wherever they look.
    pub(crate) secrets: Vec<String>,
}

/// Somebody, and what they see.
struct Walker {
    login: &'static str,
    scope: Scope,
}

struct City {
    test: TestApp,
    router: Router,
    people: People,
    places: Vec<Place>,
}

/// The addresses of a route for one place; none where it is about nothing that has a place.
pub(crate) fn filled(path: &str, place: &Place, other: &Place) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    let at = |from: &str, to: &str| path.replace(from, to);
    match path {
        "/worklist/{kind}" => ["verify", "task", "work"].map(|kind| at("{kind}", kind)).into(),
        "/worklist/{kind}/export" => one("/worklist/verify/export"),
        "/export/{kind}" => vec![
            "/export/unions".to_owned(),
            "/export/members".to_owned(),
            format!("/export/unions?format=sheet&key={}", place.union_id),
            format!("/export/members?format=sheet&key={}", place.member_id),
        ],
        "/export/{kind}/approval" => ["unions", "members"].map(|kind| at("{kind}", kind)).into(),
        "/union/{id}/change/{what}" => [
            "move",
            "merge",
            "split",
            "set-up",
            "dissolve",
            "industry",
            "take-over",
        ]
        .map(|what| at("{id}", &place.union_id).replace("{what}", what))
        .into(),
        "/union/{id}/change/{what}/approval" => vec![at("{id}", &place.union_id).replace("{what}", "move")],
        "/union/{id}/officer/{officer}/end" => {
            vec![at("{id}", &place.union_id).replace("{officer}", &uuid::Uuid::nil().to_string())]
        }
        "/union/{id}/name/{plate}/end" => {
            vec![at("{id}", &place.union_id).replace("{plate}", &uuid::Uuid::nil().to_string())]
        }
        "/member/duplicate/{left}/{right}" => vec![
            format!("/member/duplicate/{}/{}", place.member, place.other_member),
            format!("/member/duplicate/{}/{}", place.member, other.member),
        ],
        "/member/suggestion/{member}" => one(&at("{member}", &place.member.to_string())),
        "/member/request/{id}" => one(&at("{id}", &place.request.to_string())),
        "/account/{id}/{what}" => [
            "disable",
            "enable",
            "unlock",
            "reset-second-factor",
            "end-sessions",
        ]
        .map(|what| at("{id}", &place.account.to_string()).replace("{what}", what))
        .into(),
        "/account/{id}/session/{session}" => {
            vec![at("{id}", &place.account.to_string()).replace("{session}", &place.own.session.to_string())]
        }
        "/quality/{check}" => one("/quality/members.number.repeated"),
        "/rule/{id}" => one("/rule/found-25"),
        "/dictionary/list/{name}" => one("/dictionary/list/sex"),
        "/dictionary/template/{kind}" => one("/dictionary/template/members"),
        "/element-right/{kind}/{element}" => one("/element-right/unions/level"),
        "/static/{file}" => Vec::new(),
        _ if path.starts_with("/zone/{id}") => one(&at("{id}", &place.zone.to_string())),
        _ if path.starts_with("/union/{id}") => {
            vec![at("{id}", &place.union_id).replace("{member}", &place.member_id)]
        }
        _ if path.starts_with("/item/{number}") => one(&at("{number}", &place.item_no)),
        _ if path.starts_with("/employer/{id}") => one(&at("{id}", &place.enterprise_id)),
        _ if path.starts_with("/account/{id}") => one(&at("{id}", &place.account.to_string())),
        "/download/{number}" => one(&at("{number}", &place.own.export_no.to_string())),
        _ if path.starts_with("/job/{id}") => one(&at("{id}", &place.own.job.to_string())),
        "/session/{id}/end" => one(&at("{id}", &place.own.session.to_string())),
        "/delegation/{id}/act" | "/delegation/{id}/withdraw" => {
            one(&at("{id}", &place.own.delegation.to_string()))
        }
        "/approval/{id}/decide" => one(&at("{id}", &place.own.approval.to_string())),
        "/saved-view/{id}/delete" => one(&at("{id}", &place.own.view.to_string())),
        "/token/{id}/withdraw" => one(&at("{id}", &place.own.token.to_string())),
        "/member/merge/{id}/undo" => one(&at("{id}", &place.own.merge.to_string())),
        "/member/retention/{id}/report" => one(&at("{id}", &place.own.job.to_string())),
        "/member/retention/hold/{id}/release" => one(&at("{id}", &place.own.hold.to_string())),
        "/member/closing/{id}" => one(&at("{id}", &place.own.closing.to_string())),
        // What is nobody's of a place: batches, checks and runs, which are for those who import for the whole city.
        "/intake/{number}"
        | "/intake/{number}/rejects"
        | "/intake/{number}/undo"
        | "/intake/{number}/undo/approval"
        | "/intake/check/{number}/approval"
        | "/intake/check/{number}"
        | "/intake/check/{number}/rows"
        | "/intake/check/{number}/import"
        | "/intake/check/{number}/drop"
        | "/run/{number}" => one(&at("{number}", "1")),
        _ if !path.contains('{') => {
            // Whoever looks for the other place's things by name, code or number finds none.
            let text = encoded(&place.marks[0]);
            let mut all = one(path);
            all.push(format!("{path}?q={text}&union_text={text}&text={text}"));
            all.push(format!(
                "{path}?union={}&under={}&open={}",
                place.union_id, place.union_id, place.union_id
            ));
            all
        }
        other => panic!("this test does not know what the parameters of {other} stand for"),
    }
}

/// Whether an address is about something of the place itself, so that it does not exist for whoever does not see the place.
fn is_of_the_place(path: &str) -> bool {
    [
        "/union/{id}",
        "/item/{number}",
        "/employer/{id}",
        "/account/{id}",
        "/member/request/{id}",
        "/member/duplicate/{left}",
        "/member/merge/{id}",
        "/member/retention/hold/{id}",
        "/member/closing/{id}",
        "/member/suggestion/{member}",
        "/job/{id}",
        "/download/{number}",
        "/session/{id}",
        "/delegation/{id}",
        "/approval/{id}",
        "/saved-view/{id}",
        "/token/{id}",
    ]
    .iter()
    .any(|start| path.starts_with(start))
}

/// What a form of the route sends: enough to be carried out where it may be.
fn typed(path: &str) -> &'static str {
    match path {
        "/item/{number}/act" => "action=start_verifying&words=x",
        "/item/{number}/verdict" => "same=yes&words=x",
        "/item/{number}/contact" | "/employer/{id}/contact" | "/union/{id}/contact" => "reason=visit",
        "/item/{number}/found" => "union_name=x&chair=y&founded_on=2026-08-01&term_years=5",
        "/union/{id}/change/{what}" => "union=T-CITY&reason=x&seen=1&effective_on=2026-08-01",
        "/union/{id}/term" => "started_on=2026-08-01&term_years=5&chair=x&day=2026-08-01",
        "/union/{id}/officer" => "name=x&post=chair&started_on=2026-08-01",
        "/union/{id}/legal" => "step=apply&day=2026-08-01",
        "/union/{id}/name" => "name=x&since=2026-08-01",
        "/union/{id}/cover" => "name=甲厂厂&from=2020-01-01",
        "/union/{id}/cover/end" | "/union/{id}/cover/correct" => "key=x&name=甲厂厂&to=2020-01-01",
        "/union/{id}/zone" | "/zone/{id}" => "name=x",
        "/union/{id}/zone/assign" | "/zone/{id}/assign" => "to=none",
        "/union/{id}/edit" => "union_name=x&reason=x",
        "/union/{id}/member/{member}/consent" => "purposes=C01&on=2026-08-01&way=paper",
        "/union/{id}/join" => "name=x&id_no=330226199001011230&joined_on=2026-08-01",
        "/union/{id}/member/{member}/change" => "kind=retain&happened_on=2026-08-01&reason=7",
        "/union/{id}/member/{member}/reveal" => "what=id_no&purpose=verify",
        "/member/request/{id}" => "answer=accept&words=x",
        "/member/duplicate/{left}/{right}" => "keep=left",
        "/union/{id}/member/{member}/correct" => "name=x&words=x",
        "/element-right/{kind}/{element}" => "write.town_officer=yes&words=xx",
        "/account/{id}/edit" => "name=x&role=town_officer&union_text=T-TOWN",
        "/approval/{id}/decide" => "answer=yes&remark=x",
        "/member/suggestion/{member}" => "answer=dismiss&words=xx",
        "/member/closing/{id}" => "answer=refuse&words=xx",
        _ => "sure=yes&reason=x",
    }
}

impl City {
    async fn on(database: testkit::Database) -> City {
        let (test, people, router) = plant::town(database).await;
        let mut city = City {
            test,
            router,
            people,
            places: Vec::new(),
        };
        city.second_base().await;
        let keys = [
            (union::CITY, 'A'),
            (union::COUNTY, 'B'),
            (union::OTHER_COUNTY, 'C'),
            (union::TOWN, 'D'),
            (union::OTHER_TOWN, 'E'),
            (union::BASE, 'F'),
            (SECOND_BASE, 'G'),
        ];
        for (nth, (key, letter)) in keys.into_iter().enumerate() {
            let place = city.plant(key, letter, nth as i64 + 1).await;
            city.places.push(place);
        }
        let suggestions = city.places.iter().map(|place| TransferSuggestion {
            member: place.member,
            member_id: place.member_id.clone(),
            name: "陈**".into(),
            from_union: place.row,
            to_union: place.row,
            employer_name: format!("{}参保单位", place.marks[0]),
            insured_from: None,
            evidence: place.union_id.clone(),
            tier: None,
            run_no: 1,
            state: "open".into(),
            answerer_name: None,
            answered_at: None,
            answer: None,
        });
        let mut tx = city.test.app.store.begin().await.unwrap();
        tx.replace_suggestions(suggestions.collect::<Vec<_>>())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let quiet = app::progress::unwatched();
        app::quality::count(&city.test.system(), &city.test.app, &quiet)
            .await
            .unwrap();
        city
    }

    /// Another base union in 西店, beside the one that the zone has.
    async fn second_base(&self) {
        let mut tx = self.test.app.store.begin().await.unwrap();
        let pattern = tx.union_row(union::BASE).await.unwrap().unwrap();
        let path = UnionPath::parse(pattern.path.as_deref().unwrap()).unwrap();
        let second = UnionRow {
            id: UnionOrgId::mint(&*self.test.app.ids, self.test.app.now()).uuid(),
            union_id: SECOND_BASE.into(),
            name: "宁波丙丁机械有限公司工会".into(),
            search: "宁波丙丁机械有限公司工会".into(),
            path: Some(path.parent().unwrap().child(1).to_string()),
            ..pattern
        };
        tx.upsert_unions([second]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn plant(&self, key: &str, letter: char, nth: i64) -> Place {
        let app = &self.test.app;
        let mark = format!("专{letter}标");
        let (item_no, enterprise_id) = (
            format!("QD-330226-2026-00{letter}{nth:03}"),
            format!("EK-{letter}"),
        );
        let item_no = item_no.replace(letter, "7");
        let mut tx = app.store.begin().await.unwrap();
        let mut home = tx.union_row(key).await.unwrap().unwrap();
        home.address = Some(format!("{mark}路1号"));
        home.employer_name = Some(format!("{mark}单位"));
        let (name, path) = (
            home.name.clone(),
            UnionPath::parse(home.path.as_deref().unwrap()).unwrap(),
        );
        let home_id = home.id;
        tx.upsert_unions([home]).await.unwrap();
        let (mut ids, mut rows) = (Vec::new(), Vec::new());
        // Two memberships of one number, so that they show up as duplicates.
        let number = with_check(&format!("33022619900101{nth:03}"));
        let mut secrets = vec![number.clone()];
        for one in 0..2 {
            let phone = format!("1385740{:04}", nth * 10 + one);
            let who = (format!("MK-{letter}-{one}"), format!("{mark}{one}"));
            let row = member_row(app, home_id, (&who.0, &who.1), Some(&number));
            let row = MemberRow {
                phone_sealed: Some(app.keys.seal("member", "phone", row.id.as_bytes(), &phone)),
                phone_index: Some(app.keys.blind_index(SecretKind::Phone, &phone).to_vec()),
                joined_on: Day::new(2020, 1, 2).map(Day::naive),
                ..row
            };
            ids.push(row.id);
            rows.push(row.clone());
            tx.upsert_members([row]).await.unwrap();
            secrets.push(phone);
        }
        tx.recount_members().await.unwrap();
        let firm = format!("{mark}电器有限公司");
        let employer = EmployerRecord {
            // Neither in the order of the places nor against it.
            legal_rep: Some(format!(
                "{}某某",
                ["丁", "乙", "庚", "甲", "己", "丙", "戊"][nth as usize - 1]
            )),
            ..plant::employer_card(&enterprise_id, &firm, path.as_str())
        };
        tx.upsert_employers([employer]).await.unwrap();
        let subject = (ItemSubject::Enterprise, enterprise_id.as_str(), firm.as_str());
        let item = plant::item_record(app, &item_no, subject, path.as_str());
        plant::raise(&mut tx, item, plant::no_rows()).await;
        tx.commit().await.unwrap();
        let account = self
            .open(
                &format!("mkacc{letter}").to_lowercase(),
                &format!("{mark}某"),
                Role::TownOfficer,
                key,
                Reach::Branch,
                &[],
            )
            .await;
        let form = ChangeForm {
            kind: "retain".into(),
            happened_on: "2026-07-20".into(),
            reason: "7".into(),
            words: format!("{mark}说明"),
            ..ChangeForm::default()
        };
        let member_id = format!("MK-{letter}-0");
        let request = ask_change(&self.test.system(), app, key, &member_id, &form)
            .await
            .unwrap();
        let zone = uuid::Uuid::now_v7();
        let mut tx = app.store.begin().await.unwrap();
        tx.add_zone(zone, &format!("{mark}片区"), home_id, None, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let own = belongings::plant(&self.test, &self.people, &account, (&mark, nth), &rows).await;
        Place {
            union_id: key.to_owned(),
            name,
            path,
            marks: vec![
                mark,
                format!("MK-{letter}-"),
                item_no.clone(),
                enterprise_id.clone(),
                format!("mkacc{}", letter.to_ascii_lowercase()),
                account.id.to_string(),
                request.to_string(),
            ],
            member_id,
            member: ids[0],
            other_member: ids[1],
            item_no,
            enterprise_id,
            account: account.id,
            request,
            row: home_id,
            zone,
            own,
            secrets,
        }
    }

    async fn open(
        &self,
        login: &str,
        name: &str,
        role: Role,
        at: &str,
        kind: Reach,
        unions: &[(&str, bool)],
    ) -> Account {
        let who = (login, name);
        plant::account(&self.test, &self.people, who, role, (at, kind, unions)).await
    }

    /// Somebody of every kind of reach, in roles that together may open every page.
    async fn walkers(&self) -> Vec<Walker> {
        let chosen: &[(&str, bool)] = &[
            (union::OTHER_TOWN, false),
            (union::OTHER_COUNTY, true),
            (union::BASE, false),
        ];
        let wanted: [(&'static str, Role, &str, Reach, &[(&str, bool)]); 7] = [
            ("w-own", Role::CountyOfficer, union::COUNTY, Reach::Own, &[]),
            ("w-chosen", Role::CityOfficer, union::CITY, Reach::Chosen, chosen),
            ("w-auditor", Role::Auditor, union::COUNTY, Reach::Chosen, chosen),
            (
                "w-zone",
                Role::FieldWorker,
                union::TOWN,
                Reach::Zone,
                &[(union::BASE, false)],
            ),
            ("w-branch", Role::TownOfficer, union::TOWN, Reach::Branch, &[]),
            ("w-chair", Role::UnionChair, union::BASE, Reach::Own, &[]),
            (
                "w-admin",
                Role::SecurityAdministrator,
                union::OTHER_COUNTY,
                Reach::Branch,
                &[],
            ),
        ];
        let mut walkers = Vec::new();
        for (login, role, at, kind, unions) in wanted {
            let account = self
                .open(login, &format!("行者{login}"), role, at, kind, unions)
                .await;
            walkers.push(Walker {
                login,
                scope: account.scope(),
            });
        }
        walkers
    }

    /// What an answer for this scope must not hold: everything of the places out of sight. The names of the unions above what is in
    /// sight are told: they say where it is.
    fn hidden<'a>(&'a self, scope: &Scope) -> Vec<(&'a Place, Vec<&'a str>)> {
        let seen: Vec<&Place> = self
            .places
            .iter()
            .filter(|place| scope.contains(Some(&place.path)))
            .collect();
        self.places
            .iter()
            .filter(|place| !scope.contains(Some(&place.path)))
            .map(|place| {
                let mut hidden: Vec<&str> = place.marks.iter().map(String::as_str).collect();
                if !seen.iter().any(|one| place.path.contains(&one.path)) {
                    hidden.push(&place.name);
                }
                (place, hidden)
            })
            .collect()
    }

    /// Every change is journalled, so that as many rows as before mean that nothing has changed.
    /// What was done, not what was refused: that is journalled as well.
    async fn journal_rows(&self) -> i64 {
        let done = JournalFilter {
            result: Some(JournalResult::Done),
            ..JournalFilter::default()
        };
        let mut reader = self.test.app.store.read().await.unwrap();
        reader
            .journal_list(&Scope::Everything, &done, Page::number(1, 1))
            .await
            .unwrap()
            .1
    }
}

/// The text without what was asked for, which an answer may say back: the address in links and fields that keep it, and the journal the
/// addresses at which the asker was refused before.
fn without_asked(text: &str, place: &Place, path: &str) -> String {
    let mut pieces = text.split("请求 GET ");
    let first = pieces.next().unwrap_or_default();
    let others = pieces.map(|piece| piece.trim_start_matches(|c| c != '<'));
    let text = std::iter::once(first).chain(others).collect::<String>();
    if !path.contains('?') {
        return text;
    }
    text.replace(&place.marks[0], "").replace(&place.name, "")
}

both_engines! {
    async fn no_page_holds_anything_out_of_scope(database: Database) {
        let city = City::on(database).await;
        let mut gets = 0;
        let mut seen_own = 0;
        let mut faults: Vec<String> = Vec::new();
        for walker in city.walkers().await {
            let mut client = Client::signed_in(&city.router, walker.login).await;
            let hidden = city.hidden(&walker.scope);
            let own = city.places.iter().find(|place| walker.scope.contains(Some(&place.path))).unwrap();
            for (path, _) in routes().iter().filter(|(path, is_post)| !is_post && path != "/job/{id}/events" && path != "/dictionary") {
                // Some of what is out of sight, near and far, and what is in sight: a list shows its rows whoever is asked for.
                let has_place = path.contains('{');
                let strange = hidden.iter().map(|(place, _)| (*place, true)).step_by(if has_place { 2 } else { 9 });
                for (place, is_hidden) in strange.chain(has_place.then_some((own, false))) {
                    for address in filled(path, place, own) {
                        let answer = client.get(&address).await;
                        gets += 1;
                        let who = walker.login;
                        if answer.status.is_server_error() {
                            faults.push(format!("{who} {address}: {}", answer.status));
                        }
                        let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN];
                        if is_hidden && is_of_the_place(path) && !refused.contains(&answer.status) {
                            faults.push(format!("{who} {address}: {}", answer.status));
                        }
                        let text = without_asked(&answer.text, place, &address);
                        for (other, marks) in &hidden {
                            let marks = marks.iter().filter(|mark| {
                                // The address itself stands in links of the frame.
                                !address.contains(**mark) && text.contains(**mark)
                            });
                            for mark in marks {
                                let at = text.find(mark).unwrap();
                                let around: String = text[..at].chars().rev().take(90).collect::<Vec<_>>().into_iter().rev().collect();
                                faults.push(format!("{who} {address} tells {mark} of {}: …{around}", other.union_id));
                            }
                        }
                        for secret in city.places.iter().flat_map(|place| &place.secrets) {
                            if answer.text.contains(secret.as_str()) {
                                faults.push(format!("{who} {address} shows {secret}"));
                            }
                        }
                        seen_own += usize::from(own.marks.iter().any(|mark| answer.text.contains(mark.as_str())));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{} of {gets}:\n{}", faults.len(), faults.join("\n"));
        assert!(seen_own > 60, "what is in sight is seen: {seen_own}");
    }

    async fn nobody_changes_what_they_do_not_see(database: Database) {
        let city = City::on(database).await;
        let mut faults: Vec<String> = Vec::new();
        for walker in city.walkers().await {
            let mut client = Client::signed_in(&city.router, walker.login).await;
            let own = city.places.iter().find(|place| walker.scope.contains(Some(&place.path))).unwrap();
            let hidden = city.hidden(&walker.scope);
            for (path, _) in routes().iter().filter(|(path, is_post)| *is_post && is_of_the_place(path)) {
                for (place, _) in hidden.iter().step_by(3) {
                    for address in filled(path, place, own) {
                        let before = city.journal_rows().await;
                        let form = format!("{}&union={}&enterprise={}", typed(path), place.union_id, place.enterprise_id);
                        let answer = client.post(&address, &form).await;
                        let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN];
                        if !refused.contains(&answer.status) {
                            faults.push(format!("{} {address}: {}", walker.login, answer.status));
                        }
                        if city.journal_rows().await != before {
                            faults.push(format!("{} {address}: something was written", walker.login));
                        }
                        for (other, marks) in &hidden {
                            for mark in marks.iter().filter(|mark| !address.contains(**mark) && answer.text.contains(**mark)) {
                                faults.push(format!("{} {address} tells {mark} of {}", walker.login, other.union_id));
                            }
                        }
                    }
                }
            }
            // What names rows in the form instead of the address.
            let before = city.journal_rows().await;
            for (place, _) in &hidden {
                for (address, form) in [
                    ("/worklist/bulk", format!("items={}&action=start_verifying", place.item_no)),
                    ("/worklist/bulk/confirm", format!("items={}&item={}&action=start_verifying&words=x", place.item_no, place.item_no)),
                    ("/search", format!("q={}", encoded(&place.marks[0]))),
                    ("/member", format!("number={}", place.secrets[0])),
                ] {
                    let answer = client.post(address, &form).await;
                    for mark in place.marks.iter().skip(1).filter(|mark| **mark != place.item_no && answer.text.contains(mark.as_str())) {
                        faults.push(format!("{} {address} tells {mark} of {}", walker.login, place.union_id));
                    }
                    if answer.status.is_server_error() {
                        faults.push(format!("{} {address}: {}", walker.login, answer.status));
                    }
                }
            }
            // A search by number is journalled as a look; nothing else may be.
            let written = city.journal_rows().await - before;
            if written > hidden.len() as i64 * 2 {
                faults.push(format!("{}: {written} rows of the journal", walker.login));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    async fn what_is_masked_is_neither_sorted_by_nor_found_in_part_nor_said_in_a_refusal(database: Database) {
        let city = City::on(database).await;
        let place = city.places.iter().find(|place| place.union_id == union::BASE).unwrap();
        let sensitive = |kind: Kind| {
            let personal = Dictionary::shipped().of(kind).iter().filter(|element| element.sensitivity.is_personal());
            personal.map(|element| element.name.clone()).collect::<Vec<String>>()
        };
        let (of_members, of_unions) = (sensitive(Kind::Members), sensitive(Kind::Unions));
        assert!(of_members.len() > 2 && !of_unions.is_empty(), "{of_members:?} {of_unions:?}");
        let mut client = Client::signed_in(&city.router, "city-officer").await;
        // The rows as they stand there: where each leads to.
        let rows = |text: &str| -> Vec<String> {
            let body = text.split("<tbody").nth(1).unwrap_or_default();
            let rows = body.split("<tr").skip(1);
            rows.map(|row| row.split("href=\"").nth(1).unwrap_or_default().split(['"', '?']).next().unwrap().to_owned()).collect()
        };
        for (list, columns) in [
            (format!("/union/{}/member", place.union_id), &of_members),
            ("/member".to_owned(), &of_members),
            ("/union".to_owned(), &of_unions),
            ("/employer".to_owned(), &of_unions),
        ] {
            let plain = client.get(&list).await.text;
            assert!(rows(&plain).len() > 1 && rows(&plain).iter().all(|to| to.len() > 1), "{list}: {:?}", rows(&plain));
            for column in columns.iter().map(String::as_str).chain(["id_no", "id_index", "phone", "m.id_index", "u.phone_index", "legal_rep"]) {
                for way in ["", "&desc=1"] {
                    let sorted = client.get(&format!("{list}?sort={column}{way}")).await;
                    assert_eq!(sorted.status, StatusCode::OK, "{list} {column}");
                    assert_eq!(rows(&sorted.text), rows(&plain), "{list} is sorted by {column}");
                }
            }
        }
        // Neither a part of a number nor its beginning finds anybody; the whole one does, through the blind index.
        for (nth, secret) in place.secrets.iter().take(2).enumerate() {
            for part in [&secret[..6], &secret[..secret.len() - 1], &secret[3..]] {
                for list in [format!("/union/{}/member?q={part}", place.union_id), format!("/union?q={part}"), format!("/account?q={part}")] {
                    let answer = client.get(&list).await;
                    // Whole numbers do not belong into an address: the page leaves them aside and shows the list as it is.
                    let is_left_aside = part.len() >= 11 && list.contains("/member?");
                    assert!(is_left_aside || !answer.text.contains(&place.member_id), "{list} finds by a part");
                }
                let asked = client.post("/member", &format!("number={part}")).await;
                assert!(!asked.text.contains(&place.member_id), "{part} finds by a part");
            }
            let whole = client.post("/member", &format!("number={secret}")).await;
            assert!(whole.text.contains("MK-F-"), "{nth}: {}", whole.text);
        }
        // A refusal repeats no number but in the field it was typed in.
        let number = &place.secrets[0];
        for (address, form) in [
            (format!("/union/{}/join", place.union_id), format!("name=%E9%99%88&id_no={number}&joined_on=2026-08-01")),
            (format!("/union/{}/member/{}/correct", place.union_id, place.member_id), format!("id_no={number}&words=x")),
            ("/item/none/act".to_owned(), format!("action={number}")),
            ("/account".to_owned(), format!("login={number}&name={number}&role={number}")),
        ] {
            let answer = client.post(&address, &form).await;
            let told = answer.text.replace(&format!("value=\"{number}\""), "");
            assert!(!told.contains(number.as_str()), "{address}: {told}");
        }
    }

    async fn an_export_holds_what_its_maker_sees_and_no_more(database: Database) {
        let city = City::on(database).await;
        let mut made = 0;
        for walker in city.walkers().await {
            let mut client = Client::signed_in(&city.router, walker.login).await;
            let hidden = city.hidden(&walker.scope);
            let elsewhere = hidden.first().map_or_else(String::new, |(place, _)| place.union_id.clone());
            for kind in ["unions", "members"] {
                for union in ["", elsewhere.as_str()] {
                    let form = format!("reason={}&format=csv&union={union}", encoded("核对台账"));
                    let answer = client.post(&format!("/export/{kind}"), &form).await;
                    let Some(number) = answer.location.as_deref().and_then(|to| to.strip_prefix("/download#n").map(str::to_owned)) else {
                        assert!(answer.status.is_client_error(), "{} {kind}: {}", walker.login, answer.status);
                        continue;
                    };
                    let file = client.get(&format!("/download/{number}")).await;
                    assert_eq!(file.status, StatusCode::OK, "{} {kind}", walker.login);
                    for (place, marks) in &hidden {
                        for mark in marks {
                            assert!(!file.text.contains(mark), "{} gets {mark} of {}: {}", walker.login, place.union_id, file.text);
                        }
                    }
                    let rows = file.text.lines().count() - 1;
                    let seen = city.places.iter().filter(|place| walker.scope.contains(Some(&place.path))).count();
                    let expected = match (kind, union) {
                        ("members", "") => seen * 2,
                        ("members", _) => 0,
                        _ => seen,
                    };
                    assert_eq!(rows, expected, "{} {kind} {union}: {}", walker.login, file.text);
                    made += 1;
                }
            }
        }
        assert!(made >= 8, "{made}");
    }

    async fn every_number_is_that_of_the_rows_one_can_list(database: Database) {
        let city = City::on(database).await;
        let app = &city.test.app;
        for walker in city.walkers().await {
            let account = app.store.read().await.unwrap().account_by_login(walker.login).await.unwrap().unwrap();
            let op: OpContext = app.acting(&account, None, None);
            if !op.can(domain::permission::Action::SeeUnions) {
                continue;
            }
            let places = city.places.iter().filter(|place| walker.scope.contains(Some(&place.path))).count() as i64;
            let params = app::union_org::UnionListParams { size: 200, ..Default::default() };
            let unions = app::union_org::list(&op, app, &params).await.unwrap();
            assert_eq!((unions.total, unions.lines.len() as i64), (places, places), "{}", walker.login);
            if op.can(domain::permission::Action::SeeMembers) {
                let params = app::membership::MemberListParams { size: 200, ..Default::default() };
                let members = app::membership::list(&op, app, &params).await.unwrap();
                assert_eq!((members.total, members.lines.len() as i64), (places * 2, places * 2), "{}", walker.login);
            }
            if op.can(domain::permission::Action::SeeDashboard) {
                let seen = app::dashboard::dashboard(&op, app).await.unwrap();
                let sum = |of: fn(&app::dashboard::AreaCoverage) -> i64| seen.areas.iter().map(of).sum::<i64>();
                assert_eq!((seen.unions, seen.members), (places, places * 2), "{}", walker.login);
                assert_eq!(sum(|area| area.unions), places, "{} unions", walker.login);
                assert_eq!(sum(|area| area.members), places * 2, "{} members", walker.login);
                assert_eq!(sum(|area| area.open_items), places, "{} items", walker.login);
            }
            if op.can(domain::permission::Action::SeeLists) {
                let list = app::list_item::list(&op, app, &Default::default()).await.unwrap();
                assert_eq!((list.total, list.rows.len() as i64), (places, places), "{}", walker.login);
            }
            assert_eq!(city.people.city_officer.scope(), &Scope::subtree(UnionPath::root(0)));
        }
    }
}
