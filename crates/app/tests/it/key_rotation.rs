//! The data key changes while people work: what was sealed before opens all the time, and ends up under the new key.

use std::sync::Arc;
use std::time::Duration;

use app::keys::rotation::{KeyStatus, refresh, reseal, retire, rotate, status};
use app::keys::token::TokenAccess;
use app::keys::{FileKeyProvider, KeyRing, MasterPlace};
use app::membership::{RevealForm, Shown, list, reveal};
use app::op::App;
use app::progress::unwatched;
use codes::crypto::{FieldKeys, KeyProvider as _, sealed_with};
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use codes::time::MockClock;
use store::data_key::SealedColumn;
use store::membership::MemberRow;
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

/// Sealed columns that change their key with nothing here: an employer's phone comes from the lake's files with every run.
const OF_FILES: [&str; 1] = ["employer.phone_sealed"];

/// An installation with a master key in its folder, and a second process of it.
async fn two_processes(database: testkit::Database) -> (TestApp, App) {
    let mut test = TestApp::on(database).await;
    let ring = KeyRing::in_data_dir(test.dir.path(), TokenAccess::default());
    ring.create(&MasterPlace::File).unwrap();
    let ring = Arc::new(ring);
    test.app.keys = Arc::new(ring.field_keys().unwrap());
    test.app.key_ring = Some(ring.clone());
    let mut other = test.app.clone();
    other.keys = Arc::new(ring.field_keys().unwrap());
    (test, other)
}

pub(super) async fn add_members(app: &App, keys: std::ops::Range<u32>) {
    let mut tx = app.store.begin().await.unwrap();
    let home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let rows: Vec<MemberRow> = keys
        .map(|key| {
            let id: Uuid = UnionOrgId::mint(&*app.ids, app.now()).uuid();
            let seal = |column, plain: String| Some(app.keys.seal("member", column, id.as_bytes(), &plain));
            MemberRow {
                id,
                member_id: format!("M{key}"),
                union_org_id: home.id,
                name: "王芳".to_owned(),
                name_written: None,
                id_sealed: seal("id_no", format!("3302261990010{key:05}")),
                id_index: None,
                id_token: None,
                id_status: IdStatus::Ok as i64,
                id_parts: None,
                phone_sealed: (key % 2 == 0)
                    .then(|| seal("phone", format!("138{key:08}")))
                    .flatten(),
                phone_index: None,
                joined_on: None,
                extra: None,
                unread: None,
                state: "active".into(),
                row_hash: 0,
                batch_no: None,
            }
        })
        .collect();
    tx.upsert_members(rows).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
}

fn values(status: &KeyStatus) -> Vec<(u32, &'static str, i64)> {
    status
        .keys
        .iter()
        .map(|key| (key.version, key.state, key.values))
        .collect()
}

pub(super) async fn opens(app: &App, people: &People, key: u32) -> String {
    let form = RevealForm {
        what: "id_no".into(),
        purpose: "更正登记错误".into(),
        words: String::new(),
    };
    reveal(&people.town_officer, app, &format!("M{key}"), &form)
        .await
        .unwrap()
        .remove(0)
        .value
}

async fn take(system: &app::op::OpContext, app: &App, path: &std::path::Path) -> app::intake::BatchReport {
    let kind = domain::intake::Kind::Members;
    let report = app::intake::import_file(system, app, kind, path, "members.csv", unwatched()).await;
    report.unwrap()
}

async fn row_of(app: &App, key: &str) -> MemberRow {
    let mut tx = app.store.begin().await.unwrap();
    let row = tx.member_row(key).await.unwrap().unwrap();
    tx.rollback().await.unwrap();
    row
}

pub(super) fn later(clock: &MockClock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
}

