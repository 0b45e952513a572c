//! 数据元权限: who may change which element of a record, and who may ask to see a covered one in full (OWASP ASVS 8.2.3). Which
//! functions a role has is [`crate::permission`]'s matter, which rows it sees [`crate::scope`]'s; this is the third question: which
//! items of the row.
//!
//! What the product ships stands in the dictionary ([`Element::changed_from`]): nothing said, whoever has the function may. The security
//! administrator's deviations from that are kept apart, so that a page can say which is which.

use std::collections::BTreeMap;

use codes::time::Timestamp;
use serde::Deserialize;

use crate::accounts::Role;
use crate::dictionary::{Dictionary, Element};
use crate::intake::Kind;
use crate::permission::{Action, may};

/// A level of the federation, lowest first: from which one on an element is changed. 级
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// 基层
    Base,
    /// 镇街
    Town,
    /// 区县
    County,
    /// 市
    City,
}

impl Rung {
    /// The word before 以上.
    pub fn label(self) -> &'static str {
        match self {
            Rung::Base => "基层",
            Rung::Town => "镇街",
            Rung::County => "区县",
            Rung::City => "市",
        }
    }

    /// Where a role stands; `None` for roles that change no record.
    fn of(role: Role) -> Option<Rung> {
        match role {
            Role::UnionChair => Some(Rung::Base),
            Role::TownOfficer => Some(Rung::Town),
            Role::CountyOfficer => Some(Rung::County),
            Role::CityOfficer => Some(Rung::City),
            _ => None,
        }
    }
}

/// What somebody may do with an element's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Change it: on a form, through the interface, with a file.
    Write,
    /// See it in full, for a reason that goes to the journal.
    Reveal,
}

impl Right {
    /// Both.
    pub const ALL: [Right; 2] = [Right::Write, Right::Reveal];

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            Right::Write => "write",
            Right::Reveal => "reveal",
        }
    }

    /// Reads [`Right::code`].
    pub fn from_code(code: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.code() == code)
    }

    /// The words on screens.
    pub fn label(self) -> &'static str {
        match self {
            Right::Write => "修改",
            Right::Reveal => "查看明文",
        }
    }

    /// The words for a role that has it, and for one that has not.
    pub fn words(self, is_allowed: bool) -> &'static str {
        match (self, is_allowed) {
            (Right::Write, true) => "可改",
            (Right::Write, false) => "不可改",
            (Right::Reveal, true) => "可申请查看明文",
            (Right::Reveal, false) => "不可查看明文",
        }
    }
}

/// Where an element is registered by hand: the groups of the matrix, and which functions change it. 登记途径
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// 变更登记信息
    Details,
    /// 换届和委员会
    Committee,
    /// 法人资格
    Legal,
    /// 加挂牌子
    Plates,
    /// 调整上级、产业隶属
    Tree,
    /// 入会和更正资料
    Person,
    /// 会籍变化
    Membership,
    /// 覆盖单位
    Cover,
    /// What an agency says: nobody changes it here.
    Agency,
}

impl Section {
    /// The section of an element.
    pub fn of(kind: Kind, element: &str) -> Section {
        match (kind, element) {
            (Kind::Unions, "chair" | "term_no" | "term_start" | "term_end") => Section::Committee,
            (Kind::Unions, "legal_status") => Section::Legal,
            (Kind::Unions, "second_names") => Section::Plates,
            (Kind::Unions, "parent_id" | "parent_name" | "industry_parent_id") => Section::Tree,
            (Kind::Unions, _) => Section::Details,
            (
                Kind::Members,
                "union_id" | "member_kind" | "join_date" | "event_type" | "event_date" | "event_reason",
            ) => Section::Membership,
            (Kind::Members, _) => Section::Person,
            (Kind::Covers, _) => Section::Cover,
            _ => Section::Agency,
        }
    }

