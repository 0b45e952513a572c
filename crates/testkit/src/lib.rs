//! Dev only: fresh stores on both databases, an installation with its own clock and ids, people of every role.
//!
//! ```ignore
//! both_engines! {
//!     async fn a_town_founds(database: Database) {
//!         let test = TestApp::on(database).await;
//!         app::organising::found_union(&test.system(), &test.app, form).await.unwrap();
//!     }
//! }
//! ```

pub mod databases;
mod installation;

pub use databases::Database;
pub use installation::TestApp;
