//! What cells mean: two columns of one element, words for nothing, days that stand for none, and the same said again.

use super::*;

fn unread(row: Option<&str>) -> serde_json::Value {
    serde_json::from_str(row.unwrap_or("{}")).unwrap()
}

/// A member's phone in plain.
fn phone(test: &TestApp, row: &MemberRow) -> Option<String> {
    let sealed = row.phone_sealed.as_ref()?;
    let keys = &test.app.keys;
    Some(keys.open("member", "phone", row.id.as_bytes(), sealed).unwrap())
}

both_engines! {
    async fn an_empty_column_does_not_hide_the_filled_one_of_the_same_element(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let file = "会员标识,工会标识,姓名,移动电话,手机号,身份证号,证件号码\n\
            N1,U1,甲某,,13900000002,330226196704010011,\n\
            N2,U1,乙某,13900000003,139 0000 0003,,\n\
            N3,U1,丙某,13900000004,13900000005,,\n";
        let report = take(&test, Kind::Members, file).await;
        assert_eq!((report.created, report.doubtful, report.rejected), (3, 1, 0), "{:?}", report.reasons);
        let (_, _, members) = state(&test).await;
        let of = |key: &str| members.iter().find(|row| row.member_id == key).unwrap();
        assert_eq!(phone(&test, of("N1")).as_deref(), Some("13900000002"));
        assert!(of("N1").id_token.is_some());
        assert_eq!(phone(&test, of("N2")).as_deref(), Some("13900000003"));
        // Neither is taken for the phone; both are kept as they were written.
        assert_eq!(phone(&test, of("N3")).as_deref(), Some("13900000004 / 13900000005"));
        let told = unread(of("N3").unread.as_deref());
        let reason = told["phone"]["reason"].as_str().unwrap();
        assert!(reason.contains("“移动电话”、“手机号”"), "{reason}");
        let back = rejects(&test, report.batch_no).await;
        assert!(back.iter().any(|row| row[1] == "4" && row[2].contains("移动电话：“移动电话”、“手机号”")), "{back:?}");

        // A delta hears the filled one as well.
        let delta = "工会标识,联系电话,电话,操作\nU1,,13900000009,U\n";
        let report = take(&test, Kind::Unions, delta).await;
        assert_eq!((report.updated, report.unchanged), (1, 0));
    }

    async fn a_word_for_nothing_is_no_name_and_no_address(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let file = "union_id,union_name,employer_name,chair,employer_legal_rep,address,county,declared_members,union_type,parent_id\n\
            W1,宁海县某某电器有限公司工会委员会,不详,无,未知,——,不详,-,独立基层工会,G3\n\
            W2,宁海县某某五金有限公司工会委员会,NULL,NULL,None,N/A,/,不详,独立基层工会,G3\n";
        let report = take(&test, Kind::Unions, file).await;
        assert_eq!((report.created, report.doubtful), (2, 0), "{:?}", report.reasons);
        let (unions, _, _) = state(&test).await;
        for row in unions.iter().filter(|row| row.union_id.starts_with('W')) {
            assert_eq!((&row.chair, &row.employer_legal_rep, &row.address), (&None, &None, &None), "{}", row.union_id);
            assert_eq!(row.declared_members, None);
            assert!(row.employer_name.as_deref().is_some_and(|name| name.starts_with("宁海县某某")), "{:?}", row.employer_name);
        }
        // In a delta it is as good as an empty cell: what is known stays.
        let delta = "union_id,phone,declared_members,op\nU1,不详,—,U\n";
        let report = take(&test, Kind::Unions, delta).await;
        assert_eq!((report.unchanged, report.updated), (1, 0));

        let members = "member_id,union_id,name\nN1,U1,不详\nN2,U1,Null\n";
        take(&test, Kind::Members, members).await;
        let (_, _, members) = state(&test).await;
        let name = |key: &str| members.iter().find(|row| row.member_id == key).unwrap().shown_name().to_owned();
        assert_eq!((name("N1").as_str(), name("N2").as_str()), ("", "Null"));
    }

    async fn a_cover_ends_on_a_real_day_or_not_at_all(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let file = "union_id,employer_name,from,to\n\
            U2,宁波丙丁五金厂,2019-01-01,1900-01-01\n\
            U2,宁波戊己电器厂,2019-01-01,9999-12-31\n\
            U2,宁波庚辛文具厂,2024-01-01,2023-01-01\n\
            U2,,2024-01-01,\n";
        let report = take(&test, Kind::Covers, file).await;
        assert_eq!((report.accepted, report.doubtful, report.rejected), (3, 2, 1), "{:?}", report.reasons);
        let (_, covers, _) = state(&test).await;
        let of = |name: &str| covers.iter().find(|row| row.employer_name.as_deref() == Some(name)).unwrap();
        let first = of("宁波丙丁五金厂");
        assert_eq!((first.cover_from.map(|day| day.to_string()).as_deref(), first.cover_to), (Some("2019-01-01"), None));
        assert_eq!(of("宁波戊己电器厂").cover_to, None);
        let turned = of("宁波庚辛文具厂");
        assert_eq!((turned.cover_from, turned.cover_to), (None, None));
        let back = rejects(&test, report.batch_no).await;
        let said = |row: &str| back.iter().find(|told| told[1] == row).unwrap()[2].clone();
        assert!(said("2").contains("止：日期是系统默认值"), "{}", said("2"));
        assert!(said("4").contains("起：") && said("4").contains("止：") && said("4").contains("早于起"), "{}", said("4"));
        assert!(said("5").contains("单位统一社会信用代码和单位名称至少填一项"), "{}", said("5"));
        let reason = report.reasons.iter().find(|reason| reason.reason.contains("至少填一项")).unwrap();
        assert_eq!(reason.column, "单位名称");
    }

    async fn a_number_the_register_has_is_no_news_without_its_document(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let full = "会员标识,工会标识,姓名,有效证件类别,证件号码\n\
            P1,U1,John Smith,护照,E12345678\n\
            P2,U1,Mary Jones,护照,X1234567Y\n\
            P3,U1,Ann Lee,护照,123456789\n";
        let report = take(&test, Kind::Members, full).await;
        assert_eq!(report.created, 3);
        let before = state(&test).await;
        let without = "会员标识,工会标识,姓名,证件号码\n\
            P1,U1,John Smith,E12345678\n\
            P2,U1,Mary Jones,X1234567Y\n\
            P3,U1,Ann Lee,123456789\n";
        let report = take(&test, Kind::Members, without).await;
        assert_eq!((report.unchanged, report.updated), (3, 0));
        assert!(state(&test).await == before);
        // Another number is judged as one of the passport that the register has.
        let report = take(&test, Kind::Members, "会员标识,工会标识,姓名,证件号码\nP2,U1,Mary Jones,Y7654321X\n").await;
        assert_eq!((report.updated, report.doubtful), (1, 1));
        assert!(report.reasons[0].reason.contains("按护照收下"), "{:?}", report.reasons);
        let old = before.2.iter().find(|row| row.member_id == "P2").unwrap().id_status;
        let (_, _, members) = state(&test).await;
        assert_eq!(members.iter().find(|row| row.member_id == "P2").unwrap().id_status, old);
    }

    async fn doubts_in_another_order_are_no_change(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let first = "union_id,union_name,union_type,parent_id,founded,term_end,declared_members,industry_section\n\
            W1,宁海县某某电器有限公司工会委员会,独立基层工会,G3,2018.8年,五年,很多,火星\n";
        assert_eq!(take(&test, Kind::Unions, first).await.created, 1);
        let before = state(&test).await;
        let delta = "union_id,founded,op\nW1,2018.8年,U\n";
        let report = take(&test, Kind::Unions, delta).await;
        assert_eq!((report.unchanged, report.updated), (1, 0));
        let turned = "union_id,industry_section,declared_members,term_end,founded,parent_id,union_type,union_name\n\
            W1,火星,很多,五年,2018.8年,G3,独立基层工会,宁海县某某电器有限公司工会委员会\n";
        let report = take(&test, Kind::Unions, turned).await;
        assert_eq!((report.unchanged, report.updated), (1, 0));
        assert!(state(&test).await == before);
    }

    async fn a_masked_export_given_back_is_told_as_one(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let masked = "会员标识,工会标识,姓名（脱敏）,证件号码（脱敏）\nM1,U1,王*,3302**********0011\n";
        let refused = try_take(&test, Kind::Members, masked).await.unwrap_err();
        let hint = refused.hint.clone().unwrap_or_default();
        assert!(hint.contains("脱敏导出，不能再导入"), "{hint}");
        // The key of a union alone makes no file of covers.
        let other = "会员标识,工会标识,名字\nM1,U1,王芳\n";
        let refused = try_take(&test, Kind::Members, other).await.unwrap_err();
        assert!(refused.hint.as_deref().is_none_or(|hint| !hint.contains("覆盖单位")), "{:?}", refused.hint);
        let refused = try_take(&test, Kind::Members, COVERS).await.unwrap_err();
        assert!(refused.hint.as_deref().is_some_and(|hint| hint.contains("“覆盖单位”")), "{:?}", refused.hint);
    }
}
