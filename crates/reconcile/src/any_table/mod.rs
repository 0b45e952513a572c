//! Linking or de-duplicating any tables by a specification, without the platform.
//!
//! ```text
//! SPEC.toml ─ Spec ─┐
//! A.csv, B.csv ─────┴─ read ─► Tables ─┬─ Blocks (predicted, then refused or built) ─► candidate pairs ─► patterns
//!                                      └─ random sample ─► chances ─► engines::linking::train ─► Model ─► pairs.csv
//! ```
//!
//! The mathematics is `engines::linking`; here are files, blocks and threads. The same files and specification give the same
//! bytes at any number of threads: whatever threads count is whole numbers, and everything else happens in one order.
//!
#![doc = include_str!("../../specs/README.md")]
//!
//! ## Two specifications
//!
//! Two tables of people (`febrl4.toml`):
//!
//! ```toml
#![doc = include_str!("../../specs/febrl4.toml")]
//! ```
//!
//! Two shop catalogues (`abt-buy.toml`):
//!
//! ```toml
#![doc = include_str!("../../specs/abt-buy.toml")]
//! ```

mod block;
mod error;
mod output;
mod read;
mod score;
mod spec;

pub use error::AnyTableError;
pub use output::{FieldReport, RuleReport, Summary};
pub use spec::Spec;

use crate::parallel;
use block::Blocks;
use engines::linking::model::bits_of;
use engines::linking::{Counts, PatternCounts, Rivals, Training, choose, train};
use lake::place::{Place, PlaceError, Settings, Staging};
use std::path::PathBuf;

/// What to link and where the pairs go: local paths, or places for [`link_places`].
#[derive(Clone, Debug)]
pub struct LinkTables<P = PathBuf> {
    pub spec: P,
    pub left: P,
    /// Without a right file the left one is searched for duplicates.
    pub right: Option<P>,
    pub out: P,
    /// Where a report is written as JSON.
    pub report: Option<P>,
    /// Threads to use; all cores if `None`. The result does not depend on it.
    pub threads: Option<usize>,
}

impl LinkTables<Place> {
    /// The same request on local paths: what it reads is brought here, what it will write waits for [`Staging::send`].
    ///
    /// # Errors
    /// A file cannot be brought.
    pub fn staged(&self, staging: &mut Staging) -> Result<LinkTables, PlaceError> {
        Ok(LinkTables {
            spec: staging.bring(&self.spec)?,
            left: staging.bring(&self.left)?,
            right: self
                .right
                .as_ref()
                .map(|place| staging.bring(place))
                .transpose()?,
            out: staging.prepare(&self.out)?,
            report: self
                .report
                .as_ref()
                .map(|place| staging.prepare(place))
                .transpose()?,
            threads: self.threads,
        })
    }
}

/// [`link_tables`] over places: what lies in a bucket is brought into a temporary folder first, and once all is written the
/// results are sent.
///
/// # Errors
/// As [`link_tables`], and when a file cannot be brought or sent; a run that failed has sent nothing.
pub fn link_places(request: &LinkTables<Place>, settings: &Settings) -> Result<Summary, AnyTableError> {
    let temporary = std::env::temp_dir();
    let scratch = tempfile::tempdir().map_err(AnyTableError::write(&temporary))?;
    let mut staging = Staging::new(scratch.path(), settings.clone());
    let local = request.staged(&mut staging)?;
    let summary = link_tables(&local).map_err(|error| error.at_origin(&staging))?;
    staging.send()?;
    Ok(summary)
}

/// Links two tables, or finds duplicates in one, and writes the pairs.
///
/// # Errors
/// See [`AnyTableError`]; a failed run leaves nothing under the final names.
pub fn link_tables(request: &LinkTables) -> Result<Summary, AnyTableError> {
    let threads = request.threads.unwrap_or_else(parallel::cores).max(1);
    let spec = Spec::read(&request.spec)?;
    refuse_files(request)?;
    let loaded = read::load(&spec, &request.left, request.right.as_deref())?;
    let tables = &loaded.tables;
    let blocks = Blocks::build(&spec, &loaded)?;

    let fields = &loaded.fields;
    let counts: Vec<Counts> = fields
        .iter()
        .map(|field| Counts::of(tables, field.column, field.lexicon))
        .collect();
    let compared = score::Compared {
        loaded: &loaded,
        counts: &counts,
        threads,
    };
    let sample = compared.sample(spec.training.sample);
    let rarity = compared.rarity(&sample);
    let parts = compared.candidates(tables.pairing(), &blocks, &rarity, 1);
    let strangers = compared.strangers(&spec, &rarity);
    let mut patterns = PatternCounts::default();
    let mut rivals = Rivals::new(tables, spec.output.keep);
    for part in &parts {
        part.count_into(&mut patterns);
        part.compete(&mut rivals);
    }
    let training = Training {
        rounds: spec.training.rounds,
        prior: spec
            .training
            .matches
            .map(|n| (n / tables.pairs_in_all().max(1.0)).clamp(1e-12, 0.5)),
    };
    let model = train(
        tables,
        fields,
        &loaded.swaps,
        &counts,
        &sample,
        &patterns,
        &rivals,
        &strangers,
        &training,
    );
    let crowding = rivals.crowding(&model);
    let threshold_bits = bits_of(spec.output.threshold);
    let likely = compared.likely(&parts, &rarity, &model, &crowding, threshold_bits);
    let likely_count = likely.len();
    let links = choose(likely, spec.output.keep);

    let summary = Summary::of(
        &spec,
        &loaded,
        &counts,
        &blocks,
        &parts,
        &patterns,
        &model,
        likely_count,
        links.len(),
    );
    output::write_pairs(&request.out, &loaded, &links)?;
    if let Some(path) = &request.report {
        output::write_report(path, &summary)?;
    }
    Ok(summary)
}

fn refuse_files(request: &LinkTables) -> Result<(), AnyTableError> {
    let real = |path: &PathBuf| path.canonicalize().ok();
    if let Some(right) = &request.right
        && real(&request.left).is_some()
        && real(&request.left) == real(right)
    {
        return Err(AnyTableError::SameFile {
            file: request.left.clone(),
        });
    }
    let inputs = [Some(&request.spec), Some(&request.left), request.right.as_ref()];
    let outputs = [Some(&request.out), request.report.as_ref()];
    for output in outputs.into_iter().flatten() {
        if real(output).is_some()
            && inputs
                .into_iter()
                .flatten()
                .any(|input| real(input) == real(output))
        {
            return Err(AnyTableError::OutputIsInput { file: output.clone() });
        }
    }
    for output in outputs.into_iter().flatten() {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let source = std::io::Error::new(std::io::ErrorKind::NotFound, "所在的目录不存在");
            return Err(AnyTableError::Write {
                file: output.clone(),
                source,
            });
        }
    }
    match &request.report {
        Some(report) if *report == request.out => Err(AnyTableError::OutputIsInput { file: report.clone() }),
        _ => Ok(()),
    }
}
