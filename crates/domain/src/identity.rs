//! Signing in with the unit's own identity provider (统一身份认证, OpenID Connect): how a session was opened, what an account is
//! bound to, and what of the provider's word counts as a second factor.

use std::fmt;

use codes::id::AccountId;
use codes::time::Timestamp;

/// How somebody came in (登录方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignInWay {
    /// By the account's own password, and its own second factor where there is one.
    #[default]
    Password,
    /// By the identity provider.
    Provider,
    /// By the identity provider, who says that it asked for more than one factor, where the installation lets that count.
    ProviderWithFactor,
}

impl SignInWay {
    /// Every way.
    pub const ALL: [SignInWay; 3] = [
        SignInWay::Password,
        SignInWay::Provider,
        SignInWay::ProviderWithFactor,
    ];

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            SignInWay::Password => "password",
            SignInWay::Provider => "provider",
            SignInWay::ProviderWithFactor => "provider_with_factor",
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            SignInWay::Password => "密码",
            SignInWay::Provider => "统一身份认证",
            SignInWay::ProviderWithFactor => "统一身份认证（多因素）",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<SignInWay> {
        SignInWay::ALL.into_iter().find(|way| way.code() == code)
    }

    /// Whether the identity provider vouched for the person.
    pub fn is_by_provider(self) -> bool {
        self != SignInWay::Password
    }
}

/// What an account is bound to: one subject of one provider. The subject itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose.
    pub account_id: AccountId,
    /// The provider, by its address.
    pub issuer: String,
    /// The end of the subject, masked.
    pub subject_hint: String,
    /// Who bound it: the person, or an administrator.
    pub bound_by_name: String,
    /// When.
    pub bound_at: Timestamp,
    /// The last sign-in by it.
    pub used_at: Option<Timestamp>,
}

/// Which words of the provider count as a second factor: methods (`amr`, RFC 8176) or classes (`acr`) of authentication. None,
/// unless the installation names them: what `mfa` means there is for the unit to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactorMarks {
    methods: Vec<String>,
    classes: Vec<String>,
}

/// A setting that is not a list of `amr=…` and `acr=…`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”无法识别：请写成 amr=mfa 或 acr=…，多个用逗号隔开")]
pub struct BadFactorMark(pub String);

impl FactorMarks {
    /// Reads a setting such as `amr=mfa,acr=urn:unit:loa3`.
    ///
    /// # Errors
    /// [`BadFactorMark`] with the part that cannot be read.
    pub fn parse(text: &str) -> Result<FactorMarks, BadFactorMark> {
        let mut marks = FactorMarks::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let bad = || BadFactorMark(part.to_owned());
            let (kind, value) = part.split_once('=').ok_or_else(bad)?;
            match (kind.trim(), value.trim()) {
                (_, "") => return Err(bad()),
                ("amr", value) => marks.methods.push(value.to_owned()),
                ("acr", value) => marks.classes.push(value.to_owned()),
                _ => return Err(bad()),
            }
        }
        Ok(marks)
    }

    /// The way of a sign-in for which the provider named these methods and this class.
    pub fn way_of(&self, methods: &[String], class: Option<&str>) -> SignInWay {
        let by_method = methods.iter().any(|method| self.methods.contains(method));
        let by_class = class.is_some_and(|class| self.classes.iter().any(|known| known == class));
        if by_method || by_class {
            SignInWay::ProviderWithFactor
        } else {
            SignInWay::Provider
        }
    }
}

/// As an administrator would write it.
impl fmt::Display for FactorMarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.methods.iter().map(|method| format!("amr={method}"));
        let classes = self.classes.iter().map(|class| format!("acr={class}"));
        f.write_str(&methods.chain(classes).collect::<Vec<_>>().join(","))
    }
}

/// A subject that a provider can have made: 1 to 255 characters of ASCII (OpenID Connect Core 1.0, section 2).
pub fn is_subject(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_word_counts_only_where_the_setting_says_so() {
        let methods = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let none = FactorMarks::default();
        assert_eq!(
            none.way_of(&methods(&["pwd", "mfa"]), Some("loa3")),
            SignInWay::Provider
        );
        let some = FactorMarks::parse(" amr=mfa, acr=urn:unit:loa=3 ").expect("sound");
        assert_eq!(some.way_of(&methods(&["pwd"]), None), SignInWay::Provider);
        assert_eq!(
            some.way_of(&methods(&["pwd", "mfa"]), None),
            SignInWay::ProviderWithFactor
        );
        assert_eq!(
            some.way_of(&[], Some("urn:unit:loa=3")),
            SignInWay::ProviderWithFactor
        );
        assert_eq!(some.to_string(), "amr=mfa,acr=urn:unit:loa=3");
        for bad in ["mfa", "amr=", "loa=3"] {
            assert!(FactorMarks::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ways_and_subjects_read_back() {
        for way in SignInWay::ALL {
            assert_eq!(SignInWay::from_code(way.code()), Some(way));
        }
        assert!(
            is_subject("248289761001")
                && !is_subject("")
                && !is_subject("张三")
                && !is_subject(&"x".repeat(256))
        );
    }
}
