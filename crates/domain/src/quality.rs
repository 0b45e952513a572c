//! 数据质量: what may be wrong with a record of the register, in the three classes of an audit (缺项, 不准确, 重复), each with what to
//! do about it.
//!
//! Most checks follow from the dictionary: an item of a collection form is missing, or does not fit its rule. The rest hold values
//! against each other and against other records. A record without a fault that spoils it is sound (合格).
//! Source of the classes: 北京市总工会关于加强会员信息采集工作的通知, 2012-11-08, which excluded unsound records from the yearly rating.

mod member;
#[cfg(test)]
mod tests;
mod union_org;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use member::MemberFacts;
pub use union_org::UnionFacts;

use crate::dictionary::{Dictionary, Element};
use crate::intake::Kind;

/// What sort of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// 缺项: something that the form asks for is not known.
    Missing,
    /// 不准确: what is stated breaks a rule or contradicts something else.
    Inaccurate,
    /// 重复: another record says that it is the same.
    Repeated,
}

impl Fault {
    /// Every class.
    pub const ALL: [Fault; 3] = [Fault::Missing, Fault::Inaccurate, Fault::Repeated];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Fault::Missing => "缺项",
            Fault::Inaccurate => "不准确",
            Fault::Repeated => "重复",
        }
    }

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::Inaccurate => "inaccurate",
            Fault::Repeated => "repeated",
        }
    }
}

/// One thing to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `members.education.missing`; for good, so that counts of two days can be compared.
    pub id: String,
    /// [`Kind::Unions`] or [`Kind::Members`].
    pub kind: Kind,
    pub fault: Fault,
    /// What is wrong, in one line.
    pub label: String,
    /// What to do about it.
    pub fix: String,
    /// A record with this fault is not sound. 不合格
    pub spoils: bool,
}

/// A check by its place in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckNo(pub u16);

/// All checks.
#[derive(Debug)]
pub struct Catalogue {
    checks: Vec<Check>,
    by_id: HashMap<String, CheckNo>,
}

impl Catalogue {
    /// The checks that come with the product.
    pub fn shipped() -> &'static Catalogue {
        static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
            let mut checks = of_forms();
            checks.extend(member::own_checks());
            checks.extend(union_org::own_checks());
            let ids = checks.iter().zip(0u16..);
            let by_id = ids.map(|(check, no)| (check.id.clone(), CheckNo(no))).collect();
            Catalogue { checks, by_id }
        });
        &SHIPPED
    }

    /// Every check with its number.
    pub fn iter(&self) -> impl Iterator<Item = (CheckNo, &Check)> {
        (0..).map(CheckNo).zip(&self.checks)
    }

    /// A check by its number.
    pub fn check(&self, no: CheckNo) -> &Check {
        &self.checks[usize::from(no.0)]
    }

    /// A check by its id.
    pub fn by_id(&self, id: &str) -> Option<CheckNo> {
        self.by_id.get(id).copied()
    }

    /// Whether a record with these faults is sound. 合格
    pub fn is_sound(&self, faults: &[CheckNo]) -> bool {
        !faults.iter().any(|no| self.check(*no).spoils)
    }

    fn no(&self, id: &str) -> CheckNo {
        self.by_id(id).expect("the catalogue has what its own rules name")
    }
}

/// For each item of the collection forms: it is missing, it does not fit. What the platform adds to them may be left out, but not be wrong.
fn of_forms() -> Vec<Check> {
    [Kind::Unions, Kind::Members]
        .into_iter()
        .flat_map(|kind| {
            Dictionary::shipped()
                .of(kind)
                .iter()
                .map(move |element| (kind, element))
        })
        .flat_map(|(kind, element)| {
            let missing = element.is_on_form.then(|| missing(kind, element));
            let unfit = (!is_told_apart(kind, element)).then(|| unfit(kind, element));
            [missing, unfit]
        })
        .flatten()
        .collect()
}

/// Items whose ways of being wrong have checks of their own, and keys, without which there is no record.
fn is_told_apart(kind: Kind, element: &Element) -> bool {
    match kind {
        Kind::Members => matches!(element.name.as_str(), "id_no" | "member_id" | "union_id"),
        _ => matches!(
            element.name.as_str(),
            "union_id" | "parent_id" | "industry_parent_id"
        ),
    }
}

/// The items without which nobody can be told from anybody else.
fn is_vital(kind: Kind, element: &Element) -> bool {
    match kind {
        Kind::Members => matches!(element.name.as_str(), "name" | "id_no"),
        _ => matches!(element.name.as_str(), "union_name" | "county"),
    }
}

fn missing(kind: Kind, element: &Element) -> Check {
    let (name, zh, rule) = (&element.name, &element.zh, &element.rule);
    let fix = format!("补采“{zh}”：{rule}");
    let spoils = is_vital(kind, element);
    check(
        kind,
        &format!("{name}.missing"),
        Fault::Missing,
        &format!("{zh}未填"),
        &fix,
        spoils,
    )
}

fn unfit(kind: Kind, element: &Element) -> Check {
    let (name, zh, rule) = (&element.name, &element.zh, &element.rule);
    let fix = format!("更正“{zh}”：{rule}");
    let spoils = is_vital(kind, element);
    check(
        kind,
        &format!("{name}.unfit"),
        Fault::Inaccurate,
        &format!("{zh}不符合要求"),
        &fix,
        spoils,
    )
}

fn check(kind: Kind, id: &str, fault: Fault, label: &str, fix: &str, spoils: bool) -> Check {
    Check {
        id: format!("{}.{id}", kind.name()),
        kind,
        fault,
        label: label.to_owned(),
        fix: fix.to_owned(),
        spoils,
    }
}

/// What is stated of a record, item by item: what a form asks for and what of it is known or was refused.
pub(crate) fn faults_of_form(
    kind: Kind,
    is_known: impl Fn(&str) -> bool,
    is_refused: impl Fn(&str) -> bool,
) -> Vec<CheckNo> {
    static FORMS: LazyLock<HashMap<Kind, Vec<(&'static str, Option<CheckNo>, Option<CheckNo>)>>> =
        LazyLock::new(|| {
            let catalogue = Catalogue::shipped();
            [Kind::Unions, Kind::Members]
                .into_iter()
                .map(|kind| {
                    let elements = Dictionary::shipped().of(kind).iter();
                    let items = elements.map(|element| {
                        let no =
                            |end: &str| catalogue.by_id(&format!("{}.{}.{end}", kind.name(), element.name));
                        (element.name.as_str(), no("missing"), no("unfit"))
                    });
                    (kind, items.collect())
                })
                .collect()
        });
    FORMS[&kind]
        .iter()
        .filter_map(|(name, missing, unfit)| {
            if is_refused(name) && unfit.is_some() {
                *unfit
            } else if is_known(name) {
                None
            } else {
                *missing
            }
        })
        .collect()
}
