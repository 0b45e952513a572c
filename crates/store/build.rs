//! Rebuilds the crate when a migration is added: `sqlx::migrate!` reads the folder but cannot watch it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
