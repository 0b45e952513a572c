//! Rows that only some operations read, and where each operation is asked for.

use codes::id::UnionOrgId;
use domain::approval::ApprovalKind;
use domain::intake::Kind;
use serde_json::json;
use store::cover::CoverRow;
use testkit::union;

use super::{BATCHES, CODE, ENTERPRISE, ITEM, Rows, Town};
use crate::client::Client;
use crate::plant::encoded;

impl Town {
    /// What waits for somebody: a change to be approved, whose words name somebody, a request to close, a hold, a covered employer; a
    /// run, and two exports of the city officer's.
    pub(super) async fn second_person(&mut self) {
        let app = &self.test.app;
        // The second person reads it at the console, where it says what they approve; a program is told it masked.
        self.exported = self.mint.name();
        let wanted = app::approval::Wanted {
            kind: ApprovalKind::Export,
            title: "导出会员".into(),
            details: vec![("姓名开头".into(), self.exported.clone())],
            arguments: json!("members"),
        };
        let op = &self.people.county_officer;
        let approval = app::approval::ask(op, app, &wanted, "/", "季度报表")
            .await
            .unwrap();
        let zone = app::zone::ZoneForm {
            name: "镇北片区".into(),
            worker: String::new(),
        };
        let zone = app::zone::make_zone(op, app, union::TOWN, &zone).await.unwrap();
        let hold = app::membership::hold(op, app, "MK-1", "审计").await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        let member = tx.member_row("MK-1").await.unwrap().unwrap();
        let closing = UnionOrgId::mint(&*app.ids, app.now()).uuid();
        let (now, due) = (app.now().millis(), app.now().day().naive());
        tx.add_member_closing(
            closing,
            member.id,
            "MK-1",
            member.union_org_id,
            "已离开本地",
            now,
            due,
        )
        .await
        .unwrap();
        let cover = CoverRow {
            cover_key: format!("{}|甲厂", union::BASE),
            union_id: union::BASE.into(),
            employer_code: Some(CODE.into()),
            employer_name: Some("甲厂".into()),
            cover_from: None,
            cover_to: None,
            row_hash: 0,
            batch_no: None,
        };
        tx.upsert_covers([cover.clone()]).await.unwrap();
        let run = codes::id::Id::mint(&*app.ids, app.now());
        let by = &self.people.city_officer.actor.name;
        let run_no = tx.start_run(run, app.now().day(), app.now(), by).await.unwrap();
        tx.commit().await.unwrap();
        self.rows = Rows {
            cover: encoded(&cover.cover_key),
            hold: hold.to_string(),
            closing: closing.to_string(),
            approval: approval.id.to_string(),
            zone: zone.to_string(),
            run_no,
        };
        let mut city = Client::signed_in(&self.router, "city-officer").await;
        for (nth, kind) in ["unions", "members"].into_iter().enumerate() {
            let form = format!("format=csv&plain=no&reason={}", encoded("核对台账"));
            let made = city.post(&format!("/export/{kind}"), &form).await;
            assert_eq!(
                made.location,
                Some(format!("/download#n{}", nth + 1)),
                "{}",
                made.text
            );
        }
    }

    /// A job of this person's that has anonymised nobody, where they may; nobody's otherwise.
    pub(super) async fn job_of(&self, op: &app::op::OpContext) -> String {
        if !op.can(domain::permission::Action::ConfirmMembership) {
            return uuid::Uuid::nil().to_string();
        }
        let app = &self.test.app;
        let job = app::membership::anonymise(op, app, "2015-01-01", 0)
            .await
            .unwrap();
        while app::job::run_next(app).await.unwrap() {}
        job.to_string()
    }

    /// Where an operation is asked for here: of what is there, each outcome of each check. One that this cannot fill fails.
    pub(super) fn addresses(&self, endpoint: &web::api::Endpoint, job: &str) -> Vec<String> {
        let (request, run_no) = (self.request.to_string(), self.rows.run_no.to_string());
        let account = self.people.town_officer.actor.id.unwrap().to_string();
        let of = |name: &str| -> Vec<String> {
            let one = |text: &str| vec![text.to_owned()];
            let some = |texts: std::ops::RangeInclusive<usize>| texts.map(|nth| nth.to_string()).collect();
            match name {
                // What lies in no zone is asked of a town.
                "union_id" if endpoint.path.ends_with("/unzoned") => one(union::TOWN),
                "union_id" => one(union::BASE),
                "member_id" => one("MK-1"),
                "item_no" => one(ITEM),
                "enterprise_id" => one(ENTERPRISE),
                "check_id" => one("members.number.repeated"),
                "batch_no" | "check_no" => some(1..=BATCHES),
                "run_no" => one(&run_no),
                "export_no" => some(1..=2),
                "kind" => Kind::ALL.map(|kind| kind.name().to_owned()).into(),
                "name" => one("sex"),
                "day" => one("2026-07-31"),
                "change" => one("dissolve"),
                "request_id" => one(&request),
                "account_id" => one(&account),
                "job_id" => one(job),
                "cover_key" => one(&self.rows.cover),
                "hold_id" => one(&self.rows.hold),
                "closing_id" => one(&self.rows.closing),
                "approval_id" => one(&self.rows.approval),
                "zone_id" => one(&self.rows.zone),
                "suggestion_id" => one(&self.member.to_string()),
                "officer_id" | "plate_id" | "view_id" => one(&uuid::Uuid::nil().to_string()),
                "parent" => one("330226"),
                "outcome" => app::intake::Outcome::ALL
                    .iter()
                    .map(|outcome| outcome.code().to_owned())
                    .collect(),
                // Sent with a file alone.
                "file_name" => one("x.csv"),
                other => panic!(
                    "this test does not know what {other} of {} stands for",
                    endpoint.id
                ),
            }
        };
        let mut addresses = vec![endpoint.path.to_owned()];
        for param in &endpoint.path_params {
            let hole = format!("{{{}}}", param.name);
            let mut filled = Vec::new();
            for value in of(param.name) {
                filled.extend(addresses.iter().map(|at| at.replace(&hole, &value)));
            }
            addresses = filled;
        }
        for param in endpoint.query.iter().filter(|param| param.is_required) {
            let mut asked = Vec::new();
            for value in of(param.name) {
                asked.extend(addresses.iter().map(|at| {
                    let sign = if at.contains('?') { '&' } else { '?' };
                    format!("{at}{sign}{}={value}", param.name)
                }));
            }
            addresses = asked;
        }
        addresses
    }
}
