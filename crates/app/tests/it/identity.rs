//! Signing in by the unit's own identity provider: who comes in, whose token is refused, and what holds as for passwords.

use std::time::Duration;

use app::accounts::{
    SignIn, SignedIn, authenticate, disable_account, rescue_account, sessions, sign_in, sign_in_code,
};
use app::error::{AppError, ErrorKind};
use app::identity::{
    Arrival, Returned, account_identity, arrive, bind_account, depart, depart_to_bind, own_identity,
    unbind_account, unbind_own, way_out,
};
use app::journal::{JournalParams, journal};
use app::op::{App, OpContext};
use app::security::save_security_policy;
use domain::accounts::FirstDuty;
use domain::identity::SignInWay;
use domain::security::SecurityPolicy;
use serde_json::json;
use testkit::{Database, People, Provider, TestApp, Token, both_engines, code_of};

/// An installation with people in it, and the provider that it trusts.
async fn town(database: Database) -> (TestApp, People, Provider) {
    let mut test = TestApp::on(database).await;
    let people = People::of(&test).await;
    let provider = Provider::start().await;
    test.app.identity_provider = Some(provider.client());
    (test, people, provider)
}

/// The query of an address, as the page hands it over.
fn returned(query: &str) -> Returned {
    let value = |name: &str| {
        let pair = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.map(|text| text.replace("%3A", ":").replace("%2F", "/"))
    };
    Returned {
        code: value("code"),
        state: value("state"),
        error: value("error"),
        issuer: value("iss"),
    }
}

async fn come(app: &App, provider: &Provider, token: &Token) -> Result<Arrival, AppError> {
    let departure = depart(app, "/union").await?;
    let query = provider.approve(&departure.url, token);
    arrive(app, Some(&departure.errand), returned(&query), (None, None), None).await
}

async fn enter(app: &App, provider: &Provider, token: &Token) -> Result<SignedIn, AppError> {
    match come(app, provider, token).await? {
        Arrival::SignedIn(signed, next) => {
            assert_eq!(next, "/union");
            Ok(*signed)
        }
        Arrival::Bound => panic!("nothing was to be bound"),
    }
}

async fn op_of(app: &App, signed: &SignedIn) -> OpContext {
    authenticate(app, &signed.token, None)
        .await
        .unwrap()
        .expect("a session")
        .op
}

async fn by_password(app: &App, login: &str) -> OpContext {
    let form = SignIn {
        login: login.into(),
        password: People::PASSWORD.into(),
        ..SignIn::default()
    };
    op_of(app, &sign_in(app, form).await.unwrap()).await
}

fn code<T>(result: Result<T, AppError>) -> &'static str {
    result.err().map_or("", |error| error.code)
}

fn officer(people: &People) -> codes::id::AccountId {
    people.town_officer.actor.id.unwrap()
}

