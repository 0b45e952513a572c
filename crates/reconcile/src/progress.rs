//! Progress reports from the worker thread, and what each stage took: wall time, CPU time and memory of the process.

use cpu_time::ProcessTime;
use std::sync::Mutex;
use std::time::Instant;
use tokio::sync::mpsc;

/// One report.
pub struct Report {
    pub stage: &'static str,
    pub done: u64,
    pub of: u64,
}

/// Stages with a figure each, in order.
pub type Figures = Vec<(String, u64)>;

/// The sending side; also notes what stages take.
pub struct Reporter {
    sender: mpsc::UnboundedSender<Report>,
    stages: Mutex<Stages>,
}

struct Stages {
    wall: Instant,
    // Of all threads, user and system. A system that cannot tell must not end the run, so the fallible calls are used.
    cpu: Option<ProcessTime>,
    wall_ms: Figures,
    cpu_ms: Figures,
    peak_mib: Figures,
}

/// A reporter and the reports it sends.
pub fn channel() -> (Reporter, mpsc::UnboundedReceiver<Report>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (
        Reporter {
            sender,
            stages: Mutex::new(Stages {
                wall: Instant::now(),
                cpu: ProcessTime::try_now().ok(),
                wall_ms: Figures::new(),
                cpu_ms: Figures::new(),
                peak_mib: Figures::new(),
            }),
        },
        receiver,
    )
}

impl Reporter {
    /// Says that `done` of `of` stages are behind and `stage` begins.
    pub fn stage(&self, stage: &'static str, done: u64, of: u64) {
        let _ = self.sender.send(Report { stage, done, of });
    }

    /// Notes that a stage ended.
    pub fn finished(&self, stage: &'static str) {
        if let Ok(mut stages) = self.stages.lock() {
            let wall = stages.wall.elapsed().as_millis() as u64;
            stages.wall_ms.push((stage.to_string(), wall));
            stages.wall = Instant::now();
            let cpu = ProcessTime::try_now().ok();
            if let (Some(before), Some(now)) = (stages.cpu, cpu) {
                let spent = now.duration_since(before).as_millis() as u64;
                stages.cpu_ms.push((stage.to_string(), spent));
            }
            stages.cpu = cpu;
            if let Some(peak) = peak_mib() {
                stages.peak_mib.push((stage.to_string(), peak));
            }
            tracing::info!(stage, milliseconds = wall, "reconcile stage done");
        }
    }

    /// The stages so far: wall milliseconds, CPU milliseconds, the most memory held until then in MiB.
    pub fn figures(&self) -> (Figures, Figures, Figures) {
        let figures = self.stages.lock();
        figures
            .map(|stages| {
                (
                    stages.wall_ms.clone(),
                    stages.cpu_ms.clone(),
                    stages.peak_mib.clone(),
                )
            })
            .unwrap_or_default()
    }
}

/// The most memory that the process has held, as Linux tells it; other systems do not.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_times_and_its_memory() {
        let (reporter, _reports) = channel();
        std::hint::black_box((0..5_000_000u64).fold(0, |sum, i| std::hint::black_box(sum ^ i)));
        reporter.finished("work");
        reporter.finished("nothing");
        let (wall, cpu, peak) = reporter.figures();
        let names = |figures: &Figures| figures.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&wall), ["work", "nothing"]);
        assert_eq!(names(&cpu), ["work", "nothing"]);
        if cfg!(target_os = "linux") {
            assert_eq!(names(&peak), ["work", "nothing"]);
            assert!(peak[0].1 > 0 && peak[1].1 >= peak[0].1);
        }
        // Other tests of this process use CPU too, so there is no upper end to ask for.
        assert!(wall[0].1 > 0 && cpu[0].1 > 0);
    }
}
