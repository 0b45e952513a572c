//! `gonghui init`: keys, empty store, first account.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use app::accounts;
use app::op::App;

use crate::args::{Args, KeyProviderArg, TokenArgs};
use crate::printer::say;
use crate::wiring;

/// Name of the file that the first account's one-time password is left in.
const PASSWORD_FILE: &str = "first-password.txt";

pub async fn run(args: &Args, provider: KeyProviderArg, token: &TokenArgs) -> Result<()> {
    let mut config = wiring::config(args);
    config.master = wiring::place(provider, token)?;
    let is_new = !config.key_ring().exists();
    let app = if is_new {
        App::init(&config).await?
    } else {
        App::open(&config).await?
    };
    if is_new {
        say(format!(
            "已建立数据目录 {}（密钥、{} 数据库）",
            config.data_dir.display(),
            app.store.engine()
        ));
    }
    match accounts::init_admin(&app).await? {
        None => say(format!("{} 已经初始化过，没有改动", config.data_dir.display())),
        Some(password) => {
            let path = config.data_dir.join(PASSWORD_FILE);
            leave_password(&path, password.as_str())?;
            say(format!(
                "安全管理员 {} 的一次性密码写在 {}（权限 0600）；首次登录须修改，改后请删除该文件",
                accounts::FIRST_ADMIN,
                path.display()
            ));
        }
    }
    app.store.close().await;
    Ok(())
}

pub(super) fn leave_password(path: &Path, password: &str) -> Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("无法写入 {}", path.display()))?;
    writeln!(file, "{password}")?;
    Ok(())
}
