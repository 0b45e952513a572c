//! What a mask covers is told by no other way: forms that compare, codes that are tried out, values looked at one after another.

use std::collections::BTreeMap;
use std::time::Duration;

use app::approval::NEEDED;
use app::contact;
use app::error::{AppError, ErrorKind};
use app::export::register::{RegisterExport, ask_register, register_count};
use app::journal::{JournalParams, JournalView, journal};
use app::membership::{
    Answer, JoinForm, OwnKey, RevealForm, answer, ask_correction, ask_join, issue_pass, member, own, request,
    reveal,
};
use app::op::OpContext;
use app::security::save_security_policy;
use app::union_org::edit::{EditForm, edit};
use codes::resident_id::ResidentId;
use codes::time::Day;
use domain::security::SecurityPolicy;
use testkit::{TestApp, both_engines, union};
use uuid::Uuid;

use crate::membership_life::{NUMBER, OTHER, SECOND, fields, joins, members, row, take, town};

fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn code<T>(done: Result<T, AppError>) -> &'static str {
    done.map(|_| ()).unwrap_err().code
}

async fn correct(op: &OpContext, test: &TestApp, pairs: &[(&str, &str)]) -> Result<Uuid, AppError> {
    ask_correction(op, &test.app, union::BASE, "M1", &typed(pairs), "按证件").await
}

/// Entries of one action, newest first.
async fn told(test: &TestApp, action: &str) -> Vec<JournalView> {
    let params = JournalParams {
        action: action.into(),
        ..JournalParams::default()
    };
    journal(&test.system(), &test.app, &params).await.unwrap().rows
}

/// A number that is nobody's, of somebody born in 1990.
fn free_number(serial: u16) -> String {
    let born = Day::new(1990, 1, 1).unwrap();
    ResidentId::compose(330_226, born, serial)
        .unwrap()
        .as_str()
        .to_owned()
}

