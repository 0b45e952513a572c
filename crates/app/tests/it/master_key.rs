//! The master key changes, in a file and in a token, while every value opens and every interruption is survived.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use app::error::AppError;
use app::keys::master::{change, same_place};
use app::keys::rotation::{refresh, reseal, rotate};
use app::keys::token::{Mechanism, TokenAccess, TokenKey, TokenKeyProvider};
use app::keys::{FileKeyProvider, KeyRing, MasterPlace};
use app::op::App;
use app::progress::{Progress, unwatched};
use codes::crypto::{FieldKeys, KeyError, KeyProvider as _, SecretKind, wrap_key};
use codes::digest::to_hex;
use store::data_key::DataKeyRow;
use testkit::softhsm::{self, SoftHsm};
use testkit::{People, TestApp, both_engines};

use super::key_rotation::{add_members, later, opens};

/// An installation as it would start now: from the data folder and the store alone.
async fn started(test: &TestApp, access: &TokenAccess) -> App {
    let ring = KeyRing::in_data_dir(test.dir.path(), access.clone());
    let mut app = test.app.clone();
    app.keys = Arc::new(ring.field_keys().unwrap());
    app.key_ring = Some(Arc::new(ring));
    refresh(&app).await.unwrap();
    app
}

async fn installed(test: &TestApp, place: &MasterPlace, access: &TokenAccess) -> App {
    KeyRing::in_data_dir(test.dir.path(), access.clone())
        .create(place)
        .unwrap();
    started(test, access).await
}

fn index(app: &App) -> [u8; 16] {
    app.keys.blind_index(SecretKind::IdNumber, "33022619900101123X")
}

/// Pulls the plug after a step.
fn stops_after(step: u64) -> Progress {
    Arc::new(move |_, done, _| match done == step {
        true => Err(AppError::conflict("JOB-499", "停电")),
        false => Ok(()),
    })
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for name in ["root.key", "master.key"] {
        fs::copy(from.join(name), to.path().join(name)).unwrap();
    }
    to
}

async fn wrapped_keys(app: &App) -> Vec<Vec<u8>> {
    let rows = app.store.read().await.unwrap().data_keys().await.unwrap();
    rows.into_iter().filter_map(|row| row.wrapped).collect()
}

/// A second data key that seals everything.
async fn second_data_key(test: &TestApp, app: &App) {
    let system = test.system();
    rotate(&system, app).await.unwrap();
    later(&test.clock, 31);
    reseal(&system, app, &unwatched()).await.unwrap();
}

