//! Acting for others: what one gets by it, what one does not get, and when it ends.

use app::accounts::{
    AccountListParams, SignIn, accounts, authenticate, change_password, disable_account, sessions, sign_in,
    start_second_factor,
};
use app::delegation::{
    DelegationForm, act_for, act_for_oneself, delegations, give_delegation, withdraw_delegation,
};
use app::error::AppError;
use app::journal::{JournalParams, journal};
use app::op::{App, OpContext};
use app::saved_view::save_view;
use codes::id::DelegationId;
use domain::accounts::Role;
use domain::permission::Action;
use testkit::{People, TestApp, both_engines};

async fn token_of(app: &App, login: &str) -> String {
    let form = SignIn {
        login: login.into(),
        password: People::PASSWORD.into(),
        ..SignIn::default()
    };
    sign_in(app, form).await.unwrap().token
}

async fn op_of(app: &App, token: &str) -> OpContext {
    authenticate(app, token, None).await.unwrap().unwrap().op
}

fn to(delegate: &str, starts_on: &str, ends_on: &str) -> DelegationForm {
    DelegationForm {
        delegate: delegate.into(),
        starts_on: starts_on.into(),
        ends_on: ends_on.into(),
        reason: "外出培训".into(),
    }
}

/// From Monday, 3 August to Wednesday.
async fn given(op: &OpContext, app: &App, delegate: &str) -> Result<DelegationId, AppError> {
    give_delegation(
        op,
        app,
        People::PASSWORD,
        to(delegate, "2026-08-03", "2026-08-05"),
    )
    .await
    .map(|delegation| delegation.id)
}

fn field(outcome: Result<impl Sized, AppError>) -> &'static str {
    outcome.err().map_or("", |error| {
        error.fields.first().map_or(error.code, |wrong| wrong.field)
    })
}

