//! Signing in, sessions, and what an administrator may do with accounts.

use std::time::Duration;

use app::accounts::{
    AccountForm, AccountListParams, ChangePassword, FirstPassword, NewAccount, ReachForm, SignIn,
    UnionChoices, UnionMeant, account, accounts, authenticate, change_password, create_account,
    disable_account, enable_account, end_session, init_admin, reset_password, save_account, sessions,
    sign_in, sign_out, union_choices, union_meant, unlock_account,
};
use app::error::ErrorKind;
use app::journal::{JournalParams, journal};
use app::op::{App, OpContext};
use domain::accounts::{Account, LOCK_TIME, Role, SESSION_IDLE, SESSION_LENGTH};
use domain::permission::Action;
use testkit::{People, TestApp, both_engines, union};

const PASSWORD: &str = "Found-25-unions";

fn form(login: &str, password: &str) -> SignIn {
    SignIn {
        login: login.into(),
        password: password.into(),
        ..SignIn::default()
    }
}

async fn administrator(test: &TestApp, login: &str) -> Account {
    let new = NewAccount {
        login: login.into(),
        name: "管理员".into(),
        role: Role::SecurityAdministrator,
        union_id: None,
        reach: ReachForm::default(),
    };
    let first = FirstPassword::Given(PASSWORD.into());
    create_account(&test.system(), &test.app, new, first)
        .await
        .unwrap()
        .0
}

async fn signed(app: &App, login: &str, password: &str) -> (OpContext, String) {
    let token = sign_in(app, form(login, password)).await.unwrap().token;
    (authenticate(app, &token, None).await.unwrap().unwrap().op, token)
}

