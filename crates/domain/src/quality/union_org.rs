//! What may be wrong with a union.

use std::collections::BTreeSet;

use codes::time::Day;

use super::{Catalogue, Check, CheckNo, Fault, faults_of_form};
use crate::intake::Kind;
use crate::union_org::UnionType;

/// What is known of a union.
#[derive(Debug, Clone, Default)]
pub struct UnionFacts<'a> {
    pub union_type: Option<UnionType>,
    /// Elements that are known.
    pub known: BTreeSet<&'a str>,
    /// Elements whose stated value was refused.
    pub refused: BTreeSet<&'a str>,
    pub is_active: bool,
    /// Whether it has a place in the tree under a union that it names, or is the root.
    pub is_placed: bool,
    /// Whether it is the root: the federation of a whole city or province lies in no county.
    pub is_root: bool,
    /// Counted memberships.
    pub members: i64,
    pub declared_members: Option<i64>,
    pub employees: Option<i64>,
    pub founded: Option<Day>,
    pub term_start: Option<Day>,
    pub term_end: Option<Day>,
    /// Unions with the same name in the same county, this one included.
    pub same_name: u32,
    /// Unions with the same code of their own, this one included; 0 without a code.
    pub same_code: u32,
    /// Unions of one employer with the same employer's code, this one included; 0 without a code.
    pub same_employer: u32,
    /// 法人资格 is stated as 有.
    pub is_legal_person: bool,
    /// The last day of a by-election's time, where the chair has left office.
    pub by_election_due: Option<Day>,
    /// The industry union that it names is none of the register, or the line leads back to the union itself.
    pub is_line_loose: bool,
    /// Employers that it covers.
    pub covers: u32,
    pub today: Option<Day>,
}

pub(super) fn own_checks() -> Vec<Check> {
    use Fault::{Inaccurate, Missing, Repeated};
    let check = |id, fault, label, fix, spoils| super::check(Kind::Unions, id, fault, label, fix, spoils);
    vec![
        check(
            "name.repeated",
            Repeated,
            "同一区县有同名工会",
            "核实是否重复登记；重复的合并，不同的改用全称",
            true,
        ),
        check(
            "code.repeated",
            Repeated,
            "同一工会代码登记在几家工会",
            "按法人证书更正",
            true,
        ),
        check(
            "employer.repeated",
            Repeated,
            "同一单位有几家独立工会",
            "核实后合并，或改为分会",
            false,
        ),
        check("type.unknown", Missing, "工会类型不明", "补填工会类型", false),
        check(
            "tree.loose",
            Inaccurate,
            "上级工会没有落实",
            "填写唯一的属地上级",
            true,
        ),
        check(
            "members.none",
            Inaccurate,
            "没有会员",
            "补采会员，或核实是否已撤销",
            true,
        ),
        check(
            "members.over-staff",
            Inaccurate,
            "会员多于职工",
            "核对职工人数，清理已离职的会员",
            false,
        ),
        check(
            "members.over-declared",
            Inaccurate,
            "实名会员与上报数相差两成以上",
            "核对会员名册和上报数",
            false,
        ),
        check(
            "members.few",
            Inaccurate,
            "独立基层工会会员不足 25 人",
            "核实职工人数；不足的可以联合建会（《工会法》第十一条）",
            false,
        ),
        check(
            "chair.vacant",
            Inaccurate,
            "主席空缺，逾期没有补选",
            "补选主席，在“换届和委员会”登记任职",
            false,
        ),
        check(
            "line.loose",
            Inaccurate,
            "所属产业工会没有落实",
            "核对所属产业工会标识，或先登记那家产业工会；成环的请改其中一家",
            false,
        ),
        check("term.missing", Missing, "届满日期未知", "补填届满日期", false),
        check(
            "term.over",
            Inaccurate,
            "已届满未换届",
            "办理换届，更新任期",
            false,
        ),
        check(
            "term.length",
            Inaccurate,
            "任期不是三年或五年",
            "核对任期起止（《工会法》第十六条）",
            false,
        ),
        check(
            "term.before-founding",
            Inaccurate,
            "任期早于建会",
            "核对建会日期和任期",
            false,
        ),
        check(
            "joint.covers-nobody",
            Missing,
            "联合工会没有覆盖单位",
            "导入覆盖单位名单",
            false,
        ),
        check(
            "dissolved.members",
            Inaccurate,
            "已撤销的工会还有会员",
            "会员转入上级或新单位的工会",
            true,
        ),
        check("place.missing", Missing, "没有经纬度", "走访时定位", false),
    ]
}

