//! How fast and how right company names and addresses are read: `cargo bench -p codes --bench parsers -- DIR [--wrong]`.
//!
//! DIR holds cases with their truth, as `cargo run --release -p city --example parser_cases -- DIR` writes them:
//! `names.csv` (kind, name, brand) and `addresses.csv` (kind of dirt, address, six-digit county or nothing where the text
//! tells none). Prints tab-separated lines: kernel, cases per second of one core, share of right answers, share of wrong
//! ones; the rest is "not known" where the text tells more. Speed is the best of several rounds in the CPU time of this
//! thread, so that other work on the machine hardly moves it. `--wrong` lists each case that is not right on stderr.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use codes::address::AddressParts;
use codes::company_name::CompanyName;
use codes::text;

const ROUNDS: usize = 9;

fn main() -> ExitCode {
    let Some(dir) = std::env::args().skip(1).find(|arg| !arg.starts_with("--")) else {
        eprintln!("parsers: name the folder with names.csv and addresses.csv");
        return ExitCode::FAILURE;
    };
    let dir = PathBuf::from(dir);
    let lists_wrong = std::env::args().any(|arg| arg == "--wrong");
    match names(&dir, lists_wrong).and_then(|()| addresses(&dir, lists_wrong)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parsers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn names(dir: &Path, lists_wrong: bool) -> Result<(), String> {
    let cases = read(&dir.join("names.csv"))?;
    let speed = per_second(&cases, |[_, name, _]| drop(black_box(CompanyName::parse(name))));
    let (mut companies, mut all) = (Tally::default(), Tally::default());
    for [kind, name, brand] in &cases {
        let found = CompanyName::parse(name).brand;
        let truth = text::normalise(brand);
        all.count(&found, &truth);
        if kind != "shop" {
            companies.count(&found, &truth);
        }
        if lists_wrong && found != truth {
            eprintln!("{kind}\t{name}\t{truth}\t{found}");
        }
    }
    companies.print("brand of companies", speed);
    all.print("brand of all employers", speed);
    Ok(())
}

fn addresses(dir: &Path, lists_wrong: bool) -> Result<(), String> {
    let cases = read(&dir.join("addresses.csv"))?;
    let speed = per_second(&cases, |[_, address, _]| {
        drop(black_box(AddressParts::parse(address, None)));
    });
    let mut all = Tally::default();
    let mut by_kind: BTreeMap<&str, Tally> = BTreeMap::new();
    for [kind, address, truth] in &cases {
        let found = AddressParts::parse(address, None).county;
        let found = found.map(|county| county.to_string()).unwrap_or_default();
        all.count(&found, truth);
        by_kind.entry(kind).or_default().count(&found, truth);
        if lists_wrong && &found != truth {
            eprintln!("{kind}\t{address}\t{truth}\t{found}");
        }
    }
    all.print("county from address", speed);
    for (kind, tally) in by_kind {
        tally.print(&format!("county: {kind}"), speed);
    }
    Ok(())
}

/// Answers so far; an empty one stands for "not known".
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, found: &str, truth: &str) {
        self.all += 1;
        self.right += usize::from(found == truth);
        self.wrong += usize::from(found != truth && !found.is_empty());
    }

    fn print(&self, kernel: &str, speed: f64) {
        let share = |count: usize| count as f64 / self.all.max(1) as f64;
        #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
        {
            println!(
                "{kernel}\t{speed:.0}\t{:.4}\t{:.4}",
                share(self.right),
                share(self.wrong)
            );
        }
    }
}

/// The first three cells of each line behind the heads. The cases hold no comma of half width, so no cell is quoted.
fn read(path: &Path) -> Result<Vec<[String; 3]>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines()
        .skip(1)
        .enumerate()
        .map(|(at, line)| {
            let mut cells = line.split(',').map(str::to_owned);
            match (cells.next(), cells.next(), cells.next()) {
                (Some(a), Some(b), Some(c)) => Ok([a, b, c]),
                _ => Err(format!(
                    "{}: line {} has fewer than three cells",
                    path.display(),
                    at + 2
                )),
            }
        })
        .collect()
}

/// Cases per second of CPU, the best of several rounds.
fn per_second(cases: &[[String; 3]], work: impl Fn(&[String; 3])) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (began, cpu) = (Instant::now(), cpu_nanos());
        for case in cases {
            work(black_box(case));
        }
        let nanos = match (cpu, cpu_nanos()) {
            (Some(before), Some(after)) if after > before => (after - before) as f64,
            _ => began.elapsed().as_nanos() as f64,
        };
        best = best.min(nanos);
    }
    cases.len() as f64 / best * 1e9
}

/// Nanoseconds that this thread has been on a processor, where the system tells it.
fn cpu_nanos() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}
