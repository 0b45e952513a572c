//! The run, stage by stage.

use crate::error::{ReconcileError, Result};
use crate::linkage::{
    self, Candidates, Evidence, Insured, Link, Linked, MemberLinks, MentionPool, Resolution, Votes,
};
use crate::output::{Writing, count, named_rows};
use crate::progress::Reporter;
use crate::rule::{self, Finding, Known, Need, Rule};
use crate::session::session;
use crate::table::{self, Cover, EnterpriseTable, UnionRow, Verdicts};
use crate::view::{self, Declarations, Facts, Sources};
use engines::matching::frequency::KeyMap;
use engines::matching::{Claim, Decision, Model};
use lake::link_report::LinkReport;
use lake::member_links::MemberLinkFiles;
use lake::run::{RunInput, RunOutput, RunStats};
use std::collections::BTreeMap;

const STAGES: u64 = 9;

/// Everything that was read, resolved to row numbers.
struct Loaded {
    table: EnterpriseTable,
    unions: Vec<UnionRow>,
    covers: Vec<(Cover, u32)>,
    verdicts: Verdicts,
    insured: Insured,
    tax: Declarations,
    resolved: Vec<Resolution>,
    members: Vec<MemberLinks>,
    votes: Votes,
}

/// Runs all stages; see the crate's documentation for the picture.
pub async fn run(input: &RunInput, threads: usize, report: &Reporter) -> Result<RunOutput> {
    let rules = rule::load(&input.rules)?;
    let frozen = if input.retrain {
        None
    } else {
        linkage::load_or_default(input.model.as_deref())?
    };
    let mut loaded = load(input, threads, report)?;

    report.stage("工会与单位匹配", 4, STAGES);
    let claims = linkage::claims(&loaded.unions, &loaded.votes, &loaded.table, threads);
    let candidates =
        linkage::candidate_pairs(&loaded.unions, &claims, &loaded.votes, &loaded.table, threads)?;
    loaded.table.end_search();
    loaded.table.let_go();
    let (links, model, linkage) = link(&loaded, &claims, &candidates, frozen, input, threads);
    report.finished("工会与单位匹配");

    report.stage("按单位匹配其余会员", 5, STAGES);
    let places = places(&loaded, &links);
    linkage::settle_rest(
        &mut loaded.members,
        &loaded.insured,
        &loaded.votes,
        &places,
        threads,
    );
    report.finished("按单位匹配其余会员");

    report.stage("汇总用人单位情况", 6, STAGES);
    let sources = Sources {
        table: &loaded.table,
        unions: &loaded.unions,
        claims: &claims,
        links: &links,
        votes: &loaded.votes,
        as_of: input.as_of,
    };
    let insured = input
        .insurance
        .is_some()
        .then(|| linkage::insured_now(&loaded.insured, &loaded.resolved, loaded.table.len()));
    // Nobody asks for a single insured person from here on, and what follows needs room.
    let insured_rows = loaded.insured.len() as u64;
    loaded.insured = Insured::nobody();
    let facts = Facts::gather(&sources, insured, &loaded.tax, &loaded.covers, &loaded.resolved);
    report.finished("汇总用人单位情况");

    report.stage("运行规则", 7, STAGES);
    let findings = run_rules(&rules, input, &sources, &facts, threads).await?;
    let closures = close(input, &rules, &findings, &loaded, &links, &facts)?;
    report.finished("运行规则");

    report.stage("写出结果", 8, STAGES);
    let mut stats = stats(&loaded, insured_rows, &links, &findings, &rules, &model);
    stats.linkage = Some(linkage);
    let writing = Writing::start(&input.out)?;
    // The memberships are by far the largest table; they are written beside the others.
    let written = std::thread::scope(|scope| {
        let members = scope.spawn(|| writing.member_links(&loaded.members));
        writing.links(&loaded.unions, &links, &loaded.table)?;
        writing.candidates(&loaded.unions, &candidates, &loaded.table)?;
        writing.employers(&sources, &facts, &named_rows(&loaded.table, &links, &findings))?;
        writing.coverage(&sources, &facts, input.unsound_unions.as_ref())?;
        writing.decisions(findings, closures, &model)?;
        members
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    stats.member_linked = written?;
    let [
        links,
        member_links,
        findings,
        employers,
        closures,
        coverage,
        model,
        candidates,
    ] = writing.finish()?;
    report.finished("写出结果");
    report.stage("完成", STAGES, STAGES);
    (stats.stage_ms, stats.stage_cpu_ms, stats.stage_peak_mib) = report.figures();
    Ok(RunOutput {
        links,
        candidates,
        member_links: MemberLinkFiles {
            links: member_links,
            members: input.members.clone(),
            insurance: input.insurance.clone(),
        },
        findings,
        employers,
        closures,
        coverage,
        model,
        stats,
    })
}

fn load(input: &RunInput, threads: usize, report: &Reporter) -> Result<Loaded> {
    report.stage("读取市场主体", 0, STAGES);
    let path = input
        .enterprises
        .as_deref()
        .ok_or(ReconcileError::NoEnterprises)?;
    let table = EnterpriseTable::load(path, threads)?;
    let unions = table::unions(&input.unions)?;
    let verdicts = table::verdicts(&input.verdicts)?;
    table.let_go();
    report.finished("读取市场主体");

    report.stage("读取参保和申报记录", 1, STAGES);
    let mut pool = MentionPool::default();
    let insured = linkage::load_insured(input.insurance.as_deref(), input.as_of, &mut pool, threads)?;
    let tax = Declarations::load(input.tax.as_deref(), &mut pool, threads)?;
    let covers: Vec<(Cover, u32)> = table::covers(&input.covers)?
        .into_iter()
        .map(|cover| {
            let mention = pool.number_of(cover.code.as_deref(), cover.name.as_deref());
            (cover, mention)
        })
        .collect();
    report.finished("读取参保和申报记录");

    report.stage("认定用人单位", 2, STAGES);
    let resolved = linkage::resolve_all(&pool, &table, threads);
    // Names and codes of employers were looked at; persons come next.
    table.let_go();
    insured.let_go();
    tax.let_go();
    report.finished("认定用人单位");

    report.stage("会员与参保人员匹配", 3, STAGES);
    let numbers: KeyMap<u32> = unions
        .iter()
        .enumerate()
        .map(|(i, union)| (union.key, i as u32))
        .collect();
    let members = linkage::link_members(&input.members, &numbers, &insured, threads)?;
    let votes = linkage::count_votes(&members, &insured, &resolved, &pool, unions.len());
    insured.let_go();
    report.finished("会员与参保人员匹配");
    Ok(Loaded {
        table,
        unions,
        covers,
        verdicts,
        insured,
        tax,
        resolved,
        members,
        votes,
    })
}

fn link(
    loaded: &Loaded,
    claims: &[Claim],
    candidates: &Candidates,
    frozen: Option<Model>,
    input: &RunInput,
    threads: usize,
) -> (Vec<Link>, Model, LinkReport) {
    for block in &candidates.rules {
        tracing::info!(
            rule = %block.rule,
            pairs = block.pairs,
            skipped = block.skipped_keys,
            "candidates"
        );
    }
    let evidence = Evidence {
        unions: &loaded.unions,
        claims,
        votes: &loaded.votes,
        table: &loaded.table,
        verdicts: &loaded.verdicts,
        threads,
    };
    let linked = linkage::link_unions(&evidence, candidates, frozen, input.as_of.to_string());
    let Linked { links, model, .. } = linked;
    let mut report = linked.tally.report(&model, candidates.rules.clone(), &links);
    report.learning = linked.learning;
    (links, model, report)
}

/// Where members of each union may be expected among the insured: at its employer, at an employer in its cover list, and
/// wherever a good part of those found by number is.
fn places(loaded: &Loaded, links: &[Link]) -> Vec<Vec<u32>> {
    let numbers: BTreeMap<&str, usize> = loaded
        .unions
        .iter()
        .enumerate()
        .map(|(i, union)| (union.id.as_str(), i))
        .collect();
    let mut places: Vec<Vec<u32>> = links
        .iter()
        .enumerate()
        .map(|(union, link)| {
            link.row
                .filter(|_| link.decision == Decision::Linked)
                .into_iter()
                .chain(loaded.votes.main_targets(union as u32))
                .collect()
        })
        .collect();
    for (cover, mention) in &loaded.covers {
        if let Some(&union) = numbers.get(cover.union_id.as_str())
            && loaded.resolved[*mention as usize] != Resolution::Unclear
        {
            places[union].push(loaded.votes.target(*mention));
        }
    }
    for targets in &mut places {
        targets.sort_unstable();
        targets.dedup();
    }
    places
}

async fn run_rules(
    rules: &[Rule],
    input: &RunInput,
    sources: &Sources<'_>,
    facts: &Facts,
    threads: usize,
) -> Result<Vec<Finding>> {
    let context = session(threads);
    let arrow_error = ReconcileError::arrow("views");
    let rows = facts.of_interest(sources.table);
    let (employers, unions) = std::thread::scope(|scope| {
        let unions = scope.spawn(|| view::union_view(sources, facts));
        let employers = view::employer_view(sources, facts, &rows, threads);
        let unions = unions
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (employers, unions)
    });
    let (employers, unions) = (employers.map_err(&arrow_error)?, unions.map_err(&arrow_error)?);
    for (name, batch) in [("employer", employers), ("union_view", unions)] {
        context
            .register_batch(name, batch)
            .map_err(ReconcileError::engine("views"))?;
    }
    rule::check(rules, &context).await?;
    let mut findings = Vec::new();
    for rule in rules {
        if can_run(rule, input) {
            findings.extend(rule::apply(rule, &context, threads).await?);
        } else {
            tracing::warn!(
                rule = rule.head.id,
                "rule skipped: a source it needs was never imported"
            );
        }
    }
    Ok(findings)
}

fn can_run(rule: &Rule, input: &RunInput) -> bool {
    rule.head.needs.iter().all(|need| match need {
        Need::Insurance => input.insurance.is_some(),
        Need::Tax => input.tax.is_some(),
    })
}

fn close(
    input: &RunInput,
    rules: &[Rule],
    findings: &[Finding],
    loaded: &Loaded,
    links: &[Link],
    facts: &Facts,
) -> Result<Vec<rule::Closing>> {
    let items = table::open_items(&input.open_items)?;
    let known = Known {
        table: &loaded.table,
        unions: &loaded.unions,
        links,
        facts,
        has_insurance: input.insurance.is_some(),
        has_tax: input.tax.is_some(),
    };
    Ok(rule::close_items(&items, findings, rules, &known))
}

fn stats(
    loaded: &Loaded,
    insured_rows: u64,
    links: &[Link],
    findings: &[Finding],
    rules: &[Rule],
    model: &Model,
) -> RunStats {
    let mut findings_by_rule: BTreeMap<String, u64> = rules.iter().map(|r| (r.head.id.clone(), 0)).collect();
    for finding in findings {
        *findings_by_rule.entry(finding.rule.clone()).or_default() += 1;
    }
    RunStats {
        unions: loaded.unions.len() as u64,
        enterprises: loaded.table.len() as u64,
        members: loaded.members.iter().map(|part| part.union.len() as u64).sum(),
        insured_rows,
        linked: count(links, Decision::Linked),
        verify: count(links, Decision::Verify),
        none: count(links, Decision::None),
        member_linked: 0,
        findings_by_rule,
        rule_versions: rules
            .iter()
            .map(|r| (r.head.id.clone(), r.head.version))
            .collect(),
        model_version: model.version.clone(),
        linkage: None,
        stage_ms: Vec::new(),
        stage_cpu_ms: Vec::new(),
        stage_peak_mib: Vec::new(),
    }
}
