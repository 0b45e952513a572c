use super::{Sample, frame, sample, texts};
use crate::pages::intake::view::*;
use crate::pages::job::view::*;
use crate::pages::run::view::*;
use crate::ui::{Cell, Empty, Head, Here, Pager, Progress, Table, Tone, UrlQuery};

fn batches() -> Table {
    let row = |number: &str, kind: &str, file: &str, rows, rejected, state: &str, tone| {
        vec![
            Cell::new(kind).link("/intake/PC-2026-0031").code(number),
            Cell::new(file).note("11-20 21:04 · 王**"),
            Cell::number(Some(rows)),
            Cell::number(Some(rejected)),
            Cell::new(state).tone(tone),
        ]
    };
    Table {
        heads: vec![
            Head::new("种类"),
            Head::new("文件"),
            Head::number("行数"),
            Head::number("退回"),
            Head::new("状态"),
        ],
        rows: vec![
            row(
                "PC-2026-0031",
                "参保记录",
                "insurance.parquet",
                5_000_000,
                214,
                "已生效",
                Tone::Green,
            ),
            row(
                "PC-2026-0030",
                "市场主体",
                "市场监管 2026-11 全量（宁波市含各区县市功能区）最终版.xlsx",
                1_500_000,
                0,
                "已生效",
                Tone::Green,
            ),
            row(
                "PC-2026-0029",
                "工会组织",
                "unions.csv",
                27_300,
                12,
                "已撤销",
                Tone::Grey,
            ),
        ],
        empty: Empty::default(),
    }
}

