//! The security policy (安全策略): what an installation decides about signing in and about the two-person rule. Kept as one
//! setting; the security administrator changes it (GB/T 22239-2019 8.1.5.3).

use std::collections::BTreeSet;

use codes::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::accounts::{Account, FirstDuty, Role};
use crate::identity::SignInWay;

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
    /// An export of more rows needs a second person's approval (双人复核); 0: never.
    pub export_rows_alone: u32,
}

impl Default for SecurityPolicy {
    fn default() -> SecurityPolicy {
        SecurityPolicy {
            password_days: 0,
            password_history: 5,
            second_factor_roles: BTreeSet::new(),
            export_rows_alone: 5_000,
        }
    }
}

/// Most days that a password may live, where it is limited.
pub const PASSWORD_DAYS_MAX: u32 = 730;
/// Fewest days: whoever must change it more often writes it down.
pub const PASSWORD_DAYS_MIN: u32 = 30;
/// Most earlier passwords that are remembered.
pub const PASSWORD_HISTORY_MAX: u32 = 24;
/// Most rows that may be set as the limit of an export by one person.
pub const EXPORT_ROWS_MAX: u32 = 10_000_000;

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
        if self.export_rows_alone > EXPORT_ROWS_MAX {
            faults.push(("export_rows_alone", "填 0（不限）或 1–10000000 行".to_owned()));
        }
        let is_known = |code: &String| Role::from_code(code).is_some_and(|role| role != Role::System);
        if !self.second_factor_roles.iter().all(is_known) {
            faults.push(("second_factor_roles", "有不认识的角色".to_owned()));
        }
        faults
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
        };
        let fields: Vec<_> = policy.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "password_days",
                "password_history",
                "export_rows_alone",
                "second_factor_roles"
            ]
        );
    }
}
