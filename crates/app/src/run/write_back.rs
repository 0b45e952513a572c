//! A run's results into the store: read from the lake's files, merged in memory, written in one transaction.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use codes::time::Day;
use domain::accounts::Role;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::run::RunState;
use domain::scope::Scope;
use lake::run::RunOutput;
use lake::tables;
use serde_json::{Value, json};
use store::Tx;
use store::employer::EmployerRecord;
use store::link::LinkRecord;
use store::list_item::ItemRecord;
use store::run::{CoverageRecord, RunEnd};
use tokio::task::JoinHandle;

use super::merge::{MergeContext, MergePlan, Sifted, plan, sift};
use super::model;
use super::places::{Assigner, Places};
use crate::error::AppError;
use crate::list_item::policy_on;
use crate::op::{App, OpContext};

/// Everything a run wrote that goes to the store.
struct Results {
    links: Vec<LinkRecord>,
    findings: Vec<tables::Finding>,
    employers: Vec<tables::Employer>,
    closures: Vec<tables::Closure>,
    coverage: Vec<tables::Coverage>,
}

/// Replaces links and coverage, brings employers and items up to date, ends the run: all or nothing. Answers whether so much
/// of that is new that the planner's statistics should be.
pub(super) async fn write_back(
    op: &OpContext,
    app: &App,
    run_no: i64,
    as_of: Day,
    output: RunOutput,
    batches: Vec<(String, String, String)>,
) -> Result<bool, AppError> {
    let reading = read(&output);
    let stats = serde_json::to_value(&output.stats).map_err(|error| AppError::internal(error.to_string()))?;
    model::keep(&app.data_dir, &output.model, &output.stats.model_version)?;
    let kept = keep_links(&app.data_dir, &output, run_no)?;

    let mut tx = app.store.begin().await?;
    let places = Places::of(tx.general_unions().await?);
    // Nobody's act may fall between reading the items and writing them.
    tx.lock_items().await?;
    let gists = tx.item_gists().await?;
    let results = reading.await.map_err(AppError::internal)??;
    let all = (results.links.len() + results.employers.len() + gists.len()) as u64;
    let mut written = tx.replace_links(results.links).await?;
    written += tx
        .upsert_employers(results.employers.into_iter().map(|row| employer(row, &places)))
        .await?;
    tx.replace_coverage(results.coverage.into_iter().map(|row| coverage(row, &places)))
        .await?;
    let sifted = sift(as_of, &places, gists, results.findings, &results.closures);
    let plan = merge(op, app, &mut tx, run_no, as_of, &places, sifted, results.closures).await?;
    let counts = plan.counts;
    written += (plan.inserts.len() + plan.rewrites.len()) as u64;
    write_plan(op, &mut tx, as_of.year(), plan).await?;
    let end = RunEnd {
        state: RunState::Finished,
        finished_at: op.now(),
        failure: None,
        stats: Some(stats),
        merge_counts: Some(json!(counts)),
        batches: json!(batches),
        member_links_file: Some(kept),
    };
    if !tx.end_run(run_no, &end).await? {
        return Err(AppError::conflict("RUN-410", "本次比对已被标记为中断，结果未写入").hint("请重新比对"));
    }
    if let Some(run) = tx.run(run_no).await? {
        let entry = JournalEntry::new(JournalAction::RunFinished, SubjectKind::Run, run.id.uuid())
            .after(&json!({"run_no": run_no, "counts": counts}));
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    drop_older_links(&app.data_dir, run_no);
    Ok(written > crate::intake::SETTLE_ROWS as u64 && written > all / 4)
}

/// Begins to read the files; the store is read meanwhile.
fn read(output: &RunOutput) -> JoinHandle<Result<Results, AppError>> {
    let output = output.clone();
    tokio::task::spawn_blocking(move || {
        let read = || -> Result<Results, lake::LakeError> {
            Ok(Results {
                links: rows::<tables::Link>(&output.links)?
                    .into_iter()
                    .map(link)
                    .collect(),
                findings: rows(&output.findings)?,
                employers: rows(&output.employers)?,
                closures: rows(&output.closures)?,
                coverage: rows(&output.coverage)?,
            })
        };
        read().map_err(|error| AppError::internal(error.to_string()))
    })
}

fn rows<R: lake::LakeRow>(path: &Path) -> Result<Vec<R>, lake::LakeError> {
    lake::read_rows::<R>(path)?.collect()
}

fn link(row: tables::Link) -> LinkRecord {
    LinkRecord {
        union_id: row.union_id,
        enterprise_id: row.enterprise_id,
        uscc: row.uscc,
        probability: row.probability,
        decision: row.decision,
        tier: row.tier,
        evidence: row.evidence,
        candidate_name: row.candidate_name,
    }
}

fn employer(row: tables::Employer, places: &Places) -> EmployerRecord {
    let county = row.county.map(i64::from);
    EmployerRecord {
        responsible_path: places.responsible(county, row.town).map(str::to_owned),
        enterprise_id: row.enterprise_id,
        uscc: row.uscc,
        name: row.name,
        entity: row.entity,
        status: row.status,
        status_class: row.status_class,
        legal_rep: row.legal_rep,
        county,
        town: row.town,
        address: row.address,
        industry: row.industry,
        founded_on: row.founded,
        capital_fen: row.capital_fen,
        phone_sealed: row.phone_sealed,
        insured_now: row.insured_now,
        tax_headcount: row.tax_headcount,
        payroll_fen: row.payroll_fen,
        fee_fen: row.fee_fen,
        flags: serde_json::from_str(&row.flags).unwrap_or(Value::Null),
    }
}

fn coverage(row: tables::Coverage, places: &Places) -> CoverageRecord {
    let county = row.county.map(i64::from);
    CoverageRecord {
        responsible_path: places.responsible(county, row.town).map(str::to_owned),
        county,
        town: row.town,
        employers_25: row.employers_25,
        employers_25_with_union: row.employers_25_with_union,
        employers_25_with_sound_union: row.employers_25_with_sound_union,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the transaction, who, when and the inputs of one decision"
)]
async fn merge(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    run_no: i64,
    as_of: Day,
    places: &Places,
    sifted: Sifted,
    closures: Vec<tables::Closure>,
) -> Result<MergePlan, AppError> {
    let known = items(tx, &sifted.item_nos, sifted.known).await?;
    let open: HashMap<_, _> = tx.open_count_by_owner().await?.into_iter().collect();
    let workers = tx.accounts_of_role(Role::FieldWorker, &Scope::Everything).await?;
    let mut assigner = Assigner::of(workers, &open);
    let counters: HashMap<i64, i64> = tx.item_counters(as_of.year()).await?.into_iter().collect();
    let policy = policy_on(as_of);
    let context = MergeContext {
        run_no,
        as_of,
        now: op.now(),
        ids: &*app.ids,
        policy: &policy,
        calendar: app.calendar,
        places,
    };
    let mut plan = plan(
        &context,
        &mut assigner,
        counters,
        known,
        sifted.findings,
        closures,
    )
    .map_err(|senseless| AppError::unavailable("RUN-502", senseless.to_string()))?;
    plan.counts.unchanged += sifted.counts.unchanged;
    plan.counts.suppressed += sifted.counts.suppressed;
    Ok(plan)
}

/// The items with these numbers, which are sorted. Few of all there are come one by one.
async fn items(tx: &mut Tx, item_nos: &[String], all: usize) -> Result<Vec<ItemRecord>, AppError> {
    const DEARER_ONE_BY_ONE: usize = 4;
    let mut items = Vec::with_capacity(item_nos.len());
    if item_nos.len() * DEARER_ONE_BY_ONE > all {
        items = tx.items().await?;
        items.retain(|item| item_nos.binary_search(&item.item_no).is_ok());
    } else {
        for item_no in item_nos {
            items.extend(tx.item(item_no).await?);
        }
    }
    Ok(items)
}

async fn write_plan(op: &OpContext, tx: &mut Tx, year: i32, plan: MergePlan) -> Result<(), AppError> {
    tx.merge_items(plan.inserts, plan.rewrites).await?;
    tx.write_evidence(plan.evidence).await?;
    tx.write_closings(&plan.closings).await?;
    for (division, last_no) in plan.counters {
        tx.set_item_counter(division, year, last_no).await?;
    }
    tx.journal_many(&op.by(), &plan.entries).await?;
    Ok(())
}

/// Person links and candidate pairs stay in the lake, in one folder per run; only the last run's is kept.
fn keep_links(data_dir: &Path, output: &RunOutput, run_no: i64) -> Result<String, AppError> {
    let folder = links_folder(data_dir).join(run_no.to_string());
    crate::keys::create_private_dir(&folder)?;
    output.member_links.keep_in(&folder).map_err(AppError::internal)?;
    let candidates = folder.join(super::CANDIDATES);
    std::fs::rename(&output.candidates, &candidates)
        .map_err(|error| AppError::io(candidates.display(), error))?;
    Ok(format!("lake/links/{run_no}"))
}

fn links_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("lake").join("links")
}

fn drop_older_links(data_dir: &Path, run_no: i64) {
    let keep = run_no.to_string();
    let Ok(entries) = std::fs::read_dir(links_folder(data_dir)) else {
        return;
    };
    for entry in entries.flatten().filter(|entry| entry.file_name() != *keep) {
        let path = entry.path();
        if let Err(error) = std::fs::remove_dir_all(&path) {
            tracing::warn!(%error, folder = %path.display(), "the links of an older run could not be removed");
        }
    }
}
