//! Who gets in and who acts for whom: guessing, locks, what two administrators do at the same moment, what a delegate gets and leaves
//! behind, and what lists and files give away.

use std::time::Duration;

use app::accounts::{
    AccountForm, FirstPassword, NamedUnion, NewAccount, ReachForm, SignIn, authenticate,
    confirm_second_factor, create_account, disable_account, enable_account, save_account, second_factor,
    sign_in, start_second_factor,
};
use app::api_token::{TokenForm, make_token, tokens, withdraw_token};
use app::delegation::{DelegationForm, act_for, give_delegation};
use app::error::{AppError, ErrorKind};
use app::journal::{JournalParams, Tried, journal, refused};
use app::membership::{
    Answer, ChangeForm, MemberListParams, answer, ask_change, find, list, list_after, request,
};
use app::op::{App, OpContext};
use app::paging::After;
use app::search::people as search;
use app::security::save_security_policy;
use domain::accounts::{Account, LOCK_TIME, Reach, Role};
use domain::security::SecurityPolicy;
use testkit::{People, TestApp, both_engines, code_of, member_row, union};

const HOME: &str = "10.0.0.7";
const AWAY: &str = "203.0.113.9";
/// Generated; check digits hold.
const NUMBER: &str = "330226199001010000";

async fn from(app: &App, address: &str, login: &str, password: &str) -> Result<String, AppError> {
    let form = SignIn {
        login: login.into(),
        password: password.into(),
        address: Some(address.into()),
        ..SignIn::default()
    };
    sign_in(app, form).await.map(|signed| signed.token)
}

async fn op_of(app: &App, token: &str) -> OpContext {
    authenticate(app, token, None).await.unwrap().unwrap().op
}

async fn signed(app: &App, login: &str) -> (OpContext, String) {
    let token = from(app, HOME, login, People::PASSWORD).await.unwrap();
    (op_of(app, &token).await, token)
}

fn code(outcome: Result<impl Sized, AppError>) -> &'static str {
    outcome.err().map_or("", |error| error.code)
}

async fn account(test: &TestApp, login: &str) -> Account {
    let mut reader = test.app.store.read().await.unwrap();
    reader.account_by_login(login).await.unwrap().unwrap()
}

/// Acts for somebody from now on, in a session of this token.
async fn acting(app: &App, principal: &str, delegate: &str) -> (OpContext, String) {
    let (giver, _) = signed(app, principal).await;
    let form = DelegationForm {
        delegate: delegate.into(),
        starts_on: app.clock.today().to_string(),
        ends_on: app.clock.today().add_days(3).to_string(),
        reason: "外出培训".into(),
    };
    let given = give_delegation(&giver, app, People::PASSWORD, form)
        .await
        .unwrap();
    let (own, token) = signed(app, delegate).await;
    act_for(&own, app, given.id).await.unwrap();
    (op_of(app, &token).await, token)
}

/// What the journal says of refused sign-ins, the newest first: by whom, from where, why.
async fn refusals(test: &TestApp, op: &OpContext) -> Vec<(String, String, String)> {
    let asked = JournalParams {
        action: "session.refused".into(),
        ..JournalParams::default()
    };
    let rows = journal(op, &test.app, &asked).await.unwrap().rows;
    let value = |changes: &[(String, String, String)], name: &str| {
        let found = changes.iter().find(|(one, ..)| one == name);
        found.map_or_else(String::new, |(_, _, after)| after.clone())
    };
    rows.into_iter()
        .map(|row| {
            let (address, why) = (value(&row.changes, "address"), value(&row.changes, "why"));
            (row.actor, address, why)
        })
        .collect()
}

