//! `gonghui key`: data keys are changed while people work.

use anyhow::Result;
use app::keys::{MasterPlace, master, rotation};

use crate::args::{Args, KeyWhat};
use crate::printer::{Progress, Table, say};
use crate::wiring;

pub async fn run(args: &Args, what: &KeyWhat) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "key");
    match what {
        KeyWhat::Status { format } => {
            let status = rotation::status(&op, &app).await?;
            if status.is_pending {
                say("有值还没有用新密钥重新加密：gonghui key reseal，或由服务在夜间完成");
            }
            if let Some(ring) = &app.key_ring {
                let masters = ring.told().map_err(app::error::AppError::from)?;
                for master in &masters {
                    say(format!("主密钥：{master}"));
                }
                if masters.len() > 1 {
                    say("更换主密钥上次被中断：请再运行一次 gonghui key rotate-master 或 gonghui key move");
                }
                for file in ring.unused_files()? {
                    say(format!(
                        "{} 不再包装任何密钥：没有旧备份要用它的话，请移走",
                        file.display()
                    ));
                }
            }
            let mut table = Table::new(["key", "state", "values", "created"]);
            for key in &status.keys {
                let created = key
                    .created_at
                    .map_or_else(|| "由根密钥派生".to_owned(), |at| at.to_minute());
                table.row([
                    i64::from(key.version).into(),
                    key.state.into(),
                    key.values.into(),
                    created.as_str().into(),
                ]);
            }
            table.print(*format)
        }
        KeyWhat::Rotate { later } => {
            let version = rotation::rotate(&op, &app).await?;
            say(format!("第 {version} 号数据密钥已生成，半分钟后启用"));
            if *later {
                say("由服务在下次启动或夜间重新加密，也可以运行 gonghui key reseal");
                return Ok(());
            }
            tokio::time::sleep(rotation::wait_left(&app).await?).await;
            reseal(&op, &app).await
        }
        KeyWhat::Reseal => reseal(&op, &app).await,
        KeyWhat::RotateMaster { key } => {
            let place = master::same_place(&app, key.clone())?;
            change(&op, &app, &place).await
        }
        KeyWhat::Move { to, token } => change(&op, &app, &wiring::place(*to, token)?).await,
        KeyWhat::Retire => {
            let retired = rotation::retire(&op, &app).await?;
            if retired.is_empty() {
                say("没有可以停用的旧密钥；由根密钥派生的 1 号密钥不停用");
            }
            for version in retired {
                say(format!("第 {version} 号数据密钥已停用"));
            }
            Ok(())
        }
    }
}

async fn change(op: &app::op::OpContext, app: &app::op::App, place: &MasterPlace) -> Result<()> {
    let progress = Progress::new();
    let changed = master::change(op, app, place, &progress.teller()).await;
    progress.finish();
    let changed = changed?;
    say(format!(
        "主密钥现在是{}；重新包装了根密钥和 {} 把数据密钥",
        changed.master, changed.data_keys
    ));
    for left in &changed.left_in_tokens {
        say(format!(
            "{left}不再包装任何密钥：没有旧备份要用它的话，请由密码机管理员销毁"
        ));
    }
    say("请马上备份 root.key 和新的主密钥；旧备份仍须用旧的");
    Ok(())
}

async fn reseal(op: &app::op::OpContext, app: &app::op::App) -> Result<()> {
    let progress = Progress::new();
    let done = rotation::reseal(op, app, &progress.teller()).await;
    progress.finish();
    let done = done?;
    say(format!("已用新密钥重新加密 {} 个值", done.values));
    if done.unreadable > 0 {
        say(format!(
            "{} 个值无法解密，保持原样；详见运行日志，相应会员的页面上也会注明",
            done.unreadable
        ));
    }
    Ok(())
}
