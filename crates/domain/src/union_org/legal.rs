//! 工会法人资格登记: who may become a legal person, which conditions are held, and how a registration goes on.
//!
//! 《基层工会法人登记管理办法》(总工办发〔2020〕20号, in force 1 January 2021): article 2 who registers, article 10 on what conditions, article 26
//! how long a certificate holds, article 27 when it is exchanged; changes are filed within 30 days. General unions of counties and
//! above are legal persons from the day they are founded (《工会法》第十五条) and register nothing.

#[cfg(test)]
mod tests;

use codes::text::{person_name, written_name};
use codes::time::Day;
use codes::uscc::Uscc;
use serde::{Deserialize, Serialize};

use super::UnionType;
use crate::list_item::coded;

/// Longest certificate number, in characters.
pub const NUMBER_MAX: usize = 40;
/// Years that a certificate holds at most (article 26).
pub const YEARS_MAX: i32 = 5;
/// Days within which a change of name, seat or representative is filed.
pub const FILE_CHANGES_DAYS: i64 = 30;
/// Days before the end from which a certificate is exchanged (article 27).
pub const RENEW_AHEAD_DAYS: i64 = 30;

coded! {
    /// 法人资格, with the words of the dictionary's list.
    LegalState {
        /// Never applied.
        None = "none", "无";
        /// Applied, not answered.
        Applying = "applying", "办理中";
        /// Has a certificate.
        Granted = "granted", "有";
        /// The certificate has run out.
        Expired = "expired", "到期";
        /// No longer a legal person.
        Cancelled = "cancelled", "注销";
    }
}

impl LegalState {
    /// The state that a word of the dictionary's list means.
    pub fn of_label(label: &str) -> Option<LegalState> {
        LegalState::ALL
            .iter()
            .copied()
            .find(|state| state.label() == label)
    }
}

coded! {
    /// 办理事项
    LegalStep {
        /// 申请登记
        Apply = "apply", "申请法人登记";
        /// The registry grants it.
        Grant = "grant", "核准发证";
        /// The registry refuses.
        Refuse = "refuse", "不予登记";
        /// A certificate of before this system is written down.
        Record = "record", "补录已有证书";
        /// Name, seat or representative have changed.
        Change = "change", "变更登记";
        /// 到期或换届换领证书
        Renew = "renew", "换领证书";
        /// 遗失补领证书
        Reissue = "reissue", "补领证书";
        /// 注销登记
        Cancel = "cancel", "注销登记";
    }
}

impl LegalStep {
    /// Whether a certificate's number and span are entered.
    pub fn has_certificate(self) -> bool {
        matches!(self, LegalStep::Grant | LegalStep::Record | LegalStep::Renew)
    }

    /// Whether only a number is entered: the span stays.
    pub fn has_number(self) -> bool {
        self.has_certificate() || self == LegalStep::Reissue
    }

    /// Whether the union's own code is entered.
    pub fn has_code(self) -> bool {
        matches!(self, LegalStep::Grant | LegalStep::Record)
    }

    /// Whether the seat is entered.
    pub fn has_premises(self) -> bool {
        matches!(self, LegalStep::Apply | LegalStep::Record | LegalStep::Change)
    }

    /// Whether words are needed: a refusal, a change or an end without a reason explains nothing.
    pub fn needs_words(self) -> bool {
        matches!(self, LegalStep::Refuse | LegalStep::Change | LegalStep::Cancel)
    }
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// 证书编号
    pub number: String,
    /// 法定代表人: the chair on the day of issue.
    pub legal_rep: String,
    /// 住所
    pub premises: Option<String>,
    pub valid_from: Day,
    /// The last day on which it holds.
    pub valid_to: Day,
}

/// How a union stands as a legal person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalStanding {
    /// `None`: nobody has said anything yet. Never [`LegalState::Expired`] with a certificate: that is a matter of the day.
    pub state: Option<LegalState>,
    /// The latest certificate; kept after the end as what was.
    pub certificate: Option<Certificate>,
    /// The seat given with an application.
    pub premises: Option<String>,
    /// The day of the last step.
    pub since: Option<Day>,
}

impl LegalStanding {
    /// A union of which nobody has registered anything: at most a file has said how it stands.
    pub fn said(state: Option<LegalState>) -> LegalStanding {
        LegalStanding {
            state,
            certificate: None,
            premises: None,
            since: None,
        }
    }

