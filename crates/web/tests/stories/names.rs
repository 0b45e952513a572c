//! Names that trip other programs — with ·, of four-byte characters, of one character, of fifty — from the file that brings them to every
//! place that shows, finds or hands them on: store, page, search, `/api/v1`, Excel and CSV, and back again.

use app::export::register::{RegisterExport, export_download, make_register};
use app::intake::{check_file, import_file};
use app::op::OpContext;
use app::progress::unwatched;
use app::search::people;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use serde_json::{Value, json};
use testkit::{People, TestApp, both_engines, union};
use tower::ServiceExt;
use web::{Web, WebConfig, router};

use crate::client::Client;
use crate::plant::encoded;

/// A name, the beginning of it, of a part behind · or a blank, or of the given name, and how it is typed in letters where it has readings.
fn members() -> Vec<(String, String, Vec<&'static str>)> {
    let one = |name: &str, part: &str, letters: &[&'static str]| {
        (name.to_owned(), part.to_owned(), letters.to_vec())
    };
    let fifty = |letter: &str| (letter.repeat(50), letter.repeat(2), Vec::new());
    vec![
        one("王·明", "王·", &["wangming", "wm"]),
        one("阿卜杜热西提·麦麦提艾力·吐尔逊", "吐尔逊", &["tuerxun"]),
        one("李", "李", &["li"]),
        one("㐀", "㐀", &[]),
        one("𠮷田𪚥", "𠮷田", &[]),
        one("王𬱖", "王", &["wangdi"]),
        one("𰻝𱍐", "𰻝", &[]),
        one("鄞曾乐", "鄞曾", &["yinzengle", "yzl"]),
        one("John Smith", "Smith", &["johnsmith", "js"]),
        one("Mária Szabó-Nagy", "Szabó", &["mariaszabonagy", "szabo"]),
        one("J. R. O'Neil", "J. R.", &["jro"]),
        one("陳明德", "明德", &["chenmingde", "cmd", "mingde", "md"]),
        one("欧阳小明", "小明", &["ouyangxiaoming", "xiaoming", "xm"]),
        fifty("长"),
        fifty("𪚥"),
    ]
}

fn mask_name(name: &str) -> String {
    Dictionary::shipped().masked(Kind::Members, "name", name)
}

const UNION: &str = "宁波·甲𠮷𪚥电器有限公司工会委员会";

async fn take(test: &TestApp, kind: Kind, name: &str, bytes: impl AsRef<[u8]>) -> (i64, i64, i64) {
    let path = test.dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let report = import_file(&test.system(), &test.app, kind, &path, name, unwatched())
        .await
        .unwrap();
    assert_eq!(
        (report.doubtful, report.rejected),
        (0, 0),
        "{name}: {:?}",
        report.reasons
    );
    (report.created, report.updated, report.unchanged)
}

async fn exported(op: &OpContext, test: &TestApp, kind: Kind, format: &str) -> (String, Vec<u8>) {
    let purpose = if kind == Kind::Members { "L01" } else { "" };
    let asked = RegisterExport {
        kind: kind.name().into(),
        format: format.into(),
        is_plain: true,
        reason: "核对台账".into(),
        purpose: purpose.into(),
        ..RegisterExport::default()
    };
    let number = make_register(op, &test.app, &asked, unwatched()).await.unwrap();
    let file = export_download(op, &test.app, number).await.unwrap();
    (file.file_name.clone(), file.flat_map(Result::unwrap).collect())
}

