//! Dev only: fresh stores on both databases, an installation with its own clock and ids, people of every role.
//!
//! ```ignore
//! both_engines! {
//!     async fn a_town_founds(database: Database) {
//!         let test = TestApp::on(database).await;
//!         let people = People::of(&test).await;
//!         app::organising::found_union(&people.town_officer, &test.app, form).await.unwrap();
//!     }
//! }
//! ```

mod authenticator;
pub mod databases;
mod installation;
pub mod paper;
mod people;
mod provider;
mod rows;
pub mod softhsm;

pub use authenticator::code_of;
pub use databases::Database;
pub use installation::TestApp;
pub use people::{People, union};
pub use provider::{Provider, Token};
pub use rows::member_row;
