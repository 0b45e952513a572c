use app::accounts::{ReachUnion, UnionChoice, UnionChoices};
use app::union_org::change::Change;

use super::programs::token_row;
use super::{Sample, frame, sample, texts};
use crate::pages::account::view::*;
use crate::pages::employer::view::*;
use crate::pages::list_item::view::TrailStep;
use crate::pages::search::view::*;
use crate::pages::session::view::SessionRows;
use crate::pages::union_org::view::*;
use crate::pages::union_picker::{UnionPicker, UnionPicks};
use crate::ui::{
    Cell, ContactForm, Empty, Field, Head, Here, Listing, Pager, Select, Step, Table, Tone, UrlQuery,
    Waterfall,
};

const LONG_UNION: &str = "宁海县西店镇滨海工业园区新能源与智能装备制造行业小微企业联合工会委员会";

fn unions() -> Table {
    let row = |name: &str, kind: &str, place: &str, members| {
        vec![
            Cell::new(name).link("/union/U-1").code("81330226MC0T0TE13C"),
            Cell::new(kind),
            Cell::new(place).note("西店镇总工会"),
            Cell::number(members),
            Cell::new("2027-03-31"),
            Cell::new("在册").tone(Tone::Green),
        ]
    };
    Table {
        heads: vec![
            Head::new("工会名称").sorts(&UrlQuery::read("/union", "sort=name"), "name"),
            Head::new("类型"),
            Head::new("镇街"),
            Head::number("会员"),
            Head::new("届满"),
            Head::new("状态"),
        ],
        rows: vec![
            row(
                "宁海县腾浩服饰有限公司工会委员会",
                "独立基层工会",
                "西店镇",
                Some(31),
            ),
            row(LONG_UNION, "联合基层工会", "西店镇", None),
        ],
        empty: Empty::default(),
    }
}

