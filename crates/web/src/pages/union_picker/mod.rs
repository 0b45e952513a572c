//! Looking for a union and picking it: a text, the candidates below it, the same on every form.

use app::accounts::{UnionChoice, UnionChoices, union_choices};
use app::error::AppError;
use askama::Template;

use crate::http::{Person, Posted, Web};
use crate::ui::number;

/// The button that looks for unions instead of sending the form: without script it is how candidates come.
pub const FIND: &str = "find";

/// The field in which a union is looked for.
#[derive(Template)]
#[template(path = "union_picker/picker.html")]
pub struct UnionPicker {
    pub label: &'static str,
    pub help: &'static str,
    /// Where candidates are asked for while typing.
    pub from: &'static str,
    pub text: String,
    pub is_required: bool,
    pub wrong: Option<String>,
    pub picks: UnionPicks,
}

impl UnionPicker {
    /// The field with what was typed and picked so far.
    pub async fn of(
        web: &Web,
        person: &Person,
        posted: &Posted,
        label: &'static str,
    ) -> Result<UnionPicker, AppError> {
        Ok(UnionPicker {
            label,
            help: "名称的一部分（如“西店”），或工会标识、代码；按 ↓ 进入候选",
            from: "/union/choose",
            text: posted.text("union_text"),
            is_required: false,
            wrong: None,
            picks: picks_for(web, person, posted).await?,
        })
    }
}

/// What is offered for the text; a choice made before stays made.
pub async fn picks_for(web: &Web, person: &Person, posted: &Posted) -> Result<UnionPicks, AppError> {
    let text = posted.text("union_text");
    let choices = union_choices(&person.op, &web.app, &text).await?;
    Ok(UnionPicks::new(&text, choices, &posted.text("union")))
}

/// Which union is meant: the key of the chosen one, else the text. A choice counts for the text that it was offered for.
pub fn meant(posted: &Posted) -> String {
    let (text, chosen) = (posted.text("union_text"), posted.text("union"));
    match !chosen.is_empty() && posted.text("union_asked").trim() == text.trim() {
        true => chosen,
        false => text,
    }
}

/// Why a text is not enough: nobody's union is guessed.
pub fn ask_to_choose(text: &str, total: i64) -> String {
    let text = text.trim();
    match total {
        0 => format!("没有找到名称含“{text}”的工会，请换一个词，或填写工会标识"),
        1 => format!("“{text}”只是名称的一部分，请确认是不是下面这一个"),
        many => format!("“{text}”对应 {} 个工会，请在下面选定一个", number(many)),
    }
}

/// The unions to choose from, as radio buttons: they work by keyboard and without script.
#[derive(Template, Default)]
#[template(path = "union_picker/picks.html")]
pub struct UnionPicks {
    /// The text that these answer.
    pub asked: String,
    pub sentence: String,
    pub choices: Vec<UnionChoice>,
    /// The key of the chosen one.
    pub chosen: String,
    /// How many fit in all.
    pub total: i64,
}

impl UnionPicks {
    pub fn new(asked: &str, choices: UnionChoices, chosen: &str) -> UnionPicks {
        let shown = choices.found.len();
        // A whole name is as good as a choice, as long as nobody shares it.
        let mut named = choices.found.iter().filter(|one| one.name == asked.trim());
        let chosen = match (chosen, named.next(), named.next()) {
            ("", Some(one), None) => one.union_id.clone(),
            _ => chosen.to_owned(),
        };
        let sentence = match (asked.trim(), choices.total) {
            ("", _) => String::new(),
            (_, 0) => "没有找到，请换一个词，或填写工会标识。".to_owned(),
            (_, total) if usize::try_from(total).is_ok_and(|total| total > shown) => {
                format!(
                    "共 {} 个，只列出前 {shown} 个；把名称写得更全可以缩小范围。",
                    number(total)
                )
            }
            (_, total) if chosen.is_empty() => format!("找到 {} 个，请选定。", number(total)),
            (_, total) => format!("找到 {} 个。", number(total)),
        };
        UnionPicks {
            asked: asked.trim().to_owned(),
            sentence,
            total: choices.total,
            choices: choices.found,
            chosen,
        }
    }
}
