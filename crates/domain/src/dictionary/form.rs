//! 办理表单: what each act asks for, as elements. The form on a page, the body of an operation, the reading of what was typed and the
//! reference page are made from it, so nothing can be asked for that is no element.

use serde::{Deserialize, Serialize};

use super::{Dictionary, Element, Record, ValueType};
use crate::list_item::coded;

coded! {
    /// What people and programs register by hand; the labels are those of `dictionary/forms.toml`.
    Act {
        /// 换届登记
        RegisterTerm = "register_term", "换届登记";
        /// 届中任职
        AddOfficer = "add_officer", "届中任职";
        /// 离任
        EndOfficer = "end_officer", "离任";
        /// 法人资格登记
        LegalStep = "legal_step", "法人资格登记";
        /// 加挂牌子
        HangPlate = "hang_plate", "加挂牌子";
        /// 摘牌
        TakePlateDown = "take_plate_down", "摘牌";
        /// 登记或更正覆盖单位
        AddCover = "add_cover", "登记覆盖单位";
        /// 终止覆盖
        EndCover = "end_cover", "终止覆盖";
        /// 设立片区
        MakeZone = "make_zone", "设立片区";
        /// 片区更名或移交
        ChangeZone = "change_zone", "片区更名或移交";
        /// 划片
        AssignZone = "assign_zone", "划片";
        /// 调整上级、合并、分立、撤销
        ChangeUnion = "change_union", "组织变更";
        /// 变更登记信息
        EditUnion = "edit_union", "变更登记信息";
        /// 建会登记
        FoundUnion = "found_union", "建会登记";
        /// 申请入会
        AskJoin = "ask_join", "申请入会";
        /// 更正会员资料
        CorrectMember = "correct_member", "更正会员资料";
        /// 接转、保留、退会、除名……
        AskChange = "ask_change", "会籍办理";
        /// 答复会籍申请
        AnswerRequest = "answer_request", "答复会籍申请";
        /// 注销申请
        AskClosing = "ask_closing", "注销申请";
        /// 答复注销申请
        AnswerClosing = "answer_closing", "答复注销申请";
        /// 暂缓匿名化
        HoldMember = "hold_member", "暂缓匿名化";
        /// 匿名化到期的会籍
        Anonymise = "anonymise", "匿名化到期的会籍";
    }
}

/// What one act asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub act: Act,
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// The operations of the interface that take it, by their ids.
    pub operations: Vec<String>,
    /// Where pages post it, as the router has them.
    pub pages: Vec<String>,
    /// Its fields, in the order of the page.
    pub items: Vec<Item>,
    /// The record of which every element that can be typed may be filled in beside them.
    pub with: Option<Record>,
}

impl Form {
    /// One field by its name.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.name == name)
    }
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name of the input and of the property of a body.
    pub name: String,
    /// Whose element it is.
    pub record: Record,
    /// The element, with the label and rule that it bears on this form.
    pub element: Element,
    /// It must be filled in.
    pub is_needed: bool,
    /// It takes several values, at most so many.
    pub most: Option<usize>,
    /// Bounds of a whole number.
    pub range: Option<(i64, i64)>,
    /// An empty text is an answer: it takes away what is registered.
    pub is_blank_said: bool,
    /// What it is, for whoever writes a program.
    pub about: String,
}

impl Item {
    /// The most characters of one value.
    pub fn longest(&self) -> usize {
        self.element.longest.unwrap_or(match self.element.value_type {
            ValueType::PersonName => 50,
            ValueType::UnionCode | ValueType::EmployerCode => 24,
            ValueType::Date | ValueType::PastDate | ValueType::Count | ValueType::Year => 20,
            ValueType::Id => 36,
            ValueType::IdTail => 6,
            ValueType::Text => 200,
            _ => 100,
        })
    }
}

/// A form as its entry has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub act: String,
    zh: String,
    en: String,
    #[serde(default)]
    operations: Vec<String>,
    #[serde(default)]
    pages: Vec<String>,
    with: Option<String>,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    of: String,
    #[serde(default)]
    must: bool,
    most: Option<usize>,
    range: Option<(i64, i64)>,
    #[serde(default)]
    blank: bool,
    zh: Option<String>,
    en: Option<String>,
    rule: Option<String>,
    longest: Option<usize>,
}

pub(super) fn ready(act: Act, entry: Entry, dictionary: &Dictionary) -> Result<Form, String> {
    let known = |name: &str| Record::from_name(name).ok_or_else(|| format!("no record {name}"));
    let with = entry.with.as_deref().map(known).transpose()?;
    let items = entry.fields.into_iter().map(|field| item(field, dictionary));
    Ok(Form {
        act,
        zh: entry.zh,
        en: entry.en,
        operations: entry.operations,
        pages: entry.pages,
        items: items.collect::<Result<_, _>>()?,
        with,
    })
}

fn item(field: Field, dictionary: &Dictionary) -> Result<Item, String> {
    let (record, name) = field.of.split_once('.').ok_or("of is record.element")?;
    let record = Record::from_name(record).ok_or_else(|| format!("no record {record}"))?;
    let element = dictionary.element(record, name);
    let mut element = element.cloned().ok_or_else(|| format!("no {}", field.of))?;
    let put = |place: &mut String, said: Option<String>| {
        if let Some(said) = said {
            *place = said;
        }
    };
    put(&mut element.zh, field.zh);
    put(&mut element.en, field.en);
    put(&mut element.rule, field.rule);
    element.longest = field.longest.or(element.longest);
    Ok(Item {
        about: format!("{}：{}", element.zh, element.rule),
        name: field.name,
        record,
        element,
        is_needed: field.must,
        most: field.most,
        range: field.range,
        is_blank_said: field.blank,
    })
}