fn line(label: &str, state: &str, tone: Tone) -> ItemLine {
    ItemLine {
        label: label.into(),
        state: state.into(),
        tone,
        href: "/item/QD-1".into(),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let listing = Listing {
        frame: frame("工会组织", Here::UnionOrg),
        crumbs: vec![("组织".into(), None), ("工会组织".into(), None)],
        summary: "1,633 家".into(),
        path: "/union".into(),
        actions: vec![],
        search: Some(("工会或单位名称、代码", String::new())),
        selects: vec![Select {
            name: "kind",
            label: "类型",
            any: "全部类型",
            value: String::new(),
            options: texts([("joint", "联合基层工会")]),
        }],
        days: vec![],
        table: unions(),
        pager: Some(Pager::new(1_633, &UrlQuery::read("/union", ""))),
    };
    let journal = Listing {
        frame: frame("操作日志", Here::Journal),
        days: vec![("from", "从", "2026-11-01".into()), ("to", "到", String::new())],
        table: Table {
            heads: vec![
                Head::new("时间"),
                Head::new("谁"),
                Head::new("做了什么"),
                Head::new("对象"),
            ],
            rows: vec![vec![
                Cell::new("11-21 09:21:04"),
                Cell::new("李**").note("片区专职工作者"),
                Cell::new("查看完整号码").note("联系单位核实"),
                Cell::new("E-1").link("/employer/E-1").code("0193-7a55"),
            ]],
            empty: Empty::default(),
        },
        path: "/journal".into(),
        ..listing.clone()
    };
    let none = Listing {
        table: Table {
            rows: vec![],
            empty: Empty::no_match("/union"),
            ..unions()
        },
        pager: None,
        ..listing.clone()
    };
    let union = UnionPage {
        frame: frame("宁海县腾浩服饰有限公司工会委员会", Here::UnionOrg),
        code: "81330226MC0T0TE13C".into(),
        state: "在册".into(),
        tone: Tone::Green,
        vacancy: None,
        members: "31".into(),
        members_href: Some("/union/U-1/member".into()),
        sheet_href: Some("/export/unions?format=sheet&key=U-1".into()),
        unread: vec![("届满日期".into(), "2027-2-31".into(), "不是有效日期".into())],
        ancestors: vec![
            ("宁波市总工会".into(), None),
            ("宁海县总工会".into(), None),
            ("西店镇总工会".into(), Some("/union/U-9".into())),
        ],
        facts: texts([
            ("类型", "独立基层工会"),
            ("建会日期", "2016-03-11"),
            ("届满日期", "2027-03-31"),
            ("工会主席", "张**"),
            ("单位", "宁海县腾浩服饰有限公司"),
            ("申报会员", "31 人"),
            ("地址", "西店镇滨海路3号"),
            ("联系电话", "139****0001"),
        ]),
        contact: Some(ContactForm::new("/union/U-1/contact".into())),
        quality: Some(QualitySection {
            none: "没有发现问题。",
            counted: "2026-11-20 03:10 检查".into(),
            score: "93.5%".into(),
            of: "29 / 31 人".into(),
            standing: "合格",
            tone: Tone::Green,
            faults: vec![("证件号码校验位不符".into(), "#".into(), "2 条".into())],
            more: vec![("学历未填".into(), "#".into(), "12 条".into())],
        }),
        link: Some(LinkSection {
            standing: "已采纳，概率 0.998".into(),
            name: "宁海县腾浩服饰有限公司".into(),
            href: Some("/employer/E-1".into()),
            about: "由统一社会信用代码确定".into(),
            fall: Some(Waterfall::new(
                -9.6,
                vec![Step::new(
                    "单位代码",
                    "代码一致",
                    "91330226MA2T0TE13C".into(),
                    22.0,
                )],
            )),
        }),
        changes: Change::ALL
            .into_iter()
            .map(|change| (change.label(), "#".to_owned()))
            .collect(),
        ended: None,
        industry: Some(("宁波市数字经济产业工会".into(), None)),
        zone: Some(("西店一片（李**）".into(), Some("/zone".into()))),
        line: None,
        covers: Table {
            heads: vec![Head::new("单位"), Head::new("覆盖期间")],
            rows: vec![vec![Cell::new("甲公司"), Cell::new("自 2020-01-01")]],
            empty: Empty::default(),
        },
        past_covers: Table {
            heads: vec![Head::new("单位"), Head::new("覆盖期间")],
            rows: vec![vec![Cell::new("乙公司"), Cell::new("2018-03-01 至 2024-12-31")]],
            empty: Empty::default(),
        },
        items: vec![line("换届到期", "办理中", Tone::Yellow)],
        trail: vec![TrailStep {
            label: "导入".into(),
            line: "2026-11-20 21:04 · 批次 PC-2026-0029".into(),
            note: None,
            class: "done",
        }],
    };
    let employer = EmployerPage {
        frame: frame("宁波腾浩户外用品有限公司", Here::Employer),
        code: "91330226MA2T0TE13C".into(),
        state: "存续".into(),
        tone: Tone::Green,
        flags: vec!["代办地址".into()],
        facts: texts([
            ("主体类型", "公司"),
            ("行业", "C24 文教、工美、体育和娱乐用品制造业"),
            ("住所", "宁海县西店镇滨海工业园区12号"),
            ("法定代表人", "邵**"),
            ("在保人数", "60 人"),
            ("个税申报", "63 人"),
        ]),
        contact: Some(ContactForm::new("/employer/E-1/contact".into())),
        source: "来自第 318 次比对所用的市场监管、参保和税务数据。".into(),
        unions: vec![],
        items: vec![line("应建未建", "核实中", Tone::Yellow)],
    };
    let accounts = Listing {
        frame: frame("账号与角色", Here::Account),
        actions: texts([("/account/new", "＋ 开通账号")]),
        table: Table {
            heads: vec![
                Head::new("账号"),
                Head::new("角色"),
                Head::new("所属工会"),
                Head::new("最近登录"),
                Head::new("状态"),
            ],
            rows: vec![vec![
                Cell::new("李建国").link("/account/1").code("li"),
                Cell::new("片区专职工作者"),
                Cell::new("西店镇总工会"),
                Cell::new("11-21 09:21"),
                Cell::new("正常").tone(Tone::Green),
            ]],
            empty: Empty::default(),
        },
        ..listing.clone()
    };
    let choice = |union_id: &str, name: &str, kind| UnionChoice {
        union_id: union_id.into(),
        name: name.into(),
        place: "宁海县 西店镇".into(),
        kind,
    };
    let choices = UnionChoices {
        found: vec![
            choice("U003", "宁海县西店镇总工会", "总工会"),
            choice("U101", LONG_UNION, "联合基层工会"),
        ],
        total: 214,
    };
    let account_form = AccountForm {
        frame: frame("开通账号", Here::Account),
        action: "/account".into(),
        back: "/account".into(),
        submit: "开通",
        is_new: true,
        wrong: None,
        fields: vec![
            Field::text("name", "姓名", ""),
            Field::text("login", "账号", ""),
            Field::select("role", "角色", "", texts([("field_worker", "片区专职工作者")])),
        ],
        union: UnionPicker {
            label: "所属工会",
            help: "名称的一部分（如“西店”），或工会标识、代码",
            from: "/account/union",
            text: "西店".into(),
            is_required: false,
            wrong: Some("“西店”对应 2 个工会，请在下面选定一个".into()),
            picks: UnionPicks::new("西店", choices.clone(), "U003"),
        },
        reach: ReachPicks::new("西店", vec![reach_union()], choices, None),
    };
    let account = AccountPage {
        frame: frame("李建国", Here::Account),
        id: "1".into(),
        sign_in_name: "li".into(),
        state: "正常".into(),
        tone: Tone::Green,
        is_active: true,
        is_locked: true,
        is_own: false,
        one_time: Some("kp4m-7wqe-x2rt".into()),
        facts: texts([
            ("角色", "片区专职工作者"),
            ("所属工会", "西店镇总工会"),
            ("数据范围", "片区 1 家"),
        ]),
        reach: vec![reach_union()],
        devices: Some(SessionRows::default()),
        has_second_factor: true,
        identity: Some(IdentityCard {
            facts: vec![
                ("身份标识", "********0007".into()),
                ("绑定", "2026-08-03 09:12，郑西店".into()),
            ],
            subject: Field::text("subject", "身份标识（sub）", ""),
        }),
        tokens: vec![token_row()],
        can_manage: true,
    };
    let search = SearchPage {
        frame: frame("搜索", Here::Nowhere),
        q: "腾浩".into(),
        unions: found("unions", "工会组织", unions()),
        members: Some(Members {
            is_asked: true,
            by: "拼音或首字母".into(),
            notes: vec!["只显示最接近的 20 人：请写全姓名".into()],
            table: unions(),
        }),
        others: vec![
            found("employers", "用人单位", unions()),
            found("items", "清单项", Table::default()),
        ],
    };
    let nothing = SearchPage {
        frame: frame("搜索", Here::Nowhere),
        q: "没有这样的名称".into(),
        unions: found("unions", "工会组织", Table::default()),
        members: Some(Members {
            is_asked: true,
            ..Members::default()
        }),
        others: vec![],
    };
    vec![
        sample("unions", &listing),
        sample("unions-none", &none),
        sample("journal", &journal),
        sample("union", &union),
        sample("employer", &employer),
        sample("accounts", &accounts),
        sample("account-new", &account_form),
        sample("account", &account),
        sample("search", &search),
        sample("search-none", &nothing),
    ]
}

fn found(id: &'static str, label: &'static str, table: Table) -> Part {
    Part {
        id,
        label,
        table,
        has_more: true,
    }
}

fn reach_union() -> ReachUnion {
    ReachUnion {
        union_id: "U101".into(),
        name: LONG_UNION.into(),
        with_below: true,
        has_place: true,
    }
}
