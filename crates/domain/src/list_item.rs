//! 清单项: one thing the data say should be looked at, from the run that raised it to the register change that answers it.
//!
//! The words of the three lists and of the life cycle live here; `step` holds the one transition function, `merge` what
//! a run does to items that already exist. Deadlines are computed by [`due_on`] from the day the clock started and the
//! working-day calendar, so a corrected calendar corrects every deadline.

mod merge;
mod step;

pub use merge::{ClosedBy, Closure, Finding, Known, Merge, merge};
pub use step::{Action, Actor, EscalateTo, Refusal, Standing, Step, step, suppressed_until};

use codes::time::Day;
use serde::{Deserialize, Serialize};

use crate::policy::WorklistPolicy;
use crate::working_days::WorkingDays;

/// Gives an enum its stored code, its Chinese label and the way back from the code.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every value, in the order shown to people.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The code that the store, the exports and the URLs use.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// The word on the screen.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label,)+ }
            }

            /// Reads a stored code; an unknown code is `None`, never a default.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.label())
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// Which of the three lists an item stands on now.
    ListKind {
        /// 核实清单: the data say it, somebody must see it.
        Verification = "verify", "核实清单";
        /// 任务清单: a confirmed duty with an owner and a deadline.
        Task = "task", "任务清单";
        /// 工作清单: one person's steps: visits, reminders.
        Work = "work", "工作清单";
    }
}

coded! {
    /// Where an item stands in its life. The last four are closed.
    ItemState {
        New = "new", "待派发";
        Assigned = "assigned", "待接收";
        Read = "read", "已读";
        Verifying = "verifying", "核实中";
        Unreachable = "unreachable", "联系不上";
        InProgress = "in_progress", "办理中";
        Blocked = "blocked", "受阻";
        Escalated = "escalated", "已上报";
        Done = "done", "已办结";
        Refuted = "refuted", "核实不属实";
        Superseded = "superseded", "已失效";
        OutOfScope = "out_of_scope", "不适用";
    }
}

impl ItemState {
    /// Whether somebody still has to do something.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Done | Self::Refuted | Self::Superseded | Self::OutOfScope
        )
    }

    /// The open states, in the order of the life cycle.
    pub fn open() -> impl Iterator<Item = ItemState> {
        Self::ALL.iter().copied().filter(|state| state.is_open())
    }
}

coded! {
    /// Why an item was found untrue on site. 核实不属实的原因
    RefuteReason {
        HasUnion = "has_union", "已有工会";
        TooFew = "too_few", "人数不足";
        Gone = "gone", "已停产/搬迁";
        Dispatch = "dispatch", "派遣/代理参保";
        HeadOffice = "head_office", "分支机构由总公司覆盖";
        NoSuchAddress = "no_such_address", "地址查无";
        Duplicate = "duplicate", "同一单位重复";
        Other = "other", "其他";
    }
}

coded! {
    /// What an item is about.
    ItemSubject {
        Enterprise = "enterprise", "用人单位";
        Union = "union", "工会组织";
    }
}

/// The day an item is due: `due_days` working days after the clock started (the day itself does not count).
pub fn due_on(calendar: &WorkingDays, clock_started_on: Day, due_days: u32) -> Day {
    calendar.add_working_days(clock_started_on, due_days).day
}

/// The working days an item gets on a list: the rule's own figure where it names one, else the policy's.
pub fn due_days(policy: &WorklistPolicy, kind: ListKind, rule_due_days: Option<u32>) -> u32 {
    rule_due_days
        .filter(|days| *days > 0)
        .unwrap_or_else(|| policy.due_days(kind))
}

/// An item's number as people say it on the phone: `QD-330226-2026-000412`.
///
/// `division` is the six-digit county code, or the city's where the county is unknown.
pub fn item_no(division: u32, year: i32, sequence: u32) -> String {
    format!("QD-{division:06}-{year:04}-{sequence:06}")
}

#[cfg(test)]
mod tests;
