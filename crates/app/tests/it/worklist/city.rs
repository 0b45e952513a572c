//! A small corner of Ningbo: the city, 宁海县, 西店镇 with its people, and a bulk job that says what the test tells it to.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use app::accounts::{FirstPassword, NewAccount, ReachForm, create_account};
use app::list_item::{ActDone, ActForm, ItemView, ListFilter, ListPage, ListParams, OwnerFilter};
use app::op::OpContext;
use app::progress::Progress;
use app::run::{BulkJob, RunRequest, RunView};
use codes::id::UnionOrgId;
use codes::time::Day;
use domain::accounts::Role;
use domain::list_item::ListKind;
use lake::member_links::{DECISIONS, MemberLink, MemberLinkFiles, TIERS, number_in};
use lake::run::{RunInput, RunOutput, RunStats};
use lake::tables::{
    CandidatePair, Closure, Coverage, Employer, Finding, Link, Member, OpenItem, PersonLink, Union, Verdict,
};
use store::union_org::UnionRow;
use testkit::{Database, TestApp};
use uuid::Uuid;

pub const XIDIAN: i64 = 330_226_104;
pub const TOWN_PATH: &str = "0000/0000/0000/";

/// What the next run finds.
#[derive(Default, Clone)]
pub struct Script {
    pub findings: Vec<Finding>,
    pub employers: Vec<Employer>,
    pub links: Vec<Link>,
    pub coverage: Vec<Coverage>,
    pub member_links: Vec<MemberLink>,
    /// For items that are open and not found again: what is said of them, by subject.
    pub closures: Vec<(String, &'static str)>,
    /// The run fails with this sentence.
    pub failure: Option<String>,
}

/// A bulk job by script. It closes an item when the register's snapshot holds a union for it, as the real one does.
#[derive(Default)]
pub struct FakeBulk {
    pub script: Mutex<Script>,
    /// What the last snapshot said.
    pub seen_unions: Mutex<Vec<Union>>,
    pub seen_verdicts: Mutex<Vec<Verdict>>,
}

impl BulkJob for FakeBulk {
    fn reconcile(
        &self,
        input: RunInput,
        progress: Progress,
    ) -> Pin<Box<dyn Future<Output = Result<RunOutput, String>> + Send>> {
        progress("比对", 1, 1).unwrap();
        let script = self.script.lock().unwrap().clone();
        let open: Vec<OpenItem> = read(&input.open_items);
        *self.seen_unions.lock().unwrap() = read(&input.unions);
        let verdicts: Vec<Verdict> = read(&input.verdicts);
        *self.seen_verdicts.lock().unwrap() = verdicts.clone();
        Box::pin(async move {
            if let Some(failure) = script.failure {
                return Err(failure);
            }
            Ok(write_output(&input.out, &script, &open, &verdicts))
        })
    }
}

fn read<R: lake::LakeRow>(path: &Path) -> Vec<R> {
    lake::read_rows::<R>(path).unwrap().map(Result::unwrap).collect()
}

/// Members and insured persons that the script speaks of, in its order, and the links between them.
fn write_member_links(out: &Path, links: &[MemberLink]) -> MemberLinkFiles {
    let files = MemberLinkFiles {
        links: out.join("member_links.parquet"),
        members: out.join("members.parquet"),
        insurance: Some(out.join("insured.parquet")),
    };
    let members = links.iter().map(|link| Member {
        member_id: link.member_id.clone(),
        union_key: 0,
        id_token: None,
        id_status: 0,
        id_parts: None,
        name: String::new(),
    });
    lake::write_rows(&files.members, members).unwrap();
    let insured = links.iter().filter_map(|link| link.ins_id.clone());
    let mut table = lake::columns::ColumnWriter::new(
        vec![lake::columns::Column {
            name: "ins_id".into(),
            kind: lake::columns::Kind::Text,
        }],
        std::fs::File::create(files.insurance.as_ref().unwrap()).unwrap(),
        100,
    )
    .unwrap();
    for id in insured {
        table.text(0, &id);
        table.end_row().unwrap();
    }
    table.finish().unwrap();
    let mut insured = 0;
    let places = links.iter().map(|link| {
        let ins_row = link.ins_id.as_ref().map(|_| insured);
        insured += i32::from(ins_row.is_some());
        PersonLink {
            ins_row,
            probability: link.probability,
            decision: number_in(&DECISIONS, link.decision),
            tier: number_in(&TIERS, link.tier.unwrap_or_default()),
        }
    });
    lake::write_rows(&files.links, places.collect::<Vec<_>>()).unwrap();
    files
}

/// Findings minus what a person said is the same; open items that were not found again are closed.
fn write_output(out: &Path, script: &Script, open: &[OpenItem], verdicts: &[Verdict]) -> RunOutput {
    let is_founded = |subject: &str| {
        verdicts
            .iter()
            .find(|verdict| verdict.enterprise_id == subject && verdict.is_same)
    };
    let findings: Vec<Finding> = script
        .findings
        .iter()
        .filter(|finding| is_founded(&finding.subject_id).is_none())
        .cloned()
        .collect();
    let closures: Vec<Closure> = open
        .iter()
        .filter(|item| {
            !findings
                .iter()
                .any(|it| it.rule == item.rule && it.subject_id == item.subject_id)
        })
        .map(|item| {
            let said = script
                .closures
                .iter()
                .find(|(subject, _)| *subject == item.subject_id);
            let union = is_founded(&item.subject_id).map(|verdict| verdict.union_id.clone());
            Closure {
                item_no: item.item_no.clone(),
                outcome: said.map_or("done", |(_, outcome)| *outcome).into(),
                reason: "登记库已有该单位的工会".into(),
                evidence: serde_json::json!({"union_id": union, "founded": "2026-08-10"}).to_string(),
            }
        })
        .collect();
    let file = |name: &str| out.join(format!("{name}.parquet"));
    lake::write_rows(&file("links"), script.links.clone()).unwrap();
    lake::write_rows(&file("findings"), findings).unwrap();
    lake::write_rows(&file("employers"), script.employers.clone()).unwrap();
    lake::write_rows(&file("closures"), closures).unwrap();
    lake::write_rows(&file("coverage"), script.coverage.clone()).unwrap();
    std::fs::write(out.join("model.json"), "{}").unwrap();
    lake::write_rows(&file("candidates"), Vec::<CandidatePair>::new()).unwrap();
    RunOutput {
        links: file("links"),
        candidates: file("candidates"),
        member_links: write_member_links(out, &script.member_links),
        findings: file("findings"),
        employers: file("employers"),
        closures: file("closures"),
        coverage: file("coverage"),
        model: out.join("model.json"),
        stats: RunStats {
            model_version: "m1".into(),
            ..Default::default()
        },
    }
}

/// The corner with its people.
pub struct Corner {
    pub test: TestApp,
    pub bulk: Arc<FakeBulk>,
    pub town: OpContext,
    pub worker: OpContext,
    pub city: OpContext,
    pub elsewhere: OpContext,
}

impl Corner {
    pub async fn on(database: Database) -> Corner {
        let mut test = TestApp::on(database).await;
        let bulk = Arc::new(FakeBulk::default());
        test.app.bulk = Some(bulk.clone());
        let unions = [
            union(1, "宁波市总工会", "0000/", None, None, "general"),
            union(2, "宁海县总工会", "0000/0000/", Some(330_226), None, "general"),
            union(
                3,
                "西店镇总工会",
                TOWN_PATH,
                Some(330_226),
                Some(XIDIAN),
                "general",
            ),
            union(
                4,
                "力洋镇总工会",
                "0000/0000/0001/",
                Some(330_226),
                Some(330_226_105),
                "general",
            ),
            union(
                5,
                "宁海县腾浩服饰有限公司工会委员会",
                "0000/0000/0000/0000/",
                Some(330_226),
                Some(XIDIAN),
                "single",
            ),
        ];
        let mut tx = test.app.store.begin().await.unwrap();
        tx.upsert_unions(unions).await.unwrap();
        tx.commit().await.unwrap();
        let city = person(&test, "shi", "赵市", Role::CityOfficer, 1).await;
        let town = person(&test, "zhen", "王干部", Role::TownOfficer, 3).await;
        let worker = person(&test, "lixm", "李小明", Role::FieldWorker, 3).await;
        let elsewhere = person(&test, "liyang", "孙力洋", Role::FieldWorker, 4).await;
        Corner {
            test,
            bulk,
            town,
            worker,
            city,
            elsewhere,
        }
    }