both_engines! {
    async fn values_change_their_key_while_everything_opens(database: Database) {
        let (test, other) = two_processes(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let system = test.system();
        add_members(app, 0..2_500).await;
        assert_eq!(values(&status(&system, app).await.unwrap()), [(1, "使用中", 3_750)]);

        assert_eq!(rotate(&system, app).await.unwrap(), 2);
        assert_eq!(rotate(&system, app).await.unwrap_err().code, "KEY-411", "one after the other");
        assert_eq!(reseal(&system, app, &unwatched()).await.unwrap_err().code, "KEY-412");
        // Until it is active nobody seals with it; a process that has not looked yet can read everything.
        add_members(app, 2_500..2_501).await;
        assert_eq!(opens(&other, &people, 2_500).await, "330226199001002500");
        later(&test.clock, 31);
        refresh(&other).await.unwrap();
        refresh(app).await.unwrap();
        add_members(app, 2_501..2_502).await;
        assert_eq!(opens(&other, &people, 2_501).await, "330226199001002501", "sealed by one, opened by the other");

        // Somebody stops it half-way: what is done stays, and the rest follows.
        let stop: app::progress::Progress = Arc::new(|_, done, _| {
            if done >= 1_000 { Err(app::error::AppError::conflict("JOB-499", "任务已按要求取消")) } else { Ok(()) }
        });
        assert_eq!(reseal(&system, app, &stop).await.unwrap_err().code, "JOB-499");
        let half = status(&system, app).await.unwrap();
        assert!(half.is_pending);
        assert_eq!(retire(&system, app).await.unwrap_err().code, "KEY-413");
        assert_eq!(opens(app, &people, 3).await, "330226199001000003");
        let done = reseal(&system, app, &unwatched()).await.unwrap();
        assert_eq!(done.unreadable, 0);
        let whole = status(&system, app).await.unwrap();
        assert!(!whole.is_pending);
        assert_eq!(values(&whole), [(1, "旧密钥", 0), (2, "使用中", 3_753)]);
        for key in [0, 1_234, 2_501] {
            assert_eq!(opens(&other, &people, key).await, format!("3302261990010{key:05}"));
        }
        assert_eq!(reseal(&system, app, &unwatched()).await.unwrap().values, 0, "twice changes nothing");
    }

    async fn an_old_key_goes_only_when_nothing_needs_it(database: Database) {
        let (test, other) = two_processes(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let system = test.system();
        add_members(app, 0..4).await;
        for version in [2, 3] {
            assert_eq!(rotate(&system, app).await.unwrap(), version);
            later(&test.clock, 31);
            refresh(app).await.unwrap();
            if version == 2 {
                reseal(&system, app, &unwatched()).await.unwrap();
                // A process that has not heard of the third yet.
                refresh(&other).await.unwrap();
            }
        }
        reseal(&system, app, &unwatched()).await.unwrap();
        assert_eq!(retire(&system, app).await.unwrap_err().code, "KEY-413", "a process may be slow");
        later(&test.clock, 600);
        add_members(&other, 4..5).await;
        let refused = retire(&system, app).await.unwrap_err();
        assert!(refused.message.contains("第 2 号还加密着 2 个值"), "{refused}");
        reseal(&system, app, &unwatched()).await.unwrap();
        assert_eq!(retire(&system, app).await.unwrap(), [2]);
        assert_eq!(values(&status(&system, app).await.unwrap()), [(1, "旧密钥", 0), (2, "已停用", 0), (3, "使用中", 8)]);
        assert_eq!(opens(app, &people, 4).await, "330226199001000004");
        assert!(app.store.read().await.unwrap().data_keys().await.unwrap()[0].wrapped.is_none(), "its secret is gone");
        assert_eq!(rotate(&people.administrator, app).await.unwrap_err().code, "KEY-403");
    }

    async fn rows_kept_whole_change_their_key_as_well(database: Database) {
        let (test, _) = two_processes(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let system = test.system();
        rotate(&system, app).await.unwrap();
        later(&test.clock, 31);
        refresh(app).await.unwrap();
        reseal(&system, app, &unwatched()).await.unwrap();
        // Under the second key: somebody leaves, two memberships are merged, a file changes what it can take back.
        let file = |phone: &str| {
            let path = test.dir.path().join("members.csv");
            let rows = format!("M1,{0},张三,330226199001010000,13800000001\nM2,{0},李四,330226199001010019,{phone}\nM3,{0},王芳,330226199202020029,13800000003\nM4,{0},王芳,330226199202020029,13800000004\n", union::BASE);
            std::fs::write(&path, format!("会员标识,工会标识,姓名,证件号码,移动电话\n{rows}")).unwrap();
            path
        };
        take(&system, app, &file("13800000002")).await;
        let changed = take(&system, app, &file("13900000002")).await;
        assert_eq!(changed.updated, 1, "{changed:?}");
        let op = &people.town_officer;
        let leave = app::membership::ChangeForm {
            kind: "withdraw".into(), happened_on: "2026-08-03".into(), reason: "5".into(), decided_on: "2026-08-03".into(), ..Default::default()
        };
        let asked = app::membership::ask_change(op, app, union::BASE, "M1", &leave).await.unwrap();
        app::membership::answer(op, app, asked, app::membership::Answer::Accept, "").await.unwrap();
        let (keep, other) = (row_of(app, "M3").await.id, row_of(app, "M4").await.id);
        app::membership::merge(op, app, keep, other, &std::collections::BTreeSet::new()).await.unwrap();

        assert_eq!(rotate(&system, app).await.unwrap(), 3);
        later(&test.clock, 700);
        refresh(app).await.unwrap();
        assert_eq!(retire(&system, app).await.unwrap_err().code, "KEY-413");
        let done = reseal(&system, app, &unwatched()).await.unwrap();
        assert_eq!(done.unreadable, 0);
        assert_eq!(retire(&system, app).await.unwrap(), [2], "nothing needs it");
        // What was kept comes back and opens without the old key.
        let merged = app.store.read().await.unwrap().merge_images(Uuid::nil(), 9).await.unwrap();
        app::membership::part(op, app, merged[0].0).await.unwrap();
        assert_eq!(opens(app, &people, 4).await, "330226199202020029");
        let undone = app::intake::undo_rest(&system, app, changed.batch_no).await.unwrap();
        assert_eq!(undone.state, domain::intake::BatchState::Undone);
        let row = row_of(app, "M2").await;
        let phone = app.keys.open("member", "phone", row.id.as_bytes(), row.phone_sealed.as_deref().unwrap()).unwrap();
        assert_eq!(phone, "13800000002");
    }

    async fn a_value_that_does_not_open_stays_as_it_is_and_is_told(database: Database) {
        let (test, _) = two_processes(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let system = test.system();
        add_members(app, 0..2).await;
        let mut tx = app.store.begin().await.unwrap();
        let mut row = tx.member_row("M1").await.unwrap().unwrap();
        *row.id_sealed.as_mut().unwrap().last_mut().unwrap() ^= 1;
        let damaged = row.id_sealed.clone();
        tx.upsert_members([row]).await.unwrap();
        tx.commit().await.unwrap();
        rotate(&system, app).await.unwrap();
        later(&test.clock, 31);
        let done = reseal(&system, app, &unwatched()).await.unwrap();
        assert_eq!((done.values, done.unreadable), (2, 1));
        let mut tx = app.store.begin().await.unwrap();
        assert_eq!(tx.member_row("M1").await.unwrap().unwrap().id_sealed, damaged);
        tx.rollback().await.unwrap();
        let shown = list(&people.town_officer, app, &app::membership::MemberListParams { size: 20, ..Default::default() }).await.unwrap();
        assert_eq!(shown.lines.iter().filter(|line| line.id_no == Shown::Unreadable).count(), 1);
    }

    async fn every_sealed_column_of_the_tables_is_known(database: Database) {
        let mut reader = database.store.read().await.unwrap();
        let mut known: Vec<&str> = SealedColumn::ALL.iter().map(|column| column.name()).chain(OF_FILES).chain(SealedColumn::SHORT_LIVED).collect();
        known.sort_unstable();
        assert_eq!(reader.sealed_columns().await.unwrap(), known, "a sealed column that no change of keys knows of");
    }
}

#[test]
fn the_file_provider_wraps_for_its_own_master_key_only() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ours, theirs) = (
        FileKeyProvider::in_data_dir(dir.path()),
        FileKeyProvider::in_data_dir(other.path()),
    );
    ours.create().unwrap();
    theirs.create().unwrap();
    let wrapped = ours.wrap("data key 2", &[5; 16]).unwrap();
    assert_eq!(*ours.unwrap("data key 2", &wrapped).unwrap(), [5; 16]);
    assert!(theirs.unwrap("data key 2", &wrapped).is_err());
    assert_eq!(
        sealed_with(&FieldKeys::from_master(&[7; 32]).seal("t", "c", b"r", "x")),
        Some(1)
    );
}
