//! Every list goes by cursor: its parts together are the list, a cursor serves its own list alone, and what others write between two parts
//! neither repeats a row nor leaves one out.

use std::collections::BTreeSet;

use codes::id::UnionOrgId;

use super::*;

/// What a list must be asked besides.
fn asked_besides(id: &str) -> &'static str {
    match id {
        "listCheckRows" => "outcome=created&",
        _ => "",
    }
}

/// Lists of which this town has nothing; their own stories read them by cursor.
const EMPTY_HERE: [&str; 2] = ["listRejects", "listCheckRows"];

impl Town {
    /// All parts of a list of so many rows, with something done between two.
    async fn parts<D: Future<Output = ()>>(
        &self,
        token: &str,
        list: &str,
        mut between: impl FnMut(usize) -> D,
    ) -> Vec<Value> {
        let (mut items, mut path) = (Vec::new(), list.to_owned());
        for nth in 0..200 {
            let page = self.get(token, &path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
            items.extend(page.body["items"].as_array().unwrap().iter().cloned());
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                return items;
            };
            path = format!("{list}&cursor={cursor}");
            between(nth).await;
        }
        panic!("{list} has no end");
    }

    /// Unions below the town, each with the end of its term and members of whom none is sound.
    async fn plant_unions(&self, count: u32) {
        let app = &self.test.app;
        let mut tx = app.store.begin().await.unwrap();
        let pattern = tx.union_row(union::BASE).await.unwrap().unwrap();
        let unions = (0..count).map(|nth| store::union_org::UnionRow {
            id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
            union_id: format!("W{nth:02}"),
            parent_id: Some(union::TOWN.into()),
            path: Some(format!("{TOWN_PATH}{:04}/", 100 + nth)),
            term_end_on: (nth % 4 != 3)
                .then(|| Day::new(2027, 1, 1 + nth % 3))
                .flatten()
                .map(Day::naive),
            ..pattern.clone()
        });
        tx.upsert_unions(unions.collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

both_engines! {
    async fn the_parts_of_every_list_are_the_list(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        town.plant_unions(5).await;
        let quiet = app::progress::unwatched();
        app::quality::count(&town.test.system(), &town.test.app, &quiet).await.unwrap();
        let there = town.there().await;
        let mut tx = town.test.app.store.begin().await.unwrap();
        tx.recount_members().await.unwrap();
        tx.commit().await.unwrap();
        let city = town.token(&town.people.city_officer, &[]).await;
        let auditor = town.token(&town.people.auditor, &[]).await;
        let administrator = town.token(&town.people.administrator, &[]).await;
        let (mut walked, mut long) = (Vec::new(), Vec::new());
        let mut foreign: Option<String> = None;
        for endpoint in web::api::endpoints() {
            if endpoint.method != Method::GET || !endpoint.query.iter().any(|param| param.name == "cursor") {
                continue;
            }
            let path = match endpoint.id {
                "listUnzonedUnions" => format!("/unions/{}/unzoned", union::TOWN),
                _ => filled_with(endpoint.path, Some(&there)),
            };
            let path = format!("{path}?{}", asked_besides(endpoint.id));
            let sized = endpoint.query.iter().any(|param| param.name == "limit");
            let at_once = if sized { format!("{path}limit=200") } else { path.clone() };
            let mut open = None;
            for token in [&city, &auditor, &administrator] {
                let whole = town.get(token, &at_once).await;
                if whole.status == StatusCode::OK {
                    open = Some((token, whole.body));
                    break;
                }
            }
            let Some((token, whole)) = open else {
                assert!(EMPTY_HERE.contains(&endpoint.id), "nobody reads {}", endpoint.id);
                continue;
            };
            let one = if sized { format!("{path}limit=1") } else { format!("{path}by_phone=false") };
            let parts = town.parts(token, &one, |_| async {}).await;
            assert_eq!(&Value::from(parts), &whole["items"], "{}", endpoint.id);
            if sized {
                assert_eq!(whole["total"].as_u64(), whole["items"].as_array().map(|items| items.len() as u64), "{}", endpoint.id);
            }
            // Neither made up nor of another list, and not for the start.
            for wrong in ["00".to_owned(), "zz".to_owned()].into_iter().chain(foreign.clone()) {
                let refused = town.get(token, &format!("{one}&cursor={wrong}")).await;
                assert_eq!((refused.status, &refused.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("API-424")), "{}", endpoint.id);
                assert_eq!(names(&refused.body), ["cursor"]);
            }
            if let Some(cursor) = town.get(token, &one).await.body["next_cursor"].as_str() {
                foreign = Some(cursor.to_owned());
                long.push(endpoint.id);
            }
            walked.push(endpoint.id);
        }
        let wanted = ["listTermEnds", "listLegalPersons", "rankUnionsByQuality", "listUnions", "listUnzonedUnions", "listMembers"];
        assert!(wanted.iter().all(|id| long.contains(id)), "several parts each: {long:?}");
        assert!(walked.len() > 20, "{walked:?}");
    }

    async fn what_others_write_between_two_parts_shifts_nothing(database: Database) {
        let town = Town::on(database).await;
        town.plant_unions(12).await;
        let token = town.token(&town.people.city_officer, &[]).await;
        let (town, app) = (&town, &town.test.app);
        let lists = [
            "/terms?limit=2", "/legal-persons?limit=2", "/unions?sort=term_end&descending=true&limit=2",
            "/unions?sort=members&limit=2", "/unions?limit=2", "/unions/T-XIDIAN/unzoned?limit=2",
        ];
        for list in lists {
            town.plant_unions(12).await;
            let before: Vec<String> = town.parts(&token, list, |_| async {}).await.iter().map(|row| row["union_id"].to_string()).collect();
            let gone: BTreeSet<String> = before[..2].iter().cloned().collect();
            let taken = gone.iter().map(|key| key.trim_matches('"').to_owned()).collect::<Vec<_>>();
            let met = town.parts(&token, list, |nth| {
                let taken = taken.clone();
                async move {
                    if nth != 0 {
                        return;
                    }
                    // What was told goes, and another union comes in front of everything.
                    let mut tx = app.store.begin().await.unwrap();
                    for key in taken.iter().filter(|key| key.starts_with('W')) {
                        tx.delete_union(key).await.unwrap();
                    }
                    let pattern = tx.union_row(union::BASE).await.unwrap().unwrap();
                    let early = store::union_org::UnionRow {
                        id: UnionOrgId::mint(&*app.ids, app.now()).uuid(),
                        union_id: "0-EARLY".into(),
                        path: Some(format!("{TOWN_PATH}0001/")),
                        term_end_on: Day::new(2026, 12, 31).map(Day::naive),
                        ..pattern
                    };
                    tx.upsert_unions([early]).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }).await;
            let met: Vec<String> = met.iter().map(|row| row["union_id"].to_string()).filter(|key| key != "\"0-EARLY\"").collect();
            assert_eq!(met, before, "{list}");
            let mut tx = app.store.begin().await.unwrap();
            tx.delete_union("0-EARLY").await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn a_pair_of_memberships_is_told_once_on_whichever_part(database: Database) {
        let town = Town::on(database).await;
        let app = &town.test.app;
        let mut tx = app.store.begin().await.unwrap();
        let home = tx.union_row(union::BASE).await.unwrap().unwrap();
        // Three memberships under each of forty numbers: the hundredth row stands within one.
        let rows = (0..120).map(|nth| {
            let number = plant::with_check(&format!("33022619900101{:03}", nth / 3));
            let who = (format!("D{nth:03}"), format!("{MARK}{nth}"));
            member_row(app, home.id, (&who.0, &who.1), Some(&number))
        });
        tx.upsert_members(rows.collect::<Vec<_>>()).await.unwrap();
        tx.recount_members().await.unwrap();
        tx.commit().await.unwrap();
        let token = town.token(&town.people.town_officer, &[]).await;
        let first = town.get(&token, "/duplicates").await;
        assert!(first.body["next_cursor"].is_string(), "{}", first.body);
        let pairs = town.parts(&token, "/duplicates?by_phone=false", |_| async {}).await;
        let keys: Vec<(String, String)> = pairs.iter().map(|pair| {
            (pair["left"]["member_id"].to_string(), pair["right"]["member_id"].to_string())
        }).collect();
        let once: BTreeSet<&(String, String)> = keys.iter().collect();
        assert_eq!((keys.len(), once.len()), (120, 120));
    }
}
