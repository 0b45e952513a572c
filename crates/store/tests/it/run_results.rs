//! What a run says of unions and employers: only what is new is written, and what it no longer says is gone.

use store::employer::EmployerRecord;
use store::link::LinkRecord;

fn link(union: &str, probability: f64) -> LinkRecord {
    LinkRecord {
        union_id: union.into(),
        enterprise_id: Some("E1".into()),
        uscc: None,
        probability: Some(probability),
        decision: "linked".into(),
        tier: Some("code".into()),
        evidence: r#"{"fields":[]}"#.into(),
        candidate_name: Some("宁海县腾浩户外用品有限公司".into()),
    }
}

fn card(id: &str, insured: Option<i64>) -> EmployerRecord {
    EmployerRecord {
        enterprise_id: id.into(),
        uscc: None,
        name: "象山县百川渔业有限公司".into(),
        entity: "company".into(),
        status: Some("存续".into()),
        status_class: "in_business".into(),
        legal_rep: None,
        county: Some(330_225),
        town: None,
        address: None,
        industry: None,
        founded_on: None,
        capital_fen: None,
        phone_sealed: Some(vec![1, 2, 3]),
        insured_now: insured,
        tax_headcount: None,
        payroll_fen: None,
        fee_fen: None,
        flags: serde_json::json!(["branch"]),
        responsible_path: None,
    }
}

both_engines! {
    async fn links_are_those_of_the_last_run(database: Database) {
        let first = [link("U1", 0.9), link("U2", 0.9), link("U3", 0.9)];
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(tx.replace_links(first.clone()).await.unwrap(), 3);
        tx.commit().await.unwrap();

        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(tx.replace_links(first).await.unwrap(), 0, "nothing new is nothing written");
        let second = vec![link("U1", 0.9), link("U3", 0.95), link("U4", 0.9)];
        assert_eq!(tx.replace_links(second.clone()).await.unwrap(), 2);
        assert_eq!(tx.links().await.unwrap(), second);
        tx.commit().await.unwrap();
    }

    async fn cards_are_brought_up_to_date_and_stay(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(tx.upsert_employers([card("E1", None), card("E2", Some(0))]).await.unwrap(), 2);
        // Unknown is not zero, so the one is news to the other.
        assert_eq!(tx.upsert_employers([card("E1", Some(0)), card("E2", Some(0))]).await.unwrap(), 1);
        assert_eq!(tx.upsert_employers([card("E1", Some(26))]).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let mut reader = database.store.read().await.unwrap();
        assert_eq!(reader.employer("E1").await.unwrap(), Some(card("E1", Some(26))));
        assert_eq!(reader.employer("E2").await.unwrap(), Some(card("E2", Some(0))));
    }
}