impl UnionFacts<'_> {
    /// What is wrong, in the catalogue's order. A dissolved union is only asked for its members.
    pub fn faults(&self) -> Vec<CheckNo> {
        let catalogue = Catalogue::shipped();
        let no = |id: &str| catalogue.no(&format!("unions.{id}"));
        if !self.is_active {
            return if self.members > 0 {
                vec![no("dissolved.members")]
            } else {
                Vec::new()
            };
        }
        let mut faults = faults_of_form(
            Kind::Unions,
            |name| self.knows(name),
            |name| self.refused.contains(name),
        );
        let mut found = |is_so: bool, id: &str| {
            if is_so {
                faults.push(no(id));
            }
        };
        let is = |kind: UnionType| self.union_type == Some(kind);
        let has_members = !(is(UnionType::General) || is(UnionType::Industry));
        found(self.same_name > 1, "name.repeated");
        found(self.same_code > 1, "code.repeated");
        found(
            is(UnionType::Single) && self.same_employer > 1,
            "employer.repeated",
        );
        found(
            self.union_type.is_none() || is(UnionType::Unknown),
            "type.unknown",
        );
        found(!self.is_placed, "tree.loose");
        found(has_members && self.members == 0, "members.none");
        found(
            self.employees
                .is_some_and(|employees| employees > 0 && self.members > employees),
            "members.over-staff",
        );
        let is_off = self
            .declared_members
            .is_some_and(|declared| declared > 0 && (self.members - declared).abs() * 5 > declared);
        found(has_members && is_off, "members.over-declared");
        found(
            is(UnionType::Single) && (1..25).contains(&self.members),
            "members.few",
        );
        found(
            self.term_end.is_none() && !self.refused.contains("term_end"),
            "term.missing",
        );
        if let (Some(end), Some(today)) = (self.term_end, self.today) {
            found(end < today, "term.over");
        }
        if let (Some(due), Some(today)) = (self.by_election_due, self.today) {
            found(due < today, "chair.vacant");
        }
        found(self.is_line_loose, "line.loose");
        if let (Some(start), Some(end)) = (self.term_start, self.term_end) {
            let years = |years: i32| (start.add_months(12 * years).days_until(end)).abs() <= 31;
            found(!(years(3) || years(5)), "term.length");
        }
        let is_early = matches!((self.term_start.or(self.term_end), self.founded), (Some(term), Some(founded)) if term < founded);
        found(is_early, "term.before-founding");
        found(is(UnionType::Joint) && self.covers == 0, "joint.covers-nobody");
        found(
            ["lon", "lat"]
                .iter()
                .any(|degrees| !self.known.contains(degrees) && !self.refused.contains(degrees)),
            "place.missing",
        );
        faults.sort_unstable();
        faults.dedup();
        faults
    }

    /// A general or industry union has no employer; who has no legal personality has no code.
    fn knows(&self, name: &str) -> bool {
        let has_employer = self.union_type == Some(UnionType::Single);
        match name {
            "employer_name" | "employer_uscc" | "employer_nature" | "economic_type" | "industry_section"
            | "employee_count"
                if !has_employer =>
            {
                true
            }
            "county" if self.is_root => true,
            "union_code" if !self.is_legal_person => true,
            "union_type" => self.union_type.is_some_and(|kind| kind != UnionType::Unknown),
            // The key of the union above says more than its name.
            "parent_name" => self.is_placed,
            "founded" => self.founded.is_some(),
            "declared_members" => self.declared_members.is_some() || !has_employer,
            "employee_count" => self.employees.is_some(),
            other => self.known.contains(other),
        }
    }
}
