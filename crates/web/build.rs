//! Tells whoever builds which command is missing when the styles and scripts have not been built yet. The crate still
//! compiles: pages then come without styles and say so on top.
use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend/dist");
    println!("cargo:rerun-if-changed={}", dist.join("manifest.json").display());
    println!("cargo:rerun-if-changed=askama.toml");
    if !dist.join("manifest.json").exists() {
        println!(
            "cargo:warning=frontend/dist is missing: run `npm ci && npm run build` in frontend/, then build again"
        );
    }
}
