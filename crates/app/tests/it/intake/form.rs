//! The two national collection forms, as the dictionary describes them, in and through.

use domain::dictionary::{Dictionary, Element};
use serde_json::{Map, Value};

use super::*;

/// A file of one row: every element's example under its Chinese or English head.
fn of_examples(kind: Kind, head: fn(&Element) -> &str, changed: &[(&str, &str)]) -> String {
    let elements = Dictionary::shipped().of(kind);
    let heads: Vec<&str> = elements.iter().map(head).collect();
    let cells: Vec<&str> = elements
        .iter()
        .map(|element| {
            let other = changed.iter().find(|(name, _)| *name == element.name);
            other.map_or(element.example.as_str(), |(_, cell)| cell)
        })
        .collect();
    format!("{}\n{}\n", heads.join(","), cells.join(","))
}

/// The union above and the industry union that the examples name.
fn others() -> String {
    let example = |name: &str| &Dictionary::shipped().element(Kind::Unions, name).unwrap().example;
    format!(
        "union_id,union_name,union_type\n{},{},总工会\n{},宁海县文具行业工会,产业工会\n",
        example("parent_id"),
        example("parent_name"),
        example("industry_parent_id"),
    )
}

async fn take_examples(test: &TestApp) {
    take(test, Kind::Unions, &others()).await;
    for kind in [Kind::Unions, Kind::Members] {
        let report = take(test, kind, &of_examples(kind, |element| &element.zh, &[])).await;
        assert_eq!(
            (report.accepted, report.doubtful, report.rejected),
            (1, 0, 0),
            "{:?}",
            report.reasons
        );
    }
}

fn object(text: &Option<String>) -> Map<String, Value> {
    serde_json::from_str(text.as_deref().unwrap_or("{}")).unwrap()
}

