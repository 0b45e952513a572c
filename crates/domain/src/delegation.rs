//! Acting for others (代办): an account lets another act in its name from one day to another. The other then has its role
//! and scope and nothing beyond, and both names stand in the journal. Field workers whose zones have no union in common stand in
//! for each other like this, which is what it is for.
//!
//! What is not possible, and why: administrators and auditors neither give nor take it, or one person could act and look
//! at it, or let people in and read their data; who acts for another gives nothing on (no chains); and the two must stand on
//! one line of the union tree, because an account elsewhere could not be given that scope either.

use codes::id::{AccountId, DelegationId};
use codes::time::{Day, Timestamp};

use crate::accounts::Account;

/// Longest time that one authorisation lasts, in days; a longer absence is a change of office.
pub const LONGEST_DAYS: i64 = 92;
/// Longest reason, in characters.
pub const REASON_MAX: usize = 100;

/// One authorisation (代办授权).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// Whose role and scope it gives (委托人).
    pub principal_id: AccountId,
    /// That account's name.
    pub principal_name: String,
    /// Who may act (代办人).
    pub delegate_id: AccountId,
    /// That account's name.
    pub delegate_name: String,
    /// First day.
    pub starts_on: Day,
    /// Last day, itself included.
    pub ends_on: Day,
    /// Why, in words.
    pub reason: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// Where an authorisation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelegationState {
    /// Its first day is to come.
    Waiting,
    /// It can be used today.
    Running,
    /// Its last day is over.
    Ended,
    /// It was taken back.
    Withdrawn,
}

impl DelegationState {
    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            DelegationState::Waiting => "未开始",
            DelegationState::Running => "生效中",
            DelegationState::Ended => "已到期",
            DelegationState::Withdrawn => "已收回",
        }
    }
}

impl Delegation {
    /// Where it stands on this day.
    pub fn state(&self, today: Day) -> DelegationState {
        if self.withdrawn_at.is_some() {
            DelegationState::Withdrawn
        } else if today < self.starts_on {
            DelegationState::Waiting
        } else if today > self.ends_on {
            DelegationState::Ended
        } else {
            DelegationState::Running
        }
    }
}

/// Why nobody can act like this: the field of the form and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationRefusal {
    /// `delegate`, `starts_on`, `ends_on` or `reason`.
    pub field: &'static str,
    /// The sentence.
    pub message: String,
}

fn refuse(field: &'static str, message: impl Into<String>) -> Result<(), DelegationRefusal> {
    Err(DelegationRefusal {
        field,
        message: message.into(),
    })
}

/// Whether `delegate` can act for `principal` at all. Asked when it is given and again at every request, because roles and
/// unions change.
pub fn check_pair(principal: &Account, delegate: &Account) -> Result<(), DelegationRefusal> {
    if principal.id == delegate.id {
        return refuse("delegate", "不能授权给自己");
    }
    if !principal.role.is_delegable() {
        return refuse("delegate", format!("{}不能授权他人代办", principal.role.label()));
    }
    if !delegate.role.is_delegable() {
        return refuse(
            "delegate",
            format!("{}（{}）不能代他人办理", delegate.name, delegate.role.label()),
        );
    }
    if principal.disabled_at.is_some() || delegate.disabled_at.is_some() {
        return refuse("delegate", "账号已停用");
    }
    match (&principal.path, &delegate.path) {
        (Some(one), Some(other)) if one.contains(other) || other.contains(one) => Ok(()),
        _ => refuse("delegate", "只能授权给本工会、上级工会或下级工会的账号"),
    }
}

/// Whether these days and this reason can stand.
pub fn check_terms(starts_on: Day, ends_on: Day, reason: &str, today: Day) -> Result<(), DelegationRefusal> {
    if ends_on < starts_on {
        return refuse("ends_on", "结束日期不能早于开始日期");
    }
    if ends_on < today {
        return refuse("ends_on", "结束日期已经过去");
    }
    if starts_on.days_until(ends_on) >= LONGEST_DAYS {
        return refuse("ends_on", format!("一次授权最长 {LONGEST_DAYS} 天"));
    }
    match reason.trim().chars().count() {
        0 => refuse("reason", "请写明原因，如“外出培训”"),
        count if count > REASON_MAX => refuse("reason", format!("原因不超过 {REASON_MAX} 个字")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).expect("a day")
    }

    #[test]
    fn it_runs_from_its_first_to_its_last_day() {
        let delegation = Delegation {
            id: DelegationId::from_uuid(uuid::Uuid::nil()),
            principal_id: AccountId::from_uuid(uuid::Uuid::nil()),
            principal_name: "甲".into(),
            delegate_id: AccountId::from_uuid(uuid::Uuid::nil()),
            delegate_name: "乙".into(),
            starts_on: day("2026-08-03"),
            ends_on: day("2026-08-05"),
            reason: "培训".into(),
            created_at: Timestamp(0),
            withdrawn_at: None,
        };
        for (today, expected) in [
            ("2026-08-02", DelegationState::Waiting),
            ("2026-08-03", DelegationState::Running),
            ("2026-08-05", DelegationState::Running),
            ("2026-08-06", DelegationState::Ended),
        ] {
            assert_eq!(delegation.state(day(today)), expected, "{today}");
        }
        let withdrawn = Delegation {
            withdrawn_at: Some(Timestamp(1)),
            ..delegation
        };
        assert_eq!(withdrawn.state(day("2026-08-03")), DelegationState::Withdrawn);
    }

    #[test]
    fn days_and_reason_are_checked() {
        let check = |from, to, reason| {
            check_terms(day(from), day(to), reason, day("2026-08-03")).map_err(|refusal| refusal.field)
        };
        assert_eq!(check("2026-08-03", "2026-08-03", "培训"), Ok(()));
        assert_eq!(check("2026-08-05", "2026-08-04", "培训"), Err("ends_on"));
        assert_eq!(check("2026-07-01", "2026-08-02", "培训"), Err("ends_on"));
        assert_eq!(
            check("2026-08-03", "2026-11-03", "培训"),
            Err("ends_on"),
            "93 days"
        );
        assert_eq!(check("2026-08-03", "2026-11-02", "培训"), Ok(()));
        assert_eq!(check("2026-08-03", "2026-08-03", "  "), Err("reason"));
    }
}
