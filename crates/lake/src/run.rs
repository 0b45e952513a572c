//! What goes into a reconcile run and what comes out: files on both sides, so that the job needs no database.

use crate::LakeError;
use crate::link_report::LinkReport;
use crate::member_links::MemberLinkFiles;
use crate::place::{Place, Staging};
use codes::time::Day;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

/// Where the targeting rules come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RulesSource {
    /// The rules built into the binary.
    Embedded,
    /// A folder of rule files.
    Folder(PathBuf),
}

/// Everything that linkage and rules may look at: as local paths, or as places before [`RunInput::staged`].
#[derive(Debug, Clone)]
pub struct RunInput<P = PathBuf> {
    /// The only "now" of the run.
    pub as_of: Day,
    /// Current state of the market register; `None`: never imported.
    pub enterprises: Option<P>,
    /// Current insured rows.
    pub insurance: Option<P>,
    /// Current wage declarations.
    pub tax: Option<P>,
    /// Current drivers.
    pub drivers: Option<P>,
    /// Snapshot of the unions' register.
    pub unions: P,
    /// Snapshot of covered employers.
    pub covers: P,
    /// Snapshot of memberships.
    pub members: P,
    /// Decisions by hand.
    pub verdicts: P,
    /// Items open before the run.
    pub open_items: P,
    /// Keys of the unions whose records the last count of the register found unsound (不合格); `None`: never counted.
    pub unsound_unions: Option<HashSet<String>>,
    /// The rules.
    pub rules: RulesSource,
    /// A frozen model; `None`: train one.
    pub model: Option<P>,
    /// Train again even if a model exists.
    pub retrain: bool,
    /// Folder for the results; it exists and is empty.
    pub out: P,
    /// Worker threads; `None`: one a core.
    pub threads: Option<usize>,
}

impl RunInput<Place> {
    /// The same run on local paths: what it reads is brought here, what it will write waits for [`Staging::send`].
    ///
    /// # Errors
    /// A table cannot be brought, or the folder for the results cannot be made.
    pub fn staged(&self, staging: &mut Staging) -> Result<RunInput, LakeError> {
        let out = staging.prepare_folder(&self.out)?;
        let table = |place: &Place| staging.bring_table(place);
        Ok(RunInput {
            as_of: self.as_of,
            enterprises: self.enterprises.as_ref().map(table).transpose()?,
            insurance: self.insurance.as_ref().map(table).transpose()?,
            tax: self.tax.as_ref().map(table).transpose()?,
            drivers: self.drivers.as_ref().map(table).transpose()?,
            unions: table(&self.unions)?,
            covers: table(&self.covers)?,
            members: table(&self.members)?,
            verdicts: table(&self.verdicts)?,
            open_items: table(&self.open_items)?,
            unsound_unions: self.unsound_unions.clone(),
            rules: self.rules.clone(),
            model: self
                .model
                .as_ref()
                .map(|place| staging.bring(place))
                .transpose()?,
            retrain: self.retrain,
            out,
            threads: self.threads,
        })
    }
}

/// The files a run has written, see [`crate::tables`].
#[derive(Debug, Clone)]
pub struct RunOutput {
    /// [`crate::tables::Link`].
    pub links: PathBuf,
    /// [`crate::tables::CandidatePair`].
    pub candidates: PathBuf,
    /// Person links, by position, with the two files that the positions count in.
    pub member_links: MemberLinkFiles,
    /// [`crate::tables::Finding`].
    pub findings: PathBuf,
    /// [`crate::tables::Employer`].
    pub employers: PathBuf,
    /// [`crate::tables::Closure`].
    pub closures: PathBuf,
    /// [`crate::tables::Coverage`].
    pub coverage: PathBuf,
    /// The model that was used.
    pub model: PathBuf,
    /// Counts and times.
    pub stats: RunStats,
}

/// Counts and times of a run, kept with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStats {
    /// Unions in the register.
    pub unions: u64,
    /// Enterprises in the market register.
    pub enterprises: u64,
    /// Memberships.
    pub members: u64,
    /// Insured rows.
    pub insured_rows: u64,
    /// Unions linked.
    pub linked: u64,
    /// Unions with a candidate to verify.
    pub verify: u64,
    /// Unions without a candidate.
    pub none: u64,
    /// Memberships linked to an insured row.
    pub member_linked: u64,
    /// Findings by rule.
    pub findings_by_rule: BTreeMap<String, u64>,
    /// Version of each rule.
    pub rule_versions: BTreeMap<String, i32>,
    /// Version of the model.
    pub model_version: String,
    /// How unions came to their employers; absent in runs of older programs.
    #[serde(default)]
    pub linkage: Option<LinkReport>,
    /// Stages in order with their wall time in milliseconds.
    pub stage_ms: Vec<(String, u64)>,
    /// The same stages with the CPU time of the whole process (user and system, all threads) in milliseconds; empty in
    /// runs of older programs.
    #[serde(default)]
    pub stage_cpu_ms: Vec<(String, u64)>,
    /// The same stages with the most memory in MiB that the process had held when they ended, mapped files with it; empty
    /// where the system does not tell, and in runs of older programs.
    #[serde(default)]
    pub stage_peak_mib: Vec<(String, u64)>,
}
