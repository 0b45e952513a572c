//! One file per command.

mod check;
mod completions;
mod demo;
mod export;
mod import;
mod init;
mod journal;
mod key;
mod link;
mod quality;
mod reconcile;
mod rescue;
mod serve;
mod token;

use anyhow::Result;

use crate::args::{Args, Command};

/// Runs the command that was typed.
pub async fn run(args: Args) -> Result<()> {
    match &args.command {
        Command::Init { key_provider, token } => init::run(&args, *key_provider, token).await,
        Command::Rescue { login } => rescue::run(&args, login).await,
        Command::Quality { format } => quality::run(&args, *format).await,
        Command::Serve {
            listen,
            behind_tls,
            trusted_proxy,
            api_limit,
            identity,
        } => {
            serve::run(
                &args,
                *listen,
                *behind_tls,
                trusted_proxy,
                Some(*api_limit),
                identity,
            )
            .await
        }
        Command::Token { what } => token::run(&args, what).await,
        Command::Demo { accounts: true, .. } => demo::accounts(&args).await,
        Command::Demo {
            scale,
            seed,
            as_of,
            format,
            out,
            ..
        } => demo::files(*scale, *seed, *as_of, *format, out.as_deref()),
        Command::Import { .. } => import::run(&args).await,
        Command::Reconcile { .. } => reconcile::run(&args).await,
        Command::Check { truth, format } => check::run(&args, truth, *format).await,
        Command::Export { what } => export::run(&args, what).await,
        Command::Journal { what } => journal::run(&args, what).await,
        Command::Key { what } => key::run(&args, what).await,
        Command::Link { what } => link::run(&args, what).await,
        Command::Completions { shell } => completions::run(*shell),
    }
}
