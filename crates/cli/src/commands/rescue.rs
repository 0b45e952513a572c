//! `gonghui rescue`: back in for whom nobody else can help.

use anyhow::Result;
use app::accounts;
use app::op::App;

use super::init::leave_password;
use crate::args::Args;
use crate::printer::say;
use crate::wiring;

/// Name of the file that the one-time password is left in.
const PASSWORD_FILE: &str = "rescue-password.txt";

pub async fn run(args: &Args, login: &str) -> Result<()> {
    let config = wiring::config(args);
    let app = App::open(&config).await?;
    let password = accounts::rescue_account(&app.system("rescue"), &app, login).await?;
    let path = config.data_dir.join(PASSWORD_FILE);
    leave_password(&path, password.as_str())?;
    say(format!(
        "账号 {login} 的动态口令已取消，会话已全部退出；一次性密码写在 {}（权限 0600），首次登录须修改，改后请删除该文件",
        path.display()
    ));
    app.store.close().await;
    Ok(())
}
