use super::{Sample, frame, sample};
use crate::pages::membership::view::*;
use crate::ui::{Empty, Here, Pager, UrlQuery};

fn form() -> RevealForm {
    RevealForm {
        action: "/union/U003/member/M1001/reveal".into(),
        back: "/union/U003/member".into(),
        purposes: app::membership::REVEAL_PURPOSES.to_vec(),
        purpose: "其他".into(),
        words: String::new(),
        purpose_wrong: None,
        words_wrong: Some("用途选“其他”时，请写明说明".into()),
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
        rows: vec![
            MemberRow {
                reveal: link(None),
                ..row("邵**", "M1000", "3302**********1X", "有效")
            },
            MemberRow {
                reveal: link(Some(form())),
                ..row("葛**", "M1001", "3302**********21", "15 位旧号，已换算")
            },
            row("娄*", "M1002", "—", "未填身份证号"),
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
    let page = |name: &str, lead: &str, part: String| {
        let view = RevealedPage {
            frame: frame("查看完整号码", Here::UnionOrg),
            union_name: members.union_name.clone(),
            union_href: members.union_href.clone(),
            back: members.path.clone(),
            lead: lead.into(),
            part,
        };
        sample(name, &view)
    };
    let shown = RevealedPart {
        number: "330226199001011234".into(),
        masked: "3302**********34".into(),
    };
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let member = MemberPage {
        frame: frame("会员", Here::UnionOrg),
        name: "葛**".into(),
        key: "M1001".into(),
        union_name: members.union_name.clone(),
        union_href: members.union_href.clone(),
        list_href: members.path.clone(),
        reveal_href: Some("/union/U003/member?reveal=M1001#reveal".into()),
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
    vec![
        sample("member", &member),
        page("reveal-refused", "号码没有显示", form().to_string()),
        page("revealed", "葛** 的证件号码", shown.to_string()),
        sample("members", &members),
    ]
}