both_engines! {
    async fn every_element_of_both_forms_comes_back_as_it_was_given(database: Database) {
        let test = TestApp::on(database).await;
        take_examples(&test).await;
        let (unions, _, members) = state(&test).await;
        let union = unions.iter().find(|row| row.union_id == "U000001").unwrap();
        for (kind, kept) in [(Kind::Unions, object(&union.extra)), (Kind::Members, object(&members[0].extra))] {
            let mut expected = Map::new();
            for element in intake::form::elements(kind) {
                let read = Dictionary::shipped().read(element, &element.example, test.system().today());
                expected.insert(element.name.clone(), read.unwrap().unwrap().into());
            }
            assert_eq!(kept, expected, "{}", kind.name());
        }
        // The others have columns of their own.
        assert_eq!(union.chair.as_deref(), Some("李建国"));
        assert_eq!((union.county, union.industry_section.as_deref()), (Some(330_226), Some("C")));
        assert_eq!((union.union_type.as_str(), union.declared_members), ("single", Some(110)));
        assert!(union.phone_sealed.is_some() && members[0].id_sealed.is_some() && members[0].phone_sealed.is_some());
    }

    async fn english_heads_say_the_same(database: Database) {
        let test = TestApp::on(database).await;
        take_examples(&test).await;
        let before = state(&test).await;
        for kind in [Kind::Unions, Kind::Members] {
            let report = take(&test, kind, &of_examples(kind, |element| &element.name, &[])).await;
            assert_eq!((report.created, report.updated, report.unchanged), (0, 0, 1), "{}", kind.name());
        }
        assert_eq!(state(&test).await, before);
    }

    async fn a_retired_code_of_a_county_leads_to_the_one_of_today(database: Database) {
        let test = TestApp::on(database).await;
        let text = "union_id,union_name,county,industry_section\nU1,甲厂工会,330204,其它\nU2,乙厂工会,330283,其他\nU3,丙厂工会,330299,Z\n";
        let report = take(&test, Kind::Unions, text).await;
        let unions = state(&test).await.0;
        let of = |key: &str| unions.iter().find(|row| row.union_id == key).unwrap();
        // 江东区 went into 鄞州区, 奉化市 became 奉化区 (2016).
        assert_eq!((of("U1").county, of("U2").county, of("U3").county), (Some(330_212), Some(330_213), None));
        assert_eq!(of("U1").industry_section.as_deref(), Some("其它"), "the form's own answer");
        assert_eq!(of("U2").industry_section.as_deref(), Some("其它"));
        assert_eq!(report.doubtful, 1, "{report:?}");
        let told = rejects(&test, report.batch_no).await;
        assert!(told.iter().any(|row| row[2].contains("不是已知的区县") && row[2].contains("写“其它”")), "{told:?}");
    }

    async fn what_breaks_a_rule_is_told_with_row_and_field_and_nothing_is_guessed(database: Database) {
        let test = TestApp::on(database).await;
        take_examples(&test).await;
        let wrong = [
            ("education", "有限公司"),
            ("sex", "男"),
            ("birth_date", "1991-01-01"),
            ("is_migrant", "也许"),
            ("event_date", "2001-05-01"),
            ("join_date", "2005-12-31"),
            ("ethnicity", "汉"),
        ];
        let report = take(&test, Kind::Members, &of_examples(Kind::Members, |element| &element.zh, &wrong)).await;
        assert_eq!((report.accepted, report.doubtful), (1, 1));
        let told = rejects(&test, report.batch_no).await;
        let reasons = &told.iter().find(|row| row[1] == "2").unwrap()[2];
        for words in [
            "学历：不在“学历”代码表中，应为：博士、硕士、本科",
            "性别：与身份证号码不一致，以证件为准",
            "出生日期：与身份证号码不一致，以证件为准",
            "是否农民工会员：应填“是”或“否”",
            "会籍变化日期：会籍变化时未满 16 周岁",
            "入会日期：入会时未满 16 周岁",
        ] {
            assert!(reasons.contains(words), "{words} in {reasons}");
        }
        let member = state(&test).await.2.remove(0);
        let kept = object(&member.extra);
        for (name, _) in &wrong[..5] {
            assert!(!kept.contains_key(*name), "{name} is unknown now");
        }
        assert_eq!((&kept["ethnicity"], member.joined_on), (&"汉族".into(), None));
        let unread = object(&member.unread);
        assert_eq!(unread["education"]["raw"], "有限公司");
    }

    async fn a_union_hangs_under_the_one_it_names_where_only_one_bears_the_name(database: Database) {
        let test = TestApp::on(database).await;
        let head = "union_id,union_name,union_type,county,上级工会名称\n";
        let file = format!(
            "{head}G1,宁波市总工会,总工会,,\nG2,宁海县总工会,总工会,宁海县,宁波市总工会\n\
             F1,滨海工会联合会,工会联合会,宁海县,宁海县总工会\nF2,滨海工会联合会,工会联合会,宁海县,宁海县总工会\n\
             A,甲厂工会,独立基层工会,宁海县,滨海工会联合会\nB,乙厂工会,独立基层工会,宁海县,没有的工会\n"
        );
        let report = take(&test, Kind::Unions, &file).await;
        assert_eq!((report.accepted, report.doubtful), (6, 2));
        let told = rejects(&test, report.batch_no).await;
        let reason = |number: &str| told.iter().find(|row| row[1] == number).unwrap()[2].clone();
        assert!(reason("6").contains("上级工会名称：台账中有 2 家工会叫这个名称，请填写上级工会标识"), "{}", reason("6"));
        assert!(reason("7").contains("上级工会名称：台账中没有这个名称的工会"), "{}", reason("7"));
        let parent = |rows: &[UnionRow], id: &str| rows.iter().find(|row| row.union_id == id).unwrap().parent_id.clone();
        let rows = state(&test).await.0;
        assert_eq!(parent(&rows, "G2").as_deref(), Some("G1"));
        assert_eq!(parent(&rows, "F1").as_deref(), Some("G2"));
        assert_eq!((parent(&rows, "A"), parent(&rows, "B")), (None, None));

        // The same again changes nothing, and a small delta finds a union that it does not bring.
        let again = take(&test, Kind::Unions, &file.replace('\n', "\r\n")).await;
        assert_eq!((again.created, again.updated), (0, 0));
        take(&test, Kind::Unions, "op,union_id,union_name,union_type,county,上级工会名称\nI,C,丙厂工会,独立基层工会,宁海县,宁海县总工会\n").await;
        assert_eq!(parent(&state(&test).await.0, "C").as_deref(), Some("G2"));
    }

    async fn a_template_fits_its_import_and_its_sample_is_no_member(database: Database) {
        let test = TestApp::on(database).await;
        for kind in Kind::ALL {
            let file = intake::template::workbook(&test.system(), kind).unwrap();
            let path = put(&test, "template.xlsx", file.bytes);
            let report = import_file(&test.system(), &test.app, kind, &path, &file.file_name, unwatched()).await.unwrap();
            assert_eq!((report.state, report.rows, report.rejected), (BatchState::Applied, 0, 0), "{}", kind.name());
        }
    }

    async fn a_delta_changes_the_elements_it_has_and_no_other(database: Database) {
        let test = TestApp::on(database).await;
        take_examples(&test).await;
        let (unions, _, members) = state(&test).await;
        let union = unions.into_iter().find(|row| row.union_id == "U000001").unwrap();
        take(&test, Kind::Members, "op,member_id,学历,政治面貌\nU,M0000001,硕士,【清空】\n").await;
        take(&test, Kind::Unions, "op,union_id,union_name,职工人数\nU,U000001,宁海县晨光文具有限公司工会委员会,121\n").await;
        let (now_unions, _, now_members) = state(&test).await;
        let mut expected = object(&members[0].extra);
        expected.insert("education".into(), "硕士".into());
        expected.remove("political_status");
        assert_eq!(object(&now_members[0].extra), expected, "the agreed mark makes the value unknown");
        let mut expected = object(&union.extra);
        expected.insert("employee_count".into(), "121".into());
        let now = now_unions.into_iter().find(|row| row.union_id == "U000001").unwrap();
        assert_eq!(object(&now.extra), expected);
        assert_eq!((now.chair, now.parent_id), (union.chair, union.parent_id));
    }
}
