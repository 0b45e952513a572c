//! The security policy (安全策略): what an installation decides about signing in and about the two-person rule. Kept as one
//! setting; the security administrator changes it (GB/T 22239-2019 8.1.5.3).

use std::collections::{BTreeMap, BTreeSet};

use codes::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::accounts::{Account, FirstDuty, Role};
use crate::identity::SignInWay;
use crate::permission::{Action, may};

/// The setting's name.
pub const SETTING: &str = "security_policy";

/// What an installation decides. A policy that was stored is read whole or refused; a value that is missing in an older one
/// is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityPolicy {
    /// A password must be renewed after so many days; 0: never. GB/T 22239-2019 8.1.4.1 a asks for change at intervals,
    /// ASVS 6.2.10 advises against it, so the site decides.
    pub password_days: u32,
    /// So many earlier passwords may not be used again.
    pub password_history: u32,
    /// Roles, by their code, whose people must have a second factor (GB/T 22239-2019 8.1.4.1 d).
    pub second_factor_roles: BTreeSet<String>,
    /// So many days people of such a role have to set one up, from when it was asked of the role or the account was opened, whichever is
    /// later; 0: at their next request.
    pub second_factor_grace_days: u32,
    /// Since when it is asked of each role, in milliseconds since 1970. A role that is missing was asked before this was kept: its time
    /// is over.
    pub second_factor_since: BTreeMap<String, i64>,
    /// An export of more rows needs a second person's approval (双人复核); 0: never. Rows in full are counted over the day.
    pub export_rows_alone: u32,
    /// A change of unions that concerns more unions needs one; 0: never.
    pub change_unions_alone: u32,
    /// A change of more members, or of more rows of the register by a file or its undoing, needs one; 0: never.
    pub change_rows_alone: u32,
    /// Limits of single roles, by their code, instead of those for everybody.
    pub by_role: BTreeMap<String, RoleLimits>,
}

/// How much one person does alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Rows of an export.
    ExportRows,
    /// Unions that a change of unions concerns.
    ChangeUnions,
    /// Members, or rows of the register, that are changed at once.
    ChangeRows,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Limit; 3] = [Limit::ExportRows, Limit::ChangeUnions, Limit::ChangeRows];

    /// The name of its field in the policy.
    pub fn field(self) -> &'static str {
        match self {
            Limit::ExportRows => "export_rows_alone",
            Limit::ChangeUnions => "change_unions_alone",
            Limit::ChangeRows => "change_rows_alone",
        }
    }

    /// The words on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Limit::ExportRows => "一人可单独导出的行数",
            Limit::ChangeUnions => "一人可单独变更的工会数",
            Limit::ChangeRows => "一人可单独改动的会员或台账行数",
        }
    }

    /// The same in a table's head.
    pub fn short(self) -> &'static str {
        match self {
            Limit::ExportRows => "导出（行）",
            Limit::ChangeUnions => "变更工会（家）",
            Limit::ChangeRows => "改动会员或台账（行）",
        }
    }

    /// Whether the role does such things at all.
    pub fn concerns(self, role: Role) -> bool {
        let actions: &[Action] = match self {
            Limit::ExportRows => &[Action::Export],
            Limit::ChangeUnions => &[Action::ChangeUnions],
            Limit::ChangeRows => &[Action::ChangeUnions, Action::ConfirmMembership, Action::Import],
        };
        role != Role::System && actions.iter().any(|action| may(role, *action))
    }
}

/// Limits of one role; `None`: the one for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleLimits {
    /// Rows of an export.
    pub export_rows_alone: Option<u32>,
    /// Unions of a change.
    pub change_unions_alone: Option<u32>,
    /// Members or rows of a change.
    pub change_rows_alone: Option<u32>,
}

impl RoleLimits {
    /// One of them.
    pub fn of(&self, limit: Limit) -> Option<u32> {
        match limit {
            Limit::ExportRows => self.export_rows_alone,
            Limit::ChangeUnions => self.change_unions_alone,
            Limit::ChangeRows => self.change_rows_alone,
        }
    }

