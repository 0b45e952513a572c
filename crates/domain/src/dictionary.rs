//! 工会数据元: every element of the records that people and agencies bring, described once. Heads of files, templates, checks,
//! masks and the reference page are made from these entries, so they cannot disagree.
//!
//! The entries lie in `dictionary/` at the root: one TOML file for each kind of record, one for the code lists (代码表), one for what
//! people fill in by hand (`forms.toml`). They follow the two national collection forms of the real-name programme (工会组织信息采集表,
//! 工会会员信息采集表, 总工办发〔2017〕14号); what the platform adds says so (`form = false`).

mod code_list;
mod form;
mod load;
mod read;
mod reader;
mod record;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use codes::mask;
use serde::Deserialize;

pub use code_list::{Code, CodeList};
pub use form::{Act, Form, Item};
pub use read::{
    LATITUDES, LONGITUDES, NOT_THE_EMPLOYERS, Unfit, count, day, degrees, impossible_birth, industry_section,
    is_id_tail, named_document, past_day, person_name, union_name, until,
};
pub use reader::FormReader;
pub use record::{Record, Registered};

use crate::element_right::Rung;

/// What a value of an element is, which says how it is read and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// An opaque key or number of another system.
    Key,
    /// Any words.
    Text,
    /// 人名
    PersonName,
    /// 单位名称
    CompanyName,
    /// 工会名称
    UnionName,
    /// An employer's code: unified (GB 32100), organisation code or old registration number.
    EmployerCode,
    /// A union's own unified code, which begins with 81 or 89.
    UnionCode,
    /// An old 15-digit registration number.
    RegNo,
    /// A person's document number, mostly a citizen number (GB 11643).
    IdNumber,
    /// Mobile or landline.
    Phone,
    /// A day, past or to come.
    Date,
    /// A day that is not later than today.
    PastDate,
    /// A year of four digits.
    Year,
    /// People or things, 0 or more.
    Count,
    /// Money in yuan.
    Yuan,
    /// Money in units of 10,000 yuan.
    WanYuan,
    /// Degrees east.
    Longitude,
    /// Degrees north.
    Latitude,
    /// A county by name or six-digit code.
    County,
    /// A town or street by name or nine-digit code.
    Town,
    /// GB/T 4754, a letter and two to four digits.
    IndustryCode,
    /// A section of GB/T 4754 by letter or name.
    IndustrySection,
    /// One of a code list's values.
    List,
    /// 是 or 否
    Flag,
    /// A UUID of this register's own.
    Id,
    /// The last six characters of a document number.
    IdTail,
}

impl ValueType {
    /// The words of the reference page.
    pub fn label(self) -> &'static str {
        match self {
            ValueType::Key => "标识",
            ValueType::Text => "文字",
            ValueType::PersonName => "人名",
            ValueType::CompanyName => "单位名称",
            ValueType::UnionName => "工会名称",
            ValueType::EmployerCode => "单位代码",
            ValueType::UnionCode => "工会代码",
            ValueType::RegNo => "15 位注册号",
            ValueType::IdNumber => "证件号码",
            ValueType::Phone => "电话",
            ValueType::Date => "日期",
            ValueType::PastDate => "日期（不晚于今天）",
            ValueType::Year => "年份",
            ValueType::Count => "不小于 0 的整数",
            ValueType::Yuan => "金额（元）",
            ValueType::WanYuan => "金额（万元）",
            ValueType::Longitude => "经度（度）",
            ValueType::Latitude => "纬度（度）",
            ValueType::County => "区县",
            ValueType::Town => "街道乡镇",
            ValueType::IndustryCode => "行业代码",
            ValueType::IndustrySection => "行业门类",
            ValueType::List => "代码表",
            ValueType::Flag => "是／否",
            ValueType::Id => "编号（UUID）",
            ValueType::IdTail => "证件号码后六位",
        }
    }
}

/// How carefully a value is handled. 敏感程度
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Public by law or custom. 公开
    Open,
    /// For officers. 内部
    Internal,
    /// 个人信息 (个人信息保护法 art. 4)
    Personal,
    /// 敏感个人信息 (art. 28)
    Sensitive,
}

impl Sensitivity {
    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Sensitivity::Open => "公开",
            Sensitivity::Internal => "内部",
            Sensitivity::Personal => "个人信息",
            Sensitivity::Sensitive => "敏感个人信息",
        }
    }

    /// Whether the law protects it as somebody's own.
    pub fn is_personal(self) -> bool {
        self >= Sensitivity::Personal
    }
}