    pub fn says(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.bulk.script.lock().unwrap());
    }

    pub async fn run(&self) -> RunView {
        self.try_run().await.unwrap()
    }

    pub async fn try_run(&self) -> Result<RunView, app::error::AppError> {
        let op = self.test.system();
        app::run::reconcile(
            &op,
            &self.test.app,
            RunRequest::default(),
            app::progress::unwatched(),
        )
        .await
    }

    pub async fn list(&self, op: &OpContext, filter: ListFilter) -> ListPage {
        let params = ListParams {
            filter,
            ..Default::default()
        };
        app::list_item::list(op, &self.test.app, &params).await.unwrap()
    }

    /// Numbers of lists come from counts that are kept as items change: they must be what a look at the rows gives.
    pub async fn counts_are_true(&self) {
        let app = &self.test.app;
        let today = self.city.today();
        let everything = ListParams::default();
        for op in [&self.city, &self.town, &self.worker, &self.elsewhere] {
            let mut filters = vec![everything.filter.clone()];
            for kind in [ListKind::Verification, ListKind::Task, ListKind::Work] {
                filters.push(ListFilter {
                    kind: Some(kind),
                    ..Default::default()
                });
            }
            for owner in [
                OwnerFilter::Me,
                OwnerFilter::Nobody,
                OwnerFilter::Login("lixm".into()),
            ] {
                filters.push(ListFilter {
                    owner: Some(owner),
                    ..Default::default()
                });
            }
            filters.push(ListFilter {
                town: Some(XIDIAN),
                ..Default::default()
            });
            filters.push(ListFilter {
                overdue: true,
                ..Default::default()
            });
            for filter in filters {
                let params = ListParams {
                    filter,
                    ..Default::default()
                };
                let counted = app::list_item::list(op, app, &params).await.unwrap();
                let rows = app::list_item::item_numbers(op, app, &params, u32::MAX)
                    .await
                    .unwrap();
                assert_eq!(counted.total, rows.len() as i64, "{:?}", params.to_pairs());
                let mut late = 0;
                for number in &rows {
                    let item = app
                        .store
                        .read()
                        .await
                        .unwrap()
                        .item(number)
                        .await
                        .unwrap()
                        .unwrap();
                    late += i64::from(item.due_on < today);
                }
                assert_eq!(counted.overdue, late, "{:?}", params.to_pairs());
            }
        }
    }