    /// Sets one of them.
    pub fn set(&mut self, limit: Limit, value: Option<u32>) {
        *match limit {
            Limit::ExportRows => &mut self.export_rows_alone,
            Limit::ChangeUnions => &mut self.change_unions_alone,
            Limit::ChangeRows => &mut self.change_rows_alone,
        } = value;
    }
}

impl Default for SecurityPolicy {
    fn default() -> SecurityPolicy {
        SecurityPolicy {
            password_days: 0,
            password_history: 5,
            second_factor_roles: SecurityPolicy::watched_roles(),
            second_factor_grace_days: 30,
            second_factor_since: BTreeMap::new(),
            export_rows_alone: 5_000,
            change_unions_alone: 100,
            change_rows_alone: 20_000,
            by_role: BTreeMap::new(),
        }
    }
}

/// Most days that a password may live, where it is limited.
pub const PASSWORD_DAYS_MAX: u32 = 730;
/// Fewest days: whoever must change it more often writes it down.
pub const PASSWORD_DAYS_MIN: u32 = 30;
/// Most earlier passwords that are remembered.
pub const PASSWORD_HISTORY_MAX: u32 = 24;
/// Most days for setting a second factor up.
pub const GRACE_DAYS_MAX: u32 = 90;
/// Most that may be set as the limit of what one person does.
pub const ALONE_MAX: u32 = 10_000_000;

impl SecurityPolicy {
    /// The roles of which a second factor is asked unless the site decides otherwise: the three administrators, and whoever takes
    /// people's data away in full or approves what others do at once with many.
    pub fn watched_roles() -> BTreeSet<String> {
        Role::ALL
            .into_iter()
            .filter(|role| {
                role.is_administrator() || may(*role, Action::ExportPlain) || may(*role, Action::Approve)
            })
            .filter(|role| *role != Role::System)
            .map(|role| role.code().to_owned())
            .collect()
    }

    /// The policy of an installation that has decided nothing yet, from this instant on.
    pub fn from_now(now: Timestamp) -> SecurityPolicy {
        SecurityPolicy::default().asking_since(&BTreeMap::new(), &BTreeSet::new(), now)
    }

    /// The same, asking each role for a second factor since it was first asked: those that were asked before keep their day, others
    /// begin now.
    #[must_use]
    pub fn asking_since(
        self,
        since: &BTreeMap<String, i64>,
        asked: &BTreeSet<String>,
        now: Timestamp,
    ) -> SecurityPolicy {
        let day_of = |role: &String| match (since.get(role), asked.contains(role)) {
            (Some(day), true) => Some(*day),
            (None, true) => None,
            (_, false) => Some(now.millis()),
        };
        SecurityPolicy {
            second_factor_since: self
                .second_factor_roles
                .iter()
                .filter_map(|role| Some((role.clone(), day_of(role)?)))
                .collect(),
            ..self
        }
    }