both_engines! {
    async fn the_master_key_changes_and_every_interruption_is_survived(database: Database) {
        let test = TestApp::on(database).await;
        let (none, people, system) = (TokenAccess::default(), People::of(&test).await, test.system());
        let app = installed(&test, &MasterPlace::File, &none).await;
        add_members(&app, 0..3).await;
        let before = index(&app);
        second_data_key(&test, &app).await;
        add_members(&app, 3..4).await;
        let stolen = copied(test.dir.path());

        for step in 1..=4 {
            let app = started(&test, &none).await;
            let stopped = change(&system, &app, &MasterPlace::File, &stops_after(step)).await;
            assert_eq!(stopped.unwrap_err().code, "JOB-499", "step {step}");
            let again = started(&test, &none).await;
            assert_eq!(index(&again), before, "step {step}");
            for key in [0, 3] {
                assert_eq!(opens(&again, &people, key).await, format!("3302261990010{key:05}"), "step {step}");
            }
        }
        let app = started(&test, &none).await;
        let place = same_place(&app, None).unwrap();
        let changed = change(&system, &app, &place, &unwatched()).await.unwrap();
        assert_eq!((changed.data_keys, changed.left_in_tokens.len()), (1, 0));
        let again = started(&test, &none).await;
        assert_eq!(opens(&again, &people, 3).await, "330226199001000003");
        let ring = again.key_ring.as_ref().unwrap();
        assert_eq!(ring.told().unwrap().len(), 1, "only the new one is named");
        let left = ring.unused_files().unwrap();
        assert!(left.contains(&test.dir.path().join("master.key")), "what an interruption left is told");
        for file in &left {
            fs::remove_file(file).unwrap();
        }
        change(&system, &again, &place, &unwatched()).await.unwrap();
        assert!(ring.unused_files().unwrap().is_empty(), "the one before goes by itself");
        assert_eq!(opens(&started(&test, &none).await, &people, 1).await, "330226199001000001");

        // The running process, which has not started anew, makes a data key with the new master key.
        second_data_key(&test, &app).await;
        assert_eq!(opens(&started(&test, &none).await, &people, 0).await, "330226199001000000");
        // Whoever has the old master key opens no data key that is stored now.
        let thief = KeyRing::in_data_dir(stolen.path(), none.clone());
        assert!(thief.field_keys().is_ok(), "the root secret stays, as the guide says");
        let kept = wrapped_keys(&app).await;
        assert_eq!(kept.len(), 2);
        for (wrapped, label) in kept.iter().zip(["data key 2", "data key 3"]) {
            assert!(matches!(thief.unwrap(label, wrapped), Err(KeyError::Generation(_))));
            let old = FileKeyProvider::in_data_dir(stolen.path());
            assert!(matches!(old.unwrap(label, &wrapped[5..]), Err(KeyError::Wrapped)));
        }
        assert_eq!(change(&people.administrator, &app, &place, &unwatched()).await.unwrap_err().code, "KEY-403");
    }

    async fn an_installation_from_before_there_was_a_root_secret_changes_over(database: Database) {
        let test = TestApp::on(database).await;
        let (none, people) = (TokenAccess::default(), People::of(&test).await);
        let path = test.dir.path().join("master.key");
        FileKeyProvider::in_data_dir(test.dir.path()).create().unwrap();
        let master: [u8; 32] = fs::read(&path).unwrap().try_into().unwrap();
        let mut tx = test.app.store.begin().await.unwrap();
        let now = test.app.now().0;
        let wrapped = Some(wrap_key(&master, "data key 2", &[5; 16]));
        tx.add_data_key(&DataKeyRow { version: 2, wrapped, created_at: now, active_from: now, retired_at: None }).await.unwrap();
        tx.commit().await.unwrap();
        let app = started(&test, &none).await;
        add_members(&app, 0..2).await;
        assert_eq!(app.key_ring.as_ref().unwrap().told().unwrap(), ["第 1 代，文件 master.key（兼作根密钥）"]);
        let plain = |keys: &FieldKeys| keys.blind_index(SecretKind::IdNumber, "33022619900101123X");
        assert_eq!(index(&app), plain(&FieldKeys::from_master(&master)), "nothing is derived otherwise than before");

        for step in 1..=3 {
            let app = started(&test, &none).await;
            change(&test.system(), &app, &MasterPlace::File, &stops_after(step)).await.unwrap_err();
            let again = started(&test, &none).await;
            assert_eq!((index(&again), opens(&again, &people, 1).await.as_str()), (index(&app), "330226199001000001"), "step {step}");
        }
        assert_eq!(change(&test.system(), &started(&test, &none).await, &MasterPlace::File, &unwatched()).await.unwrap().data_keys, 1);
        assert!(!path.exists());
        let again = started(&test, &none).await;
        assert_eq!((index(&again), opens(&again, &people, 0).await.as_str()), (index(&app), "330226199001000000"));
        assert!(wrap_opens(&master, &wrapped_keys(&app).await[0]).is_err(), "the old one opens it no more");
    }

    async fn a_token_keeps_the_master_key_and_may_go_away_while_people_read(database: Database) {
        let test = TestApp::on(database).await;
        let Some((access, conf)) = in_own_process(&of_engine("a_token_keeps_the_master_key_and_may_go_away_while_people_read", &test)) else { return };
        let (people, system) = (People::of(&test).await, test.system());
        let app = installed(&test, &token("first"), &access).await;
        assert!(!test.dir.path().join("master.key").exists());
        add_members(&app, 0..2).await;
        second_data_key(&test, &app).await;
        let before = index(&app);

        // Somebody pulls the cable: reading goes on, nothing is half-made, and a start says what is missing.
        let back = softhsm::pull(&conf);
        assert_eq!(opens(&app, &people, 1).await, "330226199001000001");
        add_members(&app, 2..3).await;
        let refused = rotate(&system, &app).await.unwrap_err();
        assert!(["KEY-421", "KEY-424", "KEY-426"].contains(&refused.code), "{refused}");
        assert!(refused.message.contains("gonghui") && refused.hint.is_some(), "{refused}");
        assert_eq!(wrapped_keys(&app).await.len(), 1, "no half data key");
        change(&system, &app, &MasterPlace::File, &unwatched()).await.unwrap_err();
        assert_eq!(app.key_ring.as_ref().unwrap().told().unwrap().len(), 1, "no half master key");
        assert!(KeyRing::in_data_dir(test.dir.path(), access.clone()).field_keys().is_err());
        back();
        // The same process finds it again.
        rotate(&system, &app).await.unwrap();
        later(&test.clock, 31);
        reseal(&system, &app, &unwatched()).await.unwrap();

        // From key to key, into a file and back, each change interrupted everywhere once.
        let places = [same_place(&app, None).unwrap(), MasterPlace::File, token("second"), key_wrap("third")];
        assert_eq!(places[0], token("first-2"));
        for (round, place) in places.iter().enumerate() {
            for step in 1..=4 {
                let app = started(&test, &access).await;
                let place = match place {
                    MasterPlace::Token(key) => MasterPlace::Token(TokenKey { key: format!("{}.{step}", key.key), ..key.clone() }),
                    MasterPlace::File => MasterPlace::File,
                };
                change(&system, &app, &place, &stops_after(step)).await.unwrap_err();
                assert_eq!(index(&started(&test, &access).await), before, "round {round}, step {step}");
            }
            let changed = change(&system, &started(&test, &access).await, place, &unwatched()).await.unwrap();
            assert_eq!(changed.data_keys, 2);
            let again = started(&test, &access).await;
            for key in [0, 2] {
                assert_eq!(opens(&again, &people, key).await, format!("3302261990010{key:05}"), "round {round}");
            }
            assert_eq!(again.key_ring.as_ref().unwrap().told().unwrap().len(), 1);
            let taken = change(&system, &again, place, &unwatched()).await;
            assert_eq!(taken.is_err(), *place != MasterPlace::File, "a key in use is no new key");
        }
    }
}

