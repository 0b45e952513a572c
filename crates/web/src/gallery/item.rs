use super::{Sample, frame, sample, texts, told};
use crate::pages::list_item::view::*;
use crate::ui::{ContactForm, Field, Flash, Here, Step, Tone, Waterfall};

fn fall() -> Waterfall {
    let step =
        |label: &str, level: &str, values: &str, bits| Step::new(label, level, values.to_owned(), bits);
    Waterfall::new(
        -9.6,
        vec![
            step("单位代码", "未填", "— / 91330226MA2T0TE13C", 0.0),
            step(
                "单位名称",
                "字号和行业一致",
                "宁海县腾浩户外 / 宁海县腾浩户外用品有限公司",
                9.2,
            ),
            step("法定代表人", "一致", "邵**", 6.4),
            step("所在地", "同一区县", "宁海县", 2.1),
            step("行业", "门类不同", "C24 / C18", -4.8),
            step(
                "成立与建会日期",
                "建会时企业尚未成立或已不存在",
                "2016-03-01建会 / 2025-10-14成立",
                -7.9,
            ),
        ],
    )
}

fn full() -> ItemPage {
    let step = |label: &str, line: &str, class| TrailStep {
        label: label.into(),
        line: line.into(),
        note: None,
        class,
    };
    ItemPage {
        frame: frame("宁波腾浩户外用品有限公司", Here::Task),
        number: "QD-330226-2026-000412".into(),
        version: 4,
        list_href: "/worklist/verify?rule=found-25".into(),
        list_label: "核实清单".into(),
        from: "rule=found-25".into(),
        name: "宁波腾浩户外用品有限公司".into(),
        code: "91330226MA2T0TE13C".into(),
        state: "核实中".into(),
        tone: Tone::Yellow,
        previous: Some("/item/QD-330226-2026-000411".into()),
        next: Some("/item/QD-330226-2026-000413".into()),
        why: "该单位 2025-10-14 成立，至今满 13 个月；本月在保职工 60 人，达到应当建立基层工会委员会的 25 人（工会法第十一条）；登记库中没有找到它的工会，也没有联合工会覆盖它。".into(),
        doubts: vec!["登记住所与 14 家单位相同，可能是代办地址。".into()],
        rule_line: "规则 应建未建（found-25）第 4 版 · 第 302 次比对列入 · 预计新增会员 52 人".into(),
        rule_href: "/rule/found-25".into(),
        evidence: vec![
            Drawer { label: "市场监管 1 条".into(), note: "登记状态 存续".into(), facts: texts([("登记状态", "存续"), ("成立日期", "2025-10-14")]) },
            Drawer { label: "参保 60 条".into(), note: "在保 60 人".into(), facts: texts([("在保人数", "60"), ("最早参保", "2025-11-01")]) },
            Drawer { label: "税务 2 条".into(), note: "".into(), facts: vec![] },
        ],
        nearest: Some(Nearest { title: "最接近的工会", standing: "未采纳，概率 0.04".into(), name: "宁海县腾浩服饰有限公司工会委员会".into(), href: Some("/union/U-1".into()), fall: Some(fall()), verdict: None, can_judge: true, union_id: "U-1".into(), enterprise_id: "E-1".into() }),
        employer: Some(EmployerSection {
            href: "/employer/E-1".into(),
            facts: texts([("登记状态", "存续"), ("主体类型", "公司"), ("行业", "C24 文教、工美、体育和娱乐用品制造业"), ("成立日期", "2025-10-14"), ("住所", "宁海县西店镇滨海工业园区12号"), ("法定代表人", "邵**"), ("联系电话", "138****5678"), ("在保人数", "60 人"), ("个税申报", "63 人")]),
            flags: vec!["代办地址".into()],
            contact: Some(ContactForm::new("/item/QD-330226-2026-000412/contact".into()).from("rule=found-25")),
        }),
        union_href: None,
        owner: "李** · 西店镇".into(),
        due: "核实期限 11-25（还剩 3 个工作日）".into(),
        due_tone: Tone::Yellow,
        outcome: None,
        act_error: None,
        acts: vec![
            Act { name: "confirm".into(), label: "核实属实，报镇总工会".into(), is_main: true, words_label: Some("核实情况".into()), words_hint: "可不填".into(), ..Act::default() },
            Act { name: "refute".into(), label: "核实不属实".into(), choice_label: "原因".into(), choices: texts([("has_union", "已有工会"), ("too_few", "人数不足"), ("gone", "已停产/搬迁"), ("other", "其他")]), words_label: Some("说明".into()), is_words_required: true, ..Act::default() },
            Act { name: "unreachable".into(), label: "联系不上".into(), words_label: Some("说明".into()), words_hint: "可不填".into(), ..Act::default() },
            Act { name: "assign".into(), label: "转派".into(), choice_label: "承办人".into(), choices: texts([("li", "李建国 · 西店镇总工会")]), is_select: true, ..Act::default() },
        ],
        no_act: String::new(),
        trail: vec![step("生成", "11-04 02:10 · 系统 · 第 302 次比对", "done"), step("派发", "11-04 08:00 · 系统 · 李**", "done"), step("已读", "11-05 09:21 · 李**", "done"), TrailStep { note: Some("11-18 上门，见到人事主管，对建会有意愿，约 11-21 复访。".into()), ..step("核实中", "11-18 15:02 · 李**", "now") }, step("报镇总工会", "", ""), step("建会", "", ""), step("比对办结", "", "")],
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let closed = ItemPage {
        frame: told(
            "宁波腾浩户外用品有限公司",
            Here::Task,
            Flash::good("已登记成立，下次比对以登记变更为证据办结。"),
        ),
        state: "已办结".into(),
        tone: Tone::Green,
        acts: vec![],
        no_act: "本项已办结。".into(),
        due: String::new(),
        outcome: Some(Outcome {
            tone: "good",
            text: "登记库已有该单位的工会。".into(),
            facts: texts([
                ("工会", "宁波腾浩户外用品有限公司工会委员会"),
                ("建会日期", "2026-11-21"),
            ]),
            link: Some(("/union/U-2".into(), "看这家工会".into())),
        }),
        nearest: None,
        doubts: vec![],
        ..full()
    };
    let refused = ItemPage {
        act_error: Some("请写明核实情况。".into()),
        acts: full()
            .acts
            .into_iter()
            .map(|act| Act {
                is_open: act.name == "refute",
                chosen: "gone".into(),
                words: "厂房已空，邻居说九月搬走。".into(),
                ..act
            })
            .collect(),
        ..full()
    };
    let field = Field::text;
    let found = FoundPage {
        frame: frame("成立工会", Here::Task),
        number: "QD-330226-2026-000412".into(),
        employer: "宁波腾浩户外用品有限公司".into(),
        about: "登记后工会进入登记库，上级为宁海县西店镇总工会；下次比对以登记变更为证据办结本项。".into(),
        wrong: Some("有 1 处需要改".into()),
        fields: vec![
            field("union_name", "工会名称", "宁波腾浩户外用品有限公司工会委员会").wide(),
            field("chair", "工会主席", "").errors(&texts([("chair", "请填写工会主席姓名")])),
            field("founded_on", "建会日期", "2026-11-21")
                .kind("date")
                .help("上级工会批复的日期，不晚于今天"),
            Field::select("term_years", "任期", "5", texts([("3", "三年"), ("5", "五年")])),
            field("declared_members", "会员人数", "")
                .optional()
                .help("不清楚可不填"),
        ],
    };
    vec![
        sample("item", &full()),
        sample("item-closed", &closed),
        sample("item-refused", &refused),
        sample("found", &found),
    ]
}
