//! `gonghui completions`.

use anyhow::Result;
use clap::CommandFactory;

use crate::args::Args;

pub fn run(shell: clap_complete::Shell) -> Result<()> {
    clap_complete::generate(shell, &mut Args::command(), "gonghui", &mut std::io::stdout());
    Ok(())
}