    /// What is wrong with it: the field and a sentence.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        if self.password_days != 0 && !(PASSWORD_DAYS_MIN..=PASSWORD_DAYS_MAX).contains(&self.password_days) {
            faults.push((
                "password_days",
                format!("填 0（不限）或 {PASSWORD_DAYS_MIN}–{PASSWORD_DAYS_MAX} 天"),
            ));
        }
        if self.password_history > PASSWORD_HISTORY_MAX {
            faults.push(("password_history", format!("填 0–{PASSWORD_HISTORY_MAX} 次")));
        }
        if self.second_factor_grace_days > GRACE_DAYS_MAX {
            faults.push((
                "second_factor_grace_days",
                format!("填 0（立即）或 1–{GRACE_DAYS_MAX} 天"),
            ));
        }
        for limit in Limit::ALL {
            if self.for_everybody(limit) > ALONE_MAX {
                faults.push((limit.field(), format!("填 0（不限）或 1–{ALONE_MAX}")));
            }
        }
        for (code, limits) in &self.by_role {
            let role = Role::from_code(code).filter(|role| *role != Role::System);
            for limit in Limit::ALL {
                let words = match (role, limits.of(limit)) {
                    (_, None) => continue,
                    (Some(role), Some(_)) if !limit.concerns(role) => {
                        format!("{}不办理这类事项：{}", role.label(), limit.label())
                    }
                    (Some(role), Some(value)) if value > ALONE_MAX => {
                        format!(
                            "{}的{}：填 0（不限）或 1–{ALONE_MAX}",
                            role.label(),
                            limit.label()
                        )
                    }
                    (Some(_), Some(_)) => continue,
                    (None, Some(_)) => "有不认识的角色".to_owned(),
                };
                faults.push(("by_role", words));
            }
        }
        let is_known = |code: &String| Role::from_code(code).is_some_and(|role| role != Role::System);
        if !self.second_factor_roles.iter().all(is_known) {
            faults.push(("second_factor_roles", "有不认识的角色".to_owned()));
        }
        faults
    }

    /// The limit for roles that have none of their own.
    pub fn for_everybody(&self, limit: Limit) -> u32 {
        match limit {
            Limit::ExportRows => self.export_rows_alone,
            Limit::ChangeUnions => self.change_unions_alone,
            Limit::ChangeRows => self.change_rows_alone,
        }
    }

    /// How much somebody of this role does alone; `None`: no limit.
    pub fn alone(&self, role: Role, limit: Limit) -> Option<u32> {
        let own = self.by_role.get(role.code()).and_then(|limits| limits.of(limit));
        Some(own.unwrap_or_else(|| self.for_everybody(limit))).filter(|alone| *alone > 0)
    }

    /// Whether people of this role must have a second factor.
    pub fn asks_second_factor(&self, role: Role) -> bool {
        self.second_factor_roles.contains(role.code())
    }

    /// Until when this account has to set a second factor up; `None` where none is asked of its role, or where it has one.
    pub fn second_factor_due(&self, account: &Account, way: SignInWay) -> Option<Timestamp> {
        if !self.asks_second_factor(account.role) || has_factor(account, way) {
            return None;
        }
        let asked = self.second_factor_since.get(account.role.code()).copied();
        let from = asked.map(|asked| asked.max(account.created_at.millis()));
        let grace = i64::from(self.second_factor_grace_days) * DAY_MILLIS;
        Some(Timestamp(from.map_or(0, |from| from + grace)))
    }

    /// What this account must do before anything else, first things first. Who came by the identity provider used no
    /// password here, so its age asks nothing of them; the password still cannot be used until it is changed.
    pub fn first_duty(&self, account: &Account, way: SignInWay, now: Timestamp) -> Option<FirstDuty> {
        let age_days = now.millis_since(account.password_set_at) / DAY_MILLIS;
        let by_password = !way.is_by_provider();
        if by_password && account.must_change_password {
            Some(FirstDuty::ReplacePassword)
        } else if by_password && self.password_days > 0 && age_days >= i64::from(self.password_days) {
            Some(FirstDuty::RenewPassword)
        } else if self.second_factor_due(account, way).is_some_and(|due| now >= due) {
            Some(FirstDuty::SetUpSecondFactor)
        } else {
            None
        }
    }

    /// Whether a person who came in this way may act for an account of this role (代办): the factor that its own people need is
    /// asked of whoever acts for them too, at once when the other's own time for it is over.
    pub fn lets_act_for(
        &self,
        principal: &Account,
        person: &Account,
        way: SignInWay,
        now: Timestamp,
    ) -> bool {
        let asked = Account {
            has_second_factor: false,
            ..principal.clone()
        };
        let is_due = self.second_factor_due(&asked, SignInWay::Password);
        is_due.is_none_or(|due| now < due) || has_factor(person, way)
    }
}

/// One day.
const DAY_MILLIS: i64 = 86_400_000;