/// 数据元: one column or field of one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// The English head, and the name in code, of lower-case words.
    pub name: String,
    /// The Chinese head and label.
    pub zh: String,
    /// The English label.
    pub en: String,
    /// Further heads under which files bring it.
    #[serde(default)]
    pub heads: Vec<String>,
    /// What its values are.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The code list of a [`ValueType::List`].
    pub list: Option<String>,
    /// The most characters that a value has; `None`: what its type allows.
    pub longest: Option<usize>,
    /// Whether a file must have the column; its cells may be empty.
    #[serde(default)]
    column: ColumnIs,
    /// Whether it stands on a national collection form.
    #[serde(rename = "form", default = "yes")]
    pub is_on_form: bool,
    /// How carefully it is handled.
    pub sensitivity: Sensitivity,
    /// Encrypted in the store, found by a blind index only.
    #[serde(rename = "sealed", default)]
    pub is_sealed: bool,
    /// A value that holds, and is nobody's.
    pub example: String,
    /// The rule in words, for whoever fills the column in.
    pub rule: String,
    /// The standard or law that the rule comes from.
    pub source: Option<String>,
    /// From which level of the federation on it is changed, as the product ships ([`crate::element_right`]); `None`: by whoever may
    /// change such records at all.
    pub changed_from: Option<Rung>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ColumnIs {
    Must,
    #[default]
    May,
}

fn yes() -> bool {
    true
}

impl Element {
    /// Whether a file must have the column; its cells may be empty.
    pub fn is_required(&self) -> bool {
        self.column == ColumnIs::Must
    }

    /// Whether its values are covered: what is somebody's own, but for what says nothing of anybody by itself — the word of a code list,
    /// 是 or 否, a company's name (企业信息公示暂行条例 has it published). The person beside it is covered.
    pub fn is_masked(&self) -> bool {
        let says_nobody = matches!(
            self.value_type,
            ValueType::List | ValueType::Flag | ValueType::CompanyName
        );
        self.sensitivity.is_personal() && !says_nobody
    }

    /// A value as pages, files and programs are shown it: covered where the element is somebody's own, as it is otherwise. Nothing that is
    /// shown is masked in any other way ([decision 35](../../../docs/decisions/0035-masks-by-dictionary.md)).
    pub fn masked(&self, value: &str) -> String {
        if !self.is_masked() {
            return value.to_owned();
        }
        match self.value_type {
            ValueType::IdNumber => mask::mask_id(value),
            ValueType::Phone => mask::mask_phone(value),
            ValueType::PersonName => mask::mask_name(value),
            ValueType::Date | ValueType::PastDate => mask::mask_day(value),
            ValueType::Key => mask::mask_key(value),
            _ => mask::mask_text(value),
        }
    }
}

/// All elements and code lists.
#[derive(Debug)]
pub struct Dictionary {
    /// By record, in the order of [`Record::all`].
    elements: Vec<Vec<Element>>,
    lists: Vec<CodeList>,
    /// By act, in the order of [`Act::ALL`].
    forms: Vec<Form>,
}

impl Dictionary {
    /// The dictionary that comes with the product.
    pub fn shipped() -> &'static Dictionary {
        static SHIPPED: LazyLock<Dictionary> = LazyLock::new(load::shipped);
        &SHIPPED
    }

    /// The elements of a kind of record, in the order of its columns.
    pub fn of(&self, record: impl Into<Record>) -> &[Element] {
        &self.elements[record.into().position()]
    }

    /// One element of a kind by its name.
    pub fn element(&self, record: impl Into<Record>, name: &str) -> Option<&Element> {
        self.of(record).iter().find(|element| element.name == name)
    }

    /// What one act asks for. 办理表单
    pub fn form(&self, act: Act) -> &Form {
        &self.forms[act as usize]
    }

    /// A value of an element by the element's name, as pages show it. A name that no element has covers the value whole: a slip of the
    /// pen shows too little, not too much.
    pub fn masked(&self, record: impl Into<Record>, name: &str, value: &str) -> String {
        match self.element(record, name) {
            Some(element) => element.masked(value),
            None => mask::covered(value),
        }
    }

    /// The element that a label or head of a kind of record means.
    pub fn labelled(&self, record: impl Into<Record>, label: &str) -> Option<&Element> {
        let says = |element: &&Element| {
            element.zh == label || element.name == label || element.heads.iter().any(|head| head == label)
        };
        self.of(record).iter().find(says)
    }

    /// Every code list.
    pub fn lists(&self) -> &[CodeList] {
        &self.lists
    }

    /// A code list by its name.
    pub fn list(&self, name: &str) -> Option<&CodeList> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// The code list of an element.
    pub fn list_of(&self, element: &Element) -> Option<&CodeList> {
        self.list(element.list.as_deref()?)
    }
}