both_engines! {
    async fn nobody_comes_in_who_was_not_bound(database: Database) {
        let (test, people, provider) = town(database).await;
        let app = &test.app;
        let token = Token::of("wang-0007", app.now());
        let stranger = come(app, &provider, &token).await.err().unwrap();
        assert_eq!((stranger.code, stranger.kind), ("IDP-106", ErrorKind::Conflict));
        assert!(stranger.message.contains("wang-0007"), "the person can tell the administrator: {}", stranger.message);

        // The person binds it, with their password and their own sign-in at the provider.
        let op = by_password(app, "town-officer").await;
        assert_eq!(code(depart_to_bind(&op, app, "wrong").await), "IDP-112");
        let away = depart_to_bind(&op, app, People::PASSWORD).await.unwrap();
        let asks_anew = |url: &str| (url.contains("prompt=login"), url.contains("max_age=0"));
        assert_eq!(asks_anew(&away.url), (true, true), "whoever is signed in there may be somebody else: {}", away.url);
        assert_eq!(asks_anew(&depart(app, "/").await.unwrap().url), (false, false));
        let query = provider.approve(&away.url, &token);
        let other = by_password(app, "town-officer").await;
        let lost = arrive(app, Some(&away.errand), returned(&query), (None, None), Some(&other)).await;
        assert_eq!(code(lost), "IDP-101", "another session has not proved the password");
        let away = depart_to_bind(&op, app, People::PASSWORD).await.unwrap();
        let query = provider.approve(&away.url, &token);
        let bound = arrive(app, Some(&away.errand), returned(&query), (None, None), Some(&op)).await;
        assert!(matches!(bound, Ok(Arrival::Bound)));
        let kept = own_identity(&op, app).await.unwrap().unwrap();
        assert_eq!((kept.subject_hint.as_str(), kept.used_at), ("*****0007", None));
        assert_eq!(code(depart_to_bind(&op, app, People::PASSWORD).await), "IDP-111");

        let signed = enter(app, &provider, &token).await.unwrap();
        let inside = op_of(app, &signed).await;
        assert_eq!((inside.actor.id, signed.awaits_code), (Some(officer(&people)), false));
        let ways: Vec<_> = sessions(&inside, app).await.unwrap().into_iter().map(|session| session.way).collect();
        assert!(ways.contains(&SignInWay::Provider) && ways.contains(&SignInWay::Password), "{ways:?}");
        assert_eq!(own_identity(&op, app).await.unwrap().unwrap().used_at, Some(app.now()));

        // Nobody else can have the same person.
        let worker = people.field_worker.actor.id.unwrap();
        assert_eq!(code(bind_account(&people.administrator, app, worker, "wang-0007").await), "IDP-110");

        assert_eq!(code(unbind_own(&op, app, "wrong").await), "IDP-112");
        unbind_own(&op, app, People::PASSWORD).await.unwrap();
        assert!(authenticate(app, &signed.token, None).await.unwrap().is_none(), "it came by what is gone");
        assert!(authenticate_still(app, &op).await, "the session that asked goes on");
        assert_eq!(code(enter(app, &provider, &token).await), "IDP-106");
    }

    async fn the_administrator_binds_and_everything_is_journalled_without_the_subject(database: Database) {
        let (test, people, provider) = town(database).await;
        let app = &test.app;
        let (administrator, account) = (&people.administrator, officer(&people));
        assert_eq!(code(bind_account(&people.town_officer, app, account, "330226199001011234").await), "ACC-403");
        assert_eq!(code(bind_account(administrator, app, account, "张三").await), "IDP-121");
        let own = administrator.actor.id.unwrap();
        assert_eq!(code(bind_account(administrator, app, own, "admin-0001").await), "IDP-122", "one's own needs one's password");
        assert_eq!(code(unbind_account(administrator, app, own).await), "IDP-122");
        bind_account(administrator, app, account, " 330226199001011234 ").await.unwrap();
        let kept = account_identity(administrator, app, account).await.unwrap().unwrap();
        assert_eq!(kept.subject_hint, "**************1234");
        let token = Token::of("330226199001011234", app.now());
        enter(app, &provider, &token).await.unwrap();
        unbind_account(administrator, app, account).await.unwrap();
        assert_eq!(code(unbind_account(administrator, app, account).await), "IDP-405");
        assert_eq!(code(enter(app, &provider, &token).await), "IDP-106");

        let told = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap();
        let text = format!("{:?}", told.rows);
        assert!(text.contains("解除统一身份认证绑定") && text.contains("\"provider\""), "{text}");
        assert!(!text.contains("330226199001011234"), "{text}");
    }

    async fn what_holds_for_passwords_holds_here(database: Database) {
        let (test, people, provider) = town(database).await;
        let app = &test.app;
        let account = officer(&people);
        bind_account(&people.administrator, app, account, "wang").await.unwrap();
        let token = Token::of("wang", app.now());

        // Locked by wrong passwords: the provider opens nothing either.
        for _ in 0..5 {
            let form = SignIn { login: "town-officer".into(), password: "wrong".into(), ..SignIn::default() };
            assert!(sign_in(app, form).await.is_err());
        }
        assert_eq!(code(enter(app, &provider, &token).await), "ACC-102");
        test.clock.advance(Duration::from_secs(16 * 60));
        let token = Token::of("wang", app.now());

        // A role that needs a second factor: the provider's word counts where the setting names it, and only then.
        let policy = SecurityPolicy { second_factor_roles: ["town_officer".into()].into(), second_factor_grace_days: 0, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, policy).await.unwrap();
        let plain = op_of(app, &enter(app, &provider, &token).await.unwrap()).await;
        assert_eq!(plain.first_duty, Some(FirstDuty::SetUpSecondFactor));
        let strong = token.clone().with(json!({ "amr": ["pwd", "mfa"] }));
        let inside = op_of(app, &enter(app, &provider, &strong).await.unwrap()).await;
        assert_eq!(inside.first_duty, None);

        // The account's own second factor is asked for as well.
        let key = set_up(&test, &plain).await;
        let step = enter(app, &provider, &token).await.unwrap();
        assert!(step.awaits_code && authenticate(app, &step.token, None).await.unwrap().is_none());
        let session = sign_in_code(app, &step.token, &code_of(&key, app.now())).await.unwrap();
        let ways = sessions(&op_of(app, &session).await, app).await.unwrap();
        assert!(ways.iter().any(|one| one.way == SignInWay::Provider));
        assert!(!enter(app, &provider, &strong).await.unwrap().awaits_code);

        // A step under way ends with the binding.
        let step = enter(app, &provider, &token).await.unwrap();
        unbind_account(&people.administrator, app, account).await.unwrap();
        test.clock.advance(Duration::from_secs(30));
        assert_eq!(code(sign_in_code(app, &step.token, &code_of(&key, app.now())).await), "ACC-104");
        bind_account(&people.administrator, app, account, "wang").await.unwrap();

        disable_account(&people.administrator, app, account).await.unwrap();
        assert_eq!(code(enter(app, &provider, &strong).await), "ACC-103");
    }

    async fn who_is_rescued_is_bound_to_nothing_any_more(database: Database) {
        let (test, people, provider) = town(database).await;
        let app = &test.app;
        bind_account(&people.administrator, app, officer(&people), "wang").await.unwrap();
        let token = Token::of("wang", app.now());
        let inside = enter(app, &provider, &token).await.unwrap();
        rescue_account(&test.system(), app, "town-officer").await.unwrap();
        assert!(authenticate(app, &inside.token, None).await.unwrap().is_none());
        assert_eq!(code(enter(app, &provider, &token).await), "IDP-106");
        assert!(account_identity(&people.administrator, app, officer(&people)).await.unwrap().is_none());
        let told = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap();
        let text = format!("{:?}", told.rows);
        assert!(text.contains("解除统一身份认证绑定"), "{text}");
        // Who is bound to nothing is rescued without a word of it.
        rescue_account(&test.system(), app, "town-officer").await.unwrap();
        let again = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap();
        let count = |text: &str| text.matches("解除统一身份认证绑定").count();
        assert_eq!(count(&format!("{:?}", again.rows)), count(&text));
    }

    async fn who_never_needs_the_one_time_password_is_not_asked_for_it(database: Database) {
        let (test, people, provider) = town(database).await;
        let app = &test.app;
        bind_account(&people.administrator, app, officer(&people), "wang").await.unwrap();
        let one_time = app::accounts::reset_password(&people.administrator, app, officer(&people)).await.unwrap();
        let inside = op_of(app, &enter(app, &provider, &Token::of("wang", app.now())).await.unwrap()).await;
        assert_eq!(inside.first_duty, None);
        let form = SignIn { login: "town-officer".into(), password: one_time.as_str().into(), ..SignIn::default() };
        let typed = op_of(app, &sign_in(app, form).await.unwrap()).await;
        assert_eq!(typed.first_duty, Some(FirstDuty::ReplacePassword));
    }
}

