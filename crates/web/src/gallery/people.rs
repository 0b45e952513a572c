use app::contact::ContactLine;
use domain::consent::BY_LAW;
use domain::dictionary::Act;

use super::{Sample, frame, sample, texts};
use crate::pages::consent::view::*;
use crate::pages::contact::view::ShownPage;
use crate::pages::membership::view::*;
use crate::pages::myself::view::{OwnDataPage, OwnDoorPage};
use crate::ui::{Cell, ContactPart, Empty, Field, Head, Here, Pager, Select, Table, Tone, UrlQuery};

fn form() -> RevealForm {
    RevealForm {
        action: "/union/U003/member/M1001/reveal".into(),
        back: "/union/U003/member".into(),
        purposes: app::membership::REVEAL_PURPOSES.to_vec(),
        purpose: "其他".into(),
        words: String::new(),
        purpose_wrong: None,
        words_wrong: Some("用途选“其他”时，请写明说明".into()),
        what_wrong: None,
        has_number: true,
        shown: None,
    }
}

fn row(name: &str, key: &str, number: &str, status: &str) -> MemberRow {
    MemberRow {
        name: name.into(),
        key: key.into(),
        number: number.into(),
        status: status.into(),
        is_unreadable: number == "无法解密",
        phone: "138****5678".into(),
        standing: "在籍",
        tone: Tone::Green,
        group: "外卖配送员".into(),
        joined: "2025-03-21".into(),
        href: format!("/union/U003/member/{key}"),
        reveal: None,
    }
}

fn link(form: Option<RevealForm>) -> Option<RevealLink> {
    let href = "/union/U003/member?reveal=M1001#reveal".into();
    Some(RevealLink { href, form })
}

