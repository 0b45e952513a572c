//! What a run says about its own linkage.

#![allow(clippy::unwrap_used)]

use crate::fixture::Town;
use lake::link_report::{LinkReport, WeightBin};

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