async fn authenticate_still(app: &App, op: &OpContext) -> bool {
    app::accounts::is_still_open(op, app).await.unwrap()
}

async fn set_up(test: &TestApp, op: &OpContext) -> String {
    app::accounts::start_second_factor(op, &test.app, People::PASSWORD)
        .await
        .unwrap();
    let key = app::accounts::second_factor(op, &test.app)
        .await
        .unwrap()
        .enrolment
        .unwrap()
        .key;
    let typed = code_of(&key, test.app.now());
    app::accounts::confirm_second_factor(op, &test.app, &typed)
        .await
        .unwrap();
    test.clock.advance(Duration::from_secs(30));
    key
}

/// What a database cannot change: on one.
async fn bound_town() -> (TestApp, People, Provider) {
    let (test, people, provider) = town(testkit::databases::sqlite().await).await;
    bind_account(&people.administrator, &test.app, officer(&people), "wang")
        .await
        .unwrap();
    (test, people, provider)
}

#[tokio::test]
async fn a_token_that_is_not_quite_right_opens_nothing() {
    let (test, _people, provider) = bound_town().await;
    let app = &test.app;
    let seconds = app.now().millis() / 1000;
    let sound = || Token::of("wang", app.now());
    let refused = [
        (
            "IDP-104",
            "another nonce",
            sound().with(json!({ "nonce": "of-another-browser" })),
        ),
        ("IDP-104", "no nonce", sound().with(json!({ "nonce": null }))),
        (
            "IDP-104",
            "for another client",
            sound().with(json!({ "aud": "payroll" })),
        ),
        (
            "IDP-104",
            "for another client too",
            sound().with(json!({ "aud": ["gonghui", "payroll"] })),
        ),
        (
            "IDP-104",
            "made for another",
            sound().with(json!({ "azp": "payroll" })),
        ),
        (
            "IDP-104",
            "another issuer",
            sound().with(json!({ "iss": "https://evil.example" })),
        ),
        ("IDP-105", "over", sound().with(json!({ "exp": seconds - 61 }))),
        (
            "IDP-105",
            "from the future",
            sound().with(json!({ "iat": seconds + 120 })),
        ),
        (
            "IDP-104",
            "not signed",
            Token {
                algorithm: "none",
                ..sound()
            },
        ),
        (
            "IDP-104",
            "a shared key",
            Token {
                algorithm: "HS256",
                ..sound()
            },
        ),
        (
            "IDP-104",
            "another's key",
            Token {
                is_forged: true,
                ..sound()
            },
        ),
    ];
    for (expected, what, token) in refused {
        assert_eq!(code(enter(app, &provider, &token).await), expected, "{what}");
    }
    // Clocks differ by seconds; a minute is let pass.
    for (what, token) in [
        ("just over", sound().with(json!({ "exp": seconds - 30 }))),
        ("a little early", sound().with(json!({ "iat": seconds + 30 }))),
        (
            "names its client twice",
            sound().with(json!({ "azp": "gonghui" })),
        ),
    ] {
        assert!(enter(app, &provider, &token).await.is_ok(), "{what}");
    }
    let subject = sound().with(json!({ "sub": "wang2" }));
    assert_eq!(
        code(enter(app, &provider, &subject).await),
        "IDP-106",
        "a longer name is another person"
    );
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (test, _people, provider) = bound_town().await;
    let app = &test.app;
    enter(app, &provider, &Token::of("wang", app.now()))
        .await
        .unwrap();
    provider.change_key();
    assert_eq!(
        code(enter(app, &provider, &Token::of("wang", app.now())).await),
        "IDP-104",
        "keys are not looked up more often than every ten seconds"
    );
    // The key changes while somebody is there: their token names one that we have not seen.
    test.clock.advance(Duration::from_secs(11));
    let departure = depart(app, "/union").await.unwrap();
    provider.change_key();
    test.clock.advance(Duration::from_secs(11));
    let query = provider.approve(&departure.url, &Token::of("wang", app.now()));
    let back = arrive(app, Some(&departure.errand), returned(&query), (None, None), None).await;
    assert!(matches!(back, Ok(Arrival::SignedIn(..))));
    test.clock.advance(Duration::from_secs(11));
    let forged = Token {
        is_forged: true,
        ..Token::of("wang", app.now())
    };
    assert_eq!(code(enter(app, &provider, &forged).await), "IDP-104");
}

