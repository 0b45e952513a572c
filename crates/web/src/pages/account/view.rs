//! What the pages of accounts show.

use app::accounts::{ReachUnion, UnionChoices};
use askama::Template;

use crate::pages::api_token::view::TokenRow;
use crate::pages::session::view::SessionRows;
use crate::pages::union_picker::UnionPicker;
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
    pub union: UnionPicker,
    pub reach: ReachPicks,
}

/// The unions of a zone or a choice, as check boxes: what is chosen, then what was found.
#[derive(Template, Default)]
#[template(path = "account/reach.html")]
pub struct ReachPicks {
    /// What was looked for.
    pub text: String,
    pub wrong: Option<String>,
    pub sentence: String,
    pub lines: Vec<ReachLine>,
}

/// One union to take into the reach.
pub struct ReachLine {
    pub union_id: String,
    pub name: String,
    /// Kind and place, where it was found just now.
    pub detail: String,
    pub is_chosen: bool,
    pub with_below: bool,
}

impl ReachPicks {
    pub fn new(
        text: &str,
        chosen: Vec<ReachUnion>,
        found: UnionChoices,
        wrong: Option<String>,
    ) -> ReachPicks {
        let count = chosen.len();
        let mut lines: Vec<ReachLine> = chosen
            .into_iter()
            .map(|one| ReachLine {
                union_id: one.union_id,
                name: one.name,
                detail: String::new(),
                is_chosen: true,
                with_below: one.with_below,
            })
            .collect();
        let shown = found.found.len();
        for one in found.found {
            if lines.iter().any(|line| line.union_id == one.union_id) {
                continue;
            }
            lines.push(ReachLine {
                detail: [one.kind, &one.place]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(" · "),
                union_id: one.union_id,
                name: one.name,
                is_chosen: false,
                with_below: false,
            });
        }
        let asked = match (text.trim(), found.total) {
            ("", _) => String::new(),
            (_, 0) => "没有找到，请换一个词，或填写工会标识。".to_owned(),
            (_, total) if usize::try_from(total).is_ok_and(|total| total > shown) => {
                format!(
                    "找到 {} 个，只列出前 {shown} 个；把名称写得更全可以缩小范围。",
                    number(total)
                )
            }
            (_, total) => format!("找到 {} 个，请勾选。", number(total)),
        };
        let held = match count {
            0 => String::new(),
            count => format!("已勾选 {count} 家。"),
        };
        ReachPicks {
            text: text.trim().to_owned(),
            wrong,
            sentence: format!("{held}{asked}"),
            lines,
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
    /// The unions named for the account, where its reach is by name.
    pub reach: Vec<ReachUnion>,
    /// Where the person is signed in, for themselves and for who manages accounts.
    pub devices: Option<SessionRows>,
    pub has_second_factor: bool,
    /// What it is bound to at the identity provider, where one is configured and this person manages accounts.
    pub identity: Option<IdentityCard>,
    /// The account's tokens for programs that are still taken.
    pub tokens: Vec<TokenRow>,
    pub can_manage: bool,
}