async fn member(test: &TestApp, key: &str, name: &str, at: &str, number: Option<&str>) {
    let mut tx = test.app.store.begin().await.unwrap();
    let home = tx.union_row(at).await.unwrap().unwrap();
    let row = member_row(&test.app, home.id, (key, name), number);
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn the_journal_says_in_which_role_from_where_and_with_what_result(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (op, token) = signed(app, "town-officer").await;
        let op = op.from_address(Some(HOME.into()));
        search(&op, app, "王芳").await.unwrap();
        let _ = from(app, AWAY, "town-officer", "wrong-wrong-1").await;
        let asked = |change: fn(&mut JournalParams)| {
            let mut params = JournalParams::default();
            change(&mut params);
            params
        };
        let of_session = JournalParams { session: op.session.unwrap().to_string(), ..JournalParams::default() };
        let rows = journal(&people.auditor, app, &of_session).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["查找会员", "登录"]);
        for row in &rows {
            assert_eq!(row.role.as_deref(), Some("镇街干部"));
            assert_eq!((row.address.as_deref(), row.result.as_deref(), row.reason.as_deref()), (Some(HOME), Some("成功"), None));
        }
        assert!(!format!("{rows:?}").contains(&token), "an id, not the secret");
        let refused = journal(&people.auditor, app, &asked(|params| params.result = "refused".into())).await.unwrap().rows;
        assert_eq!(refused.len(), 1);
        assert_eq!((refused[0].address.as_deref(), refused[0].reason.as_deref()), (Some(AWAY), Some("ACC-101")));
        assert_eq!(refused[0].session_id, None);
        let away = JournalParams { address: AWAY.into(), ..JournalParams::default() };
        assert_eq!(journal(&people.auditor, app, &away).await.unwrap().total, 1);
        let town = asked(|params| params.role = "town_officer".into());
        assert_eq!(journal(&people.auditor, app, &town).await.unwrap().total, 3);
        assert_eq!(journal(&people.auditor, app, &asked(|params| params.role = "city_officer".into())).await.unwrap().total, 0);

        // A password that is tried at an open desk is a refused try as well.
        let form = app::accounts::ChangePassword { old: "wrong".into(), new: "Xidian-2026-qiu".into(), again: "Xidian-2026-qiu".into() };
        assert_eq!(code(app::accounts::change_password(&op, app, form).await), "ACC-110");
        let refused = refusals(&test, &people.auditor).await;
        assert_eq!((refused[0].1.as_str(), refused[0].2.as_str()), (HOME, "办理本人事项时密码不正确"));
    }

    async fn a_refused_request_is_journalled_up_to_a_measure(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let tried = |kind, code| Tried { method: "POST", path: "/union/U1/move", kind, code };
        let op = &people.field_worker;
        refused(op, app, tried(ErrorKind::Invalid, "UNI-101")).await;
        for _ in 0..25 {
            refused(op, app, tried(ErrorKind::Forbidden, "ACC-403")).await;
        }
        refused(&people.town_officer, app, tried(ErrorKind::NotFound, "UNI-404")).await;
        refused(&app.system("test"), app, tried(ErrorKind::Forbidden, "ACC-403")).await;
        let asked = JournalParams { action: "request.refused".into(), ..JournalParams::default() };
        let rows = journal(&people.auditor, app, &asked).await.unwrap().rows;
        assert_eq!(rows.len(), 21, "what is mistyped is no try, and twenty of one account are enough");
        assert_eq!(rows[0].reason.as_deref(), Some("UNI-404"));
        assert!(rows[1].changes.iter().any(|(name, _, words)| name == "why" && words.contains("不再逐条记录")));
        assert_eq!(rows[2].changes, [("request".to_owned(), String::new(), "POST /union/U1/move".to_owned())]);
        assert!(rows.iter().all(|row| row.result.as_deref() == Some("被拒绝")));
    }

    async fn whoever_guesses_learns_nothing_and_waits_alone(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        // At the same desk as every morning.
        from(app, HOME, "administrator", People::PASSWORD).await.unwrap();
        // Somebody elsewhere: a login that is there and one that is not are told alike, also once the account is locked.
        for nth in 1..=7 {
            let known = from(app, AWAY, "administrator", "wrong").await.unwrap_err();
            let unknown = from(app, AWAY, "nobody", "wrong").await.unwrap_err();
            assert_eq!(known.to_string(), unknown.to_string(), "guess {nth}");
            assert_eq!(known.code, if nth <= 5 { "ACC-101" } else { "ACC-429" }, "guess {nth}");
        }
        assert!(account(&test, "administrator").await.locked_until.is_some());
        // The lock is told to whoever knows the password, and keeps nobody out at the desk they come from.
        assert_eq!(code(from(app, "203.0.113.10", "administrator", People::PASSWORD).await), "ACC-102");
        assert_eq!(code(from(app, "203.0.113.10", "administrator", "wrong").await), "ACC-101");
        from(app, HOME, "administrator", People::PASSWORD).await.unwrap();
        // There one waits as well when one guesses, and a right password before that forgives.
        for _ in 0..4 {
            assert_eq!(code(from(app, HOME, "administrator", "wrong").await), "ACC-101");
        }
        from(app, HOME, "administrator", People::PASSWORD).await.unwrap();
        for _ in 0..5 {
            assert_eq!(code(from(app, HOME, "administrator", "wrong").await), "ACC-101");
        }
        let waits = from(app, HOME, "administrator", People::PASSWORD).await.unwrap_err();
        assert!(waits.code == "ACC-429" && waits.message.contains("后再试"), "{waits}");
        from(app, HOME, "field-worker", People::PASSWORD).await.expect("a neighbour behind the same address");
        test.clock.advance(LOCK_TIME);
        from(app, HOME, "administrator", People::PASSWORD).await.unwrap();
        // One address does not try one password at every login.
        let spread = futures::future::join_all((0..60).map(|nth| {
            let login = format!("guessed-{nth}");
            async move { code(from(app, "203.0.113.77", &login, "Summer-2026").await) }
        })).await;
        assert_eq!(spread.iter().filter(|code| **code == "ACC-101").count(), 50, "{spread:?}");
        drop(people);
    }

    async fn refused_sign_ins_are_in_the_journal_and_do_not_fill_it(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        assert_eq!(code(from(app, AWAY, "My-Passw0rd!", "town-officer").await), "ACC-101");
        assert_eq!(code(from(app, AWAY, "town-officer", "wrong").await), "ACC-101");
        disable_account(&people.administrator, app, people.field_worker.actor.id.unwrap()).await.unwrap();
        assert_eq!(code(from(app, AWAY, "field-worker", People::PASSWORD).await), "ACC-103");
        let told = refusals(&test, &people.security_auditor).await;
        let expected = [("王专职", "账号已停用"), ("郑西店", "密码不正确"), ("（未登录）", "没有这个登录名")];
        let told: Vec<_> = told.iter().map(|(who, address, why)| {
            assert_eq!(address, AWAY);
            (who.as_str(), why.as_str())
        }).collect();
        assert_eq!(told, expected);
        let all = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap().rows;
        assert!(!format!("{all:?}").to_lowercase().contains("my-passw0rd"), "what was typed for a login may be a password");
        for nth in 0..30 {
            from(app, "203.0.113.50", &format!("x{nth}"), "y").await.unwrap_err();
        }
        let of_one: Vec<_> = refusals(&test, &people.security_auditor).await.into_iter().filter(|(_, address, _)| address == "203.0.113.50").collect();
        assert_eq!(of_one.len(), 20);
        assert!(of_one[0].2.contains("不再逐条记录"), "{:?}", of_one[0]);
    }

    async fn what_is_done_to_an_account_meanwhile_is_not_undone(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let before = account(&test, "field-worker").await;
        // Somebody is about to take the account out of use.
        let mut tx = app.store.begin().await.unwrap();
        let held = tx.account_to_change(before.id).await.unwrap().unwrap();
        let saving = tokio::spawn({
            let (op, app) = (people.administrator.clone(), app.clone());
            let form = AccountForm { name: "王专员".into(), role: Role::FieldWorker, union_id: before.union_id, reach: ReachForm::default() };
            async move { save_account(&op, &app, before.id, form).await }
        });
        let coming = tokio::spawn({
            let app = app.clone();
            async move { from(&app, HOME, "field-worker", People::PASSWORD).await }
        });
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        tx.save_account(&Account { disabled_at: Some(app.now()), ..held }).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(saving.await.unwrap().unwrap().name, "王专员");
        assert_eq!(code(coming.await.unwrap()), "ACC-103");
        let after = account(&test, "field-worker").await;
        assert!(after.disabled_at.is_some() && after.name == "王专员" && after.last_sign_in_at.is_none(), "{after:?}");
    }

    async fn two_security_administrators_do_not_take_each_other_out(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let new = NewAccount { login: "second".into(), name: "管理员二".into(), role: Role::SecurityAdministrator, union_id: None, reach: ReachForm::default() };
        let (second, _) = create_account(&test.system(), app, new, FirstPassword::Given(People::PASSWORD.into())).await.unwrap();
        let (one, two) = (&people.administrator, app.acting(&second, None, None));
        let (first_id, second_id) = (one.actor.id.unwrap(), second.id);
        for round in 0..5 {
            let (a, b) = tokio::join!(disable_account(one, app, second_id), disable_account(&two, app, first_id));
            assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|done| **done).count(), 1, "round {round}");
            assert_eq!(code(if a.is_ok() { b } else { a }), "ACC-131");
            for id in [first_id, second_id] {
                enable_account(&test.system(), app, id).await.unwrap();
            }
        }
    }

    async fn a_delegate_makes_and_withdraws_no_tokens_and_leaves_both_names(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let form = || TokenForm { name: "年报系统".into(), scopes: vec!["union:read".into()], last_day: "2026-08-31".into() };
        let principal = people.town_officer.actor.id.unwrap();
        let made = make_token(&people.town_officer, app, principal, People::PASSWORD, form()).await.unwrap();
        let (op, _) = acting(app, "town-officer", "field-worker").await;
        assert_eq!(op.actor.id, Some(principal));
        assert_eq!(code(make_token(&op, app, principal, People::PASSWORD, form()).await), "ACC-450");
        assert_eq!(code(make_token(&op, app, op.person_id().unwrap(), People::PASSWORD, form()).await), "ACC-450");
        assert_eq!(code(withdraw_token(&op, app, made.token.id).await), "ACC-450");
        assert!(tokens(&op, app, op.person_id().unwrap()).await.unwrap().is_empty());
        assert_eq!(tokens(&people.town_officer, app, principal).await.unwrap().len(), 1);
        // An open desk is not enough either.
        let wrong = make_token(&people.town_officer, app, principal, "wrong", form()).await.err().unwrap();
        assert_eq!((wrong.code, wrong.fields[0].field), ("TOK-101", "password"));
    }

    async fn the_factor_of_a_role_is_asked_of_whoever_acts_for_it(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (op, acted) = acting(app, "town-officer", "field-worker").await;
        assert_eq!(op.role(), Role::TownOfficer);
        let policy = SecurityPolicy { second_factor_roles: [Role::TownOfficer.code().to_owned()].into(), second_factor_grace_days: 0, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, policy).await.unwrap();
        let (own, token) = signed(app, "field-worker").await;
        assert_eq!((own.role(), own.first_duty), (Role::FieldWorker, None), "a field worker needs none");
        let given = app::delegation::delegations(&own, app).await.unwrap().got[0].id;
        let refused = act_for(&own, app, given).await.unwrap_err();
        assert!(refused.code == "DLG-428" && refused.message.contains("镇街干部"), "{refused}");
        // The session that acted already is back in its own name.
        assert_eq!(op_of(app, &acted).await.role(), Role::FieldWorker);

        assert_eq!(code(start_second_factor(&own, app, "wrong").await), "ACC-143", "an open desk is not enough");
        start_second_factor(&own, app, People::PASSWORD).await.unwrap();
        let key = second_factor(&own, app).await.unwrap().enrolment.unwrap().key;
        confirm_second_factor(&own, app, &code_of(&key, app.now())).await.unwrap();
        act_for(&op_of(app, &token).await, app, given).await.unwrap();
        assert_eq!(op_of(app, &token).await.role(), Role::TownOfficer);
    }

    async fn who_asked_in_anothers_name_does_not_answer_in_their_own(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        member(&test, "M1", "邵国海", union::BASE, None).await;
        // A chair who looks after a union of the neighbour town as well.
        let at = |key: &str| NamedUnion { union_id: key.to_owned(), with_below: true };
        let new = NewAccount {
            login: "second-chair".into(),
            name: "卢副主席".into(),
            role: Role::UnionChair,
            union_id: people.union_chair.actor.union_id,
            reach: ReachForm { kind: Reach::Chosen, unions: vec![at(union::BASE), at(union::OTHER_TOWN)] },
        };
        create_account(&test.system(), app, new, FirstPassword::Given(People::PASSWORD.into())).await.unwrap();
        let form = ChangeForm { kind: "move".into(), happened_on: "2026-08-01".into(), reason: "1".into(), to: "宁海县深甽镇总工会".into(), ..ChangeForm::default() };
        let (op, _) = acting(app, "union-chair", "second-chair").await;
        let asked = ask_change(&op, app, union::BASE, "M1", &form).await.unwrap();
        let (own, _) = signed(app, "second-chair").await;
        let shown = request(&own, app, asked).await.unwrap();
        assert_eq!(shown.asker, "卢***（代 冯**）");
        assert!(!shown.may_answer && shown.may_recall);
        assert_eq!(code(answer(&own, app, asked, Answer::Accept, "").await), "MEM-403");
        assert!(request(&people.union_chair, app, asked).await.unwrap().may_recall, "it was asked in her name");
        answer(&people.other_town_officer, app, asked, Answer::Accept, "").await.unwrap();
        let page = app::membership::member(&people.other_town_officer, app, union::OTHER_TOWN, "M1").await.unwrap();
        assert_eq!(page.events[0].by, "褚**");
    }

    async fn a_list_narrowed_by_a_name_is_a_search_and_digits_are_not_tried_out(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        member(&test, "M1", "王小明", union::BASE, Some(NUMBER)).await;
        let officer = &people.town_officer;
        let asked = |q: &str| MemberListParams { union_id: union::BASE.into(), q: q.into(), page: 1, size: 20, ..MemberListParams::default() };
        list(officer, app, &asked("")).await.unwrap();
        assert_eq!(list(officer, app, &asked("王小")).await.unwrap().total, 1);
        assert_eq!(list_after(officer, app, &asked("王小明"), &After::default()).await.unwrap().1, 1);
        assert_eq!(list(officer, app, &asked(NUMBER)).await.unwrap().total, 1);
        let params = JournalParams { action: "member.find".into(), ..JournalParams::default() };
        let rows = journal(&test.system(), app, &params).await.unwrap().rows;
        let told: Vec<_> = rows.iter().map(|row| (row.actor.as_str(), row.subject.as_str())).collect();
        assert_eq!(told, [("郑西店", "会员"), ("郑西店", "账号"), ("郑西店", "账号")], "who was found by a number, and each search by a name");
        let text = format!("{rows:?}");
        assert!(!text.contains("王小") && !text.contains(NUMBER), "never what was typed: {text}");

        let mut tries = 0;
        let refused = loop {
            tries += 1;
            match search(officer, app, &format!("王小明 {tries:04}")).await {
                Ok(_) if tries < 100 => {}
                Ok(_) => panic!("a hundred tries"),
                Err(refused) => break refused,
            }
        };
        assert!(tries <= 21 && refused.code == "SCH-429" && refused.message.contains("一分钟"), "{tries}: {refused}");
        assert_eq!(code(find(officer, app, NUMBER).await), "SCH-429", "by whole numbers neither");
        search(officer, app, "王小明").await.expect("a name alone may be looked for");
        find(&people.county_officer, app, NUMBER).await.expect("others are not held up");
        test.clock.advance(Duration::from_secs(60));
        find(officer, app, NUMBER).await.unwrap();
    }
}
