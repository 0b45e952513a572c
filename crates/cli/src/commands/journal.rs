//! `gonghui journal`: the seals of the journal are checked, exported, written down.

use anyhow::{Result, bail};
use app::journal::chain;

use crate::args::{Args, JournalWhat};
use crate::printer::{Outlet, Progress, say};
use crate::{printer, wiring};

pub async fn run(args: &Args, what: &JournalWhat) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "journal");
    let progress = Progress::new();
    match what {
        JournalWhat::Verify => {
            let verified = chain::verify(&op, &app, &progress.teller()).await;
            progress.finish();
            let verified = verified?;
            if let Some(broken) = verified.first_break {
                bail!(
                    "日志不完整：第 {} 行。{}\n前面的 {} 条是完整的",
                    broken.seq,
                    broken.words,
                    verified.entries
                );
            }
            say(format!(
                "日志完整：{} 条，{} 个锚点相符（{} 个有本机密钥的签名），封签 {}",
                verified.entries, verified.anchors, verified.signed, verified.seal
            ));
            if verified.signed_elsewhere > 0 {
                say(format!(
                    "{} 个锚点由别的密钥签名：请用它的公钥和 scripts/verify-journal.py 核验",
                    verified.signed_elsewhere
                ));
            }
        }
        JournalWhat::Export { out } => {
            let mut outlet = Outlet::open(out.as_deref())?;
            let entries = chain::export(&op, &app, &mut outlet, &progress.teller()).await;
            progress.finish();
            let entries = entries?;
            outlet.finish()?;
            say(format!(
                "已导出 {entries} 条日志；用 scripts/verify-journal.py 核验"
            ));
        }
        JournalWhat::Anchor => {
            let seal = chain::anchor(&op, &app).await?;
            printer::line(seal.line.unwrap_or_default())?;
            say("请把这一行抄录或发送到本系统之外保存");
        }
        JournalWhat::Key => {
            let (id, pem) = chain::public_key_made(&op, &app).await?;
            printer::line(pem.trim_end())?;
            say(format!("密钥编号 {id}；请把公钥保存到本系统之外"));
        }
    }
    Ok(())
}