fn has_factor(account: &Account, way: SignInWay) -> bool {
    account.has_second_factor || way == SignInWay::ProviderWithFactor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound_and_older_ones_are_completed() {
        assert_eq!(SecurityPolicy::default().faults(), []);
        let older: SecurityPolicy = serde_json::from_str(r#"{"password_days":90}"#).expect("a policy");
        assert_eq!((older.password_days, older.password_history), (90, 5));
        assert!(serde_json::from_str::<SecurityPolicy>(r#"{"pasword_days":90}"#).is_err());
        let policy = SecurityPolicy::default();
        for role in Role::ALL {
            let is_officer = matches!(role, Role::CityOfficer | Role::CountyOfficer | Role::TownOfficer);
            assert_eq!(
                policy.asks_second_factor(role),
                role.is_administrator() || is_officer,
                "{role:?}"
            );
        }
        assert!(
            !policy.asks_second_factor(Role::FieldWorker),
            "whoever sees one town's lists may choose"
        );
    }

    #[test]
    fn the_time_for_a_second_factor_runs_from_when_it_was_asked() {
        let at = |day: i64| Timestamp(day * DAY_MILLIS);
        let both: BTreeSet<String> = ["auditor".to_owned(), "city_officer".to_owned()].into();
        let policy = SecurityPolicy {
            second_factor_roles: ["auditor".to_owned()].into(),
            ..SecurityPolicy::default()
        };
        let first = policy.asking_since(&BTreeMap::new(), &BTreeSet::new(), at(100));
        assert_eq!(first.second_factor_since["auditor"], at(100).millis());
        // A role that is added has its own time; the one that was there gets no new one.
        let second = SecurityPolicy {
            second_factor_roles: both,
            ..first.clone()
        };
        let second = second.asking_since(&first.second_factor_since, &first.second_factor_roles, at(120));
        assert_eq!(second.second_factor_since["auditor"], at(100).millis());
        assert_eq!(second.second_factor_since["city_officer"], at(120).millis());
        // Asked before days were kept: over.
        let older: SecurityPolicy =
            serde_json::from_str(r#"{"second_factor_roles":["auditor"]}"#).expect("a policy");
        let kept =
            older
                .clone()
                .asking_since(&older.second_factor_since, &older.second_factor_roles, at(130));
        assert!(kept.second_factor_since.is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_field() {
        let policy = SecurityPolicy {
            password_days: 3,
            password_history: 100,
            second_factor_grace_days: 91,
            second_factor_roles: ["system".to_owned()].into(),
            export_rows_alone: u32::MAX,
            by_role: [
                ("nobody".to_owned(), limits(Limit::ChangeRows, 1)),
                ("field_worker".to_owned(), limits(Limit::ChangeUnions, 1)),
            ]
            .into(),
            ..SecurityPolicy::default()
        };
        let fields: Vec<_> = policy.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "password_days",
                "password_history",
                "second_factor_grace_days",
                "export_rows_alone",
                "by_role",
                "by_role",
                "second_factor_roles"
            ]
        );
    }

    fn limits(limit: Limit, value: u32) -> RoleLimits {
        let mut limits = RoleLimits::default();
        limits.set(limit, Some(value));
        limits
    }

    #[test]
    fn a_role_has_its_own_limit_or_that_of_everybody() {
        let policy = SecurityPolicy {
            by_role: [
                ("town_officer".to_owned(), limits(Limit::ExportRows, 300)),
                ("city_officer".to_owned(), limits(Limit::ExportRows, 0)),
            ]
            .into(),
            ..SecurityPolicy::default()
        };
        assert_eq!(policy.faults(), []);
        assert_eq!(policy.alone(Role::TownOfficer, Limit::ExportRows), Some(300));
        assert_eq!(policy.alone(Role::TownOfficer, Limit::ChangeUnions), Some(100));
        assert_eq!(policy.alone(Role::CountyOfficer, Limit::ExportRows), Some(5_000));
        assert_eq!(
            policy.alone(Role::CityOfficer, Limit::ExportRows),
            None,
            "0 is no limit"
        );
        let kept = serde_json::to_string(&policy).expect("it is written");
        assert_eq!(
            serde_json::from_str::<SecurityPolicy>(&kept).expect("a policy"),
            policy
        );
    }
}
