#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

#[test]
fn a_unions_name_tells_its_kind_and_employer() {
    use UnionNameKind::*;
    for (raw, kind, employer) in [
        (
            "宁波永兴服饰有限公司工会委员会",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        ("宁波永兴服饰有限公司工会", Single, Some("宁波永兴服饰有限公司")),
        (
            "宁波永兴服饰有限公司基层工会委员会",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        (
            "宁波永兴服饰有限公司工会（筹）",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        (
            "宁波永兴服饰有限公司工会筹备组",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        (
            "宁波市（海曙）永兴服饰有限公司 工会委员会",
            Single,
            Some("宁波市(海曙)永兴服饰有限公司"),
        ),
        ("腾浩户外工会委员会", Single, Some("腾浩户外")),
        (
            "上海顺风速运有限公司宁波分公司工会",
            Single,
            Some("上海顺风速运有限公司宁波分公司"),
        ),
        (
            "宁海县西店镇宁波永兴服饰有限公司工会委员会",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        (
            "宁海县总工会永兴服饰有限公司工会",
            Single,
            Some("永兴服饰有限公司"),
        ),
        (
            "宁海县永兴服饰有限公司工会",
            Single,
            Some("宁海县永兴服饰有限公司"),
        ),
        ("中国教育工会宁波大学委员会", Single, Some("宁波大学")),
        ("中国教育工会宁海县委员会", Industry, None),
        (
            "庵东镇慈溪市永兴服饰有限公司基层工会委员会",
            Single,
            Some("慈溪市永兴服饰有限公司"),
        ),
        (
            "北仑区新碶街道余姚市永兴服饰有限公司工会",
            Single,
            Some("余姚市永兴服饰有限公司"),
        ),
        ("慈溪市观海卫镇慈溪永兴服饰厂工会", Single, Some("慈溪永兴服饰厂")),
        (
            "余姚市凤山街道永兴酒楼(浙江)有限公司工会",
            Single,
            Some("永兴酒楼(浙江)有限公司"),
        ),
        // A shop is registered under its town's name, and 景德镇 is a city.
        (
            "宁海县西店镇永兴小吃店工会",
            Single,
            Some("宁海县西店镇永兴小吃店"),
        ),
        (
            "景德镇宁波陶瓷有限公司工会",
            Single,
            Some("景德镇宁波陶瓷有限公司"),
        ),
        ("宁海县人民医院工会委员会", Single, Some("宁海县人民医院")),
        ("宁波杜鹃度假村工会委员会", Single, Some("宁波杜鹃度假村")),
        ("宁海县教育局工会委员会", Organ, Some("宁海县教育局")),
        (
            "宁海县西店镇人民政府机关工会",
            Organ,
            Some("宁海县西店镇人民政府机关"),
        ),
        ("中共宁海县委组织部工会", Organ, Some("宁海县委组织部")),
        ("西店镇滨海工业园区工会联合会", Federation, None),
        ("樟树村联合工会", Joint, None),
        ("樟树村联合工会委员会", Joint, None),
        ("樟树村工会委员会", Joint, None),
        ("宁海县快递行业工会联合会", Industry, None),
        ("宁海县建筑行业工会", Industry, None),
        ("宁波市交通运输系统工会委员会", Industry, None),
        ("宁海县总工会", General, None),
        ("西店镇总工会", General, None),
        ("西店镇工会", Joint, None),
        ("宁海县总工会工作委员会", Committee, None),
        ("宁海经济开发区工会工作委员会", Committee, None),
        (
            "宁波永兴集团有限公司工会联合会",
            Federation,
            Some("宁波永兴集团有限公司"),
        ),
        (
            "宁波永兴服饰有限公司联合工会",
            Joint,
            Some("宁波永兴服饰有限公司"),
        ),
        ("", Single, None),
        ("工会", Single, None),
        ("01.永兴服饰有限公司工会", Single, Some("永兴服饰有限公司")),
        ("3、永兴服饰有限公司工会", Single, Some("永兴服饰有限公司")),
        ("360智慧服饰有限公司工会", Single, Some("360智慧服饰有限公司")),
        ("永兴服饰有限公司机关工会", Single, Some("永兴服饰有限公司")),
        (
            "永兴服饰有限公司(宁波)工会",
            Single,
            Some("永兴服饰有限公司(宁波)"),
        ),
        (
            "(海曙)永兴服饰有限公司工会",
            Single,
            Some("(海曙)永兴服饰有限公司"),
        ),
        ("永兴服饰", Single, Some("永兴服饰")),
    ] {
        let found = UnionName::parse(raw);
        assert_eq!((found.kind, found.employer.as_deref()), (kind, employer), "{raw}");
    }
}

#[test]
fn a_union_of_one_employer_may_be_called_joint() {
    use UnionNameKind::{Industry, Joint, Single};
    for (raw, kind, employer) in [
        ("鄞州宏炬汽车部件厂联合工会", Single, Some("鄞州宏炬汽车部件厂")),
        ("腾浩户外工会联合会", Single, Some("腾浩户外")),
        (
            "宁波永兴服饰有限公司联合工会委员会",
            Single,
            Some("宁波永兴服饰有限公司"),
        ),
        ("樟树村联合工会", Joint, None),
        ("宁海县快递行业工会联合会", Industry, None),
        ("联合工会", Joint, None),
    ] {
        let found = UnionName::parse_single(raw);
        assert_eq!((found.kind, found.employer.as_deref()), (kind, employer), "{raw}");
    }
}

#[test]
fn what_is_written_about_a_union_is_no_part_of_its_employer() {
    for end in [
        "工会委员会筹备组",
        "职工工会",
        "职工工会委员会",
        "企业工会",
        "第一届工会委员会",
        "第12届工会委员会",
        "党支部工会",
        "女工委",
        "工会女职工委员会",
        "工会（独立）",
        "工会（本部）",
        "工会委员会（2023年换届）",
        "工会（已合并）",
        "工会。",
        "工会、",
        "工会委员会-1",
        "工会_2",
        "*工会",
        "（工会）工会",
        "?工会",
        " 工会 委员会 ",
        "（工会）",
    ] {
        let raw = format!("宁波永兴服饰有限公司{end}");
        let found = UnionName::parse(&raw);
        assert_eq!(
            (found.kind, found.employer.as_deref()),
            (UnionNameKind::Single, Some("宁波永兴服饰有限公司")),
            "{raw}"
        );
    }
}

proptest! {
    #[test]
    fn the_employer_of_a_company_union_is_the_company(brand in "[永兴腾浩恒达甬江佳和]{2,4}", end in prop::sample::select(vec!["工会", "工会委员会", "基层工会委员会", "工会筹备组"])) {
        let company = format!("宁波{brand}服饰有限公司");
        prop_assert_eq!(UnionName::parse(&format!("{company}{end}")).employer, Some(company));
    }

    #[test]
    fn nothing_makes_the_parser_panic(raw in "[宁海县总工会联合委员村()（）筹]{0,20}|\\PC{0,24}") {
        let _ = UnionName::parse(&raw);
    }
}
