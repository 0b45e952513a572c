//! What pages and files show: filters, bulk acts, verdicts, saved views, the dashboard, the exports.

use app::export::{Cell, Export, ListExport};
use app::list_item::{ActForm, ListFilter, ListParams, OwnerFilter, Tone};
use domain::list_item::ListKind;
use lake::member_links::MemberLink;
use lake::tables::{Coverage, Link};
use testkit::both_engines;

use super::city::{Corner, XIDIAN, employer_without_union};

const LIYANG: i64 = 330_226_105;

/// Three employers: two in 西店镇, one in 力洋镇 on the verify list.
async fn three(corner: &Corner) {
    let (first, one) = employer_without_union("E1", "宁波腾浩户外用品有限公司", "91330226MA2TENGH3C", XIDIAN);
    let (second, two) = employer_without_union("E2", "=宁海明盛橡塑厂", "91330226MA2MINGS1N", XIDIAN);
    let (mut third, three) =
        employer_without_union("E3", "宁海力洋模具有限公司", "91330226MA2LIYAN7H", LIYANG);
    third.kind = "verify".into();
    third.insured_now = Some(27);
    third.rule = "found-joint".into();
    third.priority = 5;
    corner.says(|script| {
        script.findings = vec![first, second, third];
        script.employers = vec![one, two, three];
        script.coverage = vec![
            Coverage {
                county: Some(330_226),
                town: Some(XIDIAN),
                employers_25: 10,
                employers_25_with_union: 8,
                employers_25_with_sound_union: Some(6),
            },
            Coverage {
                county: Some(330_226),
                town: Some(LIYANG),
                employers_25: 2,
                employers_25_with_union: 1,
                employers_25_with_sound_union: Some(1),
            },
        ];
        script.links = vec![Link {
            union_id: "U5".into(),
            enterprise_id: Some("E9".into()),
            uscc: None,
            probability: Some(0.5),
            decision: "none".into(),
            tier: None,
            evidence: "{}".into(),
            candidate_name: None,
        }];
        let link = |member: &str, ins: Option<&str>| MemberLink {
            member_id: member.into(),
            ins_id: ins.map(str::to_owned),
            probability: None,
            decision: if ins.is_some() { "linked" } else { "none" },
            tier: None,
        };
        script.member_links = vec![link("M2", None), link("M1", Some("I1"))];
    });
    corner.run().await;
}

fn all(export: Export) -> Vec<Vec<Cell>> {
    export.rows.map(Result::unwrap).collect()
}

