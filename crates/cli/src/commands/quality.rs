//! `gonghui quality`: what is wrong with the register.

use anyhow::Result;

use crate::args::{Args, Format};
use crate::printer::{Progress, Table, say};
use crate::wiring;

pub async fn run(args: &Args, format: Format) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "quality");
    let progress = Progress::new();
    let counted = app::quality::count(&op, &app, &progress.teller()).await;
    progress.finish();
    counted?;
    let view = app::quality::quality(&op, &app).await?;
    say(format!(
        "会员 {} 人，合格 {} 人；工会 {} 家，合格 {} 家",
        view.members, view.sound_members, view.unions, view.sound_unions
    ));
    let mut table = Table::new(["check", "class", "sound", "records", "unions", "label"]);
    for fault in &view.faults {
        let sound = if fault.check.spoils { "no" } else { "yes" };
        table.row([
            fault.check.id.as_str().into(),
            fault.check.fault.code().into(),
            sound.into(),
            fault.records.into(),
            fault.unions.into(),
            fault.check.label.as_str().into(),
        ]);
    }
    table.print(format)
}
