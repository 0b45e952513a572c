//! The tree of a past day as a file (CSV): one row for each union of what is looked at, with its members. Of persons only the field
//! worker of its zone (片区) is in it, named by the surname.

use std::collections::HashMap;

use codes::division::Divisions;
use codes::time::Day;
use domain::accounts::shown_name;
use domain::permission::Action;
use domain::scope::UnionPath;
use office::csv_text::CsvText;
use serde_json::json;
use store::zone::past::PastZoneRow;
use uuid::Uuid;

use super::{DayTree, kind};
use crate::error::AppError;
use crate::export::journal;
use crate::op::{App, OpContext};
use crate::zone::as_of::Lain;

/// A file that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOfFile {
    /// `历史组织-2026-06-30.csv`
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The register on `day` as a file: the branch below `under`, or the line of `industry` where it is given. Dissolved unions stand in it as
/// long as members are left with them, so that the rows add up to the number on the page.
///
/// # Errors
/// As [`super::as_of`] and [`super::as_of_line`]; `Forbidden` for whoever may not export.
pub async fn as_of_file(
    op: &OpContext,
    app: &App,
    day: Day,
    under: Option<&str>,
    industry: Option<&str>,
) -> Result<AsOfFile, AppError> {
    op.may(Action::Export)?;
    let mut reader = app.store.read().await?;
    let tree = DayTree::read(op, &mut reader, day).await?;
    let lain = Lain::on(&mut reader, &tree, day).await?;
    let zones = reader.zones_on(day).await?.into_iter();
    let zones: HashMap<Uuid, PastZoneRow> = zones.map(|zone| (zone.id, zone)).collect();
    drop(reader);
    let unions: Vec<usize> = match industry {
        Some(industry) => tree.led_by(industry)?,
        None => tree.within(tree.here(under)?.as_ref()).collect(),
    };
    let own = |at: usize| tree.sum(&tree.members.counts, [at]);
    let mut text = CsvText::new(Vec::new())?;
    text.row([
        "工会标识",
        "工会名称",
        "工会类型",
        "状态",
        "上级工会标识",
        "上级工会",
        "所属产业工会标识",
        "区县",
        "镇街",
        "片区",
        "专职工作者",
        "建会日期",
        "会员（本级）",
        "会员（含下级）",
        "下级工会",
        "与现在相比",
    ])?;
    let mut rows = 0;
    for at in unions {
        let then = &tree.known[at].then;
        if !then.is_active && own(at) == 0 {
            continue;
        }
        let line = tree.line(at);
        let above = tree.paths[at].as_ref().and_then(UnionPath::parent);
        let above = above.and_then(|path| tree.by_path.get(path.as_str()));
        let above = above
            .filter(|at| tree.is_in_sight(**at))
            .map(|at| &tree.known[*at].then);
        let zone = tree.paths[at].as_ref().filter(|_| then.is_active);
        let zone = zone.and_then(|place| zones.get(&lain.zone_at(place)?));
        let cells = [
            then.union_id.clone(),
            then.name.clone(),
            kind(then).label().to_owned(),
            if then.is_active { "在册" } else { "已撤销" }.to_owned(),
            above.map(|above| above.union_id.clone()).unwrap_or_default(),
            above.map(|above| above.name.clone()).unwrap_or_default(),
            then.industry_parent_id.clone().unwrap_or_default(),
            county(then.county).unwrap_or_default(),
            town(then.town).unwrap_or_default(),
            zone.map(|zone| zone.name.clone()).unwrap_or_default(),
            // Named as on every page: a file leaves the house (decision 48).
            zone.and_then(|zone| zone.worker.as_deref())
                .map(shown_name)
                .unwrap_or_default(),
            then.founded_on
                .map(|day| Day::from(day).to_string())
                .unwrap_or_default(),
            own(at).to_string(),
            line.members.to_string(),
            line.below.to_string(),
            line.since.unwrap_or_default(),
        ];
        text.row(cells.iter().map(String::as_str))?;
        rows += 1;
    }
    let detail = json!({ "as_of": day, "union_id": under, "industry": industry, "rows": rows });
    journal(op, app, "unions-as-of", detail).await?;
    Ok(AsOfFile {
        name: format!("历史组织-{day}.csv"),
        bytes: text.finish()?,
    })
}

fn county(code: Option<i64>) -> Option<String> {
    let code = u32::try_from(code?).ok()?;
    Divisions::shipped().county_name(code).map(str::to_owned)
}

fn town(code: Option<i64>) -> Option<String> {
    let code = u64::try_from(code?).ok()?;
    Divisions::shipped().town_name(code).map(str::to_owned)
}
