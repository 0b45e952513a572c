#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// division | brand | trade | form | branch, as one line.
fn parts(raw: &str) -> String {
    let name = CompanyName::parse(raw);
    let group = if name.is_group { "|集团" } else { "" };
    format!(
        "{}|{}|{}|{}|{}{group}",
        name.division.as_deref().unwrap_or(""),
        name.brand,
        name.trade,
        name.form.as_str(),
        name.branch.as_deref().unwrap_or(""),
    )
}

#[test]
fn names_fall_into_their_parts() {
    for (raw, expected) in [
        ("宁波永兴服饰有限公司", "宁波市|永兴|服饰|有限公司|"),
        ("宁波市永兴服饰有限责任公司", "宁波市|永兴|服饰|有限公司|"),
        ("宁海县永兴五金厂", "宁海县|永兴|五金|厂|"),
        ("宁波市(海曙)永兴服饰有限公司", "海曙区|永兴|服饰|有限公司|"),
        ("永兴(宁波)新材料科技有限公司", "宁波市|永兴|新材料科技|有限公司|"),
        ("永兴服饰有限公司(宁海)", "宁海县|永兴|服饰|有限公司|"),
        (
            "浙江省宁波市宁海县永兴模具股份有限公司",
            "宁海县|永兴|模具|股份有限公司|",
        ),
        ("宁波腾浩户外用品有限公司", "宁波市|腾浩|户外用品|有限公司|"),
        ("腾浩户外", "|腾浩|户外||"),
        (
            "宁海县西店镇腾浩户外用品经营部(个体工商户)",
            "西店镇|腾浩|户外用品|个体工商户|",
        ),
        ("宁波方太厨具有限公司", "宁波市|方太|厨具|有限公司|"),
        ("宁波公牛集团股份有限公司", "宁波市|公牛||股份有限公司||集团"),
        ("雅戈尔集团(宁波)有限公司", "宁波市|雅戈尔集团||有限公司|"),
        ("宁波永兴(集团)有限公司", "宁波市|永兴||有限公司||集团"),
        ("宁波永兴控股集团有限公司", "宁波市|永兴|控股|有限公司||集团"),
        (
            "上海顺风速运有限公司宁波分公司",
            "上海市|顺风速运||有限公司|宁波分公司",
        ),
        (
            "中国平安财产保险股份有限公司宁波分公司宁海支公司",
            "|中国平安|财产保险|股份有限公司|宁波分公司宁海支公司",
        ),
        ("宁波银行宁海支行", "宁波市|宁波|银行||宁海支行"),
        (
            "宁波永兴餐饮有限公司宁海县分店",
            "宁波市|永兴|餐饮|有限公司|宁海分店",
        ),
        ("宁波人力资源服务有限公司", "宁波市|宁波|人力资源服务|有限公司|"),
        ("余姚市正大会计师事务所(普通合伙)", "余姚市|正大|会计师|合伙企业|"),
        (
            "宁波甬江创业投资合伙企业(有限合伙)",
            "宁波市|甬江|创业投资|合伙企业|",
        ),
        ("宁海县长街蛏子养殖专业合作社", "宁海县|长街蛏子|养殖|合作社|"),
        ("慈溪市龙山电器有限公司", "慈溪市|龙山|电器|有限公司|"),
        ("宁海县人民医院", "宁海县|宁海人民|医院|事业单位|"),
        ("宁海县第一职业中学", "宁海县|宁海第一职业|中学|事业单位|"),
        ("宁波大学", "宁波市|宁波|大学|事业单位|"),
        ("宁海县教育局", "宁海县|宁海教育局||机关|"),
        ("宁海县跃龙街道办事处", "宁海县|宁海跃龙街道办事处||机关|"),
        ("宁波市企业家协会", "宁波市|企业家协会||社会团体|"),
        ("宁海县腾浩大酒店", "宁海县|腾浩|大酒店|店|"),
        ("宁波海洋生物科技有限公司", "宁波市|海洋|生物科技|有限公司|"),
        ("宁波永康服饰有限公司", "宁波市|永康|服饰|有限公司|"),
        ("宁波港股份有限公司", "|宁波港||股份有限公司|"),
        (
            "国网浙江省电力有限公司宁海县供电公司",
            "|国网浙江省|电力|有限公司|宁海供电公司",
        ),
        ("浙江省烟草公司宁波市公司", "浙江省|浙江|烟草|公司|宁波公司"),
        ("宁波大榭开发区永兴化工有限公司", "大榭开发区|永兴|化工|有限公司|"),
        ("宁波杭州湾新区大众汽车有限公司", "杭州湾新区|大众|汽车|有限公司|"),
        ("宁波保税区恒达国际贸易有限公司", "保税区|恒达|国际贸易|有限公司|"),
        ("A.O.史密斯(中国)热水器有限公司", "|AO史密斯热水器||有限公司|"),
        (
            "余姚市舜宇光学科技（集团）有限公司",
            "余姚市|舜宇|光学科技|有限公司||集团",
        ),
        (
            "中国邮政集团有限公司宁海县分公司",
            "|中国|邮政|有限公司|宁海分公司|集团",
        ),
        ("海曙区段塘街道方周快餐店", "段塘街道|方周|快餐|店|"),
        ("宁海县西店镇毛记棋牌室", "西店镇|毛记|棋牌室||"),
        ("余姚市恒舟水产摊", "余姚市|恒舟|水产摊||"),
        ("慈溪市福浩理发店", "慈溪市|福浩|理发店|店|"),
        ("鄞州区昊承家电维修部", "鄞州区|昊承|家电|经营部|"),
        (
            "宁波辉盛国际酒店管理有限公司",
            "宁波市|辉盛|国际酒店管理|有限公司|",
        ),
        // Places of the whole country; without a suffix only where a brand is left behind them.
        ("江门市江星电子有限公司", "江门市|江星|电子|有限公司|"),
        ("朝阳县大山苗圃", "朝阳县|大山|苗圃||"),
        ("合肥高新区恒达科技有限公司", "高新区|恒达|科技|有限公司|"),
        ("南通市通州区远硕纺织品有限公司", "通州区|远硕|纺织品|有限公司|"),
        ("廊坊新奥燃气有限公司", "廊坊市|新奥|燃气|有限公司|"),
        ("长春服饰有限公司", "|长春|服饰|有限公司|"),
        ("宁波长春服饰有限公司", "宁波市|长春|服饰|有限公司|"),
        ("云和禄机械有限公司", "|云和禄|机械|有限公司|"),
        ("", "||||"),
    ] {
        assert_eq!(parts(raw), expected, "{raw}");
    }
}