pub(super) fn samples() -> Vec<Sample> {
    let members = MembersPage {
        frame: frame("会员", Here::UnionOrg),
        union_name: "宁海县腾浩服饰有限公司工会委员会".into(),
        union_href: "/union/U003".into(),
        export_href: Some("/export/members?union=U101".into()),
        path: "/union/U003/member".into(),
        summary: "宁海县腾浩服饰有限公司工会委员会 · 31 人".into(),
        q: String::new(),
        selects: vec![Select {
            name: "state",
            label: "会籍状态",
            any: "会籍状态",
            value: String::new(),
            options: vec![("retained".into(), "保留会籍".into())],
        }],
        join_href: Some("/union/U003/join".into()),
        rows: vec![
            MemberRow {
                reveal: link(None),
                ..row("邵**", "M1000", "3302**********1X", "有效")
            },
            MemberRow {
                reveal: link(Some(form())),
                ..row("葛**", "M1001", "3302**********21", "15 位旧号，已换算")
            },
            row("娄*", "M1002", "—", "未填证件号码"),
            row(
                "叶**",
                "M1003",
                "无法解密",
                "密文被改动过，或主密钥不对，请联系系统管理员",
            ),
        ],
        can_reveal: true,
        empty: Empty::default(),
        pager: Pager::new(31, &UrlQuery::read("/union/U003/member", "")),
    };
    let refused = RevealPage {
        frame: frame("查看完整内容", Here::UnionOrg),
        union_name: members.union_name.clone(),
        union_href: members.union_href.clone(),
        back: members.path.clone(),
        lead: "内容没有显示".into(),
        form: form(),
    };
    let shown = ShownPage {
        frame: frame("查看完整内容", Here::UnionOrg),
        part: ContactPart {
            lines: vec![
                ContactLine {
                    label: "姓名",
                    value: "葛小明".into(),
                    masked: "葛**".into(),
                    dial: None,
                    barred: Some("由市总干部、区县干部查看明文".into()),
                    element: "name",
                },
                ContactLine {
                    label: "移动电话",
                    value: "13800001234".into(),
                    masked: "138****234".into(),
                    dial: Some("13800001234".into()),
                    barred: None,
                    element: "phone",
                },
            ],
        },
        back: members.path.clone(),
        seconds: 30,
    };
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let consents = || {
        vec![
            ConsentRow {
                code: "C01",
                label: "服务通知",
                word: "已同意",
                tone: Tone::Green,
                detail: "2026-08-03 书面同意第 1 版告知书，王**登记".into(),
                can_give: false,
                can_withdraw: true,
                can_refuse: false,
            },
            ConsentRow {
                code: "C03",
                label: "向普惠合作单位提供联系方式",
                word: "没有同意",
                tone: Tone::Grey,
                detail: String::new(),
                can_give: true,
                can_withdraw: false,
                can_refuse: true,
            },
        ]
    };
    let consent = ConsentCard {
        rows: consents(),
        by_law: "会籍管理和接转、建会、换届和走访".into(),
        why_by_law: BY_LAW,
        notice: Some(NoticeShown {
            no: 1,
            words: "现行告知书第 1 版，2026-08-03 起".into(),
        }),
        action: Some("/union/U101/member/M1/consent".into()),
        day: Field::text("on", "日期", "2026-08-03").kind("date"),
        way: Field::select("way", "方式", "paper", texts([("paper", "书面")])),
    };
    let notice = NoticePage {
        frame: frame("告知书", Here::Notice),
        rows: vec![NoticeRow {
            no: 1,
            state: "现行",
            tone: Tone::Green,
            about: "2026-08-03 起；2026-08-03 09:12 周明发布".into(),
            paragraphs: vec!["宁波市总工会处理会员的姓名、联系电话，用于下列用途。".into()],
        }],
        can_publish: true,
        is_first: false,
        wrong: None,
        text: Field::text("text", "告知书全文", "").kind("textarea").wide(),
        day: Field::text("in_force_on", "从哪天起生效", "2026-08-03").kind("date"),
        asks_anew: true,
    };
    let member = MemberPage {
        consent,
        frame: frame("会员", Here::UnionOrg),
        name: "葛**".into(),
        key: "M1001".into(),
        union_name: members.union_name.clone(),
        union_href: members.union_href.clone(),
        list_href: members.path.clone(),
        reveal_href: Some("/union/U003/member?reveal=M1001#reveal".into()),
        sheet_href: Some("/export/members?format=sheet&key=M1001".into()),
        state: "在籍",
        tone: Tone::Green,
        ways: vec![("/union/U003/member/M1001/change?kind=retain".into(), "保留会籍")],
        pass_action: Some("/union/U003/member/M1001/pass".into()),
        pending: vec![(
            "/member/request/1".into(),
            "会籍接转，2026-11-22 09:12 提出，待确认".into(),
        )],
        events: vec![
            (
                "会籍接转".into(),
                "2026-06-01 · 王丽华 2026-06-02 10:00 登记".into(),
                "甲公司工会 → 乙公司工会；原因：劳动（工作）关系发生变化".into(),
            ),
            ("入会".into(), "2025-03-21 · 登记资料".into(), String::new()),
        ],
        merges: vec![(
            "/member/merge/1/undo".into(),
            "2026-11-22 王** 合并了同一人的另一会籍".into(),
        )],
        facts: vec![
            fact("证件号码", "3302**********21（15 位旧号，已换算）"),
            fact("移动电话", "138****5678"),
            fact("入会日期", "2025-03-21"),
            fact("学历", "大专"),
            fact("来源", "导入，第 4 批"),
        ],
        unread: vec![(
            "性别".into(),
            "女".into(),
            "与身份证号码不一致，以证件为准".into(),
        )],
        seen: Some(vec![(
            "王丽华 查看敏感信息".into(),
            "2026-11-22 09:12".into(),
            "更正登记错误".into(),
        )]),
    };
    let asks = AskPage {
        picker: None,
        frame: frame("除名", Here::MemberRequest),
        about: "葛** · 宁海县腾浩服饰有限公司工会委员会".into(),
        crumbs: vec![("/union".into(), "工会组织".into())],
        rule: "除名由基层委员会决定，并报上一级工会备案。".into(),
        action: "/union/U003/member/M1001/change".into(),
        hidden: vec![("kind", "expel".into())],
        wrong: Some("没有办理，请改正后再提交".into()),
        fields: vec![
            Field::text("happened_on", "生效日期", "2026-11-22").kind("date"),
            Field::text("decision_no", "决定的文号", "").errors(&[(
                "decision_no".to_owned(),
                "除名须填写基层委员会决定的文号".to_owned(),
            )]),
        ],
        second: Some(("asks_transfer", "申请转入")),
        submit: "下一步：核对",
        back: "/union/U003/member/M1001".into(),
    };
    let request = RequestPage {
        frame: frame("更正资料", Here::MemberRequest),
        name: "葛**".into(),
        state: "待确认",
        tone: Tone::Blue,
        member_href: Some("/union/U003/member/M1001".into()),
        facts: vec![("办理事项", "更正资料".into()), ("说明", "按毕业证".into())],
        has_before: true,
        content: vec![("学历".into(), "大专".into(), "本科".into())],
        action: "/member/request/1".into(),
        may_answer: true,
        may_recall: true,
        waits_for: "镇街以上工会确认",
        accept: "确认办理",
        is_pending: true,
        words: Field::of(Act::AnswerRequest, "words", "").kind("textarea"),
        wrong: None,
    };
    let side = |key: &str| PairSide {
        id: key.into(),
        name: "葛**".into(),
        key: key.into(),
        href: format!("/union/U003/member/{key}"),
        union: "宁海县腾浩服饰有限公司工会委员会".into(),
        number: "3302**********21".into(),
        status: "有效",
        state: "在籍",
        joined: "2025-03-21".into(),
    };
    let duplicates = DuplicatesPage {
        frame: frame("重复会员", Here::Duplicate),
        classes: vec![("/member/duplicate".into(), "证件号码相同", true)],
        rows: vec![
            DuplicateRow {
                why: "证件号码相同",
                sides: vec![Some(side("M1001")), Some(side("M2001"))],
                href: Some("/member/duplicate/1/2".into()),
            },
            DuplicateRow {
                why: "证件号码相同，姓名不同",
                sides: vec![Some(side("M1002")), None],
                href: None,
            },
        ],
        previous: None,
        following: Some("/member/duplicate?page=2".into()),
    };
    let field = |name: &str, label: &str, left: &str, right: &str| PairField {
        name: name.into(),
        label: label.into(),
        left: left.into(),
        right: right.into(),
        is_same: left == right,
        barred: (name == "id_no").then(|| "由市总干部、区县干部修改".to_owned()),
    };
    let pair = PairPage {
        frame: frame("核对重复会员", Here::Duplicate),
        action: "/member/duplicate/1/2".into(),
        left: side("M1001"),
        right: side("M2001"),
        differing: vec![field("phone", "移动电话", "138****5678", "139****0005")],
        same: vec![field("name", "姓名", "葛**", "葛**")],
        is_across: true,
        may_merge: true,
        wrong: None,
    };
    let suggestions = SuggestionsPage {
        frame: frame("接转建议", Here::MemberRequest),
        summary: "待办 1 人".into(),
        classes: vec![("/member/suggestion".into(), "待办", true)],
        rows: vec![SuggestionRow {
            name: "葛**".into(),
            key: "M1001".into(),
            href: "/union/U003/member/M1001".into(),
            from: "宁海县腾浩服饰有限公司工会委员会".into(),
            to: "宁海双林模具有限公司工会委员会".into(),
            why: "在宁海双林模具有限公司参保，2026-03-01 起；证件号码和姓名相同".into(),
            action: "/member/suggestion/1".into(),
            refused: None,
        }],
        may_answer: true,
        may_find: true,
        wrong: None,
        pager: Pager::new(1, &UrlQuery::read("/member/suggestion", "")),
    };
    let pass = PassPage {
        frame: frame("本人查询码", Here::MemberRequest),
        crumbs: vec![("/union".into(), "工会组织".into())],
        name: "葛**".into(),
        code: "ab2c-d3ef-gh4j-k5mn-p6qr".into(),
        until: "2026-11-29 09:12".into(),
        back: "/union/U003/member/M1001".into(),
    };
    let retention = RetentionPage {
        frame: frame("到期匿名化", Here::MemberRequest),
        summary: "1 个会籍".into(),
        rule: "会籍终止满 10 年的，不能恢复。".into(),
        until: "2016-08-03".into(),
        total: 1,
        summary_total: "1".into(),
        table: Table {
            heads: ["会员标识", "会籍"].map(Head::new).into(),
            rows: vec![vec![Cell::new("M1001"), Cell::new("已退会")]],
            empty: Empty::default(),
        },
        holds: vec![(
            "00000000-0000-0000-0000-000000000001".into(),
            "M0999".into(),
            "宁波甲乙机械有限公司工会".into(),
            "（2026）浙0226民初123号".into(),
            "王** 2026-08-03 09:00".into(),
        )],
        held: "1".into(),
        fields: vec![
            Field::text("member_id", "会员标识", ""),
            Field::text("reason", "原因", ""),
        ],
        wrong: None,
        pager: Pager::new(1, &UrlQuery::read("/member/retention", "")),
    };
    let closing = ClosingPage {
        frame: frame("注销申请", Here::MemberRequest),
        summary: "待答复 1 项".into(),
        is_done: false,
        rows: vec![ClosingRow {
            id: "00000000-0000-0000-0000-000000000002".into(),
            member_id: "M1001".into(),
            href: "/union/U003/member/M1001".into(),
            union_name: "宁波甲乙机械有限公司工会".into(),
            words: "已经离开本地".into(),
            asked: "2026-08-03 09:00".into(),
            clock: "2026-08-18 前答复，还有 3 天".into(),
            tone: Tone::Yellow,
            answer: None,
            fields: ["decided_on", "words"]
                .map(|name| Field::of(Act::AnswerClosing, name, "").of_row("2"))
                .into(),
        }],
        wrong: None,
        pager: Pager::new(1, &UrlQuery::read("/member/closing", "")),
    };
    let door = OwnDoorPage {
        title: "会员本人查询".into(),
        wrong: Some("查询码或证件号码后六位不对，或查询码已失效".into()),
    };
    let own = OwnDataPage {
        closing: Some("2026-08-03 09:00 已申请注销，工会应于 2026-08-18 前答复".into()),
        may_close: false,
        close_words: Field::of(Act::AskClosing, "words", "").of_row("close"),
        close_days: 15,
        consents: consents(),
        by_law: "会籍管理和接转、建会、换届和走访".into(),
        why_by_law: BY_LAW,
        notice: Some((
            NoticeShown {
                no: 1,
                words: "告知书第 1 版，2026-08-03 起".into(),
            },
            vec!["随时可以撤回。".into()],
        )),
        title: "我的会员资料".into(),
        code: "ab2c-d3ef-gh4j-k5mn-p6qr".into(),
        tail: "011234".into(),
        member_id: "M1001".into(),
        union_name: "宁海县腾浩服饰有限公司工会委员会".into(),
        state: "在籍",
        until: "2026-11-29 09:12".into(),
        values: vec![("姓名", "葛秀英".into()), ("学历", "没有登记".into())],
        events: vec![("入会".into(), "2025-03-21".into(), String::new())],
        seen: vec![(
            "王** 查看会员资料".into(),
            "2026-11-22 09:12".into(),
            String::new(),
        )],
        pending: Vec::new(),
        told: None,
        wrong: None,
        is_open: true,
        fields: vec![Field::text("words", "更正的依据", "")],
    };
    vec![
        sample("pass", &pass),
        sample("retention", &retention),
        sample("closing", &closing),
        sample("notice", &notice),
        sample("own-door", &door),
        sample("own", &own),
        sample("suggestions", &suggestions),
        sample("member-ask", &asks),
        sample("member-request", &request),
        sample("duplicates", &duplicates),
        sample("pair", &pair),
        sample("member", &member),
        sample("reveal-refused", &refused),
        sample("revealed", &shown),
        sample("members", &members),
    ]
}