both_engines! {
    async fn filters_count_exactly_and_sort_by_the_whitelist(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let total = |filter: ListFilter| async {
            let page = corner.list(&corner.city, filter).await;
            assert_eq!(page.total, page.rows.len() as i64);
            page.total
        };
        let with = ListFilter::default;
        assert_eq!(total(with()).await, 3);
        assert_eq!(total(ListFilter { kind: Some(ListKind::Verification), ..with() }).await, 1);
        assert_eq!(total(ListFilter { rule: Some("found-25".into()), ..with() }).await, 2);
        assert_eq!(total(ListFilter { town: Some(LIYANG), ..with() }).await, 1);
        assert_eq!(total(ListFilter { insured_min: Some(28), ..with() }).await, 2);
        assert_eq!(total(ListFilter { q: Some("腾浩".into()), ..with() }).await, 1);
        assert_eq!(total(ListFilter { q: Some("ma2mings".into()), ..with() }).await, 1);
        assert_eq!(total(ListFilter { q: Some("%".into()), ..with() }).await, 0);
        assert_eq!(total(ListFilter { owner: Some(OwnerFilter::Nobody), ..with() }).await, 0);
        assert_eq!(total(ListFilter { owner: Some(OwnerFilter::Login("lixm".into())), ..with() }).await, 2);
        assert_eq!(total(ListFilter { owner: Some(OwnerFilter::Login("nobody".into())), ..with() }).await, 0);
        assert_eq!(total(ListFilter { overdue: true, ..with() }).await, 0);
        corner.test.clock.advance_days(30);
        let late = corner.list(&corner.city, ListFilter { overdue: true, ..with() }).await;
        assert_eq!((late.total, late.overdue), (1, 1), "15 working days to verify, 60 for a task");
        assert_eq!(late.rows[0].deadline.as_ref().unwrap().tone, Tone::Late);
        let counts = app::list_item::kind_counts(&corner.worker, &corner.test.app).await.unwrap();
        assert_eq!((counts.task, counts.verification, counts.mine, counts.overdue), (2, 0, 2, 0));
        let mut params = ListParams { sort: "insured".into(), size: 20, page: 99, ..Default::default() };
        let page = app::list_item::list(&corner.city, &corner.test.app, &params).await.unwrap();
        assert_eq!((page.page, page.rows[0].insured_now), (1, Some(27)), "a page past the end is the last one");
        params.is_descending = true;
        let page = app::list_item::list(&corner.city, &corner.test.app, &params).await.unwrap();
        assert_eq!(page.rows[0].insured_now, Some(60));
        let view = app::list_item::item(&corner.city, &corner.test.app, &page.rows[1].item_no, &params).await.unwrap();
        assert_eq!(view.previous.as_deref(), Some(page.rows[0].item_no.as_str()));
        assert_eq!(view.next.as_deref(), Some(page.rows[2].item_no.as_str()));
    }

    async fn counts_follow_whatever_is_done(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let app = &corner.test.app;
        let numbers = app::list_item::item_numbers(&corner.city, app, &ListParams::default(), 100).await.unwrap();
        let actions = [
            ("assign", "zhen"), ("start_verifying", ""), ("unreachable", ""), ("confirm", ""), ("assign", "lixm"), ("accept", ""),
            ("block", ""), ("escalate", "county"), ("resume", ""), ("refute", "wrong_data"), ("put_aside", ""), ("complete", ""),
        ];
        // Most of these are refused: a refused act must not leave a trace in the counts either.
        let mut dice = 7_u64;
        let mut done = 0;
        for step in 0..90 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = |sides: usize| (dice >> 33) as usize % sides;
            let number = &numbers[pick(numbers.len())];
            let op = [&corner.city, &corner.town, &corner.worker][pick(97) % 3];
            let (action, choice) = actions[pick(1_009) % actions.len()];
            let choice = Some(choice).filter(|choice| !choice.is_empty());
            done += i64::from(corner.try_act(op, number, action, choice, Some("已到现场")).await.is_ok());
            if step % 10 == 9 {
                corner.counts_are_true().await;
            }
            if step % 30 == 29 {
                let mut tx = app.store.begin().await.unwrap();
                tx.fold_tally().await.unwrap();
                tx.commit().await.unwrap();
                corner.counts_are_true().await;
                corner.test.clock.advance_days(9);
                corner.says(|script| script.findings.iter_mut().for_each(|it| it.fingerprint.push('x')));
                corner.run().await;
                corner.counts_are_true().await;
            }
        }
        assert!(done > 10, "only {done} acts were possible");
        corner.says(|script| script.findings.clear());
        corner.run().await;
        corner.counts_are_true().await;
    }

    async fn a_bulk_act_says_what_became_of_each(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let app = &corner.test.app;
        let numbers = app::list_item::item_numbers(&corner.city, app, &ListParams::default(), 100).await.unwrap();
        let mut asked = numbers.clone();
        asked.push("QD-330226-2026-999999".into());
        let form = ActForm { action: "assign".into(), choice: Some("zhen".into()), ..Default::default() };
        let result = app::list_item::bulk_act(&corner.city, app, &asked, form).await.unwrap();
        assert_eq!(result.done.len(), 2, "{result:?}");
        assert_eq!(result.refused.len(), 2);
        assert!(result.refused.iter().any(|it| it.reason.contains("数据范围")), "the town sees only its own ground");
        let colleagues = app::list_item::assignees(&corner.town, app).await.unwrap();
        let logins: Vec<(&str, i64)> = colleagues.iter().map(|it| (it.login.as_str(), it.open_count)).collect();
        assert_eq!(logins, [("lixm", 0), ("zhen", 2)]);
        let chips = app::list_item::rule_chips(&corner.city, app, None).await.unwrap();
        assert_eq!(chips.iter().map(|chip| (chip.rule.as_str(), chip.count)).collect::<Vec<_>>(), [
            ("found-25", 2), ("found-joint", 1)
        ]);
    }

    async fn a_persons_word_is_remembered_and_reaches_the_next_run(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let app = &corner.test.app;
        let judge = |op, same| app::verdict::judge(op, app, "U5", "E1", same, Some("实地看过"));
        assert!(judge(&corner.worker, true).await.is_err(), "officers judge");
        judge(&corner.town, true).await.unwrap();
        let verdict = judge(&corner.town, false).await.unwrap();
        assert_eq!((verdict.is_same, verdict.decided_by.as_str()), (false, "王**"));
        let no = corner.list(&corner.town, ListFilter { subject_id: Some("E1".into()), ..Default::default() }).await;
        let item = corner.item(&corner.town, &no.rows[0].item_no).await;
        let candidate = item.candidate.unwrap();
        assert_eq!((candidate.verdict, candidate.may_judge, candidate.explanation.unwrap().fields.len()), (Some(false), true, 2));
        assert_eq!(item.doubts, ["名称相近的工会早于单位成立"]);
        corner.run().await;
        let seen = corner.bulk.seen_verdicts.lock().unwrap().clone();
        assert_eq!(seen.len(), 1);
        assert!(!seen[0].is_same);
    }

    async fn views_are_kept_replaced_and_forgotten(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let app = &corner.test.app;
        let tasks = ListParams::of_kind(ListKind::Task);
        app::saved_view::save_view(&corner.city, app, "任务", &ListParams::default()).await.unwrap();
        let kept = app::saved_view::save_view(&corner.city, app, " 任务 ", &tasks).await.unwrap();
        let views = app::saved_view::saved_views(&corner.city, app).await.unwrap();
        assert_eq!((views.len(), views[0].count, &views[0].params), (1, 2, &tasks));
        assert!(app::saved_view::saved_views(&corner.town, app).await.unwrap().is_empty());
        assert!(app::saved_view::forget_view(&corner.town, app, &kept.id).await.is_err(), "not theirs");
        app::saved_view::forget_view(&corner.city, app, &views[0].id).await.unwrap();
        assert!(app::saved_view::save_view(&corner.city, app, "  ", &tasks).await.is_err());
    }

    async fn the_dashboard_counts_what_is_in_sight(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let before = app::dashboard::dashboard(&corner.city, app).await.unwrap();
        assert_eq!((before.coverage, before.run.clone()), (None, None));
        three(&corner).await;
        let city = app::dashboard::dashboard(&corner.city, app).await.unwrap();
        assert_eq!(city.unions, 5);
        let rate = city.coverage.unwrap();
        assert_eq!((rate.with_union, rate.unsound()), (9, 2), "of nine with a union two have an unsound one");
        assert_eq!(format!("{:.1}", rate.percent().unwrap()), "58.3", "seven of twelve");
        assert_eq!(city.funnel[0].count, 3);
        assert_eq!(city.rules.len(), 2);
        let town = app::dashboard::dashboard(&corner.town, app).await.unwrap();
        assert_eq!(town.coverage.unwrap().percent(), Some(60.0));
        assert_eq!((town.unions, town.areas.len()), (2, 1));
        let towns = app::dashboard::areas(&corner.city, app, 330_226).await.unwrap();
        assert_eq!(towns.iter().map(|area| area.open_items).sum::<i64>(), 3);
        let no = corner.list(&corner.worker, ListFilter::default()).await.rows[0].item_no.clone();
        corner.act(&corner.worker, &no, "start_verifying").await;
        corner.test.clock.advance_days(4);
        corner.act(&corner.worker, &no, "confirm").await;
        let other = corner.list(&corner.worker, ListFilter { q: Some("腾浩".into()), ..Default::default() }).await;
        assert_eq!(other.total, 1);
        let later = app::dashboard::dashboard(&corner.city, app).await.unwrap();
        assert_eq!(later.step_days[0].median_days, Some(4.0));
        assert_eq!(later.rules.iter().map(|rule| rule.confirmed).sum::<i64>(), 1);
    }

    async fn the_exports_keep_their_contract(database: Database) {
        let corner = Corner::on(database).await;
        three(&corner).await;
        let app = &corner.test.app;
        let system = corner.test.system();
        let links = app::export::links(&system, app).await.unwrap();
        let heads: Vec<&str> = links.columns.iter().map(|(head, _)| *head).collect();
        assert_eq!(heads, ["union_id", "enterprise_id", "uscc", "probability", "decision", "tier", "evidence"]);
        let links = all(links);
        assert_eq!(links.len(), 5, "one row per union, of every type");
        assert_eq!(links[4][..5], ["U5".into(), Cell::Empty, Cell::Empty, Cell::Ratio(0.5), "none".into()]);

        let list = app::export::list(&system, app, ListExport::default()).await.unwrap();
        let heads: Vec<&str> = list.columns.iter().map(|(head, _)| *head).collect();
        assert_eq!(heads.join(", "), "item_id, rule, kind, subject_kind, subject_id, uscc, name, county, street, zone_id, \
            owner, priority, expected_members, due, state, reason");
        let rows = all(list);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1][6], "=宁海明盛橡塑厂".into(), "values as they are");
        assert_eq!((&rows[0][5], &rows[0][10]), (&"91330226MA2TENGH3C".into(), &"lixm".into()));
        let wanted = ListExport { rule: Some("found-joint".into()), kind: Some(ListKind::Verification), all: true };
        assert_eq!(all(app::export::list(&system, app, wanted).await.unwrap()).len(), 1);

        let members = all(app::export::members_insured(&system, app).await.unwrap());
        assert_eq!(members[0][..2], ["M1".into(), "I1".into()], "by member_id");
        assert_eq!(members[1][1..4], [Cell::Empty, Cell::Empty, "none".into()]);
        assert!(app::export::links(&corner.town, app).await.is_err(), "the whole city is not the town's");

        let file = app::export::list_workbook(&corner.town, app, &ListParams::default()).await.unwrap();
        assert!(file.bytes.starts_with(b"PK") && file.file_name.ends_with(".xlsx"));
    }
}
