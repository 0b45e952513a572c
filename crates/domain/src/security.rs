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
            second_factor_roles: BTreeSet::new(),
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
/// Most that may be set as the limit of what one person does.
pub const ALONE_MAX: u32 = 10_000_000;

impl SecurityPolicy {
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

    /// What this account must do before anything else, first things first. Who came by the identity provider used no
    /// password here, so its age asks nothing of them; the password still cannot be used until it is changed.
    pub fn first_duty(&self, account: &Account, way: SignInWay, now: Timestamp) -> Option<FirstDuty> {
        let age_days = now.millis_since(account.password_set_at) / 86_400_000;
        let by_password = !way.is_by_provider();
        if by_password && account.must_change_password {
            Some(FirstDuty::ReplacePassword)
        } else if by_password && self.password_days > 0 && age_days >= i64::from(self.password_days) {
            Some(FirstDuty::RenewPassword)
        } else if self.asks_second_factor(account.role) && !has_factor(account, way) {
            Some(FirstDuty::SetUpSecondFactor)
        } else {
            None
        }
    }

    /// Whether a person who came in this way may act for an account of this role (代办): the factor that its own people need is
    /// asked of whoever acts for them too.
    pub fn lets_act_for(&self, role: Role, person: &Account, way: SignInWay) -> bool {
        !self.asks_second_factor(role) || has_factor(person, way)
    }
}

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
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_field() {
        let policy = SecurityPolicy {
            password_days: 3,
            password_history: 100,
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
