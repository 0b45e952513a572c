use super::{Sample, frame, sample, texts, told};
use crate::pages::list_item::view::*;
use crate::ui::{Empty, Field, Flash, Head, Here, Pager, Select, Tone, UrlQuery};

const LONG: &str = "中国（浙江）自由贸易试验区宁波片区国际供应链管理与跨境电子商务综合服务股份有限公司宁海县西店镇滨海工业园区第二分公司";

fn row(
    name: &str,
    code: &str,
    why: &str,
    insured: &str,
    place: &str,
    owner: &str,
    state: (&str, Tone),
    due: (&str, Tone),
) -> Row {
    Row {
        number: format!("QD-330226-2026-000{}", 400 + name.len()),
        href: "/item/QD-330226-2026-000412".into(),
        name: name.into(),
        code: code.into(),
        cells: vec![
            ListCell {
                is_long: true,
                note: "应建未建 · 证据 3 条".into(),
                ..cell("why", why)
            },
            ListCell {
                label: Some("在保"),
                ..cell("num inline", insured)
            },
            ListCell {
                label: Some("预计会员"),
                ..cell("num inline", insured)
            },
            ListCell {
                note: owner.into(),
                ..cell("pair", place)
            },
            ListCell {
                tone: Some(state.1),
                note: due.0.into(),
                note_tone: Some(due.1),
                ..cell("pair", state.0)
            },
        ],
    }
}

fn cell(class: &'static str, text: &str) -> ListCell {
    ListCell {
        class,
        text: text.into(),
        ..ListCell::default()
    }
}