both_engines! {
    async fn the_first_administrator_must_choose_a_password(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        let one_time = init_admin(app).await.unwrap().unwrap();
        assert_eq!(init_admin(app).await.unwrap(), None, "only once");
        let signed_in = sign_in(app, form(" Admin ", one_time.as_str())).await.unwrap();
        assert!(signed_in.account.must_change_password);
        let request = authenticate(app, &signed_in.token, None).await.unwrap().unwrap();
        assert_eq!(request.op.may(Action::ManageAccounts).unwrap_err().code, "ACC-428");

        let change = |old: &str, new: &str, again: &str| {
            let form = ChangePassword { old: old.into(), new: new.into(), again: again.into() };
            let op = request.op.clone();
            async move { change_password(&op, app, form).await.map_err(|error| error.fields[0].field) }
        };
        let old = one_time.as_str();
        assert_eq!(change("wrong", PASSWORD, PASSWORD).await, Err("old"));
        assert_eq!(change(old, PASSWORD, "other").await, Err("again"));
        assert_eq!(change(old, "short", "short").await, Err("new"));
        assert_eq!(change(old, old, old).await, Err("new"));
        assert_eq!(change(old, PASSWORD, PASSWORD).await, Ok(()));
        let again = authenticate(app, &signed_in.token, None).await.unwrap().unwrap();
        assert!(again.op.can(Action::ManageAccounts), "this session goes on");
        assert!(sign_in(app, form("admin", old)).await.is_err(), "the one-time password is spent");
    }

    async fn wrong_passwords_lock_for_a_time(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        administrator(&test, "admin").await;
        for _ in 0..6 {
            assert_eq!(sign_in(app, form("admin", "wrong")).await.err().unwrap().code, "ACC-101", "whoever guesses is not told of the lock");
        }
        assert_eq!(sign_in(app, form("admin", PASSWORD)).await.err().unwrap().code, "ACC-102", "not even with the right one");
        test.clock.advance(LOCK_TIME);
        sign_in(app, form("admin", PASSWORD)).await.unwrap();
        for _ in 0..4 {
            assert_eq!(sign_in(app, form("admin", "wrong")).await.err().unwrap().code, "ACC-101", "counted anew");
        }
        sign_in(app, form("admin", PASSWORD)).await.unwrap();
        assert_eq!(sign_in(app, form("nobody", PASSWORD)).await.err().unwrap().code, "ACC-101");
    }

    async fn guesses_at_the_same_moment_are_all_counted(database: Database) {
        let test = TestApp::on(database).await;
        administrator(&test, "admin").await;
        let guesses = (0..20).map(|_| sign_in(&test.app, form("admin", "wrong")));
        let codes = futures::future::join_all(guesses).await;
        assert!(codes.into_iter().all(|outcome| outcome.err().unwrap().code == "ACC-101"));
        let asked = JournalParams { action: "account.lock".into(), ..JournalParams::default() };
        assert_eq!(journal(&test.system(), &test.app, &asked).await.unwrap().total, 1, "the fifth locks, once");
        assert_eq!(sign_in(&test.app, form("admin", PASSWORD)).await.err().unwrap().code, "ACC-102");
    }

    async fn sessions_end_by_time_by_hand_and_with_the_account(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        administrator(&test, "admin").await;
        let other = administrator(&test, "other").await;
        let (op, token) = signed(app, "admin", PASSWORD).await;
        let (_, phone) = signed(app, "admin", PASSWORD).await;
        let (others, others_token) = signed(app, "other", PASSWORD).await;
        let open = sessions(&op, app).await.unwrap();
        assert_eq!(open.len(), 2);
        let on_phone = open.iter().find(|session| Some(session.id) != op.session).unwrap().id;
        assert_eq!(end_session(&others, app, on_phone).await.unwrap_err().kind, ErrorKind::NotFound, "not theirs");
        end_session(&op, app, on_phone).await.unwrap();
        assert!(authenticate(app, &phone, None).await.unwrap().is_none());
        assert!(authenticate(app, "no such token", None).await.unwrap().is_none());

        disable_account(&op, app, other.id).await.unwrap();
        assert!(authenticate(app, &others_token, None).await.unwrap().is_none());
        assert_eq!(sign_in(app, form("other", PASSWORD)).await.err().unwrap().code, "ACC-103");
        enable_account(&op, app, other.id).await.unwrap();
        let (others, others_token) = signed(app, "other", PASSWORD).await;
        sign_out(&others, app).await.unwrap();
        assert!(authenticate(app, &others_token, None).await.unwrap().is_none());

        test.clock.advance(SESSION_IDLE);
        assert!(authenticate(app, &token, None).await.unwrap().is_none(), "idle");
        let (_, token) = signed(app, "admin", PASSWORD).await;
        test.clock.advance(SESSION_LENGTH);
        assert!(authenticate(app, &token, None).await.unwrap().is_none(), "a day is over");
    }

    async fn nobody_locks_themselves_or_everybody_out(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        let account = administrator(&test, "admin").await;
        let (op, _) = signed(app, "admin", PASSWORD).await;
        assert_eq!(disable_account(&op, app, account.id).await.unwrap_err().code, "ACC-130");
        let demoted = AccountForm { name: "我".into(), role: Role::Auditor, union_id: None, reach: ReachForm::default() };
        assert_eq!(save_account(&op, app, account.id, demoted.clone()).await.unwrap_err().code, "ACC-120");
        let system = test.system();
        assert_eq!(disable_account(&system, app, account.id).await.unwrap_err().code, "ACC-131", "the last one");
        assert_eq!(save_account(&system, app, account.id, demoted).await.unwrap_err().fields[0].field, "role");
        let renamed = AccountForm { name: "新名字".into(), role: Role::SecurityAdministrator, union_id: None, reach: ReachForm::default() };
        assert_eq!(save_account(&op, app, account.id, renamed).await.unwrap().name, "新名字");
        let second = administrator(&test, "second").await;
        let one_time = reset_password(&op, app, second.id).await.unwrap();
        assert!(sign_in(app, form("second", one_time.as_str())).await.unwrap().account.must_change_password);
        unlock_account(&op, app, second.id).await.unwrap();
        disable_account(&op, app, second.id).await.unwrap();
        let params = AccountListParams { state: "disabled".into(), q: "sec".into(), ..Default::default() };
        let list = accounts(&op, app, &params).await.unwrap();
        assert_eq!((list.total, list.rows[0].id), (1, second.id));
    }

    async fn what_was_entered_wrongly_is_named(database: Database) {
        let test = TestApp::on(database).await;
        administrator(&test, "admin").await;
        let (op, _) = signed(&test.app, "admin", PASSWORD).await;
        let create = |login: &str, name: &str, role: Role, first: FirstPassword| {
            let new = NewAccount { login: login.into(), name: name.into(), role, union_id: None, reach: ReachForm::default() };
            let (op, app) = (op.clone(), test.app.clone());
            async move { create_account(&op, &app, new, first).await.map(|_| ()).map_err(|error| error.fields[0].field) }
        };
        let one_time = || FirstPassword::OneTime;
        assert_eq!(create("Bad Login", "王", Role::Auditor, one_time()).await, Err("login"));
        assert_eq!(create("admin", "王", Role::SecurityAdministrator, one_time()).await, Err("login"));
        assert_eq!(create("wang", "  ", Role::SecurityAdministrator, one_time()).await, Err("name"));
        assert_eq!(create("wang", "王", Role::TownOfficer, one_time()).await, Err("union_id"));
        assert_eq!(create("wang", "王", Role::System, one_time()).await, Err("role"));
        let given = FirstPassword::Given(PASSWORD.into());
        assert_eq!(create("wang", "王", Role::SecurityAdministrator, given).await, Err("password"));
        assert_eq!(create("wang", "王", Role::SecurityAdministrator, one_time()).await, Ok(()));
    }

    async fn every_step_is_in_the_journal(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        let account = administrator(&test, "admin").await;
        let (op, _) = signed(app, "admin", PASSWORD).await;
        test.clock.advance(Duration::from_secs(60));
        sign_out(&op, app).await.unwrap();
        let system = test.system();
        let page = journal(&system, app, &JournalParams::default()).await.unwrap();
        let lines: Vec<_> = page.rows.iter().map(|row| (row.action.as_str(), row.actor.as_str())).collect();
        assert_eq!(lines, [("退出", "管理员"), ("登录", "管理员"), ("新建账号", "system(test)")]);
        let about = JournalParams { id: account.id.to_string(), ..Default::default() };
        assert_eq!(journal(&system, app, &about).await.unwrap().total, 1);
        assert!(journal(&op, app, &about).await.is_err(), "who lets people in does not read what they do");
    }

    async fn an_account_reaches_as_far_as_its_union(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let logins = async |op: &OpContext| {
            let list = accounts(op, app, &AccountListParams::default()).await.unwrap();
            assert_eq!(list.total, list.rows.len() as i64);
            list.rows.into_iter().map(|account| account.login).collect::<Vec<_>>()
        };
        assert_eq!(logins(&people.administrator).await.len(), 12);
        assert_eq!(logins(&people.town_officer).await, ["field-worker", "town-officer", "union-chair"]);
        assert_eq!(logins(&people.other_county_officer).await, ["other-county-officer"]);
        let there = people.field_worker.actor.id.unwrap();
        assert_eq!(account(&people.town_officer, app, there).await.unwrap().name, "王专职");
        let refused = account(&people.other_town_officer, app, there).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::NotFound, "out of scope does not exist");
    }

    async fn an_administrator_of_a_county_stays_in_the_county(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let union_id = |op: &OpContext| op.actor.union_id;
        let new = |login: &str, role: Role, union_id| NewAccount {
            login: login.into(),
            name: "某人".into(),
            role,
            union_id,
            reach: ReachForm::default(),
        };
        let county = new("ninghai-admin", Role::SecurityAdministrator, union_id(&people.county_officer));
        let first = FirstPassword::Given(PASSWORD.into());
        create_account(&test.system(), app, county, first).await.unwrap();
        let (op, _) = signed(app, "ninghai-admin", PASSWORD).await;
        for (login, role, place, expected) in [
            ("inside", Role::TownOfficer, union_id(&people.town_officer), true),
            ("outside", Role::CountyOfficer, union_id(&people.other_county_officer), false),
            ("above", Role::CityOfficer, union_id(&people.city_officer), false),
            ("nowhere", Role::SecurityAdministrator, None, false),
        ] {
            let made = create_account(&op, app, new(login, role, place), FirstPassword::OneTime).await;
            assert_eq!(made.is_ok(), expected, "{login}");
        }
        let outside = people.other_county_officer.actor.id.unwrap();
        assert_eq!(disable_account(&op, app, outside).await.unwrap_err().kind, ErrorKind::NotFound);
        let moved = AccountForm {
            name: "郑西店".into(),
            role: Role::TownOfficer,
            union_id: union_id(&people.other_county_officer),
            reach: ReachForm::default(),
        };
        let inside = people.town_officer.actor.id.unwrap();
        assert_eq!(save_account(&op, app, inside, moved).await.unwrap_err().fields[0].field, "union_id");
    }

    async fn moving_a_union_moves_what_its_people_see(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (_, token) = signed(app, "town-officer", People::PASSWORD).await;
        let mut tx = app.store.begin().await.unwrap();
        let town = tx.union_row(union::TOWN).await.unwrap().unwrap();
        tx.set_union_path(town.id, None).await.unwrap();
        tx.commit().await.unwrap();
        let request = authenticate(app, &token, None).await.unwrap().unwrap();
        assert_eq!(request.op.scope(), &domain::scope::Scope::Nothing, "a union that hangs nowhere shows nothing");
        assert_ne!(people.town_officer.scope(), request.op.scope());
    }

    async fn a_union_is_found_by_a_part_of_its_name_and_taken_only_when_one_is_meant(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let op = &people.administrator;
        let names = |text: &'static str| async move {
            let choices = union_choices(op, app, text).await.unwrap();
            assert_eq!(choices.total, choices.found.len() as i64);
            choices.found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names("甲乙").await, ["宁波甲乙电器有限公司工会"]);
        assert_eq!(names("宁海县").await[0], "宁海县总工会", "a higher union stands before what is below it");
        assert_eq!(names("t-base").await, ["宁波甲乙电器有限公司工会"], "by its key, in any spelling");
        assert!(names("").await.is_empty() && names("%").await.is_empty());
        let town = union_choices(op, app, "西店").await.unwrap().found.remove(0);
        assert_eq!((town.place.as_str(), town.kind), ("宁海县 西店镇", "总工会"));

        let id = |op: &OpContext| UnionMeant::One(op.actor.union_id.unwrap());
        assert_eq!(union_meant(op, app, "宁海县西店镇总工会").await.unwrap(), id(&people.town_officer));
        assert_eq!(union_meant(op, app, " T-YINZHOU ").await.unwrap(), id(&people.other_county_officer));
        let UnionMeant::Choose(one) = union_meant(op, app, "甲乙").await.unwrap() else {
            panic!("a part of a name is confirmed by the person, also when it fits one union only")
        };
        assert_eq!(one.total, 1);
        let UnionMeant::Choose(none) = union_meant(op, app, "象山").await.unwrap() else { panic!("nothing") };
        assert_eq!(none, UnionChoices::default());

        let refused = union_choices(&people.field_worker, app, "西店").await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Forbidden);
        // A town officer moves unions and so looks for them, among those in sight.
        assert_eq!(union_choices(&people.town_officer, app, "鄞州").await.unwrap(), UnionChoices::default());
    }
}