    pub async fn item(&self, op: &OpContext, item_no: &str) -> ItemView {
        app::list_item::item(op, &self.test.app, item_no, &ListParams::default())
            .await
            .unwrap()
    }

    pub async fn act(&self, op: &OpContext, item_no: &str, action: &str) -> ActDone {
        self.try_act(op, item_no, action, None, None).await.unwrap()
    }

    pub async fn try_act(
        &self,
        op: &OpContext,
        item_no: &str,
        action: &str,
        choice: Option<&str>,
        words: Option<&str>,
    ) -> Result<ActDone, app::error::AppError> {
        let form = ActForm {
            action: action.into(),
            choice: choice.map(str::to_owned),
            words: words.map(str::to_owned),
            version: None,
        };
        app::list_item::act(op, &self.test.app, item_no, form).await
    }
}

async fn person(test: &TestApp, login: &str, name: &str, role: Role, union: u8) -> OpContext {
    let new = NewAccount {
        login: login.into(),
        name: name.into(),
        role,
        union_id: Some(UnionOrgId::from_uuid(union_uuid(union))),
        reach: ReachForm::default(),
    };
    let first = FirstPassword::Given("Found-25-unions".into());
    let (account, _) = create_account(&test.system(), &test.app, new, first)
        .await
        .unwrap();
    let account = test
        .app
        .store
        .read()
        .await
        .unwrap()
        .account(account.id)
        .await
        .unwrap()
        .unwrap();
    test.app.acting(&account, None, None)
}

