//! Rows without our key, and rows that say little.

use super::*;

both_engines! {
    async fn a_member_without_a_key_is_found_by_the_number_within_the_union(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        // No key column at all, fifteen digits or eighteen: one person of that union.
        let report = take(&test, Kind::Members, "op,union_id,id_no,phone\nU,U1,330226196704010011,13900000001\nU,U2,330226196704010011,\nU,U1,,\nU,U1,3.30226E+17,\n").await;
        assert_eq!((report.updated, report.created, report.rejected), (1, 0, 3));
        let rows = rejects(&test, report.batch_no).await;
        assert!(rows[0][2].contains("别的工会有"), "{rows:?}");
        assert!(rows[1][2].contains("都没有填写") && rows[2][2].contains("不能用来查找"), "{rows:?}");
        let (_, _, members) = state(&test).await;
        let phone = test.app.keys.open("member", "phone", members[0].id.as_bytes(), members[0].phone_sealed.as_ref().unwrap()).unwrap();
        assert_eq!((members[0].name.as_str(), phone.as_str()), ("王芳", "13900000001"));
        // Two of one number in one union: named, not guessed.
        take(&test, Kind::Members, "op,member_id,union_id,name,id_no\nI,M1B,U1,王芳,330226196704010011\n").await;
        let report = take(&test, Kind::Members, "op,union_id,id_no,phone\nU,U1,330226196704010011,13900000002\n").await;
        assert_eq!((report.updated, report.rejected), (0, 1));
        assert!(rejects(&test, report.batch_no).await[0][2].contains("有 2 位会员登记了这个证件号码：M1、M1B"));
    }

    async fn a_union_without_a_key_is_found_by_its_codes(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let report = take(&test, Kind::Unions, "op,employer_uscc,union_name,chair\nU,91330226MA2T0TE13C,宁波甲乙电器有限公司工会委员会,周主席\nU,91330226MA2T0TE13C,别的名称,吴主席\nU,,宁波甲乙电器有限公司工会委员会,郑主席\n").await;
        assert_eq!((report.updated, report.rejected), (1, 2));
        let rows = rejects(&test, report.batch_no).await;
        assert!(rows[0][2].contains("没有找到工会") && rows[1][2].contains("请填写工会代码"), "{rows:?}");
        let chair = |unions: &[UnionRow]| unions.iter().find(|row| row.union_id == "U1").unwrap().chair.clone();
        assert_eq!(chair(&state(&test).await.0).as_deref(), Some("周主席"));
        // An empty cell leaves it, the mark takes it away.
        take(&test, Kind::Unions, "op,union_id,union_name,chair,declared_members\nU,U1,,,61\n").await;
        let (unions, _, _) = state(&test).await;
        assert_eq!((chair(&unions).as_deref(), unions.iter().find(|row| row.union_id == "U1").unwrap().declared_members), (Some("周主席"), Some(61)));
        take(&test, Kind::Unions, "op,union_id,union_name,chair\nU,U1,,【清空】\n").await;
        assert_eq!(chair(&state(&test).await.0), None);
        assert_eq!(state(&test).await.0.iter().find(|row| row.union_id == "U1").unwrap().name, "宁波甲乙电器有限公司工会委员会");
    }

    async fn a_delta_without_the_number_is_held_against_the_stored_one(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let report = take(&test, Kind::Members, "op,member_id,性别,出生日期,join_date\nU,M1,女,1980-01-01,1970-01-01\n").await;
        assert_eq!((report.updated, report.doubtful), (1, 1));
        let rows = rejects(&test, report.batch_no).await;
        assert!(rows[0][2].contains("出生日期：与身份证号码不一致") && rows[0][2].contains("未满 16 周岁"), "{rows:?}");
        let (_, _, members) = state(&test).await;
        let extra = members[0].extra.as_deref().unwrap_or_default();
        assert!(!extra.contains("1980") && members[0].unread.as_deref().unwrap().contains("1980-01-01"), "{extra}");
        assert_eq!(members[0].joined_on, None);
        // The other way round: a new number that contradicts what is stored.
        take(&test, Kind::Members, "op,member_id,性别\nU,M3,男\n").await;
        let report = take(&test, Kind::Members, "op,member_id,id_no\nU,M3,330226199001010027\n").await;
        assert_eq!(report.rejected, 0);
        let (_, _, members) = state(&test).await;
        assert!(!members[2].extra.as_deref().unwrap_or_default().contains("男"), "{:?}", members[2].extra);
    }
}
