//! Which unions an account sees (数据范围): what it says in words holds in every list, and nobody gives away more than they see.

use app::accounts::{
    AccountForm, FirstPassword, NamedUnion, NewAccount, ReachForm, account_reach, create_account,
    save_account,
};
use app::error::{AppError, ErrorKind};
use app::op::OpContext;
use app::union_org::{
    UnionListParams,
    as_of::as_of,
    list,
    tree::{branch, tree},
    union_org,
};
use domain::accounts::{Account, Reach, Role};
use domain::scope::{Part, Scope, UnionPath};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::list_query::Page;
use store::union_org::{UnionFilter, UnionRow};
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

fn named(unions: &[(&str, bool)]) -> Vec<NamedUnion> {
    let named = |(union_id, with_below): &(&str, bool)| NamedUnion {
        union_id: (*union_id).to_owned(),
        with_below: *with_below,
    };
    unions.iter().map(named).collect()
}

fn field<T>(result: Result<T, AppError>) -> &'static str {
    let error = result.err().expect("a refusal");
    error.fields.first().map_or(error.code, |field| field.field)
}

async fn opened(
    test: &TestApp,
    by: &OpContext,
    login: &str,
    role: Role,
    at: &OpContext,
    kind: Reach,
    unions: &[(&str, bool)],
) -> Result<Account, AppError> {
    let new = NewAccount {
        login: login.into(),
        name: format!("某{login}"),
        role,
        union_id: at.actor.union_id,
        reach: ReachForm {
            kind,
            unions: named(unions),
        },
    };
    create_account(by, &test.app, new, FirstPassword::OneTime)
        .await
        .map(|made| made.0)
}