both_engines! {
    async fn a_correction_tells_nobody_what_the_mask_covers(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let (chair, officer) = (&people.union_chair, &people.town_officer);
        // Right, wrong, contradicting the number, another's number out of sight: the chair, who may see none of it, is told the same.
        let free = free_number(321);
        for guess in [
            [("phone", "13857420001")], [("phone", "13857420007")], [("name", "邵国海")], [("name", "邵国江")],
            [("birth_date", "1990-01-01")], [("birth_date", "1990-01-02")], [("id_no", NUMBER)], [("id_no", SECOND)], [("id_no", &free)],
        ] {
            let asked = correct(chair, &test, &guess).await.unwrap_or_else(|error| panic!("{guess:?}: {error}"));
            let shown = request(chair, app, asked).await.unwrap();
            let labels: Vec<&str> = shown.content.iter().map(|(label, ..)| label.as_str()).collect();
            let expected: &[&str] = match guess[0].0 {
                "phone" => &["移动电话"],
                "name" => &["姓名"],
                "birth_date" => &["出生日期"],
                _ => &["证件号码"],
            };
            assert_eq!(labels, expected, "{guess:?}");
            assert!(!format!("{shown:?}").contains('同'), "neither on the request's page: {shown:?}");
            // While it waits nothing further is compared.
            for next in [("phone", "13857420001"), ("phone", "13857420007"), ("id_no", SECOND), ("birth_date", "1990-01-02")] {
                assert_eq!(code(correct(chair, &test, &[next]).await), "MEM-409", "{next:?}");
            }
            answer(chair, app, asked, Answer::Recall, "").await.unwrap();
        }
        // What no mask covers is compared as before, and a form without anything is one.
        assert_eq!(code(correct(chair, &test, &[("education", "大专")]).await), "MEM-421");
        assert_eq!(code(correct(chair, &test, &[]).await), "MEM-421");
        assert_eq!(code(correct(chair, &test, &[("education", " ")]).await), "MEM-421");
        // A number and a birth date of one form must fit; that tells nothing of what is registered.
        let unfit = correct(chair, &test, &[("id_no", NUMBER), ("birth_date", "1990-01-02")]).await.unwrap_err();
        assert_eq!(fields(&unfit), ["birth_date"], "{unfit}");
        // Whoever confirms sees how the two compare, and confirms nothing that changes nothing.
        let same = correct(chair, &test, &[("phone", "13857420001")]).await.unwrap();
        let shown = request(officer, app, same).await.unwrap();
        assert_eq!(shown.content, [("移动电话".to_owned(), "138****0001".to_owned(), "138****0001（与登记的相同）".to_owned())]);
        assert_eq!(code(answer(officer, app, same, Answer::Accept, "").await), "MEM-421");
        answer(officer, app, same, Answer::Refuse, "没有变化").await.unwrap();
        let other = correct(chair, &test, &[("phone", "13857430001"), ("id_no", NUMBER)]).await.unwrap();
        let shown = request(officer, app, other).await.unwrap();
        assert!(shown.content.iter().any(|(_, _, new)| new == "138****0001（与原值不同，遮盖部分看不出）"), "{:?}", shown.content);
        answer(officer, app, other, Answer::Accept, "").await.unwrap();
        let page = member(officer, app, union::BASE, "M1").await.unwrap();
        assert_eq!(page.events[0].details[0], "更正移动电话；按证件", "only what was different");
        let taken = correct(chair, &test, &[("id_no", SECOND)]).await.unwrap();
        let refused = answer(&people.city_officer, app, taken, Answer::Accept, "").await.unwrap_err();
        assert_eq!(fields(&refused), ["id_no"], "one number, one member: {refused}");
    }

    async fn covered_values_in_a_correction_are_counted_and_journalled_as_a_search_is(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        let officer = &people.town_officer;
        // Who may see the phone is told at once that it is the same; the member's history has that somebody looked.
        assert_eq!(code(correct(officer, &test, &[("phone", "13857420001")]).await), "MEM-421");
        let mismatch = correct(officer, &test, &[("birth_date", "1990-01-02")]).await.unwrap_err();
        assert_eq!((mismatch.code, fields(&mismatch)), ("MEM-422", vec!["birth_date"]));
        let found = told(&test, "member.find").await;
        let codes: Vec<Option<&str>> = found.iter().map(|entry| entry.reason.as_deref()).collect();
        assert_eq!(codes, [Some("MEM-422"), Some("MEM-421")]);
        let m1 = row(&test, "M1").await.unwrap().id;
        assert!(found.iter().all(|entry| entry.subject_id == m1 && entry.result.as_deref() == Some("被拒绝")));
        let text = format!("{found:?}");
        assert!(text.contains("移动电话") && !text.contains("13857420001") && !text.contains("1990"), "never the value: {text}");
        // What no mask covers is neither.
        assert_eq!(code(correct(officer, &test, &[("education", "大专")]).await), "MEM-421");
        assert_eq!(told(&test, "member.find").await.len(), 2);
        for n in 0..18 {
            assert_eq!(code(correct(officer, &test, &[("phone", "13857420001")]).await), "MEM-421", "{n}");
        }
        let paced = correct(officer, &test, &[("phone", "13857420007")]).await.unwrap_err();
        assert!(paced.code == "SCH-429" && paced.message.contains("一分钟"), "{paced}");
        assert_eq!(code(correct(officer, &test, &[("education", "大专")]).await), "MEM-421", "the rest goes on");
        test.clock.advance(Duration::from_secs(60));
        correct(officer, &test, &[("phone", "13857420007")]).await.unwrap();
    }

    async fn joining_tells_nobody_whose_number_it_is(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        let join = async |name: &str, asks_transfer| {
            let form = JoinForm { asks_transfer, ..joins(name, SECOND) };
            ask_join(chair, app, union::BASE, &form).await
        };
        let right = join("叶小明", false).await.unwrap_err();
        let wrong = join("叶大明", false).await.unwrap_err();
        assert_eq!(right.code, "MEM-411");
        assert_eq!(right.to_string(), wrong.to_string(), "the right name is answered as a wrong one is");
        assert_eq!((right.hint, right.fields), (wrong.hint, wrong.fields));
        // Everybody who was met has it in their history.
        let m3 = row(&test, "M3").await.unwrap().id;
        let met = told(&test, "member.find").await;
        assert_eq!(met.len(), 2);
        assert!(met.iter().all(|entry| entry.subject_id == m3 && entry.reason.as_deref() == Some("MEM-411")), "{met:?}");
        let text = format!("{met:?}");
        assert!(!text.contains(SECOND) && !text.contains('叶'), "{text}");
        let seen = member(&people.city_officer, app, OTHER, "M3").await.unwrap().seen.unwrap();
        assert!(seen.iter().any(|look| look.action == "查找会员"), "{seen:?}");
        // A transfer under a wrong name is asked for as any; the union that has the member sees it, and moves nobody.
        let asked = join("叶大明", true).await.unwrap();
        let own = request(chair, app, asked).await.unwrap();
        assert_eq!((own.name.as_str(), own.content.as_slice()), ("叶**", &[("姓名".to_owned(), String::new(), "叶**".to_owned())][..]));
        let holder = &people.other_town_officer;
        let shown = request(holder, app, asked).await.unwrap();
        assert_eq!(shown.content[0].2, "叶**（与原值不同，遮盖部分看不出）");
        assert_eq!(code(answer(holder, app, asked, Answer::Accept, "").await), "MEM-432");
        answer(holder, app, asked, Answer::Refuse, "姓名不符").await.unwrap();
        let asked = join("叶小明", true).await.unwrap();
        assert_eq!(request(holder, app, asked).await.unwrap().content[0].2, "叶**（与登记的相同）");
        answer(holder, app, asked, Answer::Accept, "").await.unwrap();
        // Numbers are tried no faster than they are searched.
        let mut tries = 0;
        let refused = loop {
            tries += 1;
            let future = JoinForm { joined_on: "2027-01-01".into(), ..joins("某某", &free_number(tries)) };
            match ask_join(&people.town_officer, app, union::BASE, &future).await {
                Err(error) if error.code == "SCH-429" => break error,
                Err(error) if tries < 50 => assert_eq!(fields(&error), ["joined_on"]),
                other => panic!("{tries}: {other:?}"),
            }
        };
        assert!(tries == 21 && refused.message.contains("一分钟"), "{tries}: {refused}");
    }

    async fn joining_tells_nobody_whose_passport_it_is(database: Database) {
        let test = TestApp::on(database).await;
        let people = town(&test).await;
        take(&test, &members("M4,T-OTHER,李安娜,E12345678,,2018-03-01,本科\n")).await;
        let join = async |op: &OpContext, name: &str, number: &str| {
            let mut form = joins(name, number);
            form.values.insert("id_type".into(), "护照".into());
            ask_join(op, &test.app, union::BASE, &form).await
        };
        // Out of sight the right name is answered as a wrong one is.
        let right = join(&people.union_chair, "李安娜", "E12345678").await.unwrap_err();
        let wrong = join(&people.union_chair, "王大明", "E12345678").await.unwrap_err();
        assert_eq!((right.code, right.to_string(), right.hint), (wrong.code, wrong.to_string(), wrong.hint));
        assert_eq!(right.code, "MEM-411");
        assert_eq!(told(&test, "member.find").await.len(), 2, "whoever was met has it in their history");
        // Whoever sees both knows that another country's passport can have the same number.
        join(&people.county_officer, "王大明", "E12345678").await.unwrap();
        join(&people.union_chair, "王小明", "E87654321").await.unwrap();
    }

    async fn digits_of_a_member_are_tried_ten_times_a_day_with_however_many_codes(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        let key = |code: &str, tail: &str| OwnKey { code: code.into(), tail: tail.into() };
        let mut last = String::new();
        for _ in 0..2 {
            let pass = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
            last = pass.code.as_str().to_owned();
            for n in 0..5 {
                assert_eq!(code(own(app, &key(&last, &format!("{n:06}"))).await), "MEM-418");
            }
        }
        let missed = told(&test, "member.pass_missed").await;
        assert_eq!(missed.len(), 10);
        assert_eq!(missed[0].subject_id, row(&test, "M1").await.unwrap().id);
        assert!(!format!("{missed:?}").contains("000004"), "not what was typed");
        let refused = issue_pass(chair, app, union::BASE, "M1").await.unwrap_err();
        assert!(refused.code == "MEM-431" && refused.kind == ErrorKind::Conflict && refused.message.contains("10 次"), "{refused}");
        assert!(refused.hint.unwrap().contains("之后再试"), "and until when");
        test.clock.advance(Duration::from_secs(23 * 3600));
        assert_eq!(code(issue_pass(chair, app, union::BASE, "M1").await), "MEM-431");
        assert_eq!(code(own(app, &key(&last, &NUMBER[12..])).await), "MEM-418", "the code is dead as before");
        test.clock.advance(Duration::from_secs(3601));
        let pass = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        own(app, &key(pass.code.as_str(), &NUMBER[12..])).await.unwrap();
        // Others were never held up, and five codes a day are enough for anybody.
        for _ in 0..4 {
            issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        }
        let many = issue_pass(chair, app, union::BASE, "M1").await.unwrap_err();
        assert!(many.code == "MEM-431" && many.message.contains("5 个"), "{many}");
        issue_pass(&people.other_town_officer, app, OTHER, "M3").await.unwrap();
    }

    async fn a_live_code_rests_too_while_its_member_was_guessed_at(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let key = |code: &str, tail: &str| OwnKey { code: code.into(), tail: tail.into() };
        let mut passes = Vec::new();
        for tries in [4, 4, 2] {
            let pass = issue_pass(&people.union_chair, app, union::BASE, "M1").await.unwrap();
            for _ in 0..tries {
                assert_eq!(code(own(app, &key(pass.code.as_str(), "000000")).await), "MEM-418");
            }
            passes.push(pass.code);
        }
        let refused = own(app, &key(passes[2].as_str(), &NUMBER[12..])).await.map(|_| ()).unwrap_err();
        assert!(refused.code == "MEM-431" && refused.message.contains("暂停"), "the right digits neither: {refused}");
        test.clock.advance(Duration::from_secs(24 * 3600 + 1));
        own(app, &key(passes[2].as_str(), &NUMBER[12..])).await.unwrap();
    }

    async fn values_in_full_are_looked_at_thirty_times_a_minute_and_count_as_rows_taken(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.county_officer;
        let form = |words: &str| RevealForm { what: "id_no".into(), purpose: "更正登记错误".into(), words: words.into() };
        for n in 0..30 {
            reveal(officer, app, "M1", &form(&format!("第 {n} 次"))).await.unwrap();
        }
        let refused = reveal(officer, app, "M1", &form("")).await.unwrap_err();
        assert!(refused.code == "SCH-430" && refused.message.contains("30 次"), "{refused}");
        assert_eq!(code(contact::of_union(officer, app, union::BASE, "联系单位核实").await), "SCH-430", "unions' contacts count with them");
        assert_eq!(told(&test, "reveal").await.len(), 30, "what was refused was not looked at");
        reveal(&people.town_officer, app, "M1", &form("")).await.expect("others are not held up");
        test.clock.advance(Duration::from_secs(60));
        reveal(officer, app, "M1", &form("")).await.unwrap();
        // Thirty-one looks and an export in full are one take.
        let unions = RegisterExport { kind: "unions".into(), format: "csv".into(), is_plain: true, reason: "季度上报".into(), ..RegisterExport::default() };
        let all = u32::try_from(register_count(officer, app, &unions).await.unwrap()).unwrap();
        let limited = |export_rows_alone| SecurityPolicy { export_rows_alone, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, limited(all + 30)).await.unwrap();
        assert_eq!(code(ask_register(officer, app, &unions).await), NEEDED);
        save_security_policy(&people.administrator, app, limited(all + 31)).await.unwrap();
        ask_register(officer, app, &unions).await.unwrap();
    }

    async fn signs_that_nobody_sees_are_no_reason(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let blind = RevealForm { what: "id_no".into(), purpose: "其他".into(), words: "\u{202e}\u{200b}\u{feff}".into() };
        assert_eq!(fields(&reveal(officer, app, "M1", &blind).await.unwrap_err()), ["words"]);
        assert_eq!(fields(&contact::of_union(officer, app, union::BASE, "\u{200e}\u{200f}看").await.unwrap_err()), ["reason"]);
        let unions = RegisterExport { kind: "unions".into(), format: "csv".into(), reason: "\u{202e}\u{200b}看".into(), ..RegisterExport::default() };
        assert_eq!(fields(&ask_register(officer, app, &unions).await.unwrap_err()), ["reason"]);
        let marked = RevealForm { words: "\u{202e}本人\u{200b} 来访\u{2069}".into(), ..blind };
        reveal(officer, app, "M1", &marked).await.unwrap();
        let asked = ask_correction(officer, app, union::BASE, "M1", &typed(&[("education", "本科")]), "按\u{202e}毕业证").await.unwrap();
        assert_eq!(request(officer, app, asked).await.unwrap().words, "按毕业证");
        let text = format!("{:?}", told(&test, "reveal").await);
        assert!(text.contains("其他：本人 来访"), "{text}");
    }

    async fn a_unions_covered_values_are_tried_no_faster_than_numbers(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let form = |phone: String| EditForm { values: typed(&[("phone", &phone)]), reason: "核对".into(), ..EditForm::default() };
        for n in 0..20 {
            let done = edit(officer, app, union::BASE, &form(format!("{n}"))).await;
            assert_eq!(code(done), "UNI-425", "{n}");
        }
        assert_eq!(code(edit(officer, app, union::BASE, &form("0574-65001234".into())).await), "SCH-429");
        let named = EditForm { values: typed(&[("address", "西店镇新街 1 号")]), reason: "核对".into(), ..EditForm::default() };
        assert_ne!(edit(officer, app, union::BASE, &named).await.err().map(|error| error.code), Some("SCH-429"), "what no mask covers is not counted");
    }
}
