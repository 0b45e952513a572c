//! What a run says about its own linkage.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Outcome, Town};
use engines::matching::Model;
use lake::link_report::{LinkReport, WeightBin};
use lake::tables::Verdict;

fn report(town: &Town, threads: usize) -> (LinkReport, usize) {
    let outcome = town.try_run(|input| input.threads = Some(threads)).unwrap();
    let linked = outcome.links.values().filter(|l| l.decision == "linked").count();
    (outcome.output.stats.linkage.unwrap(), linked)
}

#[test]
fn every_compared_pair_is_counted_once_in_every_part() {
    let (report, linked) = report(&Town::ordinary(), 2);
    assert!(report.pairs > 0 && linked > 0);
    let proposed: u64 = report.blocking.iter().map(|rule| rule.pairs).sum();
    assert!(proposed >= report.pairs, "several rules may propose one pair");
    assert!(
        report
            .blocking
            .iter()
            .any(|rule| rule.rule == "name" && rule.pairs > 0)
    );
    let in_bins = |count: fn(&WeightBin) -> u64| report.weights.iter().map(count).sum::<u64>();
    assert_eq!(in_bins(|bin| bin.pairs), report.pairs);
    assert_eq!(in_bins(|bin| bin.linked), linked as u64);
    assert!(report.weights.is_sorted_by_key(|bin| bin.from));
    for field in &report.fields {
        // What is left out is the level "missing", where one side says nothing.
        assert!(
            field.levels.iter().map(|level| level.pairs).sum::<u64>() <= report.pairs,
            "{}",
            field.field
        );
        assert!(
            field
                .levels
                .iter()
                .all(|level| level.bits.is_some() == (level.pairs > 0))
        );
    }
    let tiers = report.tiers.iter().filter(|tier| tier.decision == "linked");
    assert_eq!(tiers.map(|tier| tier.unions).sum::<u64>(), linked as u64);
}

#[test]
fn threads_do_not_change_it() {
    let town = Town::ordinary();
    assert_eq!(report(&town, 1), report(&town, 3));
}

/// Unions that state their employer's name and county and nothing else.
fn town_of_bare_names() -> Town {
    let mut town = Town::ordinary();
    for n in 0..12u32 {
        let name = town.enterprises[n as usize * 4 + 1]["name"].clone();
        town.union(
            &format!("B{n:02}"),
            &format!("{name}工会"),
            &[("employer_name", &name), ("street", ""), ("founded", "")],
        );
    }
    town
}

fn with_the_prior_model(town: &Town) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.json");
    std::fs::write(&path, Model::default().to_json()).unwrap();
    town.try_run(|input| input.model = Some(path)).unwrap()
}

/// People look at eight of twelve like cases and say that none is right: the other four become less likely, the run says how
/// much it learned, and nobody is asked about the eight pairs again.
#[test]
fn answers_teach_the_next_run() {
    let mut town = town_of_bare_names();
    let before = with_the_prior_model(&town);
    assert_eq!(before.output.stats.linkage.as_ref().unwrap().learning, None);
    let enterprise = |n: u32| format!("E{:04}", n * 4 + 1);
    town.verdicts = (0..8)
        .map(|n| Verdict {
            union_id: format!("B{n:02}"),
            enterprise_id: enterprise(n),
            is_same: false,
        })
        .collect();
    let after = with_the_prior_model(&town);
    let learning = after.output.stats.linkage.as_ref().unwrap().learning.unwrap();
    assert_eq!((learning.same, learning.different), (0, 8));
    assert!(learning.loss_after < learning.loss_before, "{learning:?}");
    assert!(learning.right_after >= learning.right_before, "{learning:?}");
    for n in 8..12 {
        let p = |outcome: &Outcome| outcome.links[&format!("B{n:02}")].probability.unwrap();
        assert!(p(&after) < p(&before), "B{n:02}: {} {}", p(&before), p(&after));
    }
    for n in 0..8 {
        let link = &after.links[&format!("B{n:02}")];
        assert_ne!(link.enterprise_id.as_deref(), Some(enterprise(n).as_str()));
    }
    assert_ne!(
        before.output.stats.model_version, after.output.stats.model_version,
        "another model has another name"
    );
    assert_eq!(
        with_the_prior_model(&town).output.stats.model_version,
        after.output.stats.model_version,
        "the same answers teach the same"
    );
}