async fn seen(test: &TestApp, account: &Account) -> Vec<String> {
    let op = test.app.acting(account, None, None);
    let list = list(
        &op,
        &test.app,
        &UnionListParams {
            size: 200,
            ..UnionListParams::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(list.lines.len() as i64, list.total);
    let mut keys: Vec<String> = list.lines.into_iter().map(|line| line.union_id).collect();
    keys.sort();
    keys
}

both_engines! {
    async fn each_kind_of_reach_shows_its_own_unions(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let by = &people.administrator;
        let open = async |login, role, at, kind, unions: &[(&str, bool)]| {
            let account = opened(&test, by, login, role, at, kind, unions).await.unwrap();
            Account { must_change_password: false, ..account }
        };
        let own = open("own", Role::CountyOfficer, &people.county_officer, Reach::Own, &[]).await;
        assert_eq!(seen(&test, &own).await, [union::COUNTY]);
        let op = test.app.acting(&own, None, None);
        let county = union_org(&op, &test.app, union::COUNTY).await.unwrap();
        assert_eq!(county.below_count, 0, "what is not in sight is not counted");
        assert_eq!(union_org(&op, &test.app, union::TOWN).await.unwrap_err().kind, ErrorKind::NotFound);
        let seen_tree = tree(&op, &test.app, None).await.unwrap();
        assert_eq!((seen_tree.top.twigs.len(), seen_tree.top.twigs[0].children), (1, 0));
        assert!(branch(&op, &test.app, union::COUNTY, None).await.unwrap().twigs.is_empty());

        let chosen = [(union::OTHER_TOWN, false), (union::OTHER_COUNTY, true), (union::TOWN, true), (union::BASE, false)];
        let chosen = open("chosen", Role::Auditor, &people.auditor, Reach::Chosen, &chosen).await;
        assert_eq!(seen(&test, &chosen).await, [union::BASE, union::OTHER_TOWN, union::TOWN, union::OTHER_COUNTY]);
        let op = test.app.acting(&chosen, None, None);
        let seen_tree = tree(&op, &test.app, None).await.unwrap();
        let tops: Vec<&str> = seen_tree.top.twigs.iter().map(|twig| twig.union_id.as_str()).collect();
        assert_eq!(tops, [union::TOWN, union::OTHER_TOWN, union::OTHER_COUNTY], "side by side, in the order of the tree");
        let then = as_of(&op, &test.app, test.app.now().day(), None).await.unwrap();
        // The tree of a day is ordered by keys, not by the places of today.
        let mut below: Vec<&str> = then.below.iter().map(|one| one.union_id.as_str()).collect();
        below.sort_by_key(|key| tops.iter().position(|top| top == key));
        assert_eq!(below, tops, "as on any day");
        assert_eq!(then.counts.iter().map(|(_, count)| count).sum::<usize>(), 4);
        let told = account_reach(by, &test.app, chosen.id).await.unwrap();
        assert_eq!(told.len(), 4);

        let zone = open("zone", Role::FieldWorker, &people.field_worker, Reach::Zone, &[(union::BASE, false)]).await;
        assert_eq!(seen(&test, &zone).await, [union::BASE, union::TOWN], "the zone and the town's own");
    }

    async fn a_reach_must_suit_the_role_the_place_and_the_giver(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let by = &people.administrator;
        let open = async |role, at, kind, unions: &[(&str, bool)]| {
            let login = format!("x{}", Uuid::now_v7().simple()).chars().take(20).collect::<String>();
            field(opened(&test, by, &login, role, at, kind, unions).await)
        };
        assert_eq!(open(Role::TownOfficer, &people.town_officer, Reach::Zone, &[(union::BASE, false)]).await, "reach");
        assert_eq!(open(Role::SecurityAdministrator, &people.town_officer, Reach::Own, &[]).await, "reach");
        assert_eq!(open(Role::TownOfficer, &people.town_officer, Reach::Chosen, &[]).await, "reach_union");
        assert_eq!(open(Role::TownOfficer, &people.town_officer, Reach::Chosen, &[("NO-SUCH", true)]).await, "reach_union");
        let elsewhere = [(union::OTHER_TOWN, false)];
        assert_eq!(open(Role::FieldWorker, &people.field_worker, Reach::Zone, &elsewhere).await, "reach_union", "another town");

        // One union, one zone.
        let zone = [(union::BASE, false)];
        let first = opened(&test, by, "first", Role::FieldWorker, &people.field_worker, Reach::Zone, &zone).await.unwrap();
        assert_eq!(open(Role::FieldWorker, &people.field_worker, Reach::Zone, &zone).await, "reach_union", "taken");
        assert_eq!(open(Role::FieldWorker, &people.field_worker, Reach::Zone, &[(union::TOWN, true)]).await, "reach_union", "above it");
        app::accounts::disable_account(by, &test.app, first.id).await.unwrap();
        opened(&test, by, "second", Role::FieldWorker, &people.field_worker, Reach::Zone, &zone).await.unwrap();

        // An administrator of a county gives nothing beyond it, and touches nobody who sees more.
        let new = NewAccount {
            login: "ninghai-admin".into(),
            name: "宁海安全".into(),
            role: Role::SecurityAdministrator,
            union_id: people.county_officer.actor.union_id,
            reach: ReachForm::default(),
        };
        let (admin, _) = create_account(by, &test.app, new, FirstPassword::OneTime).await.unwrap();
        let admin = test.app.acting(&Account { must_change_password: false, ..admin }, None, None);
        let beyond = opened(&test, &admin, "beyond", Role::TownOfficer, &people.town_officer, Reach::Chosen, &[(union::OTHER_COUNTY, true)]).await;
        assert_eq!(field(beyond), "reach_union");
        let wide = opened(&test, by, "wide", Role::TownOfficer, &people.town_officer, Reach::Chosen, &[(union::OTHER_COUNTY, true)]).await.unwrap();
        let refused = app::accounts::reset_password(&admin, &test.app, wide.id).await.expect_err("a refusal");
        assert_eq!(refused.code, "ACC-406");
        assert!(account_reach(&admin, &test.app, wide.id).await.unwrap().is_empty(), "and is not told of what lies elsewhere");
    }

    async fn a_change_of_reach_stands_in_the_journal_in_words(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let id = people.field_worker.actor.id.unwrap();
        let form = AccountForm {
            name: "王专职".into(),
            role: Role::FieldWorker,
            union_id: people.field_worker.actor.union_id,
            reach: ReachForm { kind: Reach::Zone, unions: named(&[(union::BASE, true)]) },
        };
        let changed = save_account(&people.administrator, &test.app, id, form).await.unwrap();
        assert_eq!((changed.reach, changed.named.len()), (Reach::Zone, 1));
        let journal = test.app.store.read().await.unwrap().journal_list(
            &Scope::Everything,
            &store::journal::JournalFilter::default(),
            Page::ALL,
        ).await.unwrap().0;
        let row = journal.iter().find(|row| row.action == "account.change").unwrap();
        assert_eq!(row.before.as_ref().unwrap()["reach"], "本级及下级");
        assert_eq!(row.after.as_ref().unwrap()["reach"], "片区：宁波甲乙电器有限公司工会（T-BASE）及下级");
    }

    async fn field_workers_of_different_zones_stand_in_for_each_other(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let by = &people.administrator;
        let narrow = opened(&test, by, "narrow", Role::CountyOfficer, &people.county_officer, Reach::Own, &[]).await.unwrap();
        let worker = test.app.store.read().await.unwrap().account(people.field_worker.actor.id.unwrap()).await.unwrap().unwrap();
        assert!(!narrow.scope().covers(&worker.scope()) && !worker.scope().covers(&narrow.scope()));
        assert_eq!(domain::delegation::check_pair(&worker, &narrow), Ok(()), "with the scope of whom they stand in for");
    }

    async fn the_condition_keeps_what_the_scope_contains(database: Database) {
        let test = TestApp::on(database).await;
        let mut runner = TestRunner::deterministic();
        // A tree of three levels with neighbours at the edges of a segment's order.
        let mut places = vec![UnionPath::root(7), UnionPath::root(8)];
        for at in 0..2 {
            for nth in [0, 9, 10, 35, 36] {
                let child = places[at].child(nth);
                places.extend([0, 35, 36].map(|nth| child.child(nth)));
                places.push(child);
            }
        }
        People::of(&test).await;
        let pattern = test.app.store.read().await.unwrap().union_row(union::CITY).await.unwrap().unwrap();
        let rows = places.iter().enumerate().map(|(nth, path)| UnionRow {
            id: Uuid::from_u128(nth as u128 + 1),
            union_id: format!("R{nth:03}"),
            path: Some(path.to_string()),
            ..pattern.clone()
        });
        let homeless = UnionRow { id: Uuid::from_u128(999), union_id: "R999".into(), path: None, ..pattern.clone() };
        let mut tx = test.app.store.begin().await.unwrap();
        tx.upsert_unions(rows.chain([homeless])).await.unwrap();
        tx.commit().await.unwrap();

        let part = (prop::sample::select(places.clone()), any::<bool>())
            .prop_map(|(path, below)| if below { Part::Branch(path) } else { Part::Single(path) });
        let scopes = prop::collection::vec(part, 0..9).prop_map(Scope::of);
        let mut reader = test.app.store.read().await.unwrap();
        for _ in 0..80 {
            let scope = scopes.new_tree(&mut runner).unwrap().current();
            let expected: Vec<String> = places.iter().enumerate()
                .filter(|(_, path)| scope.contains(Some(path)))
                .map(|(nth, _)| format!("R{nth:03}"))
                .collect();
            let (rows, total) = reader.union_list(&scope, &UnionFilter::default(), Page::ALL).await.unwrap();
            let mut keys: Vec<String> = rows.into_iter().map(|row| row.union_id).collect();
            keys.sort();
            assert_eq!(keys, expected, "{scope:?}");
            assert_eq!(total, expected.len() as i64);
            // A fixed statement holds the same.
            for top in &places[..2] {
                let below = places.iter().filter(|path| *path != top && top.contains(path) && scope.contains(Some(path)));
                assert_eq!(reader.unions_below(&scope, top).await.unwrap(), below.count() as i64, "{scope:?}");
            }
        }
        let (_, all) = reader.union_list(&Scope::Everything, &UnionFilter::default(), Page::ALL).await.unwrap();
        assert_eq!(all, places.len() as i64 + 6 + 1, "those without a place, too");
    }
}
