//! `make run`: from nothing to a served demo city, saying what it does; a second time it only serves.
//!
//! Every stage leaves a stamp when it is done, so an interrupted first run goes on where it stopped. `FRESH=1` starts
//! over, `SCALE=county|city` makes a larger city with the release build, `PORT=` asks for another port.

use crate::{frontend, shell};
use anyhow::{Context, Result, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The seed of everybody's demo city: two people who talk about it see the same names.
const SEED: &str = "7";
/// The file that keeps what was said about the demo accounts.
const ACCOUNTS: &str = "accounts.txt";
/// Looked at when the asked port is taken.
const PORTS_TRIED: u16 = 50;

/// A size of the demo city and how its build and its making go.
struct Scale {
    name: &'static str,
    is_release: bool,
    /// What to expect the first time on two cores.
    first_time: &'static str,
}

const SCALES: &[Scale] = &[
    Scale {
        name: "small",
        is_release: false,
        first_time: "10 to 20 minutes on two cores the first time, nearly all of it compiling",
    },
    Scale {
        name: "county",
        is_release: true,
        first_time: "45 minutes to an hour on two cores the first time, most of it a release build",
    },
    Scale {
        name: "city",
        is_release: true,
        first_time: "an hour or more on two cores the first time: a release build, 15 million rows",
    },
];

/// Builds, makes what is missing, serves.
pub fn run() -> Result<()> {
    let scale = asked_scale()?;
    let folder = shell::root().join("target/demo").join(scale.name);
    if std::env::var("FRESH").is_ok_and(|value| !value.is_empty()) {
        shell::say(&format!("starting over: {} is removed", folder.display()));
        remove(&folder)?;
    }
    if !folder.join("reconciled.done").exists() {
        shell::say(&format!("demo city '{}': {}", scale.name, scale.first_time));
    }
    frontend::build_if_stale()?;
    let city = City {
        binary: build(scale)?,
        folder,
        scale,
    };
    city.make()?;
    city.serve()
}

fn asked_scale() -> Result<&'static Scale> {
    let asked = std::env::var("SCALE")
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "small".to_owned());
    let known = SCALES.iter().find(|scale| scale.name == asked);
    known.with_context(|| format!("SCALE={asked}: say small, county or city"))
}

fn build(scale: &Scale) -> Result<PathBuf> {
    let (profile, arguments): (_, &[&str]) = if scale.is_release {
        ("release", &["build", "--release", "--package", "cli"])
    } else {
        ("debug", &["build", "--package", "cli"])
    };
    shell::say(&format!("compiling gonghui ({profile})"));
    shell::must(shell::command("cargo", arguments))?;
    Ok(shell::root().join("target").join(profile).join("gonghui"))
}

/// The demo city on disk: its files, the store and lake made from them.
struct City {
    binary: PathBuf,
    folder: PathBuf,
    scale: &'static Scale,
}

impl City {
    /// Makes what has no stamp yet, in order.
    fn make(&self) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let files = self.folder.join("files");
        let files_shown = files.to_string_lossy();
        if !self.is_done("files") {
            remove(&files)?; // half-written by a run that was stopped
        }
        self.stage("files", "writing the agencies' and the unions' files", |city| {
            city.gonghui(&[
                "demo",
                "--scale",
                city.scale.name,
                "--seed",
                SEED,
                "--out",
                &files_shown,
            ])
        })?;
        if !self.is_done("store") {
            remove(&self.data())?;
        }
        self.stage(
            "store",
            "making the store, the keys and the first administrator",
            |city| city.gonghui(&["init"]),
        )?;
        self.stage("imported", "importing the files", |city| {
            city.gonghui(&["import", &files_shown])
        })?;
        self.stage("accounts", "making the demo accounts", City::make_accounts)?;
        self.stage("reconciled", "running the main job", |city| {
            city.gonghui(&["reconcile"])
        })?;
        self.stage("checked", "checking the register", |city| {
            city.gonghui(&["quality"])
        })
    }

    /// What the command says about the accounts, password included, is kept to be shown at every start.
    fn make_accounts(&self) -> Result<()> {
        let done = self
            .command(&["demo", "--accounts"])
            .output()
            .context("starting gonghui")?;
        let said = [done.stdout, done.stderr].concat();
        if !done.status.success() {
            bail!(
                "gonghui demo --accounts ended with {}: {}",
                done.status,
                String::from_utf8_lossy(&said)
            );
        }
        std::fs::write(self.folder.join(ACCOUNTS), said)?;
        Ok(())
    }

    /// Says where it is and who may sign in, then becomes the server, so that Ctrl-C reaches it directly.
    fn serve(&self) -> Result<()> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let accounts = self.folder.join(ACCOUNTS);
        shell::say(&format!(
            "the demo accounts (every town's are in {})",
            accounts.display()
        ));
        eprintln!("{}", for_the_tour(&std::fs::read_to_string(&accounts)?));
        shell::say(&format!(
            "http://{listen}/   (data in {}; Ctrl-C stops)",
            self.data().display()
        ));
        Err(self.command(&["serve", "--listen", &listen]).exec()).context("starting gonghui serve")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn stamp(&self, stage: &str) -> PathBuf {
        self.folder.join(format!("{stage}.done"))
    }

    fn is_done(&self, stage: &str) -> bool {
        self.stamp(stage).exists()
    }

    fn stage(&self, name: &str, says: &str, run: impl FnOnce(&City) -> Result<()>) -> Result<()> {
        if self.is_done(name) {
            return Ok(());
        }
        shell::say(says);
        let started = Instant::now();
        run(self)?;
        std::fs::write(self.stamp(name), format!("{} s\n", started.elapsed().as_secs()))?;
        Ok(())
    }

    fn gonghui(&self, arguments: &[&str]) -> Result<()> {
        shell::must(self.command(arguments))
    }

    /// The demo lives in its own embedded store, whatever the shell it was started from points at.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env("GONGHUI_DATA", self.data())
            .env_remove("DATABASE_URL");
        command.current_dir(shell::root());
        command
    }
}

/// The accounts worth showing at every start: one of each role. Those of the towns are named by their codes.
fn for_the_tour(said: &str) -> String {
    let is_of_a_town = |line: &str| line.chars().filter(char::is_ascii_digit).count() >= 9;
    said.lines()
        .filter(|line| !is_of_a_town(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The asked port, or the next one that nobody listens on.
fn free_port() -> Result<u16> {
    let asked = std::env::var("PORT")
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "8080".to_owned());
    let asked: u16 = asked
        .parse()
        .with_context(|| format!("PORT={asked}: say a number up to 65535"))?;
    for port in asked..=asked.saturating_add(PORTS_TRIED) {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            if port != asked {
                shell::say(&format!("port {asked} is taken, using {port}"));
            }
            return Ok(port);
        }
    }
    bail!("no free port from {asked} on; say PORT=…")
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context(format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_shows_one_account_a_role_and_the_password() {
        let said = "│ city       │ 市总干部 │\n│ xidian1    │ 片区专职工作者 │\n│ t330226004 │ 镇街干部 │\n演示账号共用密码：Yong-Demo-2026";
        assert_eq!(for_the_tour(said).lines().count(), 3);
    }
}
