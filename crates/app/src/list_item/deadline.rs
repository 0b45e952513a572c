//! Deadlines in working days, in words; and keeping the sorted column true to the calendar.

use codes::time::Day;
use domain::list_item as rules;
use domain::working_days::WorkingDays;
use store::list_item::ItemRecord;

use super::{Deadline, Tone};
use crate::error::AppError;
use crate::op::App;

/// The deadline of an open item as of today; a closed one has none.
pub(super) fn deadline_of(
    item: &ItemRecord,
    calendar: &WorkingDays,
    today: Day,
    soon_days: u32,
) -> Option<Deadline> {
    let days = u32::try_from(item.due_days).unwrap_or(0);
    item.state
        .is_open()
        .then(|| deadline(calendar, item.clock_started_on, days, today, soon_days))
}

/// `days` working days from `started`, seen from today.
fn deadline(calendar: &WorkingDays, started: Day, days: u32, today: Day, soon_days: u32) -> Deadline {
    let counted = calendar.add_working_days(started, days);
    let days_left = calendar.working_days_between(today, counted.day);
    let is_late = today > counted.day;
    let (tone, words) = if is_late {
        (Tone::Late, format!("逾期 {} 个工作日", days_left.abs().max(1)))
    } else if counted.day == today {
        (Tone::Soon, "今天到期".to_owned())
    } else if days_left <= i64::from(soon_days) {
        (Tone::Soon, format!("还剩 {days_left} 个工作日"))
    } else {
        (Tone::Calm, format!("还剩 {days_left} 个工作日"))
    };
    let text = if counted.is_estimate {
        format!("{words}（暂按周末推算）")
    } else {
        words
    };
    Deadline {
        due_on: counted.day,
        days_left,
        tone,
        is_estimate: counted.is_estimate,
        text,
    }
}

/// The setting that says which calendar the deadlines in the store were counted with.
const CALENDAR_SETTING: &str = "calendar";

/// Brings the sortable deadline of every open item up to date with the calendar; called once at start, so that next
/// year's notice of the State Council counts as soon as the product ships it. Answers how many items moved. Nothing is
/// read where they were counted with this calendar.
pub(crate) async fn refresh_deadlines(app: &App) -> Result<u64, AppError> {
    let counted_with = app.store.read().await?.setting(CALENDAR_SETTING).await?;
    if counted_with.as_deref() == Some(app.calendar.digest()) {
        return Ok(0);
    }
    let mut tx = app.store.begin().await?;
    let mut moved = 0;
    for (started, days, kept) in tx.item_deadlines().await? {
        let due = rules::due_on(app.calendar, started, u32::try_from(days).unwrap_or(0));
        if due != kept {
            moved += tx.set_due(started, days, due).await?;
        }
    }
    tx.set_setting(CALENDAR_SETTING, app.calendar.digest(), app.now())
        .await?;
    tx.commit().await?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn a_deadline_is_said_in_working_days() {
        let at =
            |started: &str, today: &str| deadline(WorkingDays::shipped(), day(started), 15, day(today), 3);
        let says = |today: &str| at("2026-11-04", today);
        assert_eq!(
            (says("2026-11-20").text.as_str(), says("2026-11-20").tone),
            ("还剩 3 个工作日", Tone::Soon)
        );
        assert_eq!(says("2026-11-25").text, "今天到期");
        assert_eq!(
            (says("2026-11-27").text.as_str(), says("2026-11-27").tone),
            ("逾期 2 个工作日", Tone::Late)
        );
        assert_eq!(says("2026-11-04").tone, Tone::Calm);
        let far = at("2026-12-31", "2026-12-31");
        assert!(far.is_estimate && far.text.contains("暂按周末推算"));
    }
}