fn wrap_opens(master: &[u8; 32], wrapped: &[u8]) -> Result<(), KeyError> {
    codes::crypto::unwrap_key(master, "data key 2", &wrapped[5..]).map(drop)
}

fn token(key: &str) -> MasterPlace {
    MasterPlace::Token(key_of(key, Mechanism::AesGcm))
}

fn key_wrap(key: &str) -> MasterPlace {
    MasterPlace::Token(key_of(key, Mechanism::AesKeyWrap))
}

fn key_of(key: &str, mechanism: Mechanism) -> TokenKey {
    TokenKey {
        token: SoftHsm::TOKEN.to_owned(),
        key: key.to_owned(),
        mechanism,
    }
}

/// Set in a process that was started for one test.
const OWN_PROCESS: &str = "GONGHUI_TEST_OWN_PROCESS";

/// How the token is reached, in a process of the test's own; `None` in the one that started it, which has seen it succeed.
fn in_own_process(test: &str) -> Option<(TokenAccess, std::path::PathBuf)> {
    if std::env::var_os(OWN_PROCESS).is_some() {
        let conf = std::path::PathBuf::from(std::env::var_os(SoftHsm::CONF).unwrap());
        let pin_file = conf.with_file_name("pin");
        write_private(&pin_file, SoftHsm::PIN);
        let access = TokenAccess {
            module: Some(SoftHsm::module()),
            pin_file: Some(pin_file),
        };
        return Some((access, conf));
    }
    let token = SoftHsm::start();
    token.import("known", &KNOWN);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("master_key::{test}")])
        .env(SoftHsm::CONF, token.conf())
        .env(OWN_PROCESS, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}{}", said[0], said[1]);
    assert!(said[0].contains("1 passed"), "{test} is a test: {}", said[0]);
    None
}

/// The test of this story on the same database.
fn of_engine(story: &str, test: &TestApp) -> String {
    let engine = test.app.store.engine().to_string().to_lowercase();
    let engine = if engine.starts_with("sqlite") {
        "sqlite"
    } else {
        "postgres"
    };
    format!("{story}::{engine}")
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A key whose bytes the test knows; the token does not give it out.
const KNOWN: [u8; 32] = [0x5a; 32];

fn openssl(args: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed; apt-get install openssl");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {}", args.join(" "));
    output.stdout
}

