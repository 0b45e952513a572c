//! The second factor, devices, the security policy, and who among the administrators may do what.

use std::time::Duration;

use app::accounts::{
    AccountForm, ChangePassword, FirstPassword, NewAccount, ReachForm, SignIn, account_sessions,
    authenticate, awaiting_code, change_password, confirm_second_factor, create_account, end_account_session,
    end_account_sessions, end_other_sessions, remove_second_factor, renew_recovery_codes, rescue_account,
    reset_password, reset_second_factor, save_account, second_factor, sessions, sign_in, sign_in_code,
    start_second_factor,
};
use app::error::{AppError, ErrorKind};
use app::journal::{JournalParams, journal};
use app::op::{App, OpContext};
use app::security::{save_security_policy, security_policy};
use domain::accounts::{FirstDuty, LOCK_TIME, Role};
use domain::permission::Action;
use domain::security::SecurityPolicy;
use testkit::{People, TestApp, both_engines, code_of};

const STEP: Duration = Duration::from_secs(30);

fn form(login: &str, password: &str) -> SignIn {
    SignIn {
        login: login.into(),
        password: password.into(),
        ..SignIn::default()
    }
}

async fn op_of(app: &App, token: &str) -> Option<OpContext> {
    authenticate(app, token, None)
        .await
        .unwrap()
        .map(|request| request.op)
}

async fn signed(app: &App, login: &str) -> (OpContext, String) {
    let token = sign_in(app, form(login, People::PASSWORD)).await.unwrap().token;
    (op_of(app, &token).await.unwrap(), token)
}

/// Sets the factor up; answers the key and the recovery codes.
async fn with_factor(test: &TestApp, op: &OpContext) -> (String, Vec<String>) {
    start_second_factor(op, &test.app, People::PASSWORD)
        .await
        .unwrap();
    let key = second_factor(op, &test.app).await.unwrap().enrolment.unwrap().key;
    let code = code_of(&key, test.app.now());
    let codes = confirm_second_factor(op, &test.app, &code).await.unwrap();
    test.clock.advance(STEP);
    (key, codes.shown())
}

async fn code_step(test: &TestApp, login: &str) -> String {
    let first = sign_in(&test.app, form(login, People::PASSWORD)).await.unwrap();
    assert!(first.awaits_code);
    first.token
}

fn code(error: Result<impl Sized, AppError>) -> &'static str {
    error.err().map_or("", |error| error.code)
}

