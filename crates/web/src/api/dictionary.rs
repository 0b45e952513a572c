//! 数据字典: elements of each kind of record, and the code lists.

use app::error::AppError;
use app::intake::template;
use axum::body::Body;
use domain::dictionary::{CodeList, Dictionary, Element, Record};
use domain::intake::Kind;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 一类记录的数据元。
#[derive(Debug, Serialize, JsonSchema)]
struct DictionaryOf {
    /// 记录的种类
    kind: String,
    /// 记录的种类，中文
    label: String,
    /// 数据元，按列的先后
    elements: Vec<ElementView>,
}

/// 一个数据元。
#[derive(Debug, Serialize, JsonSchema)]
struct ElementView {
    /// 名称，也是英文表头
    name: String,
    /// 中文名称
    zh: String,
    /// 英文名称
    en: String,
    /// 类型
    value_type: String,
    /// 代码表的名称
    code_list: Option<String>,
    /// 最多几个字；不限的为 null
    longest: Option<usize>,
    /// 文件里是否必须有这一列
    is_required: bool,
    /// 是否在全国采集表上
    is_on_form: bool,
    /// 敏感程度
    sensitivity: String,
    /// 规则
    rule: String,
    /// 标准或法律
    source: Option<String>,
    /// 示例
    example: String,
}

/// 代码表的目录。
#[derive(Debug, Serialize, JsonSchema)]
struct CodeLists {
    /// 各代码表
    items: Vec<CodeListHead>,
}

/// 代码表的名称。
#[derive(Debug, Serialize, JsonSchema)]
struct CodeListHead {
    /// 名称
    name: String,
    /// 中文名称
    zh: String,
    /// 英文名称
    en: String,
}

/// 一个代码表。
#[derive(Debug, Serialize, JsonSchema)]
struct CodeListView {
    /// 名称
    name: String,
    /// 中文名称
    zh: String,
    /// 英文名称
    en: String,
    /// 标准或表格
    source: String,
    /// 版本
    version: u32,
    /// 值；改过名的值每个名称一行
    values: Vec<CodeView>,
}

/// 代码表的一个值。
#[derive(Debug, Serialize, JsonSchema)]
struct CodeView {
    /// 代码，始终不变
    code: String,
    /// 名称
    label: String,
    /// 是否现用
    is_current: bool,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "数据字典";
    let kinds = Kind::ALL.map(|kind| (kind.name(), kind.label())).to_vec();
    let records = Record::all()
        .map(|record| (record.name(), record.label()))
        .collect();
    vec![
        Endpoint::get("/dictionary/{kind}", "getDictionary", tag, "一类记录的数据元")
            .about("各列的中英文名称、类型、规则、代码表、敏感程度和示例：有文件的各类，和只在网页上、由接口登记的各类。")
            .at(Param::new("kind", "记录的种类", Shape::Choice(records)))
            .answers::<DictionaryOf>(200)
            .run(elements),
        Endpoint::get("/dictionary/{kind}/template", "getTemplate", tag, "导入模板")
            .about("Excel：表头、下拉选项和一行示例，由数据字典生成。")
            .at(Param::new("kind", "记录的种类", Shape::Choice(kinds)))
            .answers_file()
            .run(template),
        Endpoint::get("/code-lists", "listCodeLists", tag, "代码表目录")
            .about("全部代码表的名称。")
            .answers::<CodeLists>(200)
            .run(lists),
        Endpoint::get("/code-lists/{name}", "getCodeList", tag, "一个代码表")
            .about("现用和曾用的代码和名称；改过名的每个名称一行。")
            .at(Param::new("name", "代码表的名称", Shape::key()))
            .answers::<CodeListView>(200)
            .run(list),
    ]
}

fn kind_of(asked: &Asked) -> Result<Kind, Refusal> {
    Ok(
        Kind::from_name(&asked.words("kind"))
            .ok_or_else(|| AppError::not_found("DIC-404", "没有这类记录"))?,
    )
}

async fn template(asked: Asked) -> Result<Answer, Refusal> {
    let file = template::workbook(asked.op()?, kind_of(&asked)?)?;
    Ok(Answer::file(
        file.content_type,
        &file.file_name,
        Body::from(file.bytes),
    ))
}

async fn elements(asked: Asked) -> Result<Answer, Refusal> {
    let record = Record::from_name(&asked.words("kind"));
    let record = record.ok_or_else(|| AppError::not_found("DIC-404", "没有这类记录"))?;
    Answer::json(&DictionaryOf {
        kind: record.name().to_owned(),
        label: record.label().to_owned(),
        elements: Dictionary::shipped().of(record).iter().map(element_of).collect(),
    })
}

fn element_of(element: &Element) -> ElementView {
    ElementView {
        name: element.name.clone(),
        zh: element.zh.clone(),
        en: element.en.clone(),
        value_type: element.value_type.label().to_owned(),
        code_list: element.list.clone(),
        longest: element.longest,
        is_required: element.is_required(),
        is_on_form: element.is_on_form,
        sensitivity: element.sensitivity.label().to_owned(),
        rule: element.rule.clone(),
        source: element.source.clone(),
        example: element.example.clone(),
    }
}

async fn lists(_: Asked) -> Result<Answer, Refusal> {
    let head = |list: &CodeList| CodeListHead {
        name: list.name.clone(),
        zh: list.zh.clone(),
        en: list.en.clone(),
    };
    Answer::json(&CodeLists {
        items: Dictionary::shipped().lists().iter().map(head).collect(),
    })
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let list = Dictionary::shipped()
        .list(&asked.words("name"))
        .ok_or_else(|| AppError::not_found("DIC-405", "没有这个代码表"))?;
    Answer::json(&CodeListView {
        name: list.name.clone(),
        zh: list.zh.clone(),
        en: list.en.clone(),
        source: list.source.clone(),
        version: list.version(),
        values: list
            .values
            .iter()
            .map(|code| CodeView {
                code: code.code.clone(),
                label: code.label.clone(),
                is_current: code.is_current(),
            })
            .collect(),
    })
}