    /// How it stands on a day: a certificate past its last day has run out.
    pub fn on(&self, today: Day) -> Option<LegalState> {
        match (&self.state, &self.certificate) {
            (Some(LegalState::Granted), Some(certificate)) if certificate.valid_to < today => {
                Some(LegalState::Expired)
            }
            (state, _) => *state,
        }
    }

    /// The steps that may be next, most likely first. A dissolved union is only cancelled.
    pub fn next(&self, is_active: bool) -> Vec<LegalStep> {
        use LegalStep as T;
        let has_certificate = self.certificate.is_some();
        match self.state {
            Some(LegalState::Granted | LegalState::Expired) if !is_active => vec![T::Cancel],
            Some(LegalState::Applying) if !is_active => vec![T::Refuse],
            _ if !is_active => Vec::new(),
            None | Some(LegalState::None) => vec![T::Apply, T::Record],
            Some(LegalState::Cancelled) => vec![T::Apply],
            Some(LegalState::Applying) => vec![T::Grant, T::Refuse],
            Some(LegalState::Granted | LegalState::Expired) if has_certificate => {
                vec![T::Renew, T::Change, T::Reissue, T::Cancel]
            }
            Some(LegalState::Granted | LegalState::Expired) => vec![T::Record, T::Cancel],
        }
    }
}

/// What a decision needs to know of the union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalFacts {
    pub kind: UnionType,
    pub is_active: bool,
    /// A general union of a county, a city or above.
    pub is_county_or_above: bool,
    pub founded: Option<Day>,
    /// 工会主席
    pub chair: Option<String>,
    /// 地址
    pub address: Option<String>,
    /// Counted.
    pub members: i64,
}

/// One condition of article 10, for a check list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub label: &'static str,
    /// The rule it comes from.
    pub article: &'static str,
    pub is_held: bool,
    /// What is known, or what to do.
    pub words: String,
}

/// The conditions that the register can tell (article 10); that funds are assured the applicant states.
pub fn conditions(facts: &LegalFacts) -> Vec<Condition> {
    let kind = may_register(facts.kind, facts.is_county_or_above);
    let (founded, chair, address) = (facts.founded, facts.chair.as_deref(), facts.address.as_deref());
    let told = |found: Option<String>, missing: &str| match found {
        Some(found) => (true, found),
        None => (false, missing.to_owned()),
    };
    let founded = told(
        founded.map(|day| format!("{day} 建会")),
        "没有登记建会日期，请先在“变更信息”里补上",
    );
    let chair = told(
        chair.map(|_| "已选出主席，主席为法定代表人".to_owned()),
        "没有登记主席，请先登记换届或任职",
    );
    let members = told(
        (facts.members > 0).then(|| format!("会员 {} 人", facts.members)),
        "还没有会员",
    );
    let address = told(
        address.map(|_| "已登记地址".to_owned()),
        "没有登记地址，请在下面填写住所",
    );
    let kind = told(
        kind.is_ok().then(|| facts.kind.label().to_owned()),
        kind.as_ref().err().map_or("", String::as_str),
    );
    let condition = |label, article, (is_held, words): (bool, String)| Condition {
        label,
        article,
        is_held,
        words,
    };
    vec![
        condition("属于登记范围", "第二条", kind),
        condition("依法成立", "第十条", founded),
        condition("有组织机构", "第十条", chair),
        condition("有会员", "《工会法》第十一条", members),
        condition("有住所", "第十条", address),
    ]
}

/// Whether a union of a kind registers at all.
///
/// # Errors
/// Why not, in words: a part of a base union, and a general union of a county and above (《工会法》第十五条).
pub fn may_register(kind: UnionType, is_county_or_above: bool) -> Result<(), String> {
    match kind {
        UnionType::Branch | UnionType::Group => {
            Err(format!("{}不是独立的基层工会，不取得法人资格", kind.label()))
        }
        UnionType::General if is_county_or_above => {
            Err("县级以上总工会自成立之日起具有法人资格，不办理登记（《工会法》第十五条）".to_owned())
        }
        _ => Ok(()),
    }
}

/// What is entered for a step; which fields count depends on the step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegalInput {
    pub on: Option<Day>,
    /// The union's own unified code.
    pub code: String,
    pub number: String,
    pub legal_rep: String,
    pub premises: String,
    pub valid_from: Option<Day>,
    pub valid_to: Option<Day>,
    pub words: String,
    /// 工会经费来源有保障 is stated (article 10).
    pub has_funds: bool,
}

