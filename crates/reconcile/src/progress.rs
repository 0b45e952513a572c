//! Progress reports from the worker thread, and the wall time of each stage.

use std::sync::Mutex;
use std::time::Instant;
use tokio::sync::mpsc;

/// One report.
pub struct Report {
    pub stage: &'static str,
    pub done: u64,
    pub of: u64,
}

/// The sending side; also notes how long stages take.
pub struct Reporter {
    sender: mpsc::UnboundedSender<Report>,
    stages: Mutex<(Instant, Vec<(String, u64)>)>,
}

/// A reporter and the reports it sends.
pub fn channel() -> (Reporter, mpsc::UnboundedReceiver<Report>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (
        Reporter {
            sender,
            stages: Mutex::new((Instant::now(), Vec::new())),
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
            let spent = stages.0.elapsed().as_millis() as u64;
            stages.1.push((stage.to_string(), spent));
            stages.0 = Instant::now();
            tracing::info!(stage, milliseconds = spent, "reconcile stage done");
        }
    }

    /// The stages so far with their milliseconds.
    pub fn times(&self) -> Vec<(String, u64)> {
        self.stages.lock().map(|s| s.1.clone()).unwrap_or_default()
    }
}
