use super::{Sample, frame, sample, texts};
use crate::pages::approval::view::*;
use crate::pages::delegation::view::*;
use crate::pages::element_right::view::{Block, Choice, Line, MatrixPage, OnePage, Part, RightCell};
use crate::pages::identity::view::*;
use crate::pages::second_factor::view::*;
use crate::pages::security::view::*;
use crate::pages::session::view::*;
use crate::pages::sign_in::view::CodePage;
use domain::element_right::Right;

use crate::ui::{ActingFor, Empty, Field, Here, Pager, Tone, UrlQuery, qr_svg};

fn factor() -> SecondFactorPage {
    SecondFactorPage {
        title: "动态口令".into(),
        is_forced: false,
        is_set: false,
        is_required: true,
        recovery_left: 2,
        qr: String::new(),
        key: None,
        login: "xidian".into(),
        issuer: "数字工会",
        code: Field::text("code", "应用中显示的 6 位数字", "").errors(&texts([("code", "动态口令不正确")])),
        password: Field::text("password", "登录密码", "").kind("password"),
        is_refused: false,
        wrong: None,
    }
}

fn approval(state: &'static str, tone: Tone) -> ApprovalRow {
    ApprovalRow {
        id: format!("0193-{state}"),
        title: "任务清单（12,345 项）".into(),
        kind: "大批量导出",
        asked: "王丽华（代 郑西店） 2026-08-03 09:12".into(),
        details: vec![
            ("区县".to_owned(), "宁海县".to_owned()),
            ("列".to_owned(), "编号、名称".to_owned()),
        ],
        reason: "季度上报省总工会，交办公室张某某".into(),
        state,
        tone,
        expires: None,
        decided: None,
        remark: None,
        resume: None,
        can_decide: false,
        wrong: None,
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let session = |device: &str, is_this: bool| SessionRow {
        device: device.into(),
        since: "2026-08-03 08:30".into(),
        seen: "2026-08-03 09:12".into(),
        address: "10.0.0.7".into(),
        is_this,
        acts: !is_this,
        by_provider: is_this,
        end: (!is_this).then(|| "/session/0193/end".into()),
    };
    let delegation = |state: &'static str, can_act: bool| DelegationRow {
        id: "0193".into(),
        other: "郑西店".into(),
        days: "2026-08-03 至 2026-08-05".into(),
        reason: "外出培训".into(),
        state,
        tone: Tone::Green,
        can_act,
        can_withdraw: true,
        is_mine: !can_act,
    };
    let acting = ActingFor {
        principal: "郑**".into(),
        role: "镇街干部".into(),
        place: "宁海县西店镇总工会".into(),
        own: "王**".into(),
        until: "2026-08-05".into(),
    };
    let delegations = DelegationsPage {
        frame: frame("代办授权", Here::Nowhere).acting(Some(acting)),
        got: vec![delegation("生效中", true)],
        given: vec![],
        can_give: true,
        role: "片区专职工作者",
        is_acting: false,
        wrong: None,
        fields: vec![
            Field::text("delegate", "代办人的登录名", "nobody")
                .errors(&texts([("delegate", "没有这个登录名")])),
        ],
    };
    let identity = |facts: Vec<(&'static str, String)>, wrong: Option<&str>| IdentityPage {
        title: "统一身份认证".into(),
        notice: None,
        wrong: wrong.map(str::to_owned),
        login: "xidian".into(),
        facts,
        password: Field::text("password", "登录密码", "").kind("password"),
    };
    let away = AwayPage {
        title: "前往统一身份认证".into(),
        text: "请在统一身份认证页面登录，完成绑定。".into(),
        url: "https://sso.example.cn/authorize?client_id=gonghui".into(),
    };
    let bound = identity(
        vec![
            ("身份标识", "*****0007".into()),
            ("最近用它登录", "还没有".into()),
        ],
        None,
    );
    let approvals = ApprovalsPage {
        frame: frame("双人复核", Here::Approval),
        summary: "4 项申请".into(),
        rows: vec![
            ApprovalRow {
                can_decide: true,
                expires: Some("2026-08-06 09:12".into()),
                wrong: Some("请写明原因".into()),
                ..approval("待复核", Tone::Yellow)
            },
            ApprovalRow {
                resume: Some("/worklist/task/export".into()),
                decided: Some("吴宁海 2026-08-03 10:00".into()),
                ..approval("已同意，待办理", Tone::Blue)
            },
            ApprovalRow {
                remark: Some("请按镇街分开导出".into()),
                ..approval("不同意", Tone::Red)
            },
        ],
        pager: Pager::fixed(4, &UrlQuery::read("/approval", ""), 50),
    };
    let ask = AskPage {
        frame: frame("申请双人复核", Here::Approval),
        kind: "大批量导出",
        title: "任务清单（12,345 项）".into(),
        details: vec![("列".to_owned(), "编号、名称".to_owned())],
        carried: String::new(),
        action: "/worklist/task/export".into(),
        reason: Field::text("reason", "原因", "").kind("textarea").wide(),
    };
    let security = SecurityPage {
        frame: frame("安全策略", Here::Security),
        wrong: Some("安全策略未保存".into()),
        requirements: domain::password::REQUIREMENTS,
        passwords: vec![
            Field::text("password_days", "密码更换期限（天）", "3")
                .errors(&texts([("password_days", "填 0（不限）或 30–730 天")])),
        ],
        grace: Field::text("second_factor_grace_days", "宽限（天）", "30"),
        limits: vec![Field::text("export_rows_alone", "一人可单独导出的行数", "5000")],
        limit_heads: vec!["导出（行）", "变更工会（家）"],
        by_role: vec![(
            "镇街干部",
            vec![
                Some(("export_rows_alone.town_officer".to_owned(), "300".to_owned())),
                None,
            ],
        )],
        by_role_wrong: None,
        roles: vec![
            ("city_officer".into(), "市总干部".into(), true),
            ("town_officer".into(), "镇街干部".into(), false),
        ],
    };
    vec![
        sample("second-factor-none", &factor()),
        sample(
            "second-factor-setting-up",
            &SecondFactorPage {
                is_forced: true,
                qr: qr_svg("otpauth://totp/x?secret=GEZDGNBV", "二维码"),
                key: Some("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".into()),
                ..factor()
            },
        ),
        sample(
            "second-factor-set",
            &SecondFactorPage {
                is_set: true,
                ..factor()
            },
        ),
        sample(
            "recovery-codes",
            &CodesPage {
                title: "恢复码".into(),
                told: "动态口令已设置。".into(),
                codes: (0..10).map(|nth| format!("abcd-efgh-234{nth}")).collect(),
            },
        ),
        sample(
            "sign-in-code",
            &CodePage {
                title: "动态口令".into(),
                login: "xidian".into(),
                next: "/".into(),
                wrong: Some("动态口令或恢复码不正确".into()),
            },
        ),
        sample(
            "sessions",
            &SessionsPage {
                frame: frame("登录设备", Here::Nowhere),
                rows: SessionRows {
                    rows: vec![session("Edge · Windows", true), session("微信 · Android", false)],
                },
                others: 1,
            },
        ),
        sample("delegations", &delegations),
        sample("identity", &bound),
        sample(
            "identity-none",
            &identity(vec![], Some("这个统一身份已绑定另一个账号")),
        ),
        sample("identity-away", &away),
        sample("approvals", &approvals),
        sample("approval-ask", &ask),
        sample("security", &security),
        sample("element-rights", &rights(true)),
        sample("element-rights-empty", &rights(false)),
        sample("element-right", &right(true)),
        sample("element-right-read", &right(false)),
    ]
}