/// A field and what is wrong with it.
pub type Fault = (&'static str, String);

/// How a union stands after a step; with the code that it brings, where it brings one.
///
/// # Errors
/// Everything that is wrong at once, by field; `step` for a step that cannot be now.
pub fn step(
    before: &LegalStanding,
    what: LegalStep,
    facts: &LegalFacts,
    input: &LegalInput,
    today: Day,
) -> Result<(LegalStanding, Option<Uscc>), Vec<Fault>> {
    let mut wrong: Vec<Fault> = Vec::new();
    if !before.next(facts.is_active).contains(&what) {
        let now = before.on(today).map_or("没有登记", LegalState::label);
        let dissolved = if facts.is_active { "" } else { "、工会已撤销" };
        let words = format!("法人资格“{now}”{dissolved}，不能办理{}", what.label());
        return Err(vec![("step", words)]);
    }
    let on = check_day(before, facts, input.on, today, &mut wrong);
    if matches!(what, LegalStep::Apply | LegalStep::Record)
        && let Err(words) = may_register(facts.kind, facts.is_county_or_above)
    {
        wrong.push(("step", words));
    }
    if what == LegalStep::Apply {
        check_conditions(facts, input, &mut wrong);
    }
    if what.needs_words() && input.words.trim().is_empty() {
        wrong.push(("words", format!("请写明{}的原因或内容", what.label())));
    }
    let code = if what.has_code() {
        check_code(&input.code, &mut wrong)
    } else {
        None
    };
    let premises = Some(input.premises.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned);
    let certificate = check_certificate(before, what, facts, input, premises.clone(), &mut wrong);
    let Some(on) = on.filter(|_| wrong.is_empty()) else {
        return Err(wrong);
    };
    let state = match what {
        LegalStep::Apply => LegalState::Applying,
        LegalStep::Refuse => match &before.certificate {
            Some(_) => LegalState::Cancelled,
            None => LegalState::None,
        },
        LegalStep::Cancel => LegalState::Cancelled,
        _ => LegalState::Granted,
    };
    let after = LegalStanding {
        state: Some(state),
        certificate: certificate.or_else(|| before.certificate.clone()),
        premises: premises.or_else(|| before.premises.clone()),
        since: Some(on),
    };
    Ok((after, code))
}

fn check_day(
    before: &LegalStanding,
    facts: &LegalFacts,
    on: Option<Day>,
    today: Day,
    wrong: &mut Vec<Fault>,
) -> Option<Day> {
    let Some(on) = on else {
        wrong.push(("on", "请填写办理日期".to_owned()));
        return None;
    };
    if on > today {
        wrong.push(("on", format!("办理日期不能晚于今天（{today}）")));
    }
    if let Some(founded) = facts.founded.filter(|founded| on < *founded) {
        wrong.push(("on", format!("办理日期不能早于建会日期（{founded}）")));
    }
    if let Some(since) = before.since.filter(|since| on < *since) {
        wrong.push(("on", format!("办理日期不能早于上一次办理（{since}）")));
    }
    Some(on)
}

fn check_conditions(facts: &LegalFacts, input: &LegalInput, wrong: &mut Vec<Fault>) {
    for condition in conditions(facts).into_iter().filter(|one| !one.is_held) {
        match condition.label {
            // Told by the kind itself.
            "属于登记范围" => {}
            // The form may give what the register lacks.
            "有住所" if !input.premises.trim().is_empty() => {}
            "有住所" => wrong.push((
                "premises",
                "请填写住所（《基层工会法人登记管理办法》第十条）".to_owned(),
            )),
            label => wrong.push((
                "step",
                format!("{label}（{}）：{}", condition.article, condition.words),
            )),
        }
    }
    if !input.has_funds {
        wrong.push((
            "has_funds",
            "工会经费来源须有保障（《基层工会法人登记管理办法》第十条），请核实后勾选".to_owned(),
        ));
    }
}

fn check_code(text: &str, wrong: &mut Vec<Fault>) -> Option<Uscc> {
    let text = codes::uscc::normalise_code(text);
    if text.is_empty() {
        wrong.push(("code", "请填写证书上的统一社会信用代码".to_owned()));
        return None;
    }
    match Uscc::parse(&text) {
        Ok(code) if text.starts_with("81") || text.starts_with("89") => Some(code),
        Ok(_) => {
            wrong.push((
                "code",
                "工会的统一社会信用代码以 81 或 89 开头，填的像是单位的代码".to_owned(),
            ));
            None
        }
        Err(_) => {
            wrong.push((
                "code",
                "不是有效的 18 位统一社会信用代码（GB 32100-2015），请核对证书".to_owned(),
            ));
            None
        }
    }
}

/// The certificate after a step that touches one.
fn check_certificate(
    before: &LegalStanding,
    what: LegalStep,
    facts: &LegalFacts,
    input: &LegalInput,
    premises: Option<String>,
    wrong: &mut Vec<Fault>,
) -> Option<Certificate> {
    if !what.has_number() && what != LegalStep::Change {
        return None;
    }
    let old = before.certificate.as_ref();
    let number = input.number.trim();
    if what.has_number() && number.is_empty() {
        wrong.push(("number", "请填写证书编号".to_owned()));
    }
    if number.chars().count() > NUMBER_MAX {
        wrong.push(("number", format!("证书编号不能超过 {NUMBER_MAX} 个字")));
    }
    if what == LegalStep::Reissue && old.is_some_and(|old| old.number == number) {
        wrong.push(("number", "补领的证书编号与遗失的相同，请核对".to_owned()));
    }
    let legal_rep = check_rep(what, facts, input, wrong);
    let (valid_from, valid_to) = match (what.has_certificate(), old) {
        (false, Some(old)) => (Some(old.valid_from), Some(old.valid_to)),
        _ => check_span(what, old, input, wrong),
    };
    let or_old = |text: &str, old: Option<&String>| match text {
        "" => old.cloned().unwrap_or_default(),
        text => text.to_owned(),
    };
    Some(Certificate {
        number: or_old(number, old.map(|old| &old.number)),
        legal_rep: legal_rep
            .or_else(|| old.map(|old| old.legal_rep.clone()))
            .unwrap_or_default(),
        premises: premises
            .or_else(|| old.and_then(|old| old.premises.clone()))
            .or_else(|| before.premises.clone())
            .or_else(|| facts.address.clone()),
        valid_from: valid_from?,
        valid_to: valid_to?,
    })
}

/// 工会主席为法定代表人: whoever is named must be the chair in office. An old certificate may still name the chair of its day.
fn check_rep(
    what: LegalStep,
    facts: &LegalFacts,
    input: &LegalInput,
    wrong: &mut Vec<Fault>,
) -> Option<String> {
    if what == LegalStep::Reissue {
        return None;
    }
    let named = written_name(&input.legal_rep);
    match facts.chair.as_deref() {
        _ if what == LegalStep::Record && named.is_empty() => {
            wrong.push(("legal_rep", "请填写证书上的法定代表人".to_owned()));
        }
        _ if what == LegalStep::Record => return Some(named),
        None => wrong.push((
            "legal_rep",
            "工会主席为法定代表人；本工会没有登记主席，请先登记换届或任职".to_owned(),
        )),
        Some(chair) if named.is_empty() || person_name(&named) == person_name(chair) => {
            return Some(chair.to_owned());
        }
        Some(_) => wrong.push((
            "legal_rep",
            "法定代表人须是现任工会主席；主席已经变更的，请先登记换届或任职".to_owned(),
        )),
    }
    None
}

fn check_span(
    what: LegalStep,
    old: Option<&Certificate>,
    input: &LegalInput,
    wrong: &mut Vec<Fault>,
) -> (Option<Day>, Option<Day>) {
    let (from, to) = (input.valid_from, input.valid_to);
    if from.is_none() {
        wrong.push(("valid_from", "请填写有效期起".to_owned()));
    }
    if to.is_none() {
        wrong.push(("valid_to", "请填写有效期止".to_owned()));
    }
    if let (Some(from), Some(to)) = (from, to) {
        if to <= from {
            wrong.push(("valid_to", "有效期止须晚于有效期起".to_owned()));
        } else if to > from.add_months(12 * YEARS_MAX) {
            wrong.push((
                "valid_to",
                "证书有效期为三年至五年，与届期相同（《基层工会法人登记管理办法》第二十六条）".to_owned(),
            ));
        }
    }
    if let (LegalStep::Renew, Some(old), Some(to)) = (what, old, to)
        && to <= old.valid_to
    {
        wrong.push((
            "valid_to",
            format!("换领后的有效期须晚于原有效期（{}）", old.valid_to),
        ));
    }
    (from, to)
}
