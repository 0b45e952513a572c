//! An installation is made once, opens with its own key and with no other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use app::error::ErrorKind;
use app::op::{App, AppConfig};

fn copy_key(name: &str, from: &std::path::Path, to: &std::path::Path) {
    fs::copy(from.join(name), to.join(name)).unwrap();
}

#[tokio::test]
async fn an_installation_opens_with_its_own_key_only() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = dir.path().join("data");
    let config = AppConfig::embedded(&data);
    let absent = App::open(&config).await.unwrap_err();
    assert_eq!((absent.kind, absent.code), (ErrorKind::Unavailable, "KEY-404"));
    assert!(!data.join("gonghui.db").exists(), "nothing is made by looking");

    let app = App::init(&config).await.unwrap();
    app.store.close().await;
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(
        App::init(&config).await.unwrap_err().code,
        "KEY-409",
        "never twice"
    );
    App::open(&config).await.unwrap().store.close().await;

    let strange = AppConfig::embedded(other.path().join("data"));
    App::init(&strange).await.unwrap().store.close().await;
    copy_key("master.key", &strange.data_dir, &data);
    let refused = App::open(&config).await.unwrap_err();
    assert_eq!(refused.code, "KEY-410", "the root secret is wrapped by another");
    copy_key("root.key", &strange.data_dir, &data);
    let refused = App::open(&config).await.unwrap_err();
    assert_eq!(refused.code, "KEY-409");
    assert!(refused.message.contains("不匹配"), "{refused}");

    let ring = strange.data_dir.join("root.key");
    assert_eq!(fs::metadata(&ring).unwrap().permissions().mode() & 0o777, 0o600);
    let whole = fs::read_to_string(&ring).unwrap();
    for (damaged, words) in [
        (String::new(), "看不懂"),
        (whole.replace("\"format\": 1", "\"format\": 2"), "更新的版本"),
        (whole.replace("master.key", "../master.key"), "不完整"),
        (whole.replace("\"root\": \"", "\"root\": \"x"), "十六进制"),
    ] {
        fs::write(&ring, damaged).unwrap();
        let refused = App::open(&strange).await.unwrap_err();
        assert!(
            refused.code == "KEY-403" && refused.message.contains(words),
            "{refused}"
        );
    }
}

#[test]
fn a_database_url_chooses_the_engine() {
    let mut config = AppConfig::embedded("/tmp/x");
    assert!(matches!(config.store(), store::StoreConfig::Sqlite { path } if path.ends_with("gonghui.db")));
    config.database_url = Some("postgres://localhost/gonghui".into());
    assert!(matches!(config.store(), store::StoreConfig::Postgres { .. }));
    config.database_url = Some("sqlite:///tmp/y.db".into());
    assert!(
        matches!(config.store(), store::StoreConfig::Sqlite { path } if path == std::path::Path::new("/tmp/y.db"))
    );
}