both_engines! {
    async fn the_delegate_has_role_and_scope_of_the_other_and_both_are_in_the_journal(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let officer = op_of(app, &token_of(app, "town-officer").await).await;
        let id = given(&officer, app, "field-worker").await.unwrap();
        let token = token_of(app, "field-worker").await;
        let worker = op_of(app, &token).await;
        assert!(!worker.can(Action::AssignItems));
        assert_eq!(delegations(&worker, app).await.unwrap().got[0].principal_name, "郑西店");
        act_for(&worker, app, id).await.unwrap();

        let acting = op_of(app, &token).await;
        assert_eq!((acting.role(), acting.scope()), (Role::TownOfficer, people.town_officer.scope()));
        assert!(acting.can(Action::AssignItems) && acting.can(Action::SeeAccounts));
        assert_eq!(acting.signature(), "王专职（代 郑西店）");
        assert_eq!(accounts(&acting, app, &AccountListParams::default()).await.unwrap().total, 3);
        save_view(&acting, app, "代办时", &Default::default()).await.unwrap();
        let system = test.system();
        let rows = journal(&system, app, &JournalParams::default()).await.unwrap().rows;
        let line = rows.iter().find(|row| row.action == "保存视图").unwrap();
        assert_eq!(line.actor, "王专职（代 郑西店）");

        act_for_oneself(&acting, app).await.unwrap();
        let back = op_of(app, &token).await;
        assert_eq!((back.role(), back.delegate.clone()), (Role::FieldWorker, None));
        let rows = journal(&system, app, &JournalParams::default()).await.unwrap().rows;
        let told: Vec<&str> = rows.iter().rev().map(|row| row.action.as_str()).filter(|action| action.contains("代办")).collect();
        assert_eq!(told, ["授权代办", "开始代办", "结束代办"]);
    }

    async fn it_ends_at_its_date_when_taken_back_and_with_the_account(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let officer = op_of(app, &token_of(app, "town-officer").await).await;
        let id = given(&officer, app, "field-worker").await.unwrap();
        let token = token_of(app, "field-worker").await;
        act_for(&op_of(app, &token).await, app, id).await.unwrap();
        assert!(op_of(app, &token).await.delegate.is_some());
        withdraw_delegation(&officer, app, id).await.unwrap();
        let back = op_of(app, &token).await;
        assert_eq!((back.role(), back.delegate.is_none()), (Role::FieldWorker, true), "at the next request");
        assert_eq!(field(act_for(&back, app, id).await), "DLG-403");
        assert_eq!(field(withdraw_delegation(&officer, app, id).await), "DLG-409");

        let id = given(&officer, app, "field-worker").await.unwrap();
        test.clock.advance_days(2);
        let token = token_of(app, "field-worker").await;
        act_for(&op_of(app, &token).await, app, id).await.unwrap();
        assert!(op_of(app, &token).await.delegate.is_some(), "on its last day");
        let principal = people.town_officer.actor.id.unwrap();
        disable_account(&people.administrator, app, principal).await.unwrap();
        assert!(op_of(app, &token).await.delegate.is_none(), "nobody acts for who is gone");
        app::accounts::enable_account(&people.administrator, app, principal).await.unwrap();
        test.clock.advance_days(1);
        let token = token_of(app, "field-worker").await;
        assert_eq!(field(act_for(&op_of(app, &token).await, app, id).await), "DLG-403", "over");
    }

    async fn nothing_is_passed_on_and_nobody_gets_what_they_could_not_be_given(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let officer = op_of(app, &token_of(app, "town-officer").await).await;
        for (delegate, why) in [
            ("town-officer", "oneself"),
            ("nobody", "no such account"),
            ("other-town-officer", "the neighbour town"),
            ("other-county-officer", "another county"),
            ("auditor", "an auditor"),
            ("administrator", "an administrator"),
            ("security-auditor", "an administrator"),
        ] {
            assert_eq!(field(given(&officer, app, delegate).await), "delegate", "{why}");
        }
        for op in [&people.administrator, &people.system_administrator, &people.security_auditor, &people.auditor] {
            assert_eq!(field(given(op, app, "field-worker").await), "delegate", "{}", op.actor.name);
        }
        let id = given(&officer, app, "field-worker").await.unwrap();
        assert_eq!(field(given(&officer, app, "field-worker").await), "delegate", "twice");
        let other = give_delegation(&people.county_officer, app, People::PASSWORD, to("field-worker", "2026-08-03", "2026-08-04")).await.unwrap().id;
        assert_eq!(field(act_for(&people.other_field_worker, app, id).await), "DLG-101", "without a session");
        let stranger = op_of(app, &token_of(app, "other-field-worker").await).await;
        assert_eq!(field(act_for(&stranger, app, id).await), "DLG-404");
        assert_eq!(field(withdraw_delegation(&stranger, app, id).await), "DLG-404");

        let token = token_of(app, "field-worker").await;
        act_for(&op_of(app, &token).await, app, id).await.unwrap();
        let acting = op_of(app, &token).await;
        assert_eq!(field(given(&acting, app, "county-officer").await), "ACC-450", "no chains");
        assert_eq!(field(act_for(&acting, app, other).await), "ACC-450", "one at a time");
        assert_eq!(field(start_second_factor(&acting, app, People::PASSWORD).await), "ACC-450");
        assert_eq!(field(change_password(&acting, app, Default::default()).await), "ACC-450");
        assert_eq!(sessions(&acting, app).await.unwrap().len(), 1, "one's own devices, not the other's");
        for action in [Action::ManageAccounts, Action::ManageSecurity, Action::ManageSettings, Action::SeeAdministratorJournal] {
            assert!(!acting.can(action));
        }
    }

    async fn a_role_that_changes_takes_the_right_with_it(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let officer = op_of(app, &token_of(app, "town-officer").await).await;
        let id = given(&officer, app, "field-worker").await.unwrap();
        let token = token_of(app, "field-worker").await;
        act_for(&op_of(app, &token).await, app, id).await.unwrap();
        let form = app::accounts::AccountForm {
            name: "王专职".into(),
            role: Role::Auditor,
            union_id: people.field_worker.actor.union_id,
            reach: app::accounts::ReachForm::default(),
        };
        app::accounts::save_account(&people.administrator, app, people.field_worker.actor.id.unwrap(), form).await.unwrap();
        let now = op_of(app, &token).await;
        assert_eq!((now.role(), now.delegate.is_none()), (Role::Auditor, true));
    }
}
