//! Consent and purpose (知情同意、目的限定): what members' data are used for, what the law allows the union by itself, and what rests
//! on the member's consent (个人信息保护法 art. 13–17, 23, 25, 29).
//!
//! The purposes are a code list of the dictionary (`purpose`). The first letter of a code says what a purpose rests on: `L` the
//! union's duties by law (art. 13 no. 3), for which nobody is asked and nothing can be withdrawn, `C` consent.

use codes::time::{Day, Timestamp};

use crate::dictionary::{Code, Dictionary};

/// The name of the code list.
pub const LIST: &str = "purpose";
/// What the purposes by law rest on, in words.
pub const BY_LAW: &str =
    "工会依《工会法》履行职责所必需（个人信息保护法第十三条第一款第三项），不需要同意，也不能撤回";

/// What data are used for (处理目的).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose(&'static Code);

impl Purpose {
    /// Every purpose in use, in the order of the list.
    pub fn all() -> impl Iterator<Item = Purpose> {
        let list = Dictionary::shipped().list(LIST);
        list.into_iter().flat_map(|list| list.current().map(Purpose))
    }

    /// Reads a code.
    pub fn from_code(code: &str) -> Option<Purpose> {
        Purpose::all().find(|purpose| purpose.code() == code)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        &self.0.code
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        &self.0.label
    }

    /// Whether it rests on consent; otherwise on law.
    pub fn needs_consent(self) -> bool {
        self.0.code.starts_with('C')
    }
}

/// A version of what members are told before they agree (个人信息处理告知书, art. 17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number, from 1.
    pub no: i64,
    /// The text as members read it.
    pub text: String,
    /// The day from which it counts.
    pub in_force_on: Day,
    /// Purpose, way or kind of data have changed: consent to an earlier version counts no more (art. 14).
    pub asks_anew: bool,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
}

/// How consent was given or withdrawn (同意方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentWay {
    /// On paper, as with the application to join.
    Paper,
    /// Face to face or by telephone, noted by an officer.
    Spoken,
    /// By the member, on the page of their own data.
    Online,
}

impl ConsentWay {
    /// Every way.
    pub const ALL: [ConsentWay; 3] = [ConsentWay::Paper, ConsentWay::Spoken, ConsentWay::Online];

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            ConsentWay::Paper => "paper",
            ConsentWay::Spoken => "spoken",
            ConsentWay::Online => "online",
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            ConsentWay::Paper => "书面",
            ConsentWay::Spoken => "当面或电话",
            ConsentWay::Online => "网上",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<ConsentWay> {
        ConsentWay::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// One consent, and its end where it was withdrawn. A withdrawal does not undo what was done before it (art. 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The purpose's code.
    pub purpose: String,
    /// Which version of the notice the member had before them.
    pub notice_no: i64,
    /// The day on which it was given.
    pub given_on: Day,
    /// How.
    pub given_way: ConsentWay,
    /// Who wrote it down.
    pub given_by: String,
    /// The day on which it was withdrawn, how, and who wrote it down.
    pub withdrawn: Option<(Day, ConsentWay, String)>,
    /// It was refused before anything was agreed to; the days of giving and withdrawing are that day.
    pub is_refusal: bool,
}

/// How a member stands to one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nobody has asked, or no answer is kept: which is no consent.
    Never,
    /// Agreed, and it counts.
    Given(&'a Consent),
    /// Agreed to a version that counts no more.
    Outdated(&'a Consent),
    /// Withdrawn.
    Withdrawn(&'a Consent),
    /// Refused, and nothing was agreed to since.
    Refused(&'a Consent),
}

impl Standing<'_> {
    /// Whether data may be used for the purpose.
    pub fn counts(&self) -> bool {
        matches!(self, Standing::Given(_))
    }
}

/// The earliest version to which consent still counts; `None` while nothing was published.
pub fn counting_from(notices: &[Notice], today: Day) -> Option<i64> {
    let in_force = notices.iter().filter(|notice| notice.in_force_on <= today);
    let first = in_force.clone().map(|notice| notice.no).min()?;
    Some(
        in_force
            .filter(|notice| notice.asks_anew)
            .map(|notice| notice.no)
            .max()
            .unwrap_or(first),
    )
}

/// The version in force today.
pub fn in_force(notices: &[Notice], today: Day) -> Option<&Notice> {
    let begun = notices.iter().filter(|notice| notice.in_force_on <= today);
    begun.max_by_key(|notice| notice.no)
}

/// How a member stands to a purpose, by the consents of that member; `from` is [`counting_from`].
pub fn standing<'a>(consents: &'a [Consent], purpose: Purpose, from: Option<i64>) -> Standing<'a> {
    let own = consents
        .iter()
        .filter(|consent| consent.purpose == purpose.code());
    let running = own.clone().filter(|consent| consent.withdrawn.is_none());
    match running.max_by_key(|consent| consent.notice_no) {
        Some(consent) if from.is_some_and(|from| consent.notice_no >= from) => Standing::Given(consent),
        Some(consent) => Standing::Outdated(consent),
        None => match own.max_by_key(|consent| consent.withdrawn.as_ref().map(|(on, ..)| *on)) {
            Some(consent) if consent.is_refusal => Standing::Refused(consent),
            Some(consent) => Standing::Withdrawn(consent),
            None => Standing::Never,
        },
    }
}

/// Why a consent cannot be kept. The words are for whoever wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadConsent {
    #[error("还没有发布告知书，不能登记同意")]
    NoNotice,
    #[error("同意的日期不能晚于今天")]
    ToCome,
    #[error("那一天还没有告知书：同意须在告知之后")]
    BeforeNotice,
    #[error("撤回的日期不能早于同意的日期")]
    BeforeGiven,
}

