//! A key token in software (SoftHSM), in a folder that goes away.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// One token, named [`SoftHsm::TOKEN`]. SoftHSM reads where tokens lie once for each process and from the environment, so whoever uses
/// it is a process of its own that has [`SoftHsm::CONF`] set to [`SoftHsm::conf`].
pub struct SoftHsm {
    dir: TempDir,
}

impl SoftHsm {
    /// The variable that names SoftHSM's settings.
    pub const CONF: &str = "SOFTHSM2_CONF";
    /// The token's label.
    pub const TOKEN: &str = "gonghui";
    /// The user's PIN.
    pub const PIN: &str = "union-2026";

    /// A fresh token without keys.
    ///
    /// # Panics
    /// When SoftHSM is not installed: what was tried with no token has not been tried.
    pub fn start() -> SoftHsm {
        let token = SoftHsm {
            dir: tempfile::tempdir().expect("a temporary folder"),
        };
        std::fs::create_dir(token.tokens()).expect("a folder for tokens");
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            token.tokens().display()
        );
        std::fs::write(token.conf(), settings).expect("SoftHSM's settings");
        token.util(&[
            "--init-token",
            "--free",
            "--label",
            SoftHsm::TOKEN,
            "--so-pin",
            "officer-1",
        ]);
        token
    }

    /// SoftHSM's PKCS#11 library.
    ///
    /// # Panics
    /// When it is not installed.
    pub fn module() -> PathBuf {
        let places = [
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib64/pkcs11/libsofthsm2.so",
            "/usr/lib/pkcs11/libsofthsm2.so",
        ];
        let found = places.into_iter().map(PathBuf::from).find(|path| path.exists());
        found.expect("SoftHSM is installed; scripts/setup.sh test installs it")
    }

    /// SoftHSM's settings.
    pub fn conf(&self) -> PathBuf {
        self.dir.path().join("softhsm2.conf")
    }

    /// A folder for what belongs to a test.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn tokens(&self) -> PathBuf {
        self.dir.path().join("tokens")
    }

    /// Puts a key of known bytes into the token, as its keeper would: it cannot be taken out again.
    ///
    /// # Panics
    /// When SoftHSM refuses.
    pub fn import(&self, label: &str, key: &[u8]) {
        let file = self.dir.path().join("key.bin");
        std::fs::write(&file, key).expect("a key file");
        let file = file.display().to_string();
        self.util(&[
            "--import",
            &file,
            "--aes",
            "--token",
            SoftHsm::TOKEN,
            "--label",
            label,
            "--id",
            "01",
        ]);
    }

    fn util(&self, args: &[&str]) {
        let asked = Command::new("softhsm2-util")
            .args(args)
            .args(["--pin", SoftHsm::PIN])
            .env(SoftHsm::CONF, self.conf())
            .output();
        let output = asked.expect("SoftHSM is installed; scripts/setup.sh test installs it");
        assert!(
            output.status.success(),
            "softhsm2-util {args:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Takes the tokens of a process away and gives them back, as when somebody pulls a cable. `conf` is what [`SoftHsm::CONF`] says.
///
/// # Panics
/// When the folder cannot be moved.
pub fn pull(conf: &Path) -> impl FnOnce() {
    let folder = conf.parent().expect("a file in a folder").to_owned();
    std::fs::rename(folder.join("tokens"), folder.join("pulled")).expect("tokens that are there");
    move || std::fs::rename(folder.join("pulled"), folder.join("tokens")).expect("tokens that were there")
}