#[tokio::test]
async fn the_way_back_is_only_for_the_browser_that_went() {
    let (test, _people, provider) = bound_town().await;
    let app = &test.app;
    let token = Token::of("wang", app.now());
    let back =
        async |kept: Option<&str>, returned: Returned| arrive(app, kept, returned, (None, None), None).await;

    let mine = depart(app, "/union").await.unwrap();
    let other = depart(app, "/union").await.unwrap();
    let query = provider.approve(&mine.url, &token);
    assert_eq!(
        code(back(None, returned(&query)).await),
        "IDP-101",
        "without what was kept"
    );
    assert_eq!(
        code(back(Some(&other.errand), returned(&query)).await),
        "IDP-101",
        "another errand's state"
    );
    let touched = format!("{}00", &mine.errand[..mine.errand.len() - 2]);
    assert_eq!(
        code(back(Some(&touched), returned(&query)).await),
        "IDP-101",
        "not as we sealed it"
    );
    let elsewhere = Returned {
        issuer: Some("https://evil.example".into()),
        ..returned(&query)
    };
    assert_eq!(
        code(back(Some(&mine.errand), elsewhere).await),
        "IDP-101",
        "answered by another provider"
    );
    let bare = Returned {
        state: returned(&query).state,
        ..Returned::default()
    };
    assert_eq!(code(back(Some(&mine.errand), bare.clone()).await), "IDP-101");
    let cancelled = Returned {
        error: Some("access_denied".into()),
        ..bare.clone()
    };
    assert_eq!(code(back(Some(&mine.errand), cancelled).await), "IDP-102");
    let other_error = Returned {
        error: Some("invalid_scope<script>".into()),
        ..bare.clone()
    };
    let told = back(Some(&mine.errand), other_error).await.err().unwrap();
    assert!(
        told.code == "IDP-103" && !told.message.contains('<'),
        "{}",
        told.message
    );
    let busy = Returned {
        error: Some("temporarily_unavailable".into()),
        ..bare
    };
    assert_eq!(code(back(Some(&mine.errand), busy).await), "IDP-503");

    assert!(back(Some(&mine.errand), returned(&query)).await.is_ok());
    assert_eq!(
        code(back(Some(&mine.errand), returned(&query)).await),
        "IDP-103",
        "a code counts once"
    );
    // A code that somebody caught on the way is of no use without the verifier of the browser that asked.
    let stolen = provider.approve(&depart(app, "/").await.unwrap().url, &token);
    let theirs = depart(app, "/").await.unwrap();
    let ours = returned(&provider.approve(&theirs.url, &token));
    let mixed = Returned {
        code: returned(&stolen).code,
        ..ours
    };
    assert_eq!(code(back(Some(&theirs.errand), mixed).await), "IDP-103");

    let late = depart(app, "/").await.unwrap();
    let query = provider.approve(&late.url, &token);
    test.clock.advance(Duration::from_secs(601));
    assert_eq!(
        code(back(Some(&late.errand), returned(&query)).await),
        "IDP-101",
        "after ten minutes"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_nobody_from_their_password() {
    let (mut test, _people, provider) = bound_town().await;
    provider.set_down(true);
    let down = depart(&test.app, "/").await.err().unwrap();
    assert_eq!((down.code, down.kind), ("IDP-503", ErrorKind::Unavailable));
    assert!(down.hint.unwrap().contains("密码"));
    by_password(&test.app, "town-officer").await;
    assert_eq!(way_out(&test.app).await, None, "ours ends all the same");

    provider.set_down(false);
    let soon = depart(&test.app, "/").await.err().unwrap();
    assert_eq!(soon.code, "IDP-503", "not asked again at once");
    test.clock.advance(Duration::from_secs(6));
    let departure = depart(&test.app, "/").await.unwrap();
    let query = provider.approve(&departure.url, &Token::of("wang", test.app.now()));
    provider.set_down(true);
    let broken = arrive(
        &test.app,
        Some(&departure.errand),
        returned(&query),
        (None, None),
        None,
    )
    .await;
    assert_eq!(code(broken), "IDP-503", "it went away in between");
    let out = way_out(&test.app).await.unwrap();
    assert!(
        out.starts_with(&format!("{}/end?", provider.url)) && out.contains("client_id=gonghui"),
        "{out}"
    );

    test.app.identity_provider = None;
    assert_eq!(code(depart(&test.app, "/").await), "IDP-404");
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_not_believed() {
    let provider = Provider::start().await;
    let test = TestApp::sqlite().await;
    let settings = app::identity::ProviderSettings {
        issuer: provider.url.replace("127.0.0.1", "localhost"),
        ..provider.settings()
    };
    let client = app::identity::IdentityProvider::new(settings).unwrap();
    assert_eq!(code(client.look(test.app.now()).await), "IDP-502");
    provider.client().look(test.app.now()).await.unwrap();
}
