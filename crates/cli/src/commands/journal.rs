//! `gonghui journal`: the seals of the journal are checked, exported, written down.

use anyhow::{Result, bail};
use app::journal::chain;

use crate::args::{Args, JournalWhat};
use crate::printer::{Progress, say};
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
                "日志完整：{} 条，{} 个锚点相符，封签 {}",
                verified.entries, verified.anchors, verified.seal
            ));
        }
        JournalWhat::Export { out } => {
            let mut lines = Vec::new();
            let entries = chain::export(&op, &app, &mut lines, &progress.teller()).await;
            progress.finish();
            let entries = entries?;
            printer::to(out.as_deref(), |into| Ok(into.write_all(&lines)?))?;
            say(format!(
                "已导出 {entries} 条日志；用 scripts/verify-journal.py 核验"
            ));
        }
        JournalWhat::Anchor => {
            let seal = chain::anchor(&op, &app).await?;
            printer::line(format!("{},{},{}", seal.seq, seal.entries, seal.seal))?;
            say("请把这一行抄录或发送到本系统之外保存");
        }
    }
    Ok(())
}