    /// The words on screens.
    pub fn label(self) -> &'static str {
        match self {
            Section::Details => "工会登记信息",
            Section::Committee => "换届和委员会",
            Section::Legal => "法人资格",
            Section::Plates => "加挂牌子",
            Section::Tree => "上级和产业隶属",
            Section::Person => "会员资料",
            Section::Membership => "会籍",
            Section::Cover => "覆盖单位",
            Section::Agency => "部门数据",
        }
    }

    /// The functions by one of which its elements are changed.
    fn actions(self) -> &'static [Action] {
        match self {
            Section::Details
            | Section::Committee
            | Section::Legal
            | Section::Plates
            | Section::Tree
            | Section::Cover => &[Action::ChangeUnions, Action::Import],
            Section::Person | Section::Membership => &[Action::HandleMembership, Action::Import],
            Section::Agency => &[],
        }
    }
}

/// Kinds of records with rights on their elements, in the order of the matrix.
pub const KINDS: [Kind; 4] = [Kind::Unions, Kind::Members, Kind::Covers, Kind::Enterprises];

/// The element whose right counts for this one: what cannot be changed without the other is decided with it. A union's parent is named by
/// key or by name, and a street lies in one county.
pub fn governing(kind: Kind, element: &str) -> &str {
    match (kind, element) {
        (Kind::Unions, "parent_name") => "parent_id",
        (Kind::Unions, "street") => "county",
        _ => element,
    }
}

/// The elements of a kind that have rights, in the order of the dictionary. A key is never changed: it says which record is meant.
/// Of an agency's data only what is covered can be asked for.
pub fn governed(kind: Kind) -> impl Iterator<Item = &'static Element> {
    let (key, _) = kind.key_columns();
    let all = Dictionary::shipped().of(kind).iter();
    all.filter(move |element| {
        let is_own = governing(kind, &element.name) == element.name;
        let is_asked_for = !kind.is_agency() || is_revealed(kind, &element.name);
        KINDS.contains(&kind) && element.name != key && is_own && is_asked_for
    })
}

/// Whether a new record cannot do without the element, so that whoever may register one says it: founding, joining, a new row of a file.
/// What is registered already is another matter.
pub fn comes_with_record(kind: Kind, element: &str) -> bool {
    match kind {
        Kind::Unions => matches!(element, "union_id" | "union_name" | "union_type"),
        Kind::Members => matches!(element, "member_id" | "union_id" | "name" | "id_no" | "phone"),
        Kind::Covers => matches!(element, "union_id" | "employer_uscc" | "employer_name"),
        _ => false,
    }
}

/// What of an agency's data a page shows in full when asked.
fn is_revealed(kind: Kind, element: &str) -> bool {
    matches!((kind, element), (Kind::Enterprises, "legal_rep" | "phone"))
}

/// Whether an element knows a right at all, for any role.
pub fn concerns(kind: Kind, element: &Element, right: Right) -> bool {
    match right {
        Right::Write => !Section::of(kind, &element.name).actions().is_empty(),
        Right::Reveal => element.is_masked(),
    }
}

/// Whether a role has a function by which it could use the right: without, nothing makes up for it.
pub fn is_open_to(role: Role, kind: Kind, element: &Element, right: Right) -> bool {
    let has = |action: Action| may(role, action);
    concerns(kind, element, right)
        && match right {
            Right::Write => Section::of(kind, &element.name)
                .actions()
                .iter()
                .copied()
                .any(has),
            Right::Reveal => (has(Action::RevealValue) || has(Action::ExportPlain)) && has(sight_of(kind)),
        }
}

/// What shows records of a kind.
fn sight_of(kind: Kind) -> Action {
    match kind {
        Kind::Members => Action::SeeMembers,
        Kind::Enterprises => Action::SeeLists,
        _ => Action::SeeUnions,
    }
}

