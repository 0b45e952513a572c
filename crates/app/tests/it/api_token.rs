//! Interface tokens: what one may do, when it ends, and requests that are sent twice.

use std::time::Duration;

use app::api_answer::{Claim, KeptAnswer, claim_answer, keep_answer, release_answer};
use app::api_token::{
    MadeToken, TokenForm, authenticate_token, last_day, make_token, tokens, withdraw_token,
};
use app::error::AppError;
use app::list_item::{self, ListParams};
use app::op::OpContext;
use app::union_org::{self, UnionListParams};
use domain::permission::Action;
use testkit::{People, TestApp, both_engines};

fn form(scopes: &[&str]) -> TokenForm {
    TokenForm {
        name: "年报系统".into(),
        scopes: scopes.iter().map(|code| (*code).to_owned()).collect(),
        last_day: "2026-08-31".into(),
    }
}

async fn made(test: &TestApp, op: &OpContext, scopes: &[&str]) -> Result<MadeToken, AppError> {
    make_token(
        op,
        &test.app,
        op.actor.id.unwrap(),
        People::PASSWORD,
        form(scopes),
    )
    .await
}

async fn by(test: &TestApp, secret: &str) -> Option<OpContext> {
    let asked = authenticate_token(&test.app, secret, Some("r-1".into()))
        .await
        .unwrap();
    asked.map(|asked| asked.op)
}

fn fields(error: &AppError) -> Vec<&str> {
    error.fields.iter().map(|wrong| wrong.field).collect()
}

both_engines! {
    async fn a_token_does_what_account_and_token_allow_and_no_more(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let refused = made(&test, &people.auditor, &["list:read", "list:write"]).await.err().unwrap();
        assert_eq!((refused.code, fields(&refused)), ("TOK-101", vec!["scope"]), "an auditor works on no item");

        let token = made(&test, &people.town_officer, &["union:read"]).await.unwrap();
        assert!(token.secret.starts_with("gonghui_") && token.secret.ends_with(&token.token.tail));
        let op = by(&test, &token.secret).await.unwrap();
        assert_eq!(op.scope(), people.town_officer.scope());
        let asked = UnionListParams { size: 50, ..UnionListParams::default() };
        let seen = union_org::list(&op, &test.app, &asked).await.unwrap();
        assert_eq!(seen.total, union_org::list(&people.town_officer, &test.app, &asked).await.unwrap().total);
        let refused = list_item::list(&op, &test.app, &ListParams::default()).await.unwrap_err();
        assert_eq!(refused.code, "TOK-403", "the account may, the token may not: {refused}");
        for action in Action::ALL {
            assert!(!op.can(action) || people.town_officer.can(action));
            assert_eq!(op.can(action), action == Action::SeeUnions);
        }
        let more = make_token(&op, &test.app, token.token.account_id, People::PASSWORD, form(&["list:read"])).await;
        assert_eq!(more.err().unwrap().code, "TOK-403", "a token makes no tokens");
        assert!(op.by().request_id.unwrap().contains("年报系统"), "the journal names the token");
    }

    async fn a_token_ends_and_can_be_taken_back(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let owner = &people.town_officer;
        let id = owner.actor.id.unwrap();
        let token = made(&test, owner, &["union:read"]).await.unwrap();
        assert_eq!(last_day(&token.token).to_string(), "2026-08-31");
        assert!(by(&test, &format!("{}0", token.secret)).await.is_none());
        let listed = tokens(owner, &test.app, id).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(!format!("{listed:?}").contains(&token.secret), "the secret is kept nowhere");

        let stranger = withdraw_token(&people.other_town_officer, &test.app, token.token.id).await;
        assert_eq!(stranger.unwrap_err().code, "TOK-404");
        assert!(tokens(&people.other_town_officer, &test.app, id).await.is_err());

        test.clock.advance_days(28);
        assert!(by(&test, &token.secret).await.is_some(), "on its last day it is still taken");
        test.clock.advance_days(1);
        assert!(by(&test, &token.secret).await.is_none());

        let late = TokenForm { last_day: "2027-10-01".into(), ..form(&["union:read"]) };
        let refused = make_token(owner, &test.app, id, People::PASSWORD, late).await.err().unwrap();
        assert_eq!(fields(&refused), ["last_day"]);
        let next = TokenForm { last_day: "2026-12-31".into(), ..form(&["union:read"]) };
        let next = make_token(owner, &test.app, id, People::PASSWORD, next).await.unwrap();
        assert_eq!(tokens(&people.administrator, &test.app, id).await.unwrap().len(), 2);
        withdraw_token(&people.administrator, &test.app, next.token.id).await.unwrap();
        assert!(by(&test, &next.secret).await.is_none());
        assert_eq!(withdraw_token(owner, &test.app, next.token.id).await.unwrap_err().code, "TOK-410");
    }

    async fn a_request_sent_twice_is_done_once(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let op = &people.town_officer;
        let app = &test.app;
        let claim = async |digest: u8| claim_answer(op, app, "k-1", &[digest; 32]).await;
        assert_eq!(claim(1).await.unwrap(), Claim::Mine);
        assert_eq!(claim(1).await.unwrap_err().code, "API-409", "the first is still at work");
        assert_eq!(claim(2).await.unwrap_err().code, "API-422");
        // The server died over it: what came of it is not known, and that is said once.
        test.clock.advance(Duration::from_secs(599));
        assert_eq!(claim(1).await.unwrap_err().code, "API-409", "a slow request is still at work");
        test.clock.advance(Duration::from_secs(1));
        let lost = claim(1).await.unwrap_err();
        assert!(lost.code == "API-410" && lost.hint.as_deref().unwrap().contains("先查看"), "{lost}");
        assert_eq!(claim(1).await.unwrap(), Claim::Mine, "whoever has looked may send it again");
        release_answer(op, app, "k-1").await.unwrap();
        assert_eq!(claim(1).await.unwrap(), Claim::Mine, "a failure may be tried again");
        let answer = KeptAnswer { status: 200, headers: vec![("etag".into(), "\"2\"".into())], body: "{\"a\":\"·\"}".into() };
        keep_answer(op, app, "k-1", &answer).await.unwrap();
        assert_eq!(claim(1).await.unwrap(), Claim::Kept(answer));
        assert_eq!(claim(2).await.unwrap_err().code, "API-422");
        let other = claim_answer(&people.other_town_officer, app, "k-1", &[2; 32]).await.unwrap();
        assert_eq!(other, Claim::Mine, "keys of accounts do not meet");
        test.clock.advance(Duration::from_secs(25 * 3600));
        assert_eq!(claim(2).await.unwrap(), Claim::Mine, "after a day a key is new");
    }

    async fn of_two_at_once_one_wins(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (op, app) = (&people.town_officer, &test.app);
        let claim = || claim_answer(op, app, "k-2", &[1; 32]);
        let (a, b, c) = tokio::join!(claim(), claim(), claim());
        let mine = [a, b, c].into_iter().filter(|claim| matches!(claim, Ok(Claim::Mine))).count();
        assert_eq!(mine, 1);
    }
}
