use super::{Sample, frame, sample, texts};
use crate::pages::lost::view::*;
use crate::pages::sign_in::view::*;
use crate::ui::{Field, Here};

pub(super) fn samples() -> Vec<Sample> {
    let sign_in = SignInPage {
        title: "登录".into(),
        wrong: Some("账号或密码不对".into()),
        notice: None,
        name: "xidian".into(),
        next: "/".into(),
        provider: Some("/sign-in/provider".into()),
    };
    let password = PasswordPage {
        title: "修改密码".into(),
        name: "xidian".into(),
        forced: Some("密码已到更换期限，请先换一个新密码再继续。"),
        wrong: None,
        fields: vec![
            Field::text("old", "现在的密码", "")
                .kind("password")
                .autocomplete("current-password"),
            Field::text("new", "新密码", "")
                .kind("password")
                .autocomplete("new-password")
                .help("至少 10 个字符")
                .errors(&texts([
                    ("new", "密码至少 10 位，现在是 6 位"),
                    ("new", "密码不能包含登录名"),
                ])),
            Field::text("again", "再输一次", "")
                .kind("password")
                .autocomplete("new-password"),
        ],
    };
    let lost = LostPage {
        frame: frame("没有找到", Here::Nowhere),
        text: "没有这一项，或者它不在您的范围内。".into(),
        hint: Some("如果是别人发来的链接，请确认它属于本级工会。".into()),
        fields: vec![],
        retry: "/worklist/task".into(),
        retry_label: "再试一次",
        code: "ITEM-404".into(),
        request_id: "0193-7a55".into(),
    };
    let bare = BareLostPage {
        title: "暂时不能使用".into(),
        text: "数据库暂时连不上，请稍后再试。".into(),
        code: "STORE-503".into(),
        request_id: "0193-7a55".into(),
    };
    vec![
        sample("sign-in", &sign_in),
        sample("password", &password),
        sample("lost", &lost),
        sample("lost-bare", &bare),
    ]
}
