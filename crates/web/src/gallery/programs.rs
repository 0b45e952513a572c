use super::{Sample, frame, sample, texts};
use crate::pages::api::view::ApiPage;
use crate::pages::api_token::view::*;
use crate::ui::{Field, Here, Tone};

pub(super) fn token_row() -> TokenRow {
    TokenRow {
        id: "01990000-0000-7000-8000-000000000000".into(),
        name: "年报系统与省总数据中台每日对账接口".into(),
        tail: "9f0c".into(),
        scopes: "读取工会组织、数据质量、读取清单和用人单位、办理清单".into(),
        last_day: "2026-12-31".into(),
        used: Some("2026-08-01 09:30".into()),
        made: "2026-07-01 08:00".into(),
        state: "有效",
        tone: Tone::Green,
        is_valid: true,
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let page = |made, tokens, wrong: bool| TokensPage {
        frame: frame("接口令牌", Here::Nowhere),
        made,
        tokens,
        wrong: wrong.then(|| "接口令牌未新建".to_owned()),
        scope_wrong: wrong.then(|| "至少选择一项范围".to_owned()),
        fields: vec![
            Field::text("name", "给哪个系统用", "").errors(&if wrong {
                texts([("name", "名称须为 1–50 个字，写明给哪个系统用")])
            } else {
                Vec::new()
            }),
            Field::text("last_day", "有效至", "2026-12-31").kind("date"),
        ],
        password: Field::text("password", "登录密码", "").kind("password"),
        scopes: vec![
            ScopeChoice {
                code: "union:read",
                label: "读取工会组织、数据质量",
                is_chosen: true,
            },
            ScopeChoice {
                code: "list:read",
                label: "读取清单和用人单位",
                is_chosen: false,
            },
        ],
    };
    let made = Made {
        name: "年报系统".into(),
        secret: format!("gonghui_{}", "0a".repeat(32)),
    };
    let document = ApiPage {
        frame: frame("接口文档", Here::Nowhere),
        about: vec!["每个请求带上令牌。".into()],
        groups: crate::pages::api::groups(&crate::api::document()),
    };
    vec![
        sample("tokens", &page(Some(made), vec![token_row()], false)),
        sample("tokens-none", &page(None, Vec::new(), true)),
        sample("api", &document),
    ]
}