both_engines! {
    async fn with_a_second_factor_the_password_alone_opens_nothing(database: Database) {
        let test = TestApp::on(database).await;
        People::of(&test).await;
        let app = &test.app;
        let (op, here) = signed(app, "town-officer").await;
        let (_, elsewhere) = signed(app, "town-officer").await;
        start_second_factor(&op, app, People::PASSWORD).await.unwrap();
        assert_eq!(code(confirm_second_factor(&op, app, "000000").await), "ACC-141");
        assert!(!sign_in(app, form("town-officer", People::PASSWORD)).await.unwrap().awaits_code, "not confirmed yet");
        let (key, recovery) = with_factor(&test, &op).await;
        assert_eq!(recovery.len(), 10);
        assert!(op_of(app, &here).await.is_some() && op_of(app, &elsewhere).await.is_none(), "others came without it");
        assert_eq!(code(start_second_factor(&op, app, People::PASSWORD).await), "ACC-140");

        let step = code_step(&test, "town-officer").await;
        assert!(op_of(app, &step).await.is_none(), "a right password is no session");
        assert_eq!(awaiting_code(app, &step).await.unwrap().as_deref(), Some("town-officer"));
        assert_eq!(code(sign_in_code(app, &step, "123").await), "ACC-105");
        let now = code_of(&key, app.now());
        let session = sign_in_code(app, &step, &now).await.unwrap();
        assert!(op_of(app, &session.token).await.unwrap().can(Action::SeeLists));
        assert_eq!(code(sign_in_code(app, &step, &now).await), "ACC-104", "the step is spent");
        assert!(op_of(app, &step).await.is_none());
    }

    async fn no_code_is_taken_twice_even_at_the_same_moment(database: Database) {
        let test = TestApp::on(database).await;
        People::of(&test).await;
        let app = &test.app;
        let (op, _) = signed(app, "town-officer").await;
        let (key, recovery) = with_factor(&test, &op).await;
        let steps = [code_step(&test, "town-officer").await, code_step(&test, "town-officer").await];
        let now = code_of(&key, app.now());
        let tries = steps.iter().map(|step| sign_in_code(app, step, &now));
        let taken = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(taken, 1);
        let again = code_step(&test, "town-officer").await;
        assert_eq!(code(sign_in_code(app, &again, &now).await), "ACC-105", "used");
        test.clock.advance(STEP);
        test.clock.advance(STEP);
        test.clock.advance(STEP);
        assert_eq!(code(sign_in_code(app, &again, &now).await), "ACC-105", "over");
        sign_in_code(app, &again, &code_of(&key, app.now())).await.unwrap();

        let again = code_step(&test, "town-officer").await;
        sign_in_code(app, &again, &recovery[3].to_uppercase()).await.unwrap();
        let again = code_step(&test, "town-officer").await;
        assert_eq!(code(sign_in_code(app, &again, &recovery[3]).await), "ACC-105", "a recovery code counts once");
        assert_eq!(second_factor(&op, app).await.unwrap().recovery_left, 9);
        let fresh = renew_recovery_codes(&op, app, People::PASSWORD).await.unwrap().shown();
        assert_eq!(code(sign_in_code(app, &again, &recovery[4]).await), "ACC-105", "void since there are new ones");
        sign_in_code(app, &again, &fresh[0]).await.unwrap();
    }

    async fn wrong_codes_lock_and_a_right_password_does_not_forgive_them(database: Database) {
        let test = TestApp::on(database).await;
        People::of(&test).await;
        let app = &test.app;
        let (op, _) = signed(app, "town-officer").await;
        let (key, _) = with_factor(&test, &op).await;
        for nth in 1..=5 {
            let step = code_step(&test, "town-officer").await;
            let expected = if nth < 5 { "ACC-105" } else { "ACC-102" };
            assert_eq!(code(sign_in_code(app, &step, "000000").await), expected, "try {nth}");
        }
        assert_eq!(code(sign_in(app, form("town-officer", People::PASSWORD)).await), "ACC-102");
        test.clock.advance(LOCK_TIME);
        let step = code_step(&test, "town-officer").await;
        test.clock.advance(Duration::from_secs(600));
        assert_eq!(code(sign_in_code(app, &step, &code_of(&key, app.now())).await), "ACC-104", "ten minutes are over");
    }

    async fn a_lost_telephone_is_reset_by_the_security_administrator(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (op, token) = signed(app, "town-officer").await;
        with_factor(&test, &op).await;
        let id = people.town_officer.actor.id.unwrap();
        assert_eq!(reset_second_factor(&people.city_officer, app, id).await.unwrap_err().kind, ErrorKind::Forbidden);
        let own = people.administrator.actor.id.unwrap();
        assert_eq!(code(reset_password(&people.administrator, app, own).await), "ACC-133", "an open desk is not enough");
        reset_password(&people.administrator, app, id).await.unwrap();
        assert!(op_of(app, &token).await.is_none());
        let mut reader = app.store.read().await.unwrap();
        assert!(reader.account(id).await.unwrap().unwrap().has_second_factor, "a new password keeps the factor");
        drop(reader);
        reset_second_factor(&people.administrator, app, id).await.unwrap();
        assert_eq!(code(reset_second_factor(&people.administrator, app, id).await), "ACC-142");
        let own = people.administrator.actor.id.unwrap();
        assert_eq!(code(reset_second_factor(&people.administrator, app, own).await), "ACC-132");
        let rows = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap().rows;
        assert!(rows.iter().any(|row| row.action == "重置动态口令" && row.actor == "管理员"));

        let (op, _) = signed(app, "field-worker").await;
        let (_, recovery) = with_factor(&test, &op).await;
        assert_eq!(code(remove_second_factor(&op, app, "wrong").await), "ACC-143");
        remove_second_factor(&op, app, People::PASSWORD).await.unwrap();
        assert!(!second_factor(&op, app).await.unwrap().is_set);
        with_factor(&test, &op).await;
        let step = code_step(&test, "field-worker").await;
        assert_eq!(code(sign_in_code(app, &step, &recovery[0]).await), "ACC-105", "codes of the old app are void");
    }

    async fn the_command_line_helps_whom_nobody_else_can(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (op, token) = signed(app, "administrator").await;
        with_factor(&test, &op).await;
        assert_eq!(code(rescue_account(&people.administrator, app, "administrator").await), "ACC-403");
        assert_eq!(code(rescue_account(&test.system(), app, "nobody").await), "ACC-405");
        let one_time = rescue_account(&test.system(), app, "administrator").await.unwrap();
        assert!(op_of(app, &token).await.is_none());
        let back = sign_in(app, form("administrator", one_time.as_str())).await.unwrap();
        assert!(!back.awaits_code && back.account.must_change_password);
    }

    async fn administrators_and_officers_have_a_month_for_a_second_factor(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        People::of(&test).await;
        let due = async |login: &str| {
            let token = sign_in(app, form(login, People::PASSWORD)).await.unwrap().token;
            let signed = authenticate(app, &token, None).await.unwrap().unwrap();
            (signed.factor_due.is_some(), signed.op.first_duty, signed.op)
        };
        for login in ["administrator", "system-administrator", "town-officer"] {
            let (is_told, duty, _) = due(login).await;
            assert!(is_told && duty.is_none(), "{login} is told and goes on");
        }
        let (is_told, duty, _) = due("field-worker").await;
        assert!(!is_told && duty.is_none(), "a field worker may choose");
        test.clock.advance_days(29);
        let (_, duty, op) = due("town-officer").await;
        assert_eq!(duty, None);
        with_factor(&test, &op).await;
        test.clock.advance_days(1);
        let (is_told, duty, op) = due("administrator").await;
        assert_eq!((is_told, duty), (false, Some(FirstDuty::SetUpSecondFactor)));
        assert_eq!(code(op.may(Action::ManageAccounts)), "ACC-428", "nothing before that");
        assert_eq!(due("field-worker").await.1, None);
    }

    async fn the_policy_leads_to_what_it_asks_for(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let policy = SecurityPolicy {
            password_days: 90,
            second_factor_roles: [Role::TownOfficer.code().to_owned()].into(),
            second_factor_grace_days: 0,
            ..SecurityPolicy::default()
        };
        assert_eq!(code(save_security_policy(&people.system_administrator, app, policy.clone()).await), "ACC-403");
        let odd = SecurityPolicy { password_days: 1, ..policy.clone() };
        let refused = save_security_policy(&people.administrator, app, odd).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "password_days");
        save_security_policy(&people.administrator, app, policy.clone()).await.unwrap();
        let kept = security_policy(&people.administrator, app).await.unwrap();
        assert_eq!(SecurityPolicy { second_factor_since: Default::default(), ..kept }, policy);

        let (op, token) = signed(app, "town-officer").await;
        assert_eq!(op.first_duty, Some(FirstDuty::SetUpSecondFactor));
        assert_eq!(code(op.may(Action::SeeLists)), "ACC-428");
        with_factor(&test, &op).await;
        assert!(op_of(app, &token).await.unwrap().can(Action::SeeLists));

        let (op, _) = signed(app, "field-worker").await;
        assert_eq!(op.first_duty, None);
        test.clock.advance_days(90);
        let (op, token) = signed(app, "field-worker").await;
        assert_eq!(op.first_duty, Some(FirstDuty::RenewPassword));
        let change = |new: &str| {
            let form = ChangePassword { old: People::PASSWORD.into(), new: new.into(), again: new.into() };
            let op = op.clone();
            async move { change_password(&op, app, form).await }
        };
        let refused = change("field-worker").await.unwrap_err();
        let said: Vec<&str> = refused.fields.iter().map(|field| field.message.as_str()).collect();
        assert_eq!(said.len(), 2, "everything at once: {said:?}");
        assert!(said[0].contains("三类") && said[1].contains("登录名"));
        change("Xidian-2026-qiu").await.unwrap();
        assert_eq!(op_of(app, &token).await.unwrap().first_duty, None);
    }

    async fn none_of_the_last_passwords_comes_back(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let policy = SecurityPolicy { password_history: 3, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, policy).await.unwrap();
        let (op, _) = signed(app, "town-officer").await;
        let change = |old: &str, new: &str| {
            let form = ChangePassword { old: old.into(), new: new.into(), again: new.into() };
            let op = op.clone();
            async move { change_password(&op, app, form).await.map_err(|error| error.fields[0].message.clone()) }
        };
        let (first, second, third, fourth) = (People::PASSWORD, "Xidian-2026-yi", "Xidian-2026-er", "Xidian-2026-san");
        change(first, second).await.unwrap();
        change(second, third).await.unwrap();
        for former in [first, second, third] {
            assert_eq!(change(third, former).await, Err("不能与最近 3 次用过的密码相同".to_owned()), "{former}");
        }
        change(third, fourth).await.unwrap();
        change(fourth, first).await.unwrap();
    }

    async fn an_ended_session_is_refused_at_its_next_request(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (op, here) = signed(app, "town-officer").await;
        let (_, phone) = signed(app, "town-officer").await;
        let (_, tablet) = signed(app, "town-officer").await;
        let id = people.town_officer.actor.id.unwrap();
        assert_eq!(account_sessions(&people.administrator, app, id).await.unwrap().len(), 3);
        assert_eq!(account_sessions(&people.city_officer, app, id).await.unwrap_err().kind, ErrorKind::Forbidden);
        let on_phone = authenticate(app, &phone, None).await.unwrap().unwrap().session.id;
        end_account_session(&people.administrator, app, id, on_phone).await.unwrap();
        assert!(op_of(app, &phone).await.is_none());
        assert_eq!(code(end_account_session(&people.administrator, app, id, on_phone).await), "ACC-404");
        assert_eq!(end_other_sessions(&op, app).await.unwrap(), 1);
        assert!(op_of(app, &tablet).await.is_none() && op_of(app, &here).await.is_some());
        assert_eq!(end_account_sessions(&people.administrator, app, id).await.unwrap(), 1);
        assert!(op_of(app, &here).await.is_none());
        assert!(sessions(&op, app).await.unwrap().is_empty());
    }

    async fn nobody_is_two_of_the_three_administrators(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let op = &people.administrator;
        let id = people.system_administrator.actor.id.unwrap();
        for role in [Role::SecurityAuditor, Role::SecurityAdministrator, Role::CityOfficer] {
            let form = AccountForm { name: "沈系统".into(), role, union_id: people.city_officer.actor.union_id, reach: ReachForm::default() };
            assert_eq!(save_account(op, app, id, form).await.unwrap_err().fields[0].field, "role", "{role:?}");
        }
        let officer = people.town_officer.actor.id.unwrap();
        let form = AccountForm { name: "郑西店".into(), role: Role::SecurityAuditor, union_id: None, reach: ReachForm::default() };
        assert_eq!(save_account(op, app, officer, form).await.unwrap_err().fields[0].field, "role");
        let second = |name: &str, role| NewAccount { login: "second".into(), name: name.into(), role, union_id: None, reach: ReachForm::default() };
        let made = create_account(op, app, second("沈系统", Role::SecurityAuditor), FirstPassword::OneTime).await;
        assert!(made.unwrap_err().fields[0].message.contains("三员须由不同的人担任"));
        create_account(op, app, second("沈系统", Role::SystemAdministrator), FirstPassword::OneTime).await.unwrap();
    }

    async fn what_administrators_did_is_read_by_the_security_auditor_alone(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let id = people.town_officer.actor.id.unwrap();
        app::accounts::unlock_account(&people.administrator, app, id).await.unwrap();
        let sees = async |op: &OpContext| {
            let page = journal(op, app, &JournalParams::default()).await;
            page.map(|page| page.rows.iter().any(|row| row.action == "解除锁定")).map_err(|error| error.kind)
        };
        assert_eq!(sees(&people.security_auditor).await, Ok(true));
        assert_eq!(sees(&test.system()).await, Ok(true));
        for op in [&people.city_officer, &people.county_officer, &people.auditor] {
            assert_eq!(sees(op).await, Ok(false), "{}", op.actor.name);
        }
        for op in [&people.administrator, &people.system_administrator, &people.town_officer] {
            assert_eq!(sees(op).await, Err(ErrorKind::Forbidden), "{}", op.actor.name);
        }
    }
}