fn union_uuid(nth: u8) -> Uuid {
    Uuid::from_bytes([nth; 16])
}

pub fn union(
    nth: u8,
    name: &str,
    path: &str,
    county: Option<i64>,
    town: Option<i64>,
    union_type: &str,
) -> UnionRow {
    UnionRow {
        id: union_uuid(nth),
        union_id: format!("U{nth}"),
        name: name.into(),
        search: codes::text::normalise(name),
        union_code: None,
        employer_code: None,
        employer_name: None,
        employer_legal_rep: None,
        chair: None,
        county,
        town,
        address: None,
        phone_sealed: None,
        phone_index: None,
        phone_token: None,
        industry_section: None,
        union_type: union_type.into(),
        parent_id: None,
        industry_parent_id: None,
        founded_on: None,
        term_end_on: None,
        declared_members: None,
        lon: None,
        lat: None,
        extra: None,
        path: Some(path.into()),
        is_active: true,
        source: "import".into(),
        unread: None,
        row_hash: 0,
        batch_no: None,
        changed_at: 0,
    }
}

/// 宁波腾浩户外用品有限公司, founded 13 months ago, 60 insured, no union: the story's employer.
pub fn tenghao() -> (Finding, Employer) {
    employer_without_union("E1", "宁波腾浩户外用品有限公司", "91330226MA2TENGH3C", XIDIAN)
}

pub fn employer_without_union(id: &str, name: &str, uscc: &str, town: i64) -> (Finding, Employer) {
    let evidence = serde_json::json!({
        "rows": [
            {"source": "enterprises", "count": 1, "facts": {"登记状态": "存续"}},
            {"source": "insurance", "count": 60, "facts": {"在保": 60}},
        ],
        "candidate": {
            "union_id": "U5", "name": "宁海县腾浩服饰有限公司工会委员会", "probability": 0.04, "prior": -9.6, "total": -4.6,
            "fields": [
                {"field": "brand", "label": "字号", "left": "腾浩", "right": "腾浩", "outcome": "agree", "weight": 9.2},
                {"field": "legal_rep", "label": "法定代表人", "outcome": "disagree", "weight": -4.2},
            ],
        },
        "doubts": ["名称相近的工会早于单位成立"],
    });
    let finding = Finding {
        rule: "found-25".into(),
        rule_version: 4,
        kind: "task".into(),
        subject_kind: "enterprise".into(),
        subject_id: id.into(),
        uscc: Some(uscc.into()),
        name: name.into(),
        county: Some(330_226),
        town: Some(town),
        priority: 2,
        expected_members: Some(52),
        insured_now: Some(60),
        due_days: 0,
        fingerprint: "f1".into(),
        reason: "满 13 个月，在保 60 人，登记库无工会".into(),
        evidence: evidence.to_string(),
    };
    let employer = Employer {
        enterprise_id: id.into(),
        uscc: Some(uscc.into()),
        name: name.into(),
        entity: "company".into(),
        status: Some("存续".into()),
        status_class: "in_business".into(),
        legal_rep: Some("邵建国".into()),
        county: Some(330_226),
        town: Some(town),
        address: Some("宁海县西店镇滨海工业园区 18 号".into()),
        industry: Some("C24".into()),
        founded: Day::new(2025, 7, 1),
        capital_fen: Some(500_000_000),
        phone_sealed: None,
        insured_now: Some(60),
        tax_headcount: Some(58),
        payroll_fen: None,
        fee_fen: None,
        flags: "[]".into(),
    };
    (finding, employer)
}
