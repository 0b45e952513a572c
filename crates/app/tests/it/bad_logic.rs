//! Steps that nobody may take (坏步骤): to where one stands already, below oneself, on a day that has not come, twice at the same moment. What
//! other tests show stands with them in `tests/corpus/logic/steps.tsv`.

use std::path::{Path, PathBuf};

use app::error::{AppError, ErrorKind};
use app::intake::undo;
use app::membership::{Answer, ChangeForm, answer, ask_change};
use app::union_org::change::{Change, preview};
use testkit::{TestApp, both_engines, union};

use crate::membership_life::{asks, members, see, take, town};

fn fields(refused: &AppError) -> Vec<&str> {
    refused.fields.iter().map(|field| field.field).collect()
}

both_engines! {
    async fn a_membership_is_not_moved_to_where_it_is_nor_on_a_day_to_come(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        let before = see(chair, &test, union::BASE, "M1").await.unwrap();
        let own = ChangeForm { to: union::BASE.into(), ..asks("move", "2026-08-01", "1") };
        let refused = ask_change(chair, app, union::BASE, "M1", &own).await.unwrap_err();
        assert_eq!((refused.kind, fields(&refused)), (ErrorKind::Invalid, vec!["to"]), "{refused}");
        let late = ask_change(chair, app, union::BASE, "M1", &asks("retain", "2026-08-04", "7")).await.unwrap_err();
        assert_eq!(fields(&late), ["happened_on"], "{late}");
        let never = ask_change(chair, app, union::BASE, "M1", &asks("retain", "2026-02-30", "7")).await.unwrap_err();
        assert_eq!(fields(&never), ["happened_on"], "{never}");
        let no_kind = ask_change(chair, app, union::BASE, "M1", &asks("fly", "2026-08-01", "7")).await.unwrap_err();
        assert_eq!(no_kind.kind, ErrorKind::Invalid, "{no_kind}");
        // A step that the standing does not have: nobody is restored who was never retained.
        let skipped = ask_change(chair, app, union::BASE, "M1", &asks("restore", "2026-08-01", "")).await.unwrap_err();
        assert!(matches!(skipped.kind, ErrorKind::Invalid | ErrorKind::Conflict), "{skipped}");
        assert_eq!(see(chair, &test, union::BASE, "M1").await.unwrap(), before);
    }

    async fn of_two_officers_who_answer_at_once_one_is_too_late(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let asked = ask_change(&people.union_chair, app, union::BASE, "M1", &asks("retain", "2026-08-01", "7")).await.unwrap();
        let (town, county, city) = tokio::join!(
            answer(&people.town_officer, app, asked, Answer::Accept, ""),
            answer(&people.county_officer, app, asked, Answer::Accept, ""),
            answer(&people.city_officer, app, asked, Answer::Refuse, "材料不全"),
        );
        let outcomes = [town, county, city];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for late in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(late.kind, ErrorKind::Conflict, "{late}");
        }
        let again = answer(&people.town_officer, app, asked, Answer::Accept, "").await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::Conflict, "{again}");
        let page = see(&people.town_officer, &test, union::BASE, "M1").await.unwrap();
        assert!(page.events.len() <= 2, "done once: {:?}", page.events);
    }

    async fn of_two_who_undo_at_once_one_is_too_late(database: Database) {
        let test = TestApp::on(database).await;
        town(&test).await;
        let system = test.system();
        let report = take(&test, &members("M8,T-BASE,新会员,,,,\n")).await;
        let (one, other) = tokio::join!(undo(&system, &test.app, report.batch_no), undo(&system, &test.app, report.batch_no));
        let outcomes = [one, other];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let late = undo(&system, &test.app, report.batch_no).await.unwrap_err();
        assert!(late.message.contains("已撤销"), "{late}");
    }

    async fn a_union_hangs_neither_below_itself_nor_below_its_own(database: Database) {
        let test = TestApp::on(database).await;
        let people = crate::union_change::town(&test).await;
        let app = &test.app;
        let before = test.app.store.begin().await.unwrap().union_rows().await.unwrap();
        let to = |other: &str| app::union_org::change::ChangeForm { other: other.into(), reason: "区划调整".into(), ..Default::default() };
        for (change, union_id, other) in [
            (Change::Move, union::BASE, union::BASE),
            (Change::Move, union::TOWN, union::BASE),
            (Change::Move, union::COUNTY, union::TOWN),
            (Change::Merge, union::BASE, union::BASE),
            (Change::Move, union::BASE, "没有这家"),
        ] {
            let refused = preview(&people.city_officer, app, change, union_id, &to(other)).await.unwrap_err();
            assert!(matches!(refused.kind, ErrorKind::Invalid | ErrorKind::Conflict), "{union_id} {other}: {refused}");
            assert!(!refused.message.is_empty() || !refused.fields.is_empty(), "{union_id} {other}");
        }
        assert!(test.app.store.begin().await.unwrap().union_rows().await.unwrap() == before);
    }
}

/// The text of a function of a test, from its name to the line that closes it.
fn body_of<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let start = source.find(&format!("fn {name}("))?;
    let rest = &source[start..];
    let indent = source[..start].rsplit('\n').next().unwrap_or_default().len()
        - source[..start]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim_start()
            .len();
    let close = format!("\n{}}}\n", " ".repeat(indent));
    Some(&rest[..rest.find(&close).unwrap_or(rest.len())])
}

#[test]
fn every_line_of_the_logic_table_names_a_test_that_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/logic/steps.tsv");
    let text = std::fs::read_to_string(table).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let [what, outcome, file, test, shows] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let Ok(source) = std::fs::read_to_string(root.join(file)) else {
            wrong.push(format!("{what}: there is no {file}"));
            continue;
        };
        match body_of(&source, test) {
            None => wrong.push(format!("{what}: {file} has no {test}")),
            Some(body) if !body.contains(shows) => {
                wrong.push(format!("{what}（{outcome}）: {test} does not say {shows}"))
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
