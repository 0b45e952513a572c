//! Every page rendered from samples (usual, empty, very long, after a mistake) into target/gallery, and checked:
//! ids are unique, every input has a label, nothing needs inline style or script.

#![allow(clippy::unwrap_used)]

mod check;
mod data;
mod entry;
mod home;
mod item;
mod own_account;
mod people;
mod programs;
mod registers;
mod worklist;

use std::path::Path;

use askama::Template;

use crate::ui::{Flash, Frame, Here, NavFacts, Who};

/// A sample's file name and its page.
pub(crate) type Sample = (String, String);

pub(crate) fn sample(name: &str, page: &impl Template) -> Sample {
    (name.to_owned(), page.render().unwrap())
}

pub(crate) fn frame(title: &str, here: Here) -> Frame {
    let facts = NavFacts {
        shows_home: true,
        shows_notice: true,
        verify_open: Some(1_284),
        task_open: Some(436),
        work_open: Some(0),
        mine_open: Some(12),
        shows_lists: true,
        shows_unions: true,
        shows_members: true,
        shows_batches: true,
        shows_runs: true,
        shows_accounts: true,
        shows_jobs: true,
        shows_journal: true,
        shows_approvals: true,
        approvals_waiting: 2,
        shows_security: true,
    };
    let who = Who {
        name: "王**".into(),
        role: "镇工会干部".into(),
        place: "宁海县西店镇总工会".into(),
    };
    Frame::new(title, here, Some(who), facts)
}

pub(crate) fn told(title: &str, here: Here, flash: Flash) -> Frame {
    frame(title, here).flash(Some(flash))
}

pub(crate) fn texts<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(left, right)| ((*left).to_owned(), (*right).to_owned()))
        .collect()
}

#[test]
fn every_sample_is_sound_html() {
    let samples: Vec<Sample> = [
        home::samples(),
        worklist::samples(),
        item::samples(),
        entry::samples(),
        data::samples(),
        registers::samples(),
        people::samples(),
        own_account::samples(),
        programs::samples(),
    ]
    .concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, html) in &samples {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        let faults = check::faults(html);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}