#[test]
fn spellings_of_one_registered_name_meet() {
    let same = [
        "宁波市（海曙）永兴服饰有限公司",
        "宁波市(海曙)永兴服饰有限公司",
        "宁波市 ( 海曙 ) 永兴服饰有限公司",
        "宁波市【海曙】永兴服饰有限责任公司",
        "寧波市（海曙）永興服飾有限公司",
        "浙江省宁波市（海曙区）永兴服饰有限公司",
        "宁波（海曙）永兴服饰有限公司",
        "宁波市（海曙）永兴·服饰有限公司",
        "“宁波市（海曙）永兴服饰有限公司”",
    ];
    let key = CompanyName::parse(same[0]).normal_key();
    for raw in same {
        assert_eq!(
            CompanyName::parse(raw).normal_key(),
            key,
            "{raw}: {}",
            CompanyName::parse(raw).normal()
        );
    }
    for (one, other) in [
        ("宁波永兴服饰有限公司", "宁波市永兴服饰有限责任公司"),
        ("宁波永兴集团有限公司", "宁波永兴（集团）有限公司"),
        ("宁海县第1人民医院", "宁海县第一人民医院"),
        ("永兴服饰有限公司(宁海)", "永兴服饰（宁海）有限公司"),
        (
            "宁波永兴服饰有限公司宁海县分公司",
            "宁波永兴服饰有限公司宁海分公司",
        ),
        ("宁海县腾浩五金经营部(个体工商户)", "宁海县腾浩五金经营部"),
        ("宁海县永兴服饰有限公司", "浙江省宁波市宁海县永兴服饰有限公司"),
        ("宁波永兴服饰有限公司(已注销)", "宁波永兴服饰有限公司"),
    ] {
        assert_eq!(
            CompanyName::parse(one).normal(),
            CompanyName::parse(other).normal(),
            "{one} {other}"
        );
    }
}