fn full() -> ListPage {
    let query = UrlQuery::read("/worklist/task", "rule=found-25&page=2&sort=due");
    let select = |name, any, options: Vec<(String, String)>| Select {
        name,
        label: any,
        any,
        value: String::new(),
        options,
    };
    let chip = |label: &str, count, is_on| Chip {
        label: label.into(),
        count,
        href: "/worklist/task?rule=found-25".into(),
        is_on,
    };
    ListPage {
        frame: frame("任务清单", Here::Task),
        path: "/worklist/task".into(),
        summary: "436 项未办结，其中逾期 17 项".into(),
        as_of: "数据截至 2026-11-20 · 第 318 次比对".into(),
        here: query.url(),
        export_href: Some("/worklist/task/export?rule=found-25".into()),
        chips: vec![
            chip("全部", Some(436), false),
            chip("应建未建", Some(212), true),
            chip("会员缺口", Some(148), false),
            chip("换届到期", Some(39), false),
            chip("单位注销", Some(21), false),
            chip("代码缺失", Some(16), false),
            chip("我负责的", None, false),
            chip("已逾期", Some(17), false),
        ],
        saved: vec![SavedChip {
            id: "1".into(),
            label: "西店本月到期 8".into(),
            href: "/worklist/task?town=330226104".into(),
            is_on: false,
        }],
        filter: FilterRow {
            q: String::new(),
            selects: vec![
                select(
                    "town",
                    "全部镇街",
                    texts([("330226104", "西店镇"), ("330226105", "力洋镇")]),
                ),
                select(
                    "state",
                    "全部未办结",
                    texts([("verifying", "核实中"), ("done", "已办结")]),
                ),
                select("owner", "全部承办人", texts([("me", "我负责的")])),
                select("insured_min", "在保人数不限", texts([("25", "在保 ≥ 25 人")])),
            ],
            kept: texts([("rule", "found-25")]),
        },
        heads: vec![
            Head::new("用人单位").sorts(&query, "name"),
            Head::new("为什么在清单上"),
            Head::number("在保").sorts(&query, "insured"),
            Head::number("预计会员"),
            Head::new("镇街 / 承办人"),
            Head::new("状态").sorts(&query, "due"),
        ],
        rows: vec![
            row(
                "宁波腾浩户外用品有限公司",
                "91330226MA2T0TE13C",
                "该单位 2025-10-14 成立，至今满 13 个月；本月在保职工 60 人，登记库中没有找到它的工会，也没有联合工会覆盖它。",
                "60",
                "西店镇",
                "李**",
                ("核实中", Tone::Yellow),
                ("还剩 3 个工作日", Tone::Yellow),
            ),
            row(
                "宁海县力洋精密模具有限公司",
                "91330226MA2K****7H",
                "满 2 年，在保 41 人，未建会",
                "41",
                "力洋镇",
                "陈**",
                ("待接收", Tone::Blue),
                ("还剩 12 个工作日", Tone::Grey),
            ),
            row(
                "宁波明盛橡塑科技有限公司",
                "91330226MA28****1N",
                "缴纳工会筹备金，登记库无工会",
                "128",
                "西店镇",
                "李**",
                ("核实中", Tone::Yellow),
                ("逾期 2 个工作日", Tone::Red),
            ),
            row(
                LONG,
                "92330226MA2J****5P",
                LONG,
                "27",
                "桥头胡街道",
                "未派发",
                ("待派发", Tone::Blue),
                ("还剩 15 个工作日", Tone::Grey),
            ),
            row(
                "宁波甬东汽车部件有限公司宁海分公司",
                "91330226MA2D****6T",
                "分支机构：总公司已建会，是否已覆盖",
                "33",
                "梅林街道",
                "胡**",
                ("办理中", Tone::Yellow),
                ("还剩 6 个工作日", Tone::Grey),
            ),
            row(
                "宁海县长街水产冷链有限公司",
                "—",
                "季节用工，6–9 月在保 22→56 人",
                "—",
                "镇街未知",
                "潘**",
                ("已办结", Tone::Green),
                ("", Tone::Grey),
            ),
        ],
        columns: vec![("why", "为什么在清单上", true), ("county", "区县", false)],
        columns_kept: texts([("rule", "found-25")]),
        columns_usual: "/worklist/task?rule=found-25".into(),
        bulk_acts: vec![("assign", "派发".into()), ("start_verifying", "开始核实".into())],
        bulk_most: 10_000,
        pager: Pager::new(436, &query),
        empty: Empty::default(),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let empty = ListPage {
        rows: vec![],
        summary: "0 项".into(),
        pager: Pager::new(0, &UrlQuery::default()),
        empty: Empty::no_match("/worklist/task"),
        ..full()
    };
    let assigned = ListPage {
        frame: told("任务清单", Here::Task, Flash::good("已派发 12 项给李建国。")),
        bulk_acts: vec![],
        ..full()
    };
    let preview = BulkPage {
        frame: frame("批量派发", Here::Task),
        back: "/worklist/task?rule=found-25".into(),
        is_done: false,
        counts: vec![("已选".into(), 14), ("可以办理".into(), 12), ("不能办理".into(), 2)],
        sentence: "12 项可以派发，每一项都记入经过。".into(),
        over: Some("本视图共 38,211 项，一次最多办理 10,000 项：这一次办理按当前排序的前 10,000 项，其余 28,211 项不动。".into()),
        reasons: vec![("此项已办结，不能再派发".into(), 2)],
        refused: vec![Refused {
            number: "QD-330226-2026-000412".into(),
            name: LONG.into(),
            reason: "此项已办结，不能再派发".into(),
        }],
        unlisted: 1,
        form: Some(BulkForm {
            action: "assign".into(),
            submit: "确认办理 12 项".into(),
            numbers: "QD-330226-2026-000412".into(),
            fields: vec![Field::select(
                "choice",
                "派发给",
                "li",
                texts([("li", "李建国 · 西店镇总工会 · 手上 12 项")]),
            )],
        }),
    };
    vec![
        sample("list", &full()),
        sample("list-empty", &empty),
        sample("list-told", &assigned),
        sample("bulk", &preview),
    ]
}