/// What the product ships.
pub fn by_default(role: Role, kind: Kind, element: &Element, right: Right) -> bool {
    let is_high_enough = match (right, element.changed_from) {
        (Right::Write, Some(least)) => Rung::of(role).is_some_and(|rung| rung >= least),
        _ => true,
    };
    role == Role::System || is_open_to(role, kind, element, right) && is_high_enough
}

/// Roles that can have a right on an element of these kinds, in the order of the matrix. The built-in account is not governed: it is
/// the machine's own, and its commands name the operating system's user.
pub fn roles() -> impl Iterator<Item = Role> {
    let is_one = |role: &Role| {
        let open = |kind: Kind| {
            governed(kind).any(|element| {
                Right::ALL
                    .into_iter()
                    .any(|right| is_open_to(*role, kind, element, right))
            })
        };
        *role != Role::System && KINDS.into_iter().any(open)
    };
    Role::ALL.into_iter().filter(is_one)
}

/// One field of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The kind of record.
    pub kind: Kind,
    /// The element's name.
    pub element: String,
    /// For whom.
    pub role: Role,
    /// What for.
    pub right: Right,
}

/// What the security administrator has set otherwise than the product ships it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// What holds instead.
    pub is_allowed: bool,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

/// How a field of the matrix stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The role has no function for it: nothing to set.
    Closed,
    /// As the product ships it.
    Shipped(bool),
    /// As somebody has set it.
    Set(Deviation),
}

impl Standing {
    /// Whether it may be done.
    pub fn is_allowed(&self) -> bool {
        match self {
            Standing::Closed => false,
            Standing::Shipped(is_allowed) => *is_allowed,
            Standing::Set(deviation) => deviation.is_allowed,
        }
    }
}

/// The rights that hold now: what ships, and what was set otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElementRights {
    set: BTreeMap<Place, Deviation>,
}

impl ElementRights {
    /// With these deviations.
    pub fn new(set: impl IntoIterator<Item = (Place, Deviation)>) -> ElementRights {
        ElementRights {
            set: set.into_iter().collect(),
        }
    }

    /// The deviations, in the order of the matrix.
    pub fn deviations(&self) -> impl Iterator<Item = (&Place, &Deviation)> {
        self.set.iter()
    }

    /// How a field stands. An element that the dictionary does not have is closed to everybody.
    pub fn standing(&self, role: Role, kind: Kind, element: &str, right: Right) -> Standing {
        let name = governing(kind, element);
        let found = Dictionary::shipped().element(kind, name);
        let Some(element) = found.filter(|element| is_open_to(role, kind, element, right)) else {
            return Standing::Closed;
        };
        let place = Place {
            kind,
            element: name.to_owned(),
            role,
            right,
        };
        match self.set.get(&place) {
            Some(deviation) => Standing::Set(deviation.clone()),
            None => Standing::Shipped(by_default(role, kind, element, right)),
        }
    }

    /// Whether a role has a right on an element: the one place where this is decided, for forms, interface, files and undo alike.
    pub fn may(&self, role: Role, kind: Kind, element: &str, right: Right) -> bool {
        role == Role::System || self.standing(role, kind, element, right).is_allowed()
    }

    /// The roles that have a right on an element, for whoever has it not and asks who does.
    pub fn holders(&self, kind: Kind, element: &str, right: Right) -> Vec<Role> {
        roles()
            .filter(|role| self.may(*role, kind, element, right))
            .collect()
    }