fn part(is_allowed: bool, set: Option<&str>) -> Part {
    Part {
        words: Right::Write.words(is_allowed),
        is_allowed,
        set: set.map(str::to_owned),
    }
}

fn rights(has_lines: bool) -> MatrixPage {
    let cell = |role, parts| RightCell { role, parts };
    let line = Line {
        label: "单位统一社会信用代码".into(),
        name: "employer_uscc".into(),
        href: "/element-right/unions/employer_uscc".into(),
        rule: "默认区县以上可改".into(),
        cells: vec![
            cell("市总干部", vec![part(true, None)]),
            cell("镇街干部", vec![part(false, Some("周* 2026-11-23 10:41 调整"))]),
            cell("片区专职工作者", Vec::new()),
        ],
    };
    let group = Block {
        id: "h-unions-0".into(),
        title: "工会登记信息".into(),
        lines: vec![line],
    };
    MatrixPage {
        frame: frame("数据元权限", Here::Account),
        summary: "已调整 1 处，其余按默认".into(),
        q: "代码".into(),
        selects: Vec::new(),
        roles: vec!["市总干部", "镇街干部", "片区专职工作者"],
        groups: if has_lines { vec![group] } else { Vec::new() },
        empty: Empty::no_match("/element-right"),
        can_set: has_lines,
    }
}

fn right(can_set: bool) -> OnePage {
    let choice = |role: &str, is_allowed: bool, set| Choice {
        name: format!("write.{role}"),
        part: part(is_allowed, set),
        options: vec![
            ("", "按默认（不可改）".to_owned(), set.is_none()),
            ("yes", "可改".to_owned(), set.is_some()),
            ("no", "不可改".to_owned(), false),
        ],
    };
    OnePage {
        frame: frame("数据元权限", Here::Account),
        label: "工会级别".into(),
        name: "level".into(),
        action: "/element-right/unions/level".into(),
        facts: vec![("种类", "工会组织".into()), ("默认", "区县以上可改".into())],
        heads: vec!["修改"],
        rows: vec![
            (
                "镇街干部",
                vec![Some(choice(
                    "town_officer",
                    true,
                    Some("周* 2026-11-23 10:41 调整"),
                ))],
            ),
            ("基层工会主席", vec![None]),
        ],
        words: Field::text("words", "原因或依据", "").wide(),
        wrong: can_set.then(|| "数据元权限未保存".into()),
        can_set,
    }
}