fn progress(is_finished: bool) -> Progress {
    Progress {
        url: "/job/1/progress".into(),
        state: if is_finished { "已完成" } else { "进行中" }.into(),
        tone: if is_finished { Tone::Green } else { Tone::Blue },
        stage: "读取参保记录".into(),
        done_rows: 3_200_000,
        total_rows: Some(5_000_000),
        is_finished,
        message: None,
        cancel: (!is_finished).then(|| "/job/1/cancel".into()),
        done: is_finished.then(|| ("/intake/PC-1".into(), "看这一批".into())),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let intake = || IntakePage {
        frame: frame("数据批次", Here::Intake),
        summary: "31 批".into(),
        batches: batches(),
        pager: Some(Pager::new(31, &UrlQuery::default())),
        can_upload: true,
        wrong: None,
        kinds: [
            ("enterprises", "市场主体", "市场监管"),
            ("unions", "工会组织", "本级登记库"),
            ("covers", "覆盖单位", "联合工会"),
            ("members", "会员", "实名登记"),
            ("insurance", "参保记录", "人社"),
            ("tax", "工资申报", "税务"),
            ("drivers", "从业人员", "交通运输"),
        ]
        .iter()
        .map(|(code, label, note)| KindChoice {
            code: (*code).into(),
            label: (*label).into(),
            note: (*note).into(),
            template: format!("/dictionary/template/{code}"),
        })
        .collect(),
        chosen: "insurance".into(),
        limit: "4 GB".into(),
        current: vec![
            CurrentRow {
                label: "市场主体".into(),
                rows: "1,500,000".into(),
                as_of: "11-20".into(),
                href: Some("/intake/PC-2026-0030".into()),
            },
            CurrentRow {
                label: "从业人员".into(),
                rows: "—".into(),
                as_of: "还没有".into(),
                href: None,
            },
        ],
        waiting: vec![(
            "/intake/check/3".into(),
            "参保：insurance.xlsx".into(),
            "11-21 09:00".into(),
        )],
    };
    let empty = IntakePage {
        batches: Table {
            rows: vec![],
            empty: Empty::new(
                "还没有导入过数据",
                "先上传工会组织和市场主体，再上传参保、税务等公共数据。",
            ),
            ..batches()
        },
        pager: None,
        wrong: Some("请选择数据种类".into()),
        ..intake()
    };
    let batch = BatchPage {
        frame: frame("参保记录", Here::Intake),
        number: "PC-2026-0031".into(),
        kind: "参保记录".into(),
        file_name: "insurance.parquet".into(),
        state: "已生效".into(),
        tone: Tone::Green,
        counts: texts([
            ("文件行数", "5,000,000"),
            ("进库", "4,999,786"),
            ("退回", "214"),
            ("有疑问的单元格", "3,120"),
            ("新增", "41,022"),
            ("变更", "9,110"),
            ("未变", "4,949,654"),
        ]),
        sentence: Some("退回的行不影响其余行生效。".into()),
        reasons: vec![
            ("证件号码".into(), "校验码不对".into(), 3_050),
            ("记录号".into(), "与前面的行重复".into(), 214),
        ],
        can_download: true,
        facts: vec![
            ("批次号".into(), "PC-2026-0031".into(), true),
            ("导入人".into(), "王**".into(), false),
            (
                "SM3".into(),
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0".into(),
                true,
            ),
        ],
        zoned: vec![
            "“宁海县第一厂工会”不再挂在划入片区“西店一片”（专职工作者林**）的上级之下，列入未划片区的工会"
                .into(),
        ],
        zoned_more: None,
        zoned_by: "导入这一批",
        can_undo: true,
    };
    let job = |is_finished| JobPage {
        frame: frame("导入参保记录", Here::Intake),
        crumb: "数据",
        back: "/intake".into(),
        back_label: "数据批次",
        progress: progress(is_finished),
    };
    let runs = RunListPage {
        frame: frame("比对运行", Here::Run),
        summary: "318 次".into(),
        runs: Table {
            heads: vec![
                Head::new("运行"),
                Head::new("数据截至"),
                Head::number("采纳"),
                Head::number("待核"),
                Head::number("发现"),
                Head::new("状态"),
            ],
            rows: vec![vec![
                Cell::new("第 318 次").link("/run/318").note("11-21 02:00 · 系统"),
                Cell::new("2026-11-20"),
                Cell::number(Some(26_110)),
                Cell::number(Some(402)),
                Cell::number(Some(9_902)),
                Cell::new("已完成").tone(Tone::Green).note("用时 48 秒"),
            ]],
            empty: Empty::default(),
        },
        pager: None,
        can_start: true,
        wrong: Some("已有一次比对在运行，请等它结束。".into()),
        as_of: "2026-11-21".into(),
    };
    let finding = |id: &str, label: &str, count, percent| FindingRow {
        id: id.into(),
        label: label.into(),
        version: "4".into(),
        count,
        percent,
        href: "/rule/found-25".into(),
        list_href: Some("/worklist/task?rule=found-25".into()),
    };
    let run = RunPage {
        frame: frame("第 318 次比对", Here::Run),
        label: "第 318 次比对".into(),
        subtitle: "数据截至 2026-11-20".into(),
        state: "已完成".into(),
        tone: Tone::Green,
        failure: None,
        counts: texts([
            ("工会", "27,300"),
            ("单位", "1,500,000"),
            ("采纳", "26,110"),
            ("待核", "402"),
            ("无对应", "788"),
        ]),
        findings: vec![
            finding("found-25", "应建未建（25 人以上）", 2_986, 100),
            finding("join-more", "会员缺口", 1_412, 47),
        ],
        findings_note: "共 4,398 条".into(),
        changes: texts([("新列入", "212"), ("变化", "31"), ("办结", "44"), ("失效", "9")]),
        facts: texts([
            ("开始", "2026-11-21 02:00"),
            ("用时", "48 秒"),
            ("模型", "m-2026-10-01"),
        ]),
        stages: vec![
            ("读取".into(), "6.1 秒".into(), 30),
            ("单位比对".into(), "21.0 秒".into(), 100),
        ],
    };
    vec![
        sample("intake", &intake()),
        sample("intake-empty", &empty),
        sample("batch", &batch),
        sample("job", &job(false)),
        sample("job-done", &job(true)),
        sample("runs", &runs),
        sample("run", &run),
    ]
}
