//! Splits work over threads so that the result does not depend on their number.

/// Cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs `work` on contiguous parts of `0..n` and returns the answers in order.
pub fn parts<T: Send>(n: usize, threads: usize, work: impl Fn(std::ops::Range<usize>) -> T + Sync) -> Vec<T> {
    let threads = threads.clamp(1, n.max(1));
    let size = n.div_ceil(threads).max(1);
    let ranges: Vec<_> = (0..threads)
        .map(|i| (i * size).min(n)..((i + 1) * size).min(n))
        .collect();
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = ranges
            .into_iter()
            .map(|range| scope.spawn(move || work(range)))
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}
