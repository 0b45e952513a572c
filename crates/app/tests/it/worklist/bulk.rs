//! The same act on many items: what is said beforehand is what happens.

use app::list_item::{ActForm, ListFilter, ListParams, bulk_act, bulk_actions, bulk_preview, item_numbers};
use app::op::OpContext;
use domain::list_item::ItemState;
use testkit::both_engines;

use super::city::{Corner, XIDIAN, employer_without_union};

/// Employers without a union in 西店镇; the field worker there gets their items.
async fn many(corner: &Corner, count: usize) -> Vec<String> {
    corner.says(|script| {
        for nth in 0..count {
            let (finding, employer) = employer_without_union(
                &format!("E{nth}"),
                &format!("宁海第{nth}模具有限公司"),
                "91330226MA2TENGH3C",
                XIDIAN,
            );
            script.findings.push(finding);
            script.employers.push(employer);
        }
    });
    corner.run().await;
    item_numbers(&corner.city, &corner.test.app, &ListParams::default(), 10_000)
        .await
        .unwrap()
}

fn form(action: &str, words: &str) -> ActForm {
    ActForm {
        action: action.into(),
        words: Some(words.into()),
        ..ActForm::default()
    }
}

async fn states(corner: &Corner) -> Vec<ItemState> {
    let page = corner.list(&corner.city, ListFilter::default()).await;
    page.rows.iter().map(|row| row.state).collect()
}

both_engines! {
    async fn a_preview_changes_nothing_and_the_act_does_what_it_said(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let numbers = many(&corner, 5).await;
        corner.act(&corner.worker, &numbers[0], "start_verifying").await;
        let before = states(&corner).await;

        let said = bulk_preview(&corner.worker, app, &numbers, "start_verifying").await.unwrap();
        assert_eq!((said.possible.len(), said.refused.len()), (4, 1));
        assert_eq!(said.refused[0].item_no, numbers[0]);
        assert!(said.refused[0].reason.contains("核实中") && !said.refused[0].name.is_empty(), "{said:?}");
        assert_eq!(states(&corner).await, before, "only looked at");

        let done = bulk_act(&corner.worker, app, &numbers, form("start_verifying", "")).await.unwrap();
        assert_eq!(done.done, said.possible);
        assert_eq!(done.refused, said.refused, "the same reason as before");
        assert!(states(&corner).await.iter().all(|state| *state == ItemState::Verifying));
    }

    async fn what_takes_a_look_at_each_is_not_done_to_many(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let numbers = many(&corner, 2).await;
        for action in ["confirm", "refute", "unreachable", "found", "", "drop"] {
            assert!(bulk_preview(&corner.town, app, &numbers, action).await.is_err(), "{action}");
            assert!(bulk_act(&corner.town, app, &numbers, form(action, "见过")).await.is_err(), "{action}");
        }
        let offered = |op: &OpContext| bulk_actions(op).into_iter().map(|act| act.code).collect::<Vec<_>>();
        assert_eq!(offered(&corner.worker), ["read", "start_verifying", "accept", "block", "resume", "complete"]);
        assert_eq!(offered(&corner.town).len(), 9);
        assert!(bulk_act(&corner.worker, app, &numbers, form("put_aside", "别处")).await.is_err());
    }

    async fn only_the_owner_signs_for_them(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let numbers = many(&corner, 3).await;
        let officer = bulk_act(&corner.town, app, &numbers, form("read", "")).await.unwrap();
        assert_eq!((officer.done.len(), officer.refused.len()), (0, 3));
        assert!(officer.refused.iter().all(|one| one.reason == "只有承办人可以签收"));
        let owner = bulk_act(&corner.worker, app, &numbers, form("read", "")).await.unwrap();
        assert_eq!(owner.done.len(), 3);
        assert!(states(&corner).await.iter().all(|state| *state == ItemState::Read));
    }

    async fn many_are_escalated_with_one_reason_in_every_history(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let numbers = many(&corner, 3).await;
        corner.act(&corner.worker, &numbers[0], "start_verifying").await;
        corner.act(&corner.worker, &numbers[0], "confirm").await;
        let said = bulk_preview(&corner.town, app, &numbers, "escalate").await.unwrap();
        let done = bulk_act(&corner.town, app, &numbers, form("escalate", "企业总部在外市")).await.unwrap();
        assert_eq!(done.done, said.possible);
        assert!(!done.done.is_empty() && done.done.len() + done.refused.len() == 3);
        for number in &done.done {
            let item = corner.item(&corner.town, number).await;
            assert!(format!("{:?}", item.history).contains("企业总部在外市"), "{number}");
        }
        let mute = bulk_act(&corner.town, app, &numbers, form("escalate", " ")).await.unwrap();
        assert!(mute.done.is_empty(), "a reason is asked of each");
    }

    async fn more_than_one_transaction_takes_are_all_done(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let mut numbers = many(&corner, 620).await;
        assert_eq!(numbers.len(), 620);
        numbers.push("QD-330226-2026-999999".into());
        let done = bulk_act(&corner.worker, app, &numbers, form("start_verifying", "")).await.unwrap();
        assert_eq!((done.done.len(), done.refused.len()), (620, 1));
        let too_many = vec![numbers[0].clone(); 10_001];
        assert!(bulk_act(&corner.worker, app, &too_many, form("read", "")).await.is_err());
    }
}
