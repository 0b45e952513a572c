use super::{Sample, frame, sample, texts};
use crate::pages::home::view::*;
use crate::ui::{Here, Tone};

fn coverage() -> Vec<CoverageRow> {
    [
        ("鄞州区", 91, 5604),
        ("慈溪市", 84, 4032),
        ("海曙区", 89, 3270),
        ("北仑区", 93, 3190),
        ("余姚市", 81, 3015),
        ("江北区", 90, 1844),
        ("镇海区", 92, 1702),
        ("奉化区", 79, 1690),
        ("宁海县", 77, 1633),
        ("象山县", 74, 1320),
    ]
    .into_iter()
    .map(|(name, percent, employers)| CoverageRow {
        label: name.into(),
        href: Some("/?county=330226".into()),
        gap_href: "/worklist/task?county=330226".into(),
        percent,
        share: format!("{percent}.0%"),
        sound: employers * percent / 100,
        unsound: employers / 50,
        with_union: employers * percent / 100 + employers / 50,
        employers,
        open_items: 120,
    })
    .collect()
}

fn full() -> HomePage {
    let kpi = |label: &str, value: &str, unit: &str, note: &str, tone| Kpi {
        label: label.into(),
        value: value.into(),
        unit: unit.into(),
        note: note.into(),
        tone,
        href: "/worklist/task".into(),
    };
    let bar = |label: &str, count, percent, share: &str| FunnelBar {
        label: label.into(),
        count,
        percent,
        share: share.into(),
        href: "/worklist/verify".into(),
    };
    let todo = |label: &str, note: &str, tone| TodoRow {
        label: label.into(),
        note: note.into(),
        tone,
        href: "/mine".into(),
    };
    let rule = |label: &str, checked, share: &str, tone| RuleRow {
        label: label.into(),
        checked,
        share: share.into(),
        tone,
        href: "/rule/found-25".into(),
    };
    HomePage {
        frame: frame("工作台", Here::Home),
        subtitle: "宁波市".into(),
        drill: None,
        as_of: "数据截至 2026-11-20 · 第 318 次比对".into(),
        sees_lists: true,
        steps_to_start: vec![],
        kpis: vec![
            kpi("工会组织", "27,300", "", "在册", Tone::Grey),
            kpi("会员", "378.0", " 万", "会籍数", Tone::Grey),
            kpi(
                "25 人以上单位建会率",
                "86.4",
                "%",
                "未建会 2,986 家",
                Tone::Yellow,
            ),
            kpi("未办结清单项", "1,720", "", "核实 1,284 · 任务 436", Tone::Blue),
            kpi("已逾期", "17", "", "超过办理期限", Tone::Red),
        ],
        funnel: vec![
            bar("比对发现", 9902, 100, ""),
            bar("核实属实", 7418, 75, "74.9%"),
            bar("办理中", 4960, 50, "66.9%"),
            bar("已建会", 3815, 39, "76.9%"),
        ],
        funnel_period: "2026 年".into(),
        funnel_note: "每一步的百分比是与上一步之比。".into(),
        step_days: vec![
            StepRow {
                label: "派发到核实".into(),
                count: 7418,
                median: "6.0".into(),
            },
            StepRow {
                label: "核实到建会".into(),
                count: 3815,
                median: "41.0".into(),
            },
        ],
        coverage_title: "各区县建会率".into(),
        coverage_head: "区县".into(),
        coverage: coverage(),
        todos: vec![
            todo("3 项核实今天到期", "滨海片区、长街片区", Tone::Red),
            todo("建会结果待登记 2 件", "最早 11-19 报来", Tone::Yellow),
            todo("换届 30 天内到期 7 家", "", Tone::Blue),
            todo("上月数据批次有 214 行待处理", "下载错误明细", Tone::Grey),
        ],
        rules: vec![
            rule("应建未建（25 人以上）", 2210, "3.1%", Tone::Green),
            rule("缴费未登记", 310, "18.4%", Tone::Yellow),
            rule("重复登记", 96, "41.7%", Tone::Red),
        ],
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let empty = HomePage {
        as_of: "还没有比对".into(),
        sees_lists: true,
        steps_to_start: texts([("/intake", "上传公共数据与登记库"), ("/run", "开始第一次比对")]),
        kpis: full()
            .kpis
            .into_iter()
            .map(|kpi| Kpi {
                value: "—".into(),
                unit: String::new(),
                note: "还没有数据".into(),
                tone: Tone::Grey,
                ..kpi
            })
            .collect(),
        funnel: vec![],
        step_days: vec![],
        coverage: vec![],
        todos: vec![],
        rules: vec![],
        ..full()
    };
    let drill = HomePage {
        drill: Some("宁海县".into()),
        coverage_title: "宁海县各乡镇街道建会率".into(),
        coverage_head: "乡镇街道".into(),
        ..full()
    };
    vec![
        sample("home", &full()),
        sample("home-empty", &empty),
        sample("home-county", &drill),
    ]
}