#[test]
fn different_names_do_not_meet() {
    for (one, other) in [
        ("宁波永兴服饰有限公司", "宁海永兴服饰有限公司"),
        ("宁波永兴服饰有限公司", "宁波永兴服装有限公司"),
        ("宁波永兴服饰有限公司", "宁波永兴服饰股份有限公司"),
        ("宁波永兴服饰有限公司", "宁波永兴服饰厂"),
        ("宁波永兴服饰有限公司", "宁波永兴服饰有限公司宁海分公司"),
        ("宁波永兴有限公司", "宁波永兴集团有限公司"),
        ("永兴(宁波)服饰有限公司", "宁波永兴服饰有限公司"),
        ("宁海县教育局", "象山县教育局"),
    ] {
        assert_ne!(
            CompanyName::parse(one).normal_key(),
            CompanyName::parse(other).normal_key(),
            "{one} {other}"
        );
    }
}

#[test]
fn the_core_finds_a_name_used_loosely() {
    for (short, full) in [
        ("腾浩户外", "宁波腾浩户外有限公司"),
        ("永兴服饰", "宁波市(海曙)永兴服饰有限公司"),
        ("永兴服饰公司", "宁海县永兴服饰有限责任公司"),
    ] {
        assert_eq!(
            CompanyName::parse(short).core_key(),
            CompanyName::parse(full).core_key(),
            "{short}"
        );
    }
    assert_ne!(
        CompanyName::parse("宁波银行").core(),
        CompanyName::parse("杭州银行").core()
    );
    assert_ne!(
        CompanyName::parse("宁海县人民医院").core(),
        CompanyName::parse("象山县人民医院").core()
    );
}

#[test]
fn a_branch_leads_to_its_parent() {
    for (branch, parent) in [
        ("上海顺风速运有限公司宁波分公司", "上海顺风速运有限公司"),
        ("宁波永兴餐饮有限公司（宁海分店）", "宁波永兴餐饮有限公司"),
        ("宁波永兴股份有限公司第二分厂", "宁波永兴股份有限公司"),
        ("宁波银行宁海支行", "宁波银行"),
    ] {
        let found = CompanyName::parse(branch).parent_name().unwrap();
        assert_eq!(
            CompanyName::parse(&found).normal(),
            CompanyName::parse(parent).normal(),
            "{branch}"
        );
    }
    for raw in [
        "宁波永兴餐饮有限公司",
        "宁海县跃龙街道办事处",
        "永兴五金店",
        "余姚市正大会计师事务所(普通合伙)",
    ] {
        assert_eq!(CompanyName::parse(raw).parent_name(), None, "{raw}");
    }
}

#[test]
fn dispatch_agencies_give_themselves_away() {
    for raw in [
        "宁波甬才人力资源有限公司",
        "宁海县恒达劳务派遣有限公司",
        "宁波市江北众诚企业服务外包有限公司",
    ] {
        assert!(CompanyName::is_dispatch(raw), "{raw}");
    }
    assert!(!CompanyName::is_dispatch("宁波永兴服饰有限公司"));
}

proptest! {
    #[test]
    fn the_normal_form_is_a_fixed_point_of_width_and_blanks(
        place in prop::sample::select(vec!["宁波", "宁波市", "宁海县", "浙江省宁波市", "余姚", ""]),
        brand in "[永兴腾浩恒达甬江佳和]{2,3}",
        trade in prop::sample::select(vec!["服饰", "五金", "新材料科技", "餐饮管理", ""]),
        form in prop::sample::select(vec!["有限公司", "有限责任公司", "股份有限公司", "厂"]),
    ) {
        let name = format!("{place}{brand}{trade}{form}");
        let spaced: String = name.chars().flat_map(|c| [c, ' ']).collect();
        prop_assert_eq!(CompanyName::parse(&name).normal(), CompanyName::parse(&spaced).normal());
        let normal = CompanyName::parse(&name).normal();
        prop_assert_eq!(CompanyName::parse(&normal).normal(), normal);
    }

    #[test]
    fn nothing_makes_the_parser_panic(raw in "[宁波海县永兴服饰(（）)有限公司集团分店厂第1·勞务派遣人力资源外包]{0,24}|\\PC{0,24}") {
        let name = CompanyName::parse(&raw);
        let _ = (name.core_key(), name.normal_key(), name.parent_name());
        prop_assert_eq!(CompanyName::is_dispatch(&raw), name.looks_like_dispatch());
    }
}