/// The version that somebody who agreed on this day had before them.
///
/// # Errors
/// Nothing was told before that day, or the day is still to come.
pub fn told_on(notices: &[Notice], on: Day, today: Day) -> Result<&Notice, BadConsent> {
    if in_force(notices, today).is_none() {
        return Err(BadConsent::NoNotice);
    }
    if on > today {
        return Err(BadConsent::ToCome);
    }
    in_force(notices, on).ok_or(BadConsent::BeforeNotice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).expect("a day")
    }

    fn notice(no: i64, on: &str, asks_anew: bool) -> Notice {
        Notice {
            no,
            text: "告知".into(),
            in_force_on: day(on),
            asks_anew,
            published_by: "周".into(),
            published_at: Timestamp(0),
        }
    }

    fn consent(purpose: &str, notice_no: i64, withdrawn: Option<&str>) -> Consent {
        Consent {
            purpose: purpose.into(),
            notice_no,
            given_on: day("2026-01-05"),
            given_way: ConsentWay::Paper,
            given_by: "王".into(),
            is_refusal: false,
            withdrawn: withdrawn.map(|on| (day(on), ConsentWay::Spoken, "王".into())),
        }
    }

    #[test]
    fn every_purpose_rests_on_law_or_on_consent() {
        let all: Vec<Purpose> = Purpose::all().collect();
        assert!(all.iter().any(|purpose| purpose.needs_consent()));
        assert!(all.iter().any(|purpose| !purpose.needs_consent()));
        for purpose in all {
            assert!(purpose.code().starts_with(['C', 'L']), "{}", purpose.code());
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
        }
        for way in ConsentWay::ALL {
            assert_eq!(ConsentWay::from_code(way.code()), Some(way));
        }
    }

    #[test]
    fn consent_counts_until_it_is_withdrawn_or_asked_anew() {
        let purpose = Purpose::from_code("C01").expect("a purpose");
        let today = day("2026-08-03");
        let notices = [notice(1, "2026-01-01", false), notice(2, "2026-03-01", false)];
        let from = counting_from(&notices, today);
        assert_eq!(from, Some(1));
        let given = [consent("C01", 1, None)];
        assert!(standing(&given, purpose, from).counts());
        assert_eq!(
            standing(&given, Purpose::from_code("C02").expect("one"), from),
            Standing::Never
        );
        let anew = [
            notices[0].clone(),
            notice(2, "2026-03-01", true),
            notice(3, "2027-01-01", true),
        ];
        let from = counting_from(&anew, today);
        assert_eq!(from, Some(2), "a version to come does not count yet");
        assert!(matches!(standing(&given, purpose, from), Standing::Outdated(_)));
        let withdrawn = [consent("C01", 2, Some("2026-05-01"))];
        assert!(matches!(
            standing(&withdrawn, purpose, from),
            Standing::Withdrawn(_)
        ));
        let again = [withdrawn[0].clone(), consent("C01", 2, None)];
        assert!(standing(&again, purpose, from).counts());
        assert!(!standing(&given, purpose, None).counts(), "nothing was told");
    }

    #[test]
    fn nobody_agrees_before_they_were_told() {
        let today = day("2026-08-03");
        let notices = [notice(1, "2026-01-01", false), notice(2, "2026-09-01", false)];
        assert_eq!(told_on(&[], today, today), Err(BadConsent::NoNotice));
        assert_eq!(
            told_on(&notices, day("2026-08-04"), today),
            Err(BadConsent::ToCome)
        );
        assert_eq!(
            told_on(&notices, day("2025-12-31"), today),
            Err(BadConsent::BeforeNotice)
        );
        assert_eq!(
            told_on(&notices, day("2026-01-01"), today).map(|notice| notice.no),
            Ok(1)
        );
    }
}
