//! `gonghui`: the one binary. Arguments in `args`, behaviour in `commands`, all output in `printer`, wiring in `wiring`.

mod args;
mod commands;
mod printer;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

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
