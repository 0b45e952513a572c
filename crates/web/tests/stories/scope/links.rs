//! No page offers what is then refused: everybody follows every link and presses every button that their pages show.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::StatusCode;
use testkit::{both_engines, union};

use super::forms::attribute;
use super::{City, SECOND_BASE};
use crate::client::Client;

/// Pages to look at for each person; beyond them come only more rows of the same lists.
const PAGES: usize = 220;
/// Their buttons end the sign-in with which the others are pressed.
const ENDS_SIGN_IN: [&str; 3] = ["/sign-out", "/session", "/delegation"];

/// An address without what tells one row from the next: pages of one shape are looked at twice.
fn shape(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_key = |part: &str| part.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    let path: Vec<&str> = path
        .split('/')
        .map(|part| if is_key(part) { ":" } else { part })
        .collect();
    let names: BTreeSet<&str> = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap())
        .collect();
    format!(
        "{}?{}",
        path.join("/"),
        names.into_iter().collect::<Vec<_>>().join("&")
    )
}

fn links(page: &str) -> Vec<String> {
    let tags = page
        .split("<a ")
        .skip(1)
        .filter_map(|part| part.split('>').next());
    let addresses = tags.filter_map(|tag| attribute(&format!(" {tag}"), "href"));
    addresses
        .map(|address| address.split('#').next().unwrap().to_owned())
        .filter(|address| address.starts_with('/') && !address.starts_with("//"))
        .collect()
}

/// Where each posted form goes, with what it sends untouched.
fn forms(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in page.split("<form").skip(1) {
        let form = part.split("</form>").next().unwrap();
        let head = form.split('>').next().unwrap();
        if attribute(head, "method").as_deref() != Some("post") || !form.contains("<button") {
            continue;
        }
        let hidden = form.split("<input").skip(1).filter_map(|input| {
            let tag = input.split('>').next().unwrap();
            (attribute(tag, "type")? == "hidden")
                .then(|| {
                    Some(format!(
                        "{}={}",
                        attribute(tag, "name")?,
                        attribute(tag, "value")?
                    ))
                })
                .flatten()
        });
        let body = hidden.collect::<Vec<_>>().join("&");
        found.extend(attribute(head, "action").map(|action| (action, body)));
    }
    found
}

both_engines! {
    async fn no_page_offers_what_is_then_refused(database: Database) {
        let city = City::on(database).await;
        city.walkers().await;
        let people = ["city-officer", "county-officer", "town-officer", "field-worker", "union-chair", "auditor", "administrator",
            "system-administrator", "security-auditor", "w-own", "w-zone"];
        let (mut faults, mut looked, mut pressed) = (Vec::new(), 0, 0);
        for login in people {
            let mut client = Client::signed_in(&city.router, login).await;
            let mut ahead: VecDeque<(String, String)> = VecDeque::from([("/".to_owned(), String::new())]);
            let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
            let mut buttons: BTreeMap<String, (String, String, String)> = BTreeMap::new();
            let mut pages = 0;
            // The city that is walked has a zone at every place; in the register they lie in towns and counties only.
            let grounds = [union::CITY, union::BASE, SECOND_BASE].map(|key| format!("/union/{key}/zone"));
            while let Some((address, from)) = ahead.pop_front() {
                if grounds.contains(&address) {
                    continue;
                }
                let known = shapes.entry(shape(&address)).or_default();
                *known += 1;
                if *known > 2 || pages >= PAGES {
                    continue;
                }
                pages += 1;
                let answer = client.get(&address).await;
                if !(answer.status.is_success() || answer.status.is_redirection()) {
                    faults.push(format!("{login} at {from}: {address} answers {}", answer.status));
                }
                for link in links(&answer.text) {
                    ahead.push_back((link, address.clone()));
                }
                for (action, body) in forms(&answer.text) {
                    buttons.entry(shape(&action)).or_insert((action, body, address.clone()));
                }
            }
            looked += pages;
            for (action, body, from) in buttons.into_values() {
                if ENDS_SIGN_IN.iter().any(|ends| action.starts_with(ends)) {
                    continue;
                }
                let answer = client.post(&action, &body).await;
                pressed += 1;
                let refused = [StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED, StatusCode::UNAUTHORIZED];
                if refused.contains(&answer.status) || answer.status.is_server_error() {
                    faults.push(format!("{login} at {from}: the button to {action} answers {}", answer.status));
                }
            }
        }
        assert!(faults.is_empty(), "{} of {looked} pages and {pressed} buttons:\n{}", faults.len(), faults.join("\n"));
        assert!(looked > 500 && pressed > 100, "{looked} pages, {pressed} buttons");
    }
}