both_engines! {
    async fn names_survive_store_page_search_interface_and_files(database: Database) {
        let test = TestApp::on(database).await;
        let people_of = People::of(&test).await;
        let router = router(Web::new(test.app.clone(), WebConfig::default()));
        let members = members();
        let unions = format!("union_id,union_name,union_type,parent_id,chair\nN1,{UNION},独立基层工会,{},𠮷田·𪚥\n", union::TOWN);
        take(&test, Kind::Unions, "unions.csv", unions).await;
        let mut text = "member_id,union_id,name\n".to_owned();
        for (nth, (name, _, _)) in members.iter().enumerate() {
            text += &format!("N{nth},N1,{name}\n");
        }
        assert_eq!(take(&test, Kind::Members, "members.csv", &text).await, (members.len() as i64, 0, 0));

        // Store: to the last byte.
        let mut tx = test.app.store.begin().await.unwrap();
        for (nth, (name, _, _)) in members.iter().enumerate() {
            assert_eq!(tx.member_row(&format!("N{nth}")).await.unwrap().unwrap().shown_name(), *name);
        }
        let home = tx.union_row("N1").await.unwrap().unwrap();
        assert_eq!((home.name.as_str(), home.chair.as_deref()), (UNION, Some("𠮷田·𪚥")));
        drop(tx);

        // Pages: the union's name whole, a person's by its first character, whole as well.
        let mut officer = Client::signed_in(&router, "town-officer").await;
        assert!(officer.get("/union/N1").await.text.contains(UNION));
        let found = officer.get(&format!("/union?q={}", encoded("甲𠮷𪚥"))).await;
        assert!(found.text.contains(UNION), "{}", found.text);
        for (nth, (name, _, _)) in members.iter().enumerate() {
            let page = officer.get(&format!("/union/N1/member/N{nth}")).await;
            assert_eq!(page.status, StatusCode::OK, "{name}");
            assert!(page.text.contains(&mask_name(name)) && !page.text.contains('\u{fffd}'), "{name}: {}", page.text);
        }

        // Search: the whole name, a part of it, and by its sound.
        for (nth, (name, part, letters)) in members.iter().enumerate() {
            for typed in [name.as_str(), part.as_str()].into_iter().chain(letters.iter().copied()) {
                for op in [&people_of.town_officer, &test.system()] {
                    let found = people(op, &test.app, typed).await.unwrap();
                    let is_found = found.lines.iter().any(|line| line.member_id == format!("N{nth}"));
                    assert!(is_found, "{name} by {typed}: {:?}", found.notes);
                }
            }
        }

        // The interface: found there, and shown as on the pages.
        let form = app::api_token::TokenForm {
            name: "测试".into(),
            scopes: vec!["union:read".into(), "member:read".into()],
            last_day: "2026-12-31".into(),
        };
        let by = &people_of.town_officer;
        let token = app::api_token::make_token(by, &test.app, by.actor.id.unwrap(), People::PASSWORD, form).await.unwrap().secret;
        let ask = async |method: &str, path: &str, body: Value| {
            let request = Request::builder()
                .method(method)
                .uri(format!("/api/v1{path}"))
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header(header::CONTENT_TYPE, "application/json");
            let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
            let answer = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let bytes = to_bytes(answer.into_body(), 1 << 22).await.unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        };
        assert_eq!(ask("GET", "/unions/N1", Value::Null).await["elements"]["union_name"], UNION);
        for (nth, (name, _, _)) in members.iter().enumerate() {
            let found = ask("POST", "/members/search", json!({ "q": name })).await;
            let is_found = found["items"].as_array().unwrap().iter().any(|one| one["member_id"] == format!("N{nth}"));
            assert!(is_found, "{name}: {found}");
            let listed = ask("GET", &format!("/unions/N1/members?name={}", encoded(name)), Value::Null).await;
            let is_listed = listed["items"].as_array().unwrap().iter().any(|one| one["name"] == mask_name(name));
            assert!(is_listed, "{name}: {listed}");
            let card = ask("GET", &format!("/unions/N1/members/N{nth}"), Value::Null).await;
            assert_eq!(card["elements"]["name"], mask_name(name), "{card}");
        }

        // Paper: each name in full, or by the code points of what this machine's fonts do not have.
        let op = test.system();
        for (kind, names) in [
            (Kind::Members, members.iter().map(|(name, _, _)| name.as_str()).collect()),
            (Kind::Unions, vec![UNION, "𠮷田·𪚥"]),
        ] {
            let (_, bytes) = exported(&op, &test, kind, "pdf").await;
            let text = testkit::paper::pages(&bytes).concat();
            for name in names {
                let lacking = test.app.fonts.lacking(name).unwrap();
                let told = |c: char| if lacking.contains(&c) { format!("〔U+{:04X}〕", u32::from(c)) } else { c.to_string() };
                // What is read back has no white space: a name may end a line at its blanks.
                let printed: String = name.chars().filter(|c| *c != ' ').map(told).collect();
                assert!(text.contains(&printed), "{name} as {printed}: {text}");
                assert!(lacking.is_empty() || text.contains("本机字体没有以下"), "{text}");
            }
        }

        // Files: out as Excel and CSV, in full, and in again as the same.
        for kind in [Kind::Unions, Kind::Members] {
            for format in ["xlsx", "csv"] {
                let (name, bytes) = exported(&op, &test, kind, format).await;
                if format == "csv" {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    let names: Vec<&str> = members.iter().map(|(name, _, _)| name.as_str()).collect();
                    for one in if kind == Kind::Members { names } else { vec![UNION, "𠮷田·𪚥"] } {
                        assert!(text.contains(one), "{one} in {name}");
                    }
                }
                let path = test.dir.path().join(&name);
                std::fs::write(&path, &bytes).unwrap();
                let check = check_file(&op, &test.app, kind, &path, &name, unwatched()).await.unwrap();
                assert_eq!((check.counts.unchanged, check.counts.created, check.counts.updated), (check.counts.rows, 0, 0), "{name}");
            }
        }
    }
}
