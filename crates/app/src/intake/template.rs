//! 导入模板: the workbook to fill in for a kind of record, made from the dictionary.

use domain::dictionary::{Dictionary, Element, ValueType};
use domain::intake::Kind;
use office::template::{Template, TemplateColumn};

use crate::error::AppError;
use crate::export::Download;
use crate::op::OpContext;

/// The workbook of a kind. It holds nothing but the dictionary, so whoever is signed in may have it.
///
/// # Errors
/// The workbook cannot be written.
pub fn workbook(op: &OpContext, kind: Kind) -> Result<Download, AppError> {
    let bytes =
        office::template::write(&template_of(kind)).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(Download {
        file_name: format!("{}-导入模板.xlsx", kind.label()),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes,
        made_at: op.now(),
    })
}

fn template_of(kind: Kind) -> Template {
    let key = kind.key_columns().0;
    let full = if kind.is_agency() {
        "按全量处理：没有列出的记录不再有效。只报变化的，另加一列“操作”，填 I（新增）、U（修改）或 D（删除）。"
    } else {
        "按新增和修改处理：没有列出的记录不会删除。要删除的，另加一列“操作”，填 D。"
    };
    Template {
        name: kind.label().to_owned(),
        notes: vec![
            format!(
                "{}导入模板：在第一张表里从第 2 行起填写，一行一条。",
                kind.label()
            ),
            "红色的列必须有（内容可以为空）；其余列不用的可以删去，列的先后不限。".to_owned(),
            "灰色的示例行可以删去；留着也不会导入。".to_owned(),
            "不知道的留空，不要填 0、/、无 或今天的日期。".to_owned(),
            full.to_owned(),
        ],
        columns: Dictionary::shipped()
            .of(kind)
            .iter()
            .map(|element| TemplateColumn {
                is_required: element.is_required() || element.name == key,
                ..column_of(element)
            })
            .collect(),
    }
}

fn column_of(element: &Element) -> TemplateColumn {
    let list = Dictionary::shipped().list_of(element);
    let choices = match element.value_type {
        ValueType::Flag => vec!["是".to_owned(), "否".to_owned()],
        _ => list
            .map(|list| list.current().map(|value| value.label.clone()).collect())
            .unwrap_or_default(),
    };
    TemplateColumn {
        head: element.zh.clone(),
        is_required: element.is_required(),
        kind: element.value_type.label().to_owned(),
        rule: element.rule.clone(),
        source: element
            .source
            .clone()
            .or_else(|| list.map(|list| list.source.clone()))
            .unwrap_or_default(),
        example: element.example.clone(),
        choices,
    }
}
