//! The seeded synthetic city behind `gonghui demo`, tests and benches.
//!
//! The clean truth comes first: a union tree of Ningbo's shape, employers, their staff, who is insured where, who is a
//! member of what. The agency files are made from it with the dirt of real ones ([`dirt`]), and the truth is written
//! beside them, in a folder that no import reads. The same seed, size and day give the same bytes: every thing is made
//! from its own number alone, so nothing is kept but small tables, and files are written side by side.

mod cases;
mod compose;
mod dice;
pub(crate) mod dirt;
mod employer;
mod files;
mod mention;
mod name;
mod naming;
mod next_day;
mod person;
mod places;
mod plan;
mod sheet;
mod size;
mod traits;
mod truth;
mod union;
mod words;
mod world;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use codes::time::Day;
use serde::Serialize;

pub use crate::cases::write_cases;
use crate::files::Rows;
use crate::files::covers::Covered;
pub use crate::sheet::Format;
pub use crate::size::{Scale, Size};
use crate::world::World;

/// What can go wrong while writing a city.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// A folder or file could not be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The CSV writer failed.
    #[error("cannot write {}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// The Parquet writer failed.
    #[error("cannot write {}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// The XLSX writer failed.
    #[error("cannot write {}", path.display())]
    Xlsx {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rust_xlsxwriter::XlsxError,
    },
    /// The summary could not be written.
    #[error("cannot write {}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A sheet of XLSX holds 1,048,576 rows.
    #[error("{} has more rows than a sheet of XLSX can hold: write CSV or Parquet", path.display())]
    TooManyRows {
        /// The file.
        path: PathBuf,
    },
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// The day the files were written, `yyyy-mm-dd`.
    pub as_of: String,
    /// Data rows by kind of file.
    pub rows: BTreeMap<String, u64>,
    /// Enterprises that rule found-25 should raise.
    pub found_25: u64,
    /// Rows of the next day's files by kind.
    pub next_day_rows: BTreeMap<String, u64>,
    /// Enterprises that rule found-25 should raise after the next day's files.
    pub next_day_found_25: u64,
    /// Enterprise and union of the story, for tests: `宁波市腾浩户外用品有限公司` and the union of its ghost sibling.
    pub story: Story,
}

/// Where the story's actors are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// `enterprise_id` of the employer: 60 insured, 13 months old, no union.
    pub enterprise_id: String,
    /// Its code.
    pub uscc: String,
    /// `union_id` of the union of 宁海县腾浩服饰有限公司, which stands in no register.
    pub sibling_union_id: String,
}

/// Tells `report(kind, done, total)` now and then; called from several threads.
pub type Report<'a> = &'a (dyn Fn(&str, u64, u64) + Sync);

/// Reports only every few thousand rows.
pub(crate) struct Progress<'a>(Report<'a>);

impl Progress<'_> {
    pub(crate) fn step(&self, kind: &str, done: u32, total: u32) {
        if done.is_multiple_of(8192) || done + 1 == total {
            (self.0)(kind, u64::from(done + 1), u64::from(total));
        }
    }
}

/// Writes a city of `size` into `dir`: seven files in the layouts of the formats page, their changes of the next day in
/// `dir/next-day/`, one county's workbook in `dir/by-hand/`, and the truth in `dir/truth/`.
///
/// # Errors
/// If a file cannot be written; files already complete stay.
pub fn generate(
    size: Size,
    seed: u64,
    dir: &Path,
    format: Format,
    as_of: Day,
    report: Report<'_>,
) -> Result<Summary, CityError> {
    let truth = dir.join("truth");
    fs::create_dir_all(&truth).map_err(|source| CityError::Io {
        path: truth.clone(),
        source,
    })?;
    let world = World::new(seed, size, as_of);
    let progress = Progress(report);
    let (world, truth, progress) = (&world, truth.as_path(), &progress);
    let (insurance, members, register) = std::thread::scope(|scope| {
        let insurance = scope.spawn(move || files::insurance::write(world, dir, format, progress));
        let members = scope.spawn(move || files::members::write(world, dir, truth, format, progress));
        let register = write_registers(world, dir, truth, format, progress);
        (join(insurance), join(members), register)
    });
    let ((insurance_rows, insured), member_rows, registers) = (insurance?, members?, register?);
    let mut rows = registers.rows.clone();
    rows.insert("insurance", insurance_rows);
    rows.insert("members", member_rows);
    let found_25 = truth::write(world, truth, &insured.today, &registers.covered.today)?;
    let next_day_found_25 = truth::write_next_day(world, truth, &insured.next_day, &registers.next_day())?;
    let by_kind = |count: fn(&Rows) -> u64| {
        rows.iter()
            .map(|(kind, rows)| ((*kind).to_owned(), count(rows)))
            .collect()
    };
    let summary = Summary {
        seed,
        as_of: as_of.to_string(),
        rows: by_kind(|rows| rows.today),
        found_25,
        next_day_rows: by_kind(|rows| rows.next_day),
        next_day_found_25,
        story: story(world),
    };
    truth::write_summary(truth, &summary)?;
    Ok(summary)
}

/// What the files other than those of members and insured persons leave behind.
struct Registers {
    rows: BTreeMap<&'static str, Rows>,
    covered: Covered,
    /// Enterprises whose union is founded, and whose status changes, on the day of the files.
    founded: HashSet<u32>,
    statuses: HashMap<u32, &'static str>,
}

impl Registers {
    fn next_day(&self) -> truth::NextDay<'_> {
        truth::NextDay {
            covered: &self.covered.next_day,
            founded: &self.founded,
            statuses: &self.statuses,
        }
    }
}

fn write_registers(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
    progress: &Progress<'_>,
) -> Result<Registers, CityError> {
    let (unions, founded) = files::unions::write(world, dir, truth, format, progress)?;
    let (covers, covered) = files::covers::write(world, dir, truth, format)?;
    let (enterprises, statuses) = files::enterprises::write(world, dir, format, progress)?;
    let tax = files::tax::write(world, dir, format, progress)?;
    let drivers = files::drivers::write(world, dir, format)?;
    Ok(Registers {
        rows: BTreeMap::from([
            ("unions", unions),
            ("covers", covers),
            ("enterprises", enterprises),
            ("tax", tax),
            ("drivers", drivers),
        ]),
        covered,
        founded,
        statuses,
    })
}

fn story(world: &World) -> Story {
    let c = world.plan.classes;
    let union = world
        .plan
        .unions
        .iter()
        .position(|union| union.group == c.small)
        .expect("the first ghost has a union");
    Story {
        enterprise_id: world.enterprise_id(c.beside),
        uscc: world.employer(c.beside).code,
        sibling_union_id: world.union_id(union as u32),
    }
}

/// A panic in a writing thread goes on in the caller's.
fn join<T>(handle: std::thread::ScopedJoinHandle<'_, T>) -> T {
    handle
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