/// What a token has wrapped, opened by openssl from the key's bytes alone.
#[test]
fn what_a_token_wraps_is_opened_without_any_of_our_code() {
    let Some((access, _)) = in_own_process("what_a_token_wraps_is_opened_without_any_of_our_code") else {
        return;
    };
    let secret: Vec<u8> = (0..32).collect();
    let gcm = TokenKeyProvider::new(access.clone(), key_of("known", Mechanism::AesGcm));
    let wrapped = gcm.wrap("root secret", &secret).unwrap();
    assert_eq!((wrapped[0], wrapped.len()), (1, 1 + 12 + 32 + 16));
    let counter = format!("{}00000002", to_hex(&wrapped[1..13]));
    let args = [
        "enc",
        "-d",
        "-aes-256-ctr",
        "-K",
        &to_hex(&KNOWN),
        "-iv",
        &counter,
    ];
    assert_eq!(openssl(&args, &wrapped[13..45]), secret);
    assert_eq!(*gcm.unwrap("root secret", &wrapped).unwrap(), secret);
    assert!(matches!(
        gcm.unwrap("data key 2", &wrapped),
        Err(KeyError::Wrapped)
    ));
    for at in [1, 13, 44, 60] {
        let mut changed = wrapped.clone();
        changed[at] ^= 1;
        assert!(
            matches!(gcm.unwrap("root secret", &changed), Err(KeyError::Wrapped)),
            "byte {at}"
        );
    }

    let kw = TokenKeyProvider::new(access.clone(), key_of("known", Mechanism::AesKeyWrap));
    for length in [16, 32] {
        let wrapped = kw.wrap("root secret", &secret[..length]).unwrap();
        let args = [
            "enc",
            "-d",
            "-id-aes256-wrap",
            "-K",
            &to_hex(&KNOWN),
            "-iv",
            "a6a6a6a6a6a6a6a6",
        ];
        let opened = openssl(&args, &wrapped[1..]);
        let name = openssl(&["dgst", "-sm3", "-binary"], b"root secret");
        assert_eq!(
            opened,
            [name.as_slice(), &secret[..length]].concat(),
            "{length} bytes"
        );
        assert_eq!(*kw.unwrap("root secret", &wrapped).unwrap(), secret[..length]);
        assert!(matches!(
            kw.unwrap("data key 2", &wrapped),
            Err(KeyError::Wrapped)
        ));
        let mut changed = wrapped;
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(
            kw.unwrap("root secret", &changed),
            Err(KeyError::Wrapped)
        ));
    }
}

#[test]
fn what_is_wrong_with_a_token_is_said() {
    let Some((access, conf)) = in_own_process("what_is_wrong_with_a_token_is_said") else {
        return;
    };
    let said = |access: &TokenAccess, key: &TokenKey| {
        let provider = TokenKeyProvider::new(access.clone(), key.clone());
        let error = AppError::from(provider.wrap("k", &[1; 16]).unwrap_err());
        assert!(error.hint.is_some(), "{error}");
        (error.code, error.message)
    };
    let check = |access: &TokenAccess, key: &TokenKey, code: &str, words: &str| {
        let (told, message) = said(access, key);
        assert!(told == code && message.contains(words), "{told} {message}");
    };
    let key = key_of("known", Mechanism::AesGcm);
    let without = |change: fn(&mut TokenAccess)| {
        let mut access = access.clone();
        change(&mut access);
        access
    };
    check(
        &without(|access| access.module = None),
        &key,
        "KEY-420",
        "没有说明用哪个 PKCS#11 模块",
    );
    check(
        &without(|access| access.module = Some("/nowhere.so".into())),
        &key,
        "KEY-420",
        "/nowhere.so 不存在",
    );
    check(
        &without(|access| access.module = Some("/bin/sh".into())),
        &key,
        "KEY-420",
        "不能作为 PKCS#11 模块载入",
    );
    check(
        &without(|access| access.pin_file = None),
        &key,
        "KEY-423",
        "没有说明口令放在哪里",
    );
    check(
        &without(|access| access.pin_file = Some("/nowhere".into())),
        &key,
        "KEY-423",
        "/nowhere 不存在",
    );
    let other = |token: &str, key: &str, mechanism| TokenKey {
        token: token.to_owned(),
        ..key_of(key, mechanism)
    };
    check(
        &access,
        &other("absent", "known", Mechanism::AesGcm),
        "KEY-421",
        "absent",
    );
    check(
        &access,
        &other(SoftHsm::TOKEN, "absent", Mechanism::AesGcm),
        "KEY-424",
        "没有标签为 absent 的密钥",
    );
    let vendor = Mechanism::VendorGcm(0x8000_0104);
    check(
        &access,
        &other(SoftHsm::TOKEN, "known", vendor),
        "KEY-425",
        "gcm:0x80000104",
    );
    let unmade = TokenKeyProvider::new(access.clone(), other(SoftHsm::TOKEN, "absent", vendor));
    assert!(
        AppError::from(unmade.prepare().unwrap_err())
            .hint
            .unwrap()
            .contains("厂家的工具")
    );

    let pin_file = conf.with_file_name("pin");
    write_private(&pin_file, "\n");
    check(&access, &key, "KEY-423", "第一行是空的");
    fs::set_permissions(&pin_file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    check(&access, &key, "KEY-423", "chmod 600");
    // Asked a hundred times, a wrong PIN is offered once: a token that counts would have locked itself.
    write_private(&pin_file, "wrong-pin");
    for _ in 0..100 {
        check(&access, &key, "KEY-423", "不接受口令文件");
    }
    write_private(&pin_file, &format!("{}\nanything below\n", SoftHsm::PIN));
    TokenKeyProvider::new(access, key).wrap("k", &[1; 16]).unwrap();
}
