//! What may be wrong with a membership.

use std::collections::BTreeSet;

use codes::resident_id::{IdStatus, ResidentId};
use codes::time::Day;

use super::{Catalogue, Check, CheckNo, Fault, faults_of_form};
use crate::intake::Kind;

/// More memberships than this under one phone: it is an agent's or a team leader's.
pub const PHONE_SHARED: u32 = 3;
/// From this age on somebody is hardly at work.
const OLD: i32 = 80;

/// What is known of a membership.
#[derive(Debug, Clone, Default)]
pub struct MemberFacts<'a> {
    pub name: &'a str,
    /// How the document number was read.
    pub id_status: Option<IdStatus>,
    /// The number, where it is a citizen's.
    pub document: Option<&'a ResidentId>,
    pub has_phone: bool,
    pub joined: Option<Day>,
    /// Elements that are known beside these.
    pub known: BTreeSet<&'a str>,
    /// Elements whose stated value was refused.
    pub refused: BTreeSet<&'a str>,
    /// Memberships under the same number, this one included; 0 without a number.
    pub same_number: u32,
    /// Memberships under the same phone, this one included; 0 without a phone.
    pub same_phone: u32,
    /// Whether that number stands under another name elsewhere.
    pub is_other_name: bool,
    /// When the union was founded, if that is known.
    pub union_founded: Option<Day>,
    pub is_union_active: bool,
    pub today: Option<Day>,
}

pub(super) fn own_checks() -> Vec<Check> {
    use Fault::{Inaccurate, Missing, Repeated};
    let check = |id, fault, label, fix, spoils| super::check(Kind::Members, id, fault, label, fix, spoils);
    vec![
        check(
            "number.repeated",
            Repeated,
            "同一证件号码有几条会籍",
            "核实现在的工作单位，保留一条会籍，其余办理转出或退会",
            true,
        ),
        check(
            "number.other-name",
            Repeated,
            "同一证件号码登记在不同姓名下",
            "核对证件，更正其中填错的号码",
            true,
        ),
        check(
            "number.checksum",
            Inaccurate,
            "证件号码校验不通过",
            "按证件更正号码；是护照、通行证的，写明证件类别",
            true,
        ),
        check(
            "number.damaged",
            Inaccurate,
            "证件号码被表格软件损坏",
            "按证件重新填写，列设为文本格式",
            true,
        ),
        check(
            "number.masked",
            Inaccurate,
            "证件号码是脱敏的",
            "补采完整号码",
            true,
        ),
        check(
            "number.old",
            Inaccurate,
            "证件号码是 15 位旧号",
            "换成 18 位号码",
            false,
        ),
        check(
            "number.other-document",
            Inaccurate,
            "不是身份证号，又没有写明证件类别",
            "补填有效证件类别",
            false,
        ),
        check(
            "number.other-shape",
            Inaccurate,
            "证件号码不是所填证件类别常见的样式",
            "对照证件核实号码和证件类别",
            false,
        ),
        check(
            "phone.shared",
            Repeated,
            "同一电话登记在 3 人以上",
            "补采本人电话",
            false,
        ),
        check(
            "age.young",
            Inaccurate,
            "未满 16 周岁",
            "核对证件号码和出生日期",
            true,
        ),
        check(
            "age.old",
            Inaccurate,
            "年满 80 周岁",
            "核实是否仍在会；退休、去世的办理会籍变化",
            false,
        ),
        check("joined.missing", Missing, "入会日期未知", "补填入会日期", false),
        check(
            "joined.before-union",
            Inaccurate,
            "入会早于工会成立",
            "核对入会日期和建会日期",
            false,
        ),
        check(
            "name.short",
            Inaccurate,
            "姓名只有一个字",
            "按证件核对；姓名就是一个字的不用改",
            false,
        ),
        check(
            "union.dissolved",
            Inaccurate,
            "所在工会已撤销",
            "转入上级或新单位的工会，或保留会籍",
            true,
        ),
        check(
            "gig.no-employer",
            Missing,
            "新就业形态会员没有工作单位或平台",
            "补填工作单位或所属平台",
            false,
        ),
    ]
}

impl MemberFacts<'_> {
    /// What is wrong, in the catalogue's order.
    pub fn faults(&self) -> Vec<CheckNo> {
        let catalogue = Catalogue::shipped();
        let mut faults = faults_of_form(
            Kind::Members,
            |name| self.knows(name),
            |name| name != "id_no" && self.refused.contains(name),
        );
        let mut found = |is_so: bool, id: &str| {
            if is_so {
                faults.push(catalogue.no(&format!("members.{id}")));
            }
        };
        found(self.same_number > 1, "number.repeated");
        found(self.is_other_name, "number.other-name");
        let status = |wanted: IdStatus| self.id_status == Some(wanted);
        found(status(IdStatus::Invalid), "number.checksum");
        found(status(IdStatus::Damaged), "number.damaged");
        found(status(IdStatus::Masked), "number.masked");
        found(status(IdStatus::From15), "number.old");
        found(
            status(IdStatus::OtherDocument) && !self.known.contains("id_type"),
            "number.other-document",
        );
        found(
            status(IdStatus::OtherDocument) && self.refused.contains("id_no"),
            "number.other-shape",
        );
        // What is no phone (无, 12345) is alike for many people.
        let has_own = !self.refused.contains("phone");
        found(has_own && self.same_phone > PHONE_SHARED, "phone.shared");
        if let (Some(document), Some(today)) = (self.document, self.today) {
            let born = document.birth_date();
            found(born.add_months(12 * 16) > today, "age.young");
            found(born.add_months(12 * OLD) <= today, "age.old");
        }
        found(
            self.joined.is_none() && !self.refused.contains("join_date"),
            "joined.missing",
        );
        let is_early =
            matches!((self.joined, self.union_founded), (Some(joined), Some(founded)) if joined < founded);
        found(is_early, "joined.before-union");
        found(self.name.chars().count() == 1, "name.short");
        found(!self.is_union_active, "union.dissolved");
        found(
            self.known.contains("gig_group") && !self.known.contains("employer_name"),
            "gig.no-employer",
        );
        faults.sort_unstable();
        faults.dedup();
        faults
    }

    /// Sex and birth date follow from a citizen's number, which also says what document it is.
    fn knows(&self, name: &str) -> bool {
        match name {
            "name" => !self.name.is_empty(),
            "id_no" => self.id_status.is_some_and(|status| status != IdStatus::Missing),
            "phone" => self.has_phone,
            "sex" | "birth_date" | "id_type" if self.document.is_some() => true,
            // Who joined and never changed needs no reason.
            "event_reason" if !self.known.contains("event_type") => true,
            "event_type" | "event_date" if self.joined.is_some() => true,
            other => self.known.contains(other),
        }
    }
}
