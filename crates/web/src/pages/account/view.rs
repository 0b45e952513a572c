//! What the pages of accounts show.

use app::accounts::{UnionChoice, UnionChoices};
use askama::Template;

use crate::pages::api_token::view::TokenRow;
use crate::pages::session::view::SessionRows;
use crate::ui::{Field, Frame, Tone, number};

#[derive(Template)]
#[template(path = "account/form.html")]
pub struct AccountForm {
    pub frame: Frame,
    pub action: String,
    /// Where 取消 leads.
    pub back: String,
    pub submit: &'static str,
    pub is_new: bool,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
    /// What was typed to find the union, and what is wrong with it.
    pub union_text: String,
    pub union_wrong: Option<String>,
    pub picks: UnionPicks,
}

/// The unions to choose from, as radio buttons: they work by keyboard and without script.
#[derive(Template, Default)]
#[template(path = "account/unions.html")]
pub struct UnionPicks {
    /// The text that these answer.
    pub asked: String,
    pub sentence: String,
    pub choices: Vec<UnionChoice>,
    /// The key of the chosen one.
    pub chosen: String,
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
            choices: choices.found,
            chosen,
        }
    }
}

/// 统一身份认证 of an account.
pub struct IdentityCard {
    /// Nothing while it is bound to nothing.
    pub facts: Vec<(&'static str, String)>,
    pub subject: Field,
}

#[derive(Template)]
#[template(path = "account/account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub id: String,
    pub sign_in_name: String,
    pub state: String,
    pub tone: Tone,
    pub is_active: bool,
    pub is_locked: bool,
    pub is_own: bool,
    /// Shown once, right after it was made.
    pub one_time: Option<String>,
    pub facts: Vec<(String, String)>,
    /// Where the person is signed in, for themselves and for who manages accounts.
    pub devices: Option<SessionRows>,
    pub has_second_factor: bool,
    /// What it is bound to at the identity provider, where one is configured and this person manages accounts.
    pub identity: Option<IdentityCard>,
    /// The account's tokens for programs that are still taken.
    pub tokens: Vec<TokenRow>,
    pub can_manage: bool,
}
