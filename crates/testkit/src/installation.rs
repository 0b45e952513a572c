//! An installation whose clock stands still and whose ids repeat.

use std::sync::Arc;

use app::op::{App, OpContext};
use codes::crypto::FieldKeys;
use codes::id::SeededIds;
use codes::time::{Day, MockClock};
use tempfile::TempDir;

use crate::databases::{self, Database};

/// An installation for one test. It is Monday, 3 August 2026, midnight in Shanghai, until the clock is moved.
pub struct TestApp {
    /// The installation.
    pub app: App,
    /// Its clock.
    pub clock: Arc<MockClock>,
    /// Its data folder, which goes away with this value.
    pub dir: TempDir,
}

impl TestApp {
    /// An installation on this store.
    ///
    /// # Panics
    /// When it cannot be made: then there is nothing to test.
    pub async fn on(database: Database) -> TestApp {
        let day = Day::new(2026, 8, 3).expect("a calendar day");
        let clock = Arc::new(MockClock::at(day));
        let keys = FieldKeys::from_master(&[7; 32]);
        let ids = Arc::new(SeededIds::new(1));
        let Database { store, dir } = database;
        let app = App::assemble(store, keys, dir.path(), clock.clone(), ids)
            .await
            .expect("an installation");
        TestApp { app, clock, dir }
    }

    /// An installation on SQLite alone, for what no database can change.
    pub async fn sqlite() -> TestApp {
        TestApp::on(databases::sqlite().await).await
    }

    /// The context of the built-in account.
    pub fn system(&self) -> OpContext {
        self.app.system("test")
    }
}