    /// Why a role has not the right on an element, and who has: `由区县干部、市总干部修改`.
    pub fn who_may(&self, kind: Kind, element: &str, right: Right) -> String {
        let holders = self.holders(kind, element, right);
        let labels: Vec<&str> = holders.into_iter().map(Role::label).collect();
        match labels.is_empty() {
            true => format!("没有角色可以{}", right.label()),
            false => format!("由{}{}", labels.join("、"), right.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn deviation(is_allowed: bool) -> Deviation {
        Deviation {
            is_allowed,
            set_by: "周明".to_owned(),
            set_at: Timestamp(0),
        }
    }

    /// The shipped matrix; a changed cell shows up in review.
    #[test]
    fn the_shipped_matrix() {
        let shipped = ElementRights::default();
        let mut table = String::new();
        for kind in KINDS {
            for element in governed(kind) {
                let of = |right| {
                    let labels = shipped.holders(kind, &element.name, right);
                    let labels: Vec<&str> = labels.into_iter().map(Role::label).collect();
                    labels.join("、")
                };
                table.push_str(&format!(
                    "{:<10} {:<20} 改：{}",
                    kind.name(),
                    element.name,
                    of(Right::Write)
                ));
                if concerns(kind, element, Right::Reveal) {
                    table.push_str(&format!("；看：{}", of(Right::Reveal)));
                }
                table.push('\n');
            }
        }
        insta::assert_snapshot!(table);
    }

    /// What a role could do before there were rights on elements it can do still, but for what the dictionary names.
    #[test]
    fn defaults_are_the_functions_but_for_what_the_dictionary_says() {
        for kind in KINDS {
            for element in governed(kind) {
                for role in roles() {
                    for right in Right::ALL {
                        let is_open = is_open_to(role, kind, element, right);
                        let is_shipped = by_default(role, kind, element, right);
                        let is_named = right == Right::Write && element.changed_from.is_some();
                        assert!(is_open || !is_shipped);
                        assert!(is_open == is_shipped || is_named, "{role:?} {}", element.name);
                    }
                }
            }
        }
        let level = Dictionary::shipped().element(Kind::Unions, "level").unwrap();
        assert!(!by_default(Role::TownOfficer, Kind::Unions, level, Right::Write));
        assert!(by_default(Role::CountyOfficer, Kind::Unions, level, Right::Write));
    }

    #[test]
    fn nothing_that_is_set_gives_a_function() {
        for role in Role::ALL {
            for kind in KINDS {
                for element in governed(kind) {
                    for right in Right::ALL {
                        let place = Place {
                            kind,
                            element: element.name.clone(),
                            role,
                            right,
                        };
                        let open = ElementRights::new([(place.clone(), deviation(true))]);
                        let shut = ElementRights::new([(place, deviation(false))]);
                        let is_open = is_open_to(role, kind, element, right) || role == Role::System;
                        assert_eq!(open.may(role, kind, &element.name, right), is_open);
                        assert_eq!(shut.may(role, kind, &element.name, right), role == Role::System);
                    }
                }
            }
        }
    }

    #[test]
    fn administrators_auditors_and_unknown_elements_have_none() {
        let rights = ElementRights::default();
        for role in Role::ADMINISTRATORS.into_iter().chain([Role::Auditor]) {
            assert!(!roles().any(|one| one == role));
            assert!(!rights.may(role, Kind::Unions, "address", Right::Write));
        }
        assert!(!rights.may(Role::CityOfficer, Kind::Unions, "hat", Right::Write));
        assert!(!rights.may(Role::CityOfficer, Kind::Enterprises, "name", Right::Write));
    }

    #[test]
    fn a_parent_by_name_and_a_street_go_with_what_they_belong_to() {
        let place = |element: &str| Place {
            kind: Kind::Unions,
            element: element.to_owned(),
            role: Role::CityOfficer,
            right: Right::Write,
        };
        let rights = ElementRights::new([
            (place("parent_id"), deviation(false)),
            (place("county"), deviation(false)),
        ]);
        for name in ["parent_id", "parent_name", "county", "street"] {
            assert!(
                !rights.may(Role::CityOfficer, Kind::Unions, name, Right::Write),
                "{name}"
            );
        }
        assert!(rights.may(Role::CityOfficer, Kind::Unions, "address", Right::Write));
        assert_eq!(
            rights.who_may(Kind::Unions, "level", Right::Write),
            "由市总干部、区县干部修改"
        );
    }
}
