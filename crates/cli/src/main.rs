//! `gonghui`: the one binary. Arguments in `args`, behaviour in `commands`, all output in `printer`, wiring in `wiring`.

mod args;
mod commands;
mod printer;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

// Rows are made in one thread and dropped in another all the time; glibc's allocator makes such threads wait for each other
// (docs/decisions/0011-mimalloc.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status of a command that could not do its work; wrong usage is clap's 2.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let args = args::Args::parse();
    wiring::start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer::failure(&anyhow::anyhow!("无法启动运行时：{error}"));
            return ExitCode::from(FAILED);
        }
    };
    match runtime.block_on(commands::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe has seen enough (`gonghui export links | head`).
        Err(error) if printer::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            printer::failure(&error);
            ExitCode::from(FAILED)
        }
    }
}
