//! A master key in a token, from the first day and moved there later, as who runs the machine meets it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use testkit::softhsm::SoftHsm;

use super::text;

fn gonghui(token: &SoftHsm, data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gonghui"))
        .args(args)
        .env("GONGHUI_DATA", data)
        .env_remove("DATABASE_URL")
        .env(SoftHsm::CONF, token.conf())
        .env("GONGHUI_PKCS11_MODULE", SoftHsm::module())
        .env("GONGHUI_PKCS11_PIN_FILE", token.folder().join("pin"))
        .output()
        .unwrap()
}

fn done(token: &SoftHsm, data: &Path, args: &[&str]) -> String {
    let output = gonghui(token, data, args);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stderr)
}

fn refused(token: &SoftHsm, data: &Path, args: &[&str]) -> String {
    let output = gonghui(token, data, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    text(&output.stderr)
}

fn write_pin(token: &SoftHsm, pin: &str) {
    let path = token.folder().join("pin");
    std::fs::write(&path, pin).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn the_master_key_is_made_in_a_token_changed_and_moved() {
    let token = SoftHsm::start();
    write_pin(&token, SoftHsm::PIN);
    let data = token.folder().join("data");
    let wanting = refused(&token, &data, &["init", "--key-provider", "pkcs11"]);
    assert!(wanting.contains("--token"), "{wanting}");
    let absent = refused(
        &token,
        &data,
        &["init", "--key-provider", "pkcs11", "--token", "absent"],
    );
    assert!(absent.contains("找不到标签为 absent 的令牌"), "{absent}");
    assert!(
        !data.join("root.key").exists() && !data.join("gonghui.db").exists(),
        "nothing is half-made"
    );

    let init = ["init", "--key-provider", "pkcs11", "--token", SoftHsm::TOKEN];
    done(&token, &data, &init);
    assert!(data.join("root.key").exists() && !data.join("master.key").exists());
    assert!(
        done(&token, &data, &init).contains("没有改动"),
        "twice changes nothing"
    );
    let status = done(&token, &data, &["key", "status"]);
    assert!(
        status.contains("第 1 代，令牌 gonghui 中的密钥 gonghui-master，机制 aes-gcm"),
        "{status}"
    );

    // Without the settings, or with a wrong PIN, each command says what is missing.
    let bare = super::refused(&data, &["key", "status"], 1);
    assert!(bare.contains("GONGHUI_PKCS11_PIN_FILE"), "{bare}");
    write_pin(&token, "wrong-pin");
    let wrong = refused(&token, &data, &["serve"]);
    assert!(wrong.contains("不接受口令文件"), "{wrong}");
    write_pin(&token, SoftHsm::PIN);

    let changed = done(&token, &data, &["key", "rotate-master"]);
    assert!(
        changed.contains("gonghui-master-2") && changed.contains("密码机管理员销毁"),
        "{changed}"
    );
    let moved = done(&token, &data, &["key", "move", "--to", "file"]);
    assert!(moved.contains("文件 master-3.key"), "{moved}");
    let status = super::done(&data, &["key", "status"]);
    assert!(status.contains("使用中"), "{status}");
    done(&token, &data, &["key", "rotate-master"]);
    assert!(data.join("master-4.key").exists() && !data.join("master-3.key").exists());
    let wrap = [
        "key",
        "move",
        "--to",
        "pkcs11",
        "--token",
        SoftHsm::TOKEN,
        "--key",
        "other",
    ];
    done(
        &token,
        &data,
        &[&wrap[..], &["--mechanism", "aes-key-wrap"]].concat(),
    );
    assert!(!data.join("master-4.key").exists());
    done(&token, &data, &["journal", "verify"]);
    let entries = text(&gonghui(&token, &data, &["journal", "export"]).stdout);
    assert_eq!(entries.matches("更换主密钥").count(), 4, "{entries}");
}
